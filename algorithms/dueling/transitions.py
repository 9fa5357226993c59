"""Transitions that have to be learned: counts, the empirical model, and what it may get wrong."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from algorithms.dueling.kernels import features_of_policies


class Shapes(Protocol):
    """What `Counts.embed` needs of instances: features [G, H, S, A, d] and policies [N, H, S]."""

    features: np.ndarray
    policies: np.ndarray


class Counts:
    """How often what followed what, for G learners side by side.

    Args:
        allowed: [G, S, A, S] or [S, A, S] bool, what is not ruled out beforehand; without a visit
            all of it is held as likely.
        initial: [G, S] where episodes begin, or None if that is learned too.
        scale: of the bonus; 1 is the published one.
        reward_bound: η, the most that what follows can be worth.
        delta: confidence of the published bonus.
        prior: [G, S, A, S] counts to begin with, None for none.

    Attributes:
        seen: [G, S, A, S], how often.

    """

    def __init__(
        self,
        allowed: np.ndarray,
        initial: np.ndarray,
        scale: float,
        reward_bound: float,
        delta: float = 0.05,
        prior: np.ndarray | None = None,
    ):
        self._allowed = allowed / allowed.sum(axis=-1, keepdims=True)
        self._initial = initial
        self._scale, self._bound, self._delta = scale, reward_bound, delta
        self.seen = np.zeros(allowed.shape) if prior is None else np.array(prior, np.float64)
        # Where only one thing can follow there is nothing to learn.
        self._open = allowed.sum(axis=-1) > 1

    def add(self, states: np.ndarray, actions: np.ndarray) -> None:
        """Take in trajectories: states [G, M, H] and actions [G, M, H]."""
        g = np.arange(len(states))[:, None, None]
        place = g, states[:, :, :-1], actions[:, :, :-1], states[:, :, 1:]
        np.add.at(self.seen, place, 1.0)

    def transition(self) -> np.ndarray:
        """[G, S, A, S], P̂."""
        visits = self.seen.sum(axis=-1, keepdims=True)
        return np.where(visits > 0, self.seen / np.maximum(visits, 1e-300), self._allowed)

    def bonus(self) -> np.ndarray:
        """[G, S, A], ξ = scale·min(2η, 4η√(U/N)), U = log(2·S·A·max(N, 1)²/δ)·S.

        Source: Pacchiano, Saha and Lee (2021), unknown transitions; U holds the logarithm of the
        union over states, actions and visits, recalled up to constants.
        """
        visits = self.seen.sum(axis=-1)
        states, actions = self.seen.shape[-3:-1]
        known = np.maximum(visits, 1.0)
        union = states * np.log(2 * states * actions * known**2 / self._delta)
        wide = 4 * self._bound * np.sqrt(union / known)
        bonus = self._scale * np.minimum(2 * self._bound, np.where(visits > 0, wide, np.inf))
        return np.where(self._open, bonus, 0.0)

    def embed(self, shapes: Shapes) -> tuple[np.ndarray, np.ndarray]:
        """φ̂(π) [G, N, d] and B̂(π) [G, N] of all policies."""
        found: tuple[np.ndarray, np.ndarray] = features_of_policies(
            self.transition(), self._initial, shapes.features, self.bonus(), shapes.policies
        )
        return found

    def state_dict(self) -> dict[str, Any]:
        """What was seen."""
        return {"seen": self.seen.copy()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        self.seen = np.array(state["seen"])
