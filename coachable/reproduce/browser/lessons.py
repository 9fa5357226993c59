"""One run of PVP on Driving: its human in process, or behind the page's socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coachable import build
from coachable.config import RunConfig, load
from coachable.progress import Silent
from coachable.stopping import StopRequest
from coachable.train import finished_result, one_thread

EXPERIMENT = ("experiment=pvp_driving", "total_steps=30000", "eval_every=0", "progress=false")
SEAT = ("human=browser", "human.port=0", "human.pace=lockstep", "human.patience=0")


def config_of(way: str, seed: int, folder: Path, quick: bool) -> RunConfig:
    """The run's config; `way` is ``in process`` or ``page``."""
    seat = SEAT if way == "page" else ()
    where = (f"runs={folder}", f"name={way.replace(' ', '_')}__s{seed}", "resume=true")
    fast = ("quick=true",) if quick else ()
    return load([*EXPERIMENT, *seat, *where, *fast, f"seed={seed}"])


def lesson(way: str, seed: int, folder: str, quick: bool) -> dict[str, Any]:
    """Train, and say how it went; a finished run is taken as it is."""
    one_thread()
    from coachable.training import Training
    from human_controllers.browser.scripted import ScriptedPerson
    from human_controllers.browser.seat import Browser

    config = config_of(way, seed, Path(folder), quick)
    result = finished_result(config)
    if result is None:
        with StopRequest() as stop, Training(config, Silent(), stop) as training:
            person = None
            if isinstance(training.human, Browser):
                # The very human of the other run, beside this run's task, who knows its state.
                taught = config_of("in process", seed, Path(folder), quick)
                human = build.build_human(taught, training.task)
                address = training.human.address
                person = ScriptedPerson(address, human, training.task.action_space)
                person.start()
            result = training.carry_out()
        if person is not None and person.error is not None:
            raise person.error
    return {"method": way, "condition": "driving", **result}
