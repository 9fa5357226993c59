"""TAMER: training an agent manually via evaluative reinforcement (Knox and Stone 2009)."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.credited import Credited, CreditedSteps
from algorithms.core.online import OnlineLearner, Step, softmax
from algorithms.tamer import losses
from algorithms.tamer.config import TAMERConfig


class TAMER(OnlineLearner):
    """Learns Ĥ(s, a), what the human would say, and does what it would like best.

    It is myopic: what comes later is the human's concern. Ĥ is linear in the observation, one set
    of weights an action.

    Args:
        env: with a human who evaluates.
        config: its settings.
        seed: of the actions, where they are drawn, and of ties.
        independent: whether each world has a learner of its own; see `OnlineLearner`.

    """

    _saved = ("weights",)

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: TAMERConfig | None = None,
        seed: int = 0,
        independent: bool = False,
    ):
        super().__init__(env, seed, independent)
        self.config = config = config or TAMERConfig()
        self.weights = np.zeros((self.num_learners, self.num_actions, self.num_features))
        self._past = CreditedSteps(
            self._of, self.num_features, self.dt, config.delay, config.delay_form
        )
        self.estimator = self._past.estimator

    def probabilities(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """[M, actions]; without a temperature, shared by the actions that are equally good."""
        liking = np.matmul(self.weights[of], obs[:, :, None])[:, :, 0]
        if self.config.temperature is not None:
            return softmax(liking / self.config.temperature)
        best = liking >= liking.max(axis=1, keepdims=True)
        return best / best.sum(axis=1, keepdims=True)

    def take_in(self, step: Step) -> None:
        """Remember the step, and learn where something was said."""
        self._past.take_in(step, self._learn, self.logger)

    def learned(self) -> dict[str, Any]:
        """The weights, and what is remembered."""
        return {**super().learned(), "past": self._past.state_dict()}

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore what `learned` returned."""
        super().load_learned(state)
        self._past.load_state_dict(state["past"])

    def _learn(self, said: Credited) -> None:
        """Descend on what was said."""
        of = self._of[said.worlds]
        acted = np.eye(self.num_actions)[said.action]
        features = acted[..., :, None] * said.obs[:, :, None, :]
        credited = losses.credited_features(features.reshape(*said.share.shape, -1), said.share)
        weights = self.weights[of].reshape(len(of), -1)
        step = losses.descent(weights, credited, said.feedback).reshape(-1, *self.weights.shape[1:])
        np.add.at(self.weights, of, self.config.learning_rate * step)
