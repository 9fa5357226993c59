"""Learners who are not told how late their human is, beside those who are told, rightly or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import make_folder
from coachable.reproduce.direct import present, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

EPISODES, QUICK_EPISODES, LATE = 150, 30, 20

TASKS: dict[str, dict[str, Any]] = {"coach_grid": {}, "grid": {"mdp_seed": 1}}
FORMS = ("fixed", "uniform", "gamma")
DELAYS = (0, 1, 2, 3, 5)
"""Mean delays, in steps of half a second."""
METHODS = ("COACH", "TAMER")
WRONG = ("none", "a step more")
"""What those are told who are told wrong."""
TOLD_WRONG = (1, 3)
"""Fixed delays in steps for which some are, on COACH's grid."""

SUFFICE = {"fixed": DELAYS, "uniform": (1, 2, 3), "gamma": (1, 2)}
"""Means in steps for which 300 signals are claimed to do; the table has the others as well."""


@dataclass(frozen=True, slots=True)
class Part:
    """One cell: twenty learners.

    Attributes:
        task: key of `TASKS`.
        form: of the trainer's delay.
        delay: its mean in steps.
        method: the learner.
        told: known, estimated, none or a step more.

    """

    task: str
    form: str
    delay: int
    method: str
    told: str


def parts() -> list[Part]:
    """All cells.

    COACH has a single step that a signal is about, and is not taught by delays that vary. What it
    costs to be told wrong is measured in some of the cells.
    """
    found = []
    for task in TASKS:
        for form in FORMS:
            for delay in DELAYS if form == "fixed" else DELAYS[1:]:
                told = ["known", "estimated"]
                if (task, form) == ("coach_grid", "fixed") and delay in TOLD_WRONG:
                    told += WRONG
                methods = METHODS if form == "fixed" else ("TAMER",)
                found += [Part(task, form, delay, m, t) for t in told for m in methods]
    return found


def carry_out(part: Part, seed: int, episodes: int) -> dict[str, Any]:
    """Teach them; mean steps of the last episodes, human minutes, and what they estimated."""
    from algorithms.core.credit import DELAY_FORMS
    from coachable.reproduce.coach.lessons import teach
    from envs.finite.task import FiniteConfig

    # Who is lost is cut off after a hundred steps: the shortest ways have 9 and 5.
    task = FiniteConfig(id=part.task, discount=0.95, horizon=100, **TASKS[part.task])
    trainer = {"form": "action", "delay": part.delay * task.dt, "delay_form": part.form}
    lesson = teach(task, trainer, _maker(part, task.dt), episodes, seed)
    row = {
        **asdict(part),
        "seed": seed,
        "steps": lesson.late(LATE).tolist(),
        "minutes": lesson.minutes.tolist(),
    }
    estimator = lesson.learner.estimator
    if estimator is not None:
        row["estimates"] = estimator.mean.tolist()
        row["forms"] = [list(DELAY_FORMS)[form] for form in estimator.form]
    return row


def _maker(part: Part, dt: float) -> Any:
    """The learners, with COACH's softmax at T = .5."""
    from algorithms.coach.agent import COACH
    from algorithms.coach.config import COACHConfig
    from algorithms.tamer.agent import TAMER
    from algorithms.tamer.config import TAMERConfig

    steps = {"known": part.delay, "none": 0, "a step more": part.delay + 1}
    delay = None if part.told == "estimated" else steps[part.told] * dt
    if part.method == "COACH":
        config = COACHConfig(delay=delay)
        return lambda env, seed: COACH(env, config, seed, independent=True)
    form = "fixed" if delay is None else part.form
    settings = TAMERConfig(temperature=0.5, delay=delay, delay_form=form)
    return lambda env, seed: TAMER(env, settings, seed, independent=True)


def pooled(rows: Sequence[dict[str, Any]], key: str, **where: Any) -> np.ndarray:
    """The figures of all learners in the cells that match."""
    cells = [row[key] for row in rows if all(row[k] == value for k, value in where.items())]
    return np.concatenate(cells) if cells else np.empty(0)


