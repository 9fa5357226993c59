"""Q-learning as if praise and blame were reward: what COACH and TAMER are held against."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.online import OnlineLearner, Step, softmax
from algorithms.q_learning import losses
from algorithms.q_learning.config import QLearningConfig


class QLearning(OnlineLearner):
    """Q-learning in which r is what the human says, and 0 where it says nothing.

    Args:
        env: with a human who evaluates.
        config: its settings.
        seed: of the actions.
        independent: whether each world has a learner of its own; see `OnlineLearner`.

    """

    _saved = ("weights",)

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: QLearningConfig | None = None,
        seed: int = 0,
        independent: bool = False,
    ):
        super().__init__(env, seed, independent)
        self.config = config or QLearningConfig()
        self.weights = np.zeros((self.num_learners, self.num_actions, self.num_features))

    def probabilities(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """[M, actions], Boltzmann in Q."""
        return softmax(self._values(obs, of) / self.config.temperature)

    def take_in(self, step: Step) -> None:
        """One step of temporal-difference learning."""
        worlds = np.arange(self.num_worlds)
        delta = losses.error(
            self._values(step.obs, self._of)[worlds, step.action],
            np.nan_to_num(step.feedback),
            self._values(step.next_obs, self._of),
            ~step.terminated,
            self.config.discount,
        )
        climb = self.config.learning_rate * delta[:, None] * step.obs
        np.add.at(self.weights, (self._of, step.action), climb)

    def _values(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        return np.matmul(self.weights[of], obs[:, :, None])[:, :, 0]
