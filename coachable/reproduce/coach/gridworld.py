"""COACH's gridworld: what learners make of trainers (MacGlashan et al. 2017, Section 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import make_folder
from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

EPISODES, QUICK_EPISODES, LATE = 150, 30, 20

TRAINERS: dict[str, dict[str, Any]] = {
    "task reward": {"form": "task", "scale": "continuous"},
    "action": {"form": "action"},
    "improvement": {"form": "improvement"},
    "advantage": {"form": "advantage", "scale": "continuous"},
    "diminishing": {"form": "diminishing"},
}
METHODS = ("COACH", "TAMER", "Q-learning")
DISCOUNT = 0.98
"""Of the trainer's values; the paper does not say. Nearer to 1 neighbouring cells differ by little
more than the dead zone of improvement feedback, and more learners stay on a detour of two steps;
further from 1 an advantage is so large that TAMER, too, can live on it."""

BEFORE = {"COACH": "action", "TAMER": "action", "Q-learning": "task reward"}
"""Who makes a good policy of each learner, before its trainer turns to advantage."""

DELAY = 2
"""Steps by which the trainer of the delay table is late."""


@dataclass(frozen=True, slots=True)
class Part:
    """One cell of a table.

    Attributes:
        table: trainers, unlearning or delays.
        method: the learner.
        trainer: what it is taught by.
        settings: of the learner.
        late: steps by which the trainer is late.

    """

    table: str
    method: str
    trainer: str
    settings: tuple[tuple[str, Any], ...] = ()
    late: int = 0


def parts() -> list[Part]:
    """The cells of all three tables."""
    trained = [Part("trainers", method, trainer) for trainer in TRAINERS for method in METHODS]
    unlearnt = [Part("unlearning", method, "advantage") for method in METHODS]
    late = [_late(delay) for delay in range(DELAY + 2)]
    return [*trained, *unlearnt, *late, _late(0, lambdas=(0.9,), learning_rate=0.05)]


def _late(believed: int, **settings: Any) -> Part:
    given = {"delay": believed, **settings}
    return Part("delays", "COACH", "action", tuple(given.items()), late=DELAY)


def carry_out(part: Part, seed: int, episodes: int) -> dict[str, Any]:
    """One cell: mean steps over the last episodes of each learner, and what it cost the human."""
    from coachable.reproduce.coach.lessons import teach
    from envs.finite.task import FiniteConfig

    task = FiniteConfig(id="coach_grid", discount=DISCOUNT)
    make = _maker(part.method, dict(part.settings), task.dt)
    trainer = {**TRAINERS[part.trainer], "delay": part.late * task.dt}
    before = None
    if part.table == "unlearning":
        before = teach(task, TRAINERS[BEFORE[part.method]], make, episodes, seed).learner
    lesson = teach(task, trainer, make, episodes, seed + 1 if before else seed, before)
    return {
        **asdict(part),
        "settings": dict(part.settings),
        "seed": seed,
        "steps": lesson.late(LATE).tolist(),
        "minutes": lesson.minutes.tolist(),
        "curve": np.median(lesson.steps, axis=0).tolist(),
    }


def _maker(method: str, settings: dict[str, Any], dt: float) -> Any:
    """The learners, all of them with COACH's softmax at T = .5; a delay is in steps here."""
    from algorithms.coach.agent import COACH
    from algorithms.coach.config import COACHConfig
    from algorithms.q_learning.agent import QLearning
    from algorithms.q_learning.config import QLearningConfig
    from algorithms.tamer.agent import TAMER
    from algorithms.tamer.config import TAMERConfig

    if "delay" in settings:
        settings = {**settings, "delay": settings["delay"] * dt}
    if "lambdas" in settings:
        settings = {**settings, "lambdas": list(settings["lambdas"])}
    if method == "COACH":
        return lambda env, seed: COACH(env, COACHConfig(**settings), seed, independent=True)
    if method == "TAMER":
        return lambda env, seed: TAMER(env, TAMERConfig(temperature=0.5), seed, independent=True)
    return lambda env, seed: QLearning(env, QLearningConfig(), seed, independent=True)


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """What the paper and simulations after it say of these tables."""

    def steps(table: str, method: str, trainer: str, **settings: Any) -> float:
        found = [
            row["steps"]
            for row in rows
            if (row["table"], row["method"], row["trainer"]) == (table, method, trainer)
            and all(row["settings"].get(key) == value for key, value in settings.items())
        ]
        return float(np.mean(found))

    shortest = "(the shortest safe way has 9)"
    result = [
        at_most(
            f"steps of COACH under {trainer} feedback {shortest}",
            steps("trainers", "COACH", trainer),
            bound,
        )
        for trainer, bound in (("action", 9.5), ("improvement", 9.5), ("advantage", 10.5))
    ]
    result += [
        at_least(
            f"steps of {method} under {trainer} feedback", steps("trainers", method, trainer), bound
        )
        for method, trainer, bound in (
            ("COACH", "task reward", 100),
            ("TAMER", "task reward", 100),
            ("TAMER", "advantage", 50),
            ("Q-learning", "improvement", 200),
            ("Q-learning", "advantage", 200),
        )
    ]
    result += [
        at_most("unlearning: steps of COACH", steps("unlearning", "COACH", "advantage"), 10),
        at_least("unlearning: steps of TAMER", steps("unlearning", "TAMER", "advantage"), 50),
        at_least(
            "unlearning: steps of Q-learning", steps("unlearning", "Q-learning", "advantage"), 200
        ),
    ]
    known = steps("delays", "COACH", "action", delay=DELAY)
    result.append(at_most("delay of two steps: steps of COACH that knows it", known, 9.5))
    result += [
        at_least(
            f"delay of two steps: steps of COACH that takes it for {believed}",
            float(
                np.mean(
                    [
                        row["steps"]
                        for row in rows
                        if row["table"] == "delays" and row["settings"] == {"delay": believed}
                    ]
                )
            ),
            200,
        )
        for believed in (0, 1, 3)
    ]
    traced = [row["steps"] for row in rows if "lambdas" in row["settings"]]
    result.append(
        at_most(
            "delay of two steps: median steps of COACH that knows of none, with λ = .9",
            float(np.median(traced)),
            20,
        )
    )
    return result


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    from coachable.reproduce.coach.show import draw, markdown, print_tables

    make_folder(folder)
    episodes = QUICK_EPISODES if quick else EPISODES
    places = [(part, seed, episodes) for seed in seeds for part in parts()]
    rows = side_by_side(name, carry_out, places, jobs)
    draw(rows, folder / "success.png")
    print_tables(rows)
    return conclude(
        name,
        folder,
        seeds,
        quick,
        claims(rows),
        rows=rows,
        markdown=markdown(rows),
        caption="median steps to the goal, episode by episode, under five trainers",
    )


SPEC = Direct(title="COACH's gridworld, twenty learners a cell", run=run, seeds=(0,))