def within_a_step(rows: Sequence[dict[str, Any]], **where: Any) -> float:
    """Share of the learners in these cells whose estimate is at most a step off."""
    right = [
        np.abs(np.array(row["estimates"]) - row["delay"]) <= 1
        for row in rows
        if "estimates" in row and all(row[k] == value for k, value in where.items())
    ]
    return float(np.concatenate(right).mean())


def times_known(rows: Sequence[dict[str, Any]], told: str, **where: Any) -> float:
    """Mean steps, over those of learners who know the delay."""
    known = pooled(rows, "steps", told="known", **where).mean()
    return float(pooled(rows, "steps", told=told, **where).mean() / known)


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """What an estimate has to be good for."""
    found = [
        at_least(
            f"{form} delays of {_list(SUFFICE[form])} steps: share of learners within a step, "
            "in the worst task and delay",
            min(
                within_a_step(rows, form=form, task=task, delay=delay)
                for task in TASKS
                for delay in SUFFICE[form]
            ),
            bound,
        )
        for form, bound in (("fixed", 0.95), ("uniform", 0.9), ("gamma", 0.9))
    ]
    for form, methods, bound in (
        ("fixed", METHODS, 1.1),
        ("uniform", ("TAMER",), 1.1),
        ("gamma", ("TAMER",), 1.1),
    ):
        found += [
            at_most(
                f"{form} delays of {_list(SUFFICE[form])} steps: steps of {method}, estimated "
                "over known, in the worst task and delay",
                max(
                    times_known(rows, "estimated", form=form, method=method, task=t, delay=d)
                    for t in TASKS
                    for d in SUFFICE[form]
                ),
                bound,
            )
            for method in methods
        ]
    where = {"form": "fixed", "method": "COACH", "task": "coach_grid"}
    for told in WRONG:
        least = min(times_known(rows, told, delay=delay, **where) for delay in TOLD_WRONG)
        claim = (
            f"fixed delays of {_list(TOLD_WRONG)} steps: steps of COACH told of {told}, over known"
        )
        found.append(at_least(claim, least, 2))
    return found


def _list(delays: Sequence[int]) -> str:
    return f"{', '.join(map(str, delays[:-1]))} and {delays[-1]}"


def lines(rows: Sequence[dict[str, Any]]) -> list[list[str]]:
    """One line a trainer and learner: steps ± deviation and minutes by what is told, estimates."""
    found = []
    for task, form, delay, method in dict.fromkeys(
        (row["task"], row["form"], row["delay"], row["method"]) for row in rows
    ):
        where = {"task": task, "form": form, "delay": delay, "method": method}
        cells = []
        for told in ("known", "estimated", *WRONG):
            steps = pooled(rows, "steps", told=told, **where)
            minutes = pooled(rows, "minutes", told=told, **where)
            spread = f"{steps.mean():.1f} ± {steps.std(ddof=1):.1f}" if len(steps) else ""
            cells.append(f"{spread} ({minutes.mean():.0f} min)" if len(steps) else "")
        guessed = pooled(rows, "estimates", told="estimated", **where)
        share = f"{within_a_step(rows, **where):.0%}"
        name = f"{form}, {delay}"
        found.append([task, name, method, *cells, f"{np.mean(guessed):.1f}", share])
    return found


COLUMNS = (
    "task",
    "delay, steps",
    "learner",
    "known",
    "estimated",
    *(f"told of {told}" for told in WRONG),
    "mean estimate",
    "within a step",
)


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The table for a page."""
    head = [
        "Mean steps over the last 20 of 150 episodes, and human minutes:",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|---|---|---|" + "--:|" * (len(COLUMNS) - 3),
    ]
    return "\n".join([*head, *("| " + " | ".join(line) + " |" for line in lines(rows))])


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    from coachable.reproduce.delay_picture import draw

    make_folder(folder)
    episodes = QUICK_EPISODES if quick else EPISODES
    places = [(part, seed, episodes) for seed in seeds for part in parts()]
    rows = side_by_side(name, carry_out, places, jobs)
    caption = "what the learners estimated, and how much longer their ways are for it"
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption)


SPEC = Direct(
    title="How late the human is, found out by twenty learners a cell", run=run, seeds=(0,)
)
