"""What is run: a task, a way of being taught, a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

PENDULUM, COLLECTION = "pendulum", "collection"
TRUE = "true reward"
COMPARED, RANKED, CORRECTED = "comparisons", "rankings", "corrections"
GUESSED = "answers at random"
TEACHERS: dict[str, dict[str, Any]] = {
    "mistake": {"mistake": 0.1},
    "stoc": {"rationality": 1.0},
    "myopic": {"discount": 0.9},
    "skip": {"skip": 0.1, "memory": 100},
    "equal": {"equal": 0.1, "memory": 100},
}
"""B-Pref's, as in configs/human/comparing_*.yaml."""
HUMAN_SECONDS = 1000.0
"""Of each learner's human: 200 comparisons at 5 s."""
KINDS = {COMPARED: "preference", RANKED: "ranking", CORRECTED: "correction"}
WORLDS = 20
TEST_EPISODES, TEST_WORLDS = 50, 25
POINTS = 4
"""Evaluations along the way, the last at the end."""


@dataclass(frozen=True)
class Task:
    """What is learned, on which base, and how much of what is asked.

    Attributes:
        steps: environment steps, over all worlds.
        base: of Stable-Baselines3's.
        base_settings: of it.
        segment: seconds.
        questions: kind of feedback -> how many fill the human's time.

    """

    steps: int
    base: str
    base_settings: Mapping[str, Any]
    segment: float
    questions: Mapping[str, int]


_SHARED = {"net_arch": [64, 64], "batch_size": 128, "gradient_steps": 3}
TASKS = {
    PENDULUM: Task(
        steps=12_000,
        base="sac",
        base_settings={**_SHARED, "learning_rate": 3e-3, "gamma": 0.95, "tau": 0.02},
        segment=1.0,
        questions={COMPARED: 200, RANKED: 83, CORRECTED: 250},
    ),
    COLLECTION: Task(
        steps=5_000,
        base="dqn",
        base_settings={
            **_SHARED,
            "learning_rate": 1e-3,
            "gamma": 0.0,
            "exploration_fraction": 0.5,
            "target_update_interval": 100,
        },
        segment=8.0,
        questions={COMPARED: 200, RANKED: 83, CORRECTED: 31},
    ),
}
_EARLY = 0.2
"""Share of the questions that is asked before the base learns; the rest in the first half."""


@dataclass(frozen=True)
class Cell:
    """A line of the table.

    Attributes:
        task: of `TASKS`.
        method: of `KINDS`, `TRUE`, or what is wrong with the one who compares.
        kind: of `KINDS`; None with the true reward.
        human: settings of the human.

    """

    task: str
    method: str
    kind: str | None = None
    human: Mapping[str, Any] = field(default_factory=dict)


def _kinds(task: str) -> list[Cell]:
    guess = Cell(task, GUESSED, COMPARED, {"mistake": 0.5})
    return [Cell(task, TRUE), *(Cell(task, kind, kind) for kind in KINDS), guess]


CELLS = (
    *_kinds(PENDULUM),
    *(Cell(PENDULUM, name, COMPARED, errs) for name, errs in TEACHERS.items()),
    *_kinds(COLLECTION),
)


def warm_up(quick: bool) -> int:
    """Steps at random before anything is learned."""
    return 300 if quick else 1000


def settings(task: Task, kind: str, quick: bool) -> dict[str, Any]:
    """Of the learner."""
    questions = task.questions[kind] // (10 if quick else 1)
    initial = max(1, round(_EARLY * questions))
    steps = task.steps // (10 if quick else 1)
    return {
        "base": task.base,
        "base_settings": dict(task.base_settings),
        "kind": KINDS[kind],
        "questions": questions,
        "initial": initial,
        "warm_up": warm_up(quick),
        "rate": (questions - initial) / (0.5 * steps),
        "round": max(1, questions // 10),
        "segment": task.segment,
        "recent": 250,
        "epochs": 10,
    }


def carry_out(cell: Cell, seed: int, quick: bool) -> dict[str, Any]:
    """Train one learner and test it."""
    from coachable.evaluate import evaluate
    from coachable.reproduce.preference.build import Watch, build

    learner, test, policy = build(cell, seed, quick)
    task = TASKS[cell.task]
    steps = task.steps // (10 if quick else 1)
    watch = Watch(steps // POINTS, lambda: evaluate(policy, test, TEST_WORLDS).returns.mean())
    learner.learn(steps, watch)
    final = evaluate(policy, test, TEST_EPISODES).returns
    return {
        "task": cell.task,
        "method": cell.method,
        "seed": seed,
        "return": float(final.mean()),
        "human_minutes": watch.seconds / 60,
        "curve": watch.curve,
        **getattr(learner, "figures", dict)(),
    }


def found(rows: Sequence[Mapping[str, Any]], key: str, task: str, method: str) -> np.ndarray:
    """The figures of a cell, one a seed."""
    return np.array(
        [r.get(key, np.nan) for r in rows if (r["task"], r["method"]) == (task, method)], float
    )
