"""TAMER+RL on expected SARSA(λ) with linear values, in NumPy."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.online import OnlineLearner, Step
from algorithms.tamer.rl import shaping
from algorithms.tamer.rl.config import SarsaConfig, TAMERRLConfig
from algorithms.tamer.rl.features import features_for
from algorithms.tamer.rl.model import HumanModel


class TAMERSarsa(OnlineLearner):
    """Expected SARSA(λ) (van Seijen et al. 2009) and Ĥ, both linear in the same features.

    The expectation is over the policy that acts, the human's part in it included. Traces replace
    where features are tiles, and add up elsewhere.

    Args:
        env: with a human who evaluates, or without one; discrete actions.
        config: its settings, with the base sarsa.
        seed: of the actions and of rbf features.
        independent: whether each world has a learner of its own; see `OnlineLearner`.

    """

    _saved = ("weights", "_traces")

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: TAMERRLConfig | None = None,
        seed: int = 0,
        independent: bool = False,
    ):
        super().__init__(env, seed, independent)
        self.config = config = config or TAMERRLConfig(base="sarsa")
        self.base = SarsaConfig(**config.sarsa_settings())
        space = self.env.observation_space
        assert isinstance(space, gym.spaces.Box)
        self.features = features_for(config, space, 0, seed)
        self.human = HumanModel(
            config, self.features, self.form, self._of, self.num_features, self.dt
        )
        self.beta = config.beta
        self.weights = np.zeros((self.num_learners, self.num_actions, self.features.count))
        self._traces = np.zeros((self.num_worlds, self.num_actions, self.features.count))

    def probabilities(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """[M, actions], ε-greedy, with the human's part at the β of the moment."""
        return self._probabilities(self.features(obs), of)

    def take_in(self, step: Step) -> None:
        """δ = r + γ Σ π(a'|s') Q(s', a') − Q(s, a); w ← w + αδz; and Ĥ learns what was said."""
        self.human.take_in(step)
        features, following = self.features(step.obs), self.features(step.next_obs)
        worlds = np.arange(self.num_worlds)
        reward = step.reward
        liking = self.human.likings_of(features, self._of)[worlds, step.action]
        if self.config.technique == "shaping":
            reward = shaping.shaped(reward, liking, self.beta)
        ahead = (self._probabilities(following, self._of) * self._values(following, self._of)).sum(
            axis=1
        )
        value = self._values(features, self._of)[worlds, step.action]
        delta = reward + self.base.discount * ~step.terminated * ahead - value
        self._traces *= self.base.discount * self.base.trace_decay
        if self.features.binary:
            kept = np.maximum(self._traces[worlds, step.action], features)
            self._traces[worlds, step.action] = kept
        else:
            self._traces[worlds, step.action] += features
        climb = self.base.learning_rate * delta[:, None, None] * self._traces
        if self.num_learners > 1:
            self.weights += climb
        else:
            self.weights[0] += climb.sum(axis=0)
        self._traces[step.done] = 0.0
        self.beta = shaping.annealed(self.beta, self.config.beta_decay, self.config.annealing)
        self.logger.record("tamer/beta", self.beta)
        self.logger.record("tamer/liking", float(liking.mean()))
        self.human.report(self.logger)

    def figures(self) -> dict[str, float]:
        """See `HumanModel.figures`."""
        return self.human.figures()

    def learned(self) -> dict[str, Any]:
        """The values, Ĥ, and β."""
        return {**super().learned(), "human": self.human.state_dict(), "beta": self.beta}

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore them."""
        super().load_learned(state)
        self.human.load_state_dict(state["human"])
        self.beta = float(state["beta"])

    def _probabilities(self, features: np.ndarray, of: np.ndarray) -> np.ndarray:
        values = self._values(features, of)
        technique = self.config.technique
        if technique == "shaping" or self.beta == 0:
            return shaping.epsilon_greedy(values, self.base.epsilon)
        liking = self.human.likings_of(features, of)
        if technique == "biasing":
            biased = shaping.biased(values, liking, self.beta)
            return shaping.epsilon_greedy(biased, self.base.epsilon)
        own = shaping.epsilon_greedy(values, self.base.epsilon)
        return shaping.mixed(own, liking, self.beta)

    def _values(self, features: np.ndarray, of: np.ndarray) -> np.ndarray:
        """Q(s, ·), [M, A]."""
        return np.matmul(self.weights[of], features[:, :, None])[:, :, 0]
