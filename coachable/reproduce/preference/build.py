"""Worlds, human and learner of a cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode

from algorithms.core.bases import build_base
from algorithms.core.learner import Callback
from algorithms.core.sb3_learner import SB3Learner
from algorithms.preference.agent import PreferenceLearner
from algorithms.preference.config import PreferenceConfig
from coachable.evaluate import Policy
from coachable.reproduce.preference.cells import (
    CORRECTED,
    HUMAN_SECONDS,
    PENDULUM,
    TASKS,
    TEST_WORLDS,
    WORLDS,
    Cell,
    settings,
    warm_up,
)
from coachable.training import policy_of
from envs import gymnasium_id
from envs.collection import task as collection
from envs.task import Split
from simulated_humans.comparing import ComparingHuman
from simulated_humans.comparing_config import ComparingConfig
from simulated_humans.correcting import CorrectingHuman
from simulated_humans.correcting_config import CorrectingConfig
from teaching import Human, Oracle
from teaching.sb3 import as_vec_env
from teaching.vector import VectorHumanInTheLoop


class Watch(Callback):
    """Adds up human seconds, and tests every so many steps."""

    def __init__(self, every: int, test: Callable[[], float]):
        self.seconds = 0.0
        self.curve: list[tuple[int, float]] = []
        self._every, self._test = every, test

    def on_step(
        self, learner: Any, infos: list[dict[str, Any]], rewards: np.ndarray, dones: np.ndarray
    ) -> bool:
        """Count."""
        self.seconds += sum(float(info.get("human_seconds", 0.0)) for info in infos)
        return True

    def on_boundary(self, learner: Any) -> None:
        """Test where it is time to."""
        if learner.num_timesteps >= self._every * (len(self.curve) + 1):
            self.curve.append((learner.num_timesteps, float(self._test())))


def build(cell: Cell, seed: int, quick: bool) -> tuple[Any, gym.vector.VectorEnv, Policy]:
    """A learner, the worlds that it is tested in, and its policy."""
    task = TASKS[cell.task]
    env, oracle = _worlds(cell.task, "train", WORLDS)
    learner: Any
    if cell.kind is None:
        learner = SB3Learner()
        own = {"learning_starts": warm_up(quick), **task.base_settings}
        learner.model = build_base(as_vec_env(env, seed), task.base, own, seed)
    else:
        assert oracle is not None
        human = _human(cell, oracle, env.single_action_space, seed)
        learner = PreferenceLearner(
            VectorHumanInTheLoop(env, human),
            PreferenceConfig(**settings(task, cell.kind, quick)),
            seed,
        )
    test, _ = _worlds(cell.task, "test", TEST_WORLDS)
    return learner, test, policy_of(learner)


def _human(cell: Cell, oracle: Oracle, space: gym.Space, seed: int) -> Human:
    given = {**cell.human, "budget_seconds": HUMAN_SECONDS}
    if cell.kind == CORRECTED:
        return CorrectingHuman(CorrectingConfig(**given), oracle, space, WORLDS, seed)
    return ComparingHuman(ComparingConfig(**given), oracle, space, WORLDS, seed)


def _worlds(task: str, split: Split, count: int) -> tuple[gym.vector.VectorEnv, Oracle | None]:
    """So many worlds of a task side by side, and what may be known of them."""
    if task == PENDULUM:
        config = gymnasium_id.GymnasiumConfig(id="Pendulum-v1")
        worlds = gym.vector.SyncVectorEnv(
            [lambda: gymnasium_id.make(config, split)] * count,
            autoreset_mode=AutoresetMode.SAME_STEP,
        )
        return worlds, gymnasium_id.oracle(worlds, config)
    choices = collection.CollectionConfig()
    env = collection.make_vec(choices, split, count)
    return env, collection.oracle(env, choices)
