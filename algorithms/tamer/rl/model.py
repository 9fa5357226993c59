"""Ĥ(s, a), what the human would say, learned by TAMER's credit."""

from __future__ import annotations

from typing import Any

import numpy as np
from stable_baselines3.common.logger import Logger

from algorithms.core.actions import HalfRanges, Numbers
from algorithms.core.credited import Credited, CreditedSteps
from algorithms.core.state import restore
from algorithms.core.step import Step
from algorithms.tamer import losses
from algorithms.tamer.rl.config import TAMERRLConfig
from algorithms.tamer.rl.features import RBF, Linear, Tiles


class HumanModel:
    """Linear in φ(s), with weights of its own for each discrete action, or in φ(s, a).

    Attributes:
        weights: [R, B, P] of R models; B discrete actions, or 1.
        estimator: of the human's reaction time, where it is not told.

    Args:
        config: its settings.
        features: φ.
        form: of the actions.
        of: [N] whose world each is; R is one more than the largest.
        num_obs: D.
        dt: seconds a step.

    """

    def __init__(
        self,
        config: TAMERRLConfig,
        features: Linear | RBF | Tiles,
        form: Numbers | HalfRanges,
        of: np.ndarray,
        num_obs: int,
        dt: float,
    ):
        self.features, self._form, self._of = features, form, of
        self._rate = config.learning_rate
        self._past = CreditedSteps(
            of, num_obs, dt, config.delay, config.delay_form, form.shape, form.dtype
        )
        self.estimator = self._past.estimator
        self._discrete = isinstance(form, Numbers)
        blocks = form.count if self._discrete else 1
        self.weights = np.zeros((int(of.max()) + 1, blocks, features.count))

    def liking(self, obs: np.ndarray, action: np.ndarray, of: np.ndarray) -> np.ndarray:
        """Ĥ(s, a), [M] of obs [M, D] and actions [M, ...], by models `of` [M]."""
        if self._discrete:
            return self.likings(obs, of)[np.arange(len(obs)), action]
        joined = np.concatenate([obs, np.clip(action, -1, 1)], axis=1)
        return np.einsum("mp,mp->m", self.features(joined), self.weights[of, 0])

    def likings(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """Ĥ(s, ·), [M, A] of discrete actions."""
        return self.likings_of(self.features(obs), of)

    def likings_of(self, features: np.ndarray, of: np.ndarray) -> np.ndarray:
        """Ĥ(s, ·), [M, A] of discrete actions, from φ(s) [M, P]."""
        return np.matmul(self.weights[of], features[:, :, None])[:, :, 0]

    def best(self, obs: np.ndarray, candidates: np.ndarray) -> np.ndarray:
        """[M, A], for each state the best by the one model of `candidates` [M, C, A]."""
        many, choices = candidates.shape[:2]
        rows = np.repeat(obs, choices, axis=0)
        flat = candidates.reshape(many * choices, -1)
        liking = self.liking(rows, flat, np.zeros(len(rows), int)).reshape(many, choices)
        return candidates[np.arange(many), liking.argmax(axis=1)]

    def take_in(self, step: Step) -> None:
        """Remember the step, and learn where something was said."""
        self._past.take_in(step, self._learn)

    def _learn(self, said: Credited) -> None:
        """w ← w + α (h − w·x̄) x̄ with x̄ = Σ_k c_k φ(s_k, a_k), as TAMER."""
        count, steps = said.share.shape
        seen = said.obs.reshape(count * steps, -1)
        if self._discrete:
            acted = np.eye(self._form.count)[said.action]
            phi = self.features(seen).reshape(count, steps, 1, -1)
            whole = (acted[..., None] * phi).reshape(count, steps, -1)
        else:
            done = np.clip(said.action.reshape(count * steps, -1), -1, 1)
            whole = self.features(np.concatenate([seen, done], 1)).reshape(count, steps, -1)
        credited = losses.credited_features(whole, said.share)
        of = self._of[said.worlds]
        own = self.weights[of].reshape(count, -1)
        step = losses.descent(own, credited, said.feedback).reshape(count, *self.weights.shape[1:])
        np.add.at(self.weights, of, self._rate * step)

    def state_dict(self) -> dict[str, Any]:
        """Its weights, what it remembers, and what is known of the delay where it is estimated."""
        state: dict[str, Any] = {"weights": self.weights.copy(), "past": self._past.state_dict()}
        return state if self.estimator is None else {**state, "delay": self.estimator.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        restore(self, ("weights",), state)
        self._past.load_state_dict(state["past"])
        if self.estimator is not None:
            self.estimator.load_state_dict(state["delay"])

    def figures(self) -> dict[str, float]:
        """The estimated delay in seconds, where it is estimated."""
        estimator = self.estimator
        return {} if estimator is None else {"delay_estimate": float(estimator.seconds.mean())}

    def report(self, logger: Logger) -> None:
        """Log the delay, once there is an estimate."""
        if self.estimator is not None and self.estimator.ready.any():
            logger.record("human/delay_estimate", float(self.estimator.seconds.mean()))
