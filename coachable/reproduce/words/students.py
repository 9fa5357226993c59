"""Students with a manner of their own, side by side, on the roads or tables that an expert has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from teaching.manner import Manner

Trajectory = tuple[np.ndarray, np.ndarray]
"""Observations [T, O...] and actions [T, A...]."""

Act = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""(obs [M, O...], the expert's actions [M, A...], the actions before) -> actions [M, A...]."""


@dataclass(frozen=True)
class Course:
    """A task in which manners are corrected.

    Attributes:
        name: of the task.
        manner: what it declares.
        flaw: spreads by which students are off, least and most.
        steps: of an episode, at most.
        settings: of the task, other than its defaults.

    """

    name: str
    manner: Manner
    flaw: tuple[float, float]
    steps: int
    settings: Mapping[str, float] = field(default_factory=dict)


def course(name: str) -> Course:
    """Of driving, of the arm or of the maze."""
    if name == "driving":
        from envs.driving.manner import MANNER as driving

        return Course(name, driving, (0.8, 2.0), 300)
    if name == "maze":
        from envs.maze.manner import MANNER as going

        return Course(name, going, (0.8, 2.0), 150)
    from envs.arm.manner import MANNER as pushing

    return Course(name, pushing, (0.8, 2.0), 100)


def episodes(
    course: Course, act: Act, count: int, seed: int | Sequence[int], split: str = "train"
) -> list[Trajectory]:
    """One episode of each of `count` worlds, by an expert whose actions `act` may change.

    World w has the seed `seed` + w, or the w-th of several.
    """
    from envs.registry import TASKS

    family = TASKS[course.name]
    config = family.config(**course.settings)
    assert family.make_vec is not None and family.oracle is not None
    env: Any = family.make_vec(config, split, count)  # type: ignore[arg-type]
    oracle = family.oracle(env, config)
    assert oracle is not None
    obs, _ = env.reset(seed=seed)
    before = np.zeros((count, *env.single_action_space.shape), np.float32)
    seen: list[list[np.ndarray]] = [[] for _ in range(count)]
    done_at = np.full(count, course.steps)
    actions = []
    for step in range(course.steps):
        action = act(obs, oracle.action(obs), before)
        for w in range(count):
            if step < done_at[w]:
                seen[w].append(obs[w].copy())
        actions.append(action.copy())
        obs, _, terminated, truncated, _ = env.step(action)
        ended = (terminated | truncated) & (done_at == course.steps)
        done_at[ended] = step + 1
        before = action
        if (done_at <= step + 1).all():
            break
    env.close()
    whole = np.stack(actions)
    return [(np.stack(rows), whole[: len(rows), w]) for w, rows in enumerate(seen)]


class Flawed:
    """Students who do as the expert does, but for how.

    Attributes:
        amounts: [S, Q] spreads by which each is off, one way or the other; all are as smooth as the
            expert, because hands that shake would be a flaw in common.

    """

    def __init__(self, course: Course, count: int, seed: int):
        rng = np.random.default_rng([seed, 0xF1])
        qualities = len(course.manner.qualities)
        sign = rng.choice([-1.0, 1.0], (count, qualities))
        self.amounts = sign * rng.uniform(*course.flaw, (count, qualities))
        self.amounts[:, -1] = 0.0
        self.manner = course.manner

    def propose(
        self, who: np.ndarray, obs: np.ndarray, expert: np.ndarray, before: np.ndarray
    ) -> np.ndarray:
        """Actions of students `who` [M] where the expert would do `expert`."""
        return self.manner.adjust(obs, expert, before, self.amounts[who])
