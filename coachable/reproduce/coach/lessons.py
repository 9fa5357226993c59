"""A lesson: a learner, a trainer, and twenty of them side by side in a finite task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms.core.learner import Callback
from algorithms.core.online import OnlineLearner
from envs.finite.task import FiniteConfig, make_vec, oracle
from simulated_humans.evaluating import EvaluatingHuman
from simulated_humans.evaluating_config import EvaluatingConfig
from teaching import info as keys
from teaching.vector import VectorHumanInTheLoop

LEARNERS = 20
"""Side by side, each with a world, a trainer and random numbers of its own."""

Make = Callable[[VectorHumanInTheLoop, int], OnlineLearner]
"""(worlds with their trainers, seed) -> the learners, one a world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What came of it.

    Attributes:
        steps: [LEARNERS, episodes] length of each episode.
        minutes: [LEARNERS] human time.
        learner: as it is now.

    """

    steps: np.ndarray
    minutes: np.ndarray
    learner: OnlineLearner

    def late(self, episodes: int) -> np.ndarray:
        """[LEARNERS] mean steps over the last episodes."""
        return self.steps[:, -episodes:].mean(axis=1)


def teach(
    task: FiniteConfig,
    trainer: Mapping[str, Any],
    make: Make,
    episodes: int,
    seed: int,
    before: OnlineLearner | None = None,
) -> Lesson:
    """Teach `LEARNERS` learners for as many episodes.

    Args:
        task: their world.
        trainer: settings of `EvaluatingConfig`.
        make: the learners.
        episodes: of each; who is done earlier goes on until all are, uncounted.
        seed: of everything.
        before: learners of the same kind whose parameters these begin with.

    """
    env = make_vec(task, "train", LEARNERS)
    config = EvaluatingConfig(**trainer)
    knows = oracle(env, task)
    human = EvaluatingHuman(config, knows, env.single_action_space, LEARNERS, seed)
    learner = make(VectorHumanInTheLoop(env, human), seed)
    if before is not None:
        for name in learner._saved:
            setattr(learner, name, np.array(getattr(before, name)))
    record = Record(episodes, LEARNERS)
    learner.learn(10**12, record)
    return Lesson(
        steps=np.array([lengths[:episodes] for lengths in record.lengths]),
        minutes=record.seconds / 60,
        learner=learner,
    )


class Record(Callback):
    """Counts until every learner has had its episodes."""

    def __init__(self, episodes: int, learners: int):
        self._episodes = episodes
        self.lengths: list[list[int]] = [[] for _ in range(learners)]
        self.seconds = np.zeros(learners)

    def on_step(
        self, learner: Any, infos: list[dict[str, Any]], rewards: np.ndarray, dones: np.ndarray
    ) -> bool:
        """Add up; False when all are done."""
        for world, info in enumerate(infos):
            if len(self.lengths[world]) < self._episodes:
                self.seconds[world] += info[keys.HUMAN_SECONDS]
                if "episode" in info:
                    self.lengths[world].append(info["episode"]["l"])
        return min(map(len, self.lengths)) < self._episodes
