"""Learners with discrete actions, written out in NumPy: tabular, linear, small nets."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.delay import DelayEstimator
from algorithms.core.state import restore
from algorithms.core.stepwise import Step, StepwiseLearner
from teaching import UserError
from teaching.sb3 import show_policy

__all__ = ["OnlineLearner", "Step", "softmax"]


class OnlineLearner(StepwiseLearner):
    """A learner with discrete actions that takes one step of all worlds, learns, and goes on.

    A subclass gives `probabilities` and `take_in`, and lists in `_saved` the arrays that it
    changes. It has one set of parameters for all worlds, or, where it is `independent`, one a
    world: N learners in the time of one, which is how twenty seeds of a small problem are run at
    once. Then row k of the parameters is learner k's, and it predicts for N observations, one a
    learner.

    Args:
        env: the environment or vector environment, with the human beside it.
        seed: of the actions that are drawn.
        independent: whether each world has a learner of its own.

    Attributes:
        estimator: of the human's reaction time, set by a subclass that is not told it.

    """

    _saved: tuple[str, ...] = ()

    def __init__(
        self, env: gym.Env | gym.vector.VectorEnv | VecEnv, seed: int, independent: bool = False
    ):
        super().__init__(env, seed)
        space = self.env.action_space
        if not isinstance(space, gym.spaces.Discrete):
            raise UserError(
                f"this learner chooses among discrete actions, and this task has {space}; "
                "take another algorithm or another task"
            )
        self.num_actions = int(space.n)
        self.num_learners = self.num_worlds if independent else 1
        self._of = np.arange(self.num_worlds) if independent else np.zeros(self.num_worlds, int)
        self.estimator: DelayEstimator | None = None
        self._probs = np.empty((0, 0))
        show_policy(self.env, lambda obs: self._probs)

    def probabilities(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """[M, actions] of M observations [M, D], the i-th by learner `of[i]`, as it trains."""
        raise NotImplementedError

    def act(self, obs: np.ndarray) -> np.ndarray:
        """[N], drawn."""
        self._probs = self.probabilities(obs, self._of)
        return self._draw(self._probs)

    def choose(self, obs: np.ndarray, deterministic: bool) -> np.ndarray:
        """[M]; learners side by side choose for one observation each."""
        if self.num_learners > 1 and len(obs) != self.num_learners:
            raise UserError(
                f"{self.num_learners} learners side by side predict for as many observations, "
                f"got {len(obs)}"
            )
        of = self._of if self.num_learners > 1 else np.zeros(len(obs), int)
        probs = self.probabilities(obs, of)
        return probs.argmax(axis=1) if deterministic else self._draw(probs)

    def learned(self) -> dict[str, Any]:
        """The arrays in `_saved`, and what is known of the delay where it is estimated."""
        arrays = {name: np.array(getattr(self, name)) for name in self._saved}
        if self.estimator is None:
            return {"parameters": arrays}
        return {"parameters": arrays, "delay": self.estimator.state_dict()}

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore them."""
        restore(self, self._saved, state["parameters"])
        if self.estimator is not None:
            self.estimator.load_state_dict(state["delay"])


def softmax(preferences: np.ndarray) -> np.ndarray:
    """Boltzmann probabilities over the last axis."""
    grown = np.exp(preferences - preferences.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)
