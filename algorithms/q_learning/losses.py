"""The error of Q-learning (Watkins 1989)."""

from __future__ import annotations

import numpy as np


def error(
    value: np.ndarray, reward: np.ndarray, following: np.ndarray, going_on: np.ndarray, gamma: float
) -> np.ndarray:
    """δ = r + γ max_a' Q(s', a') − Q(s, a), without what follows where the episode ended.

    Args:
        value: [N], Q(s, a).
        reward: [N], r.
        following: [N, A], Q(s', ·).
        going_on: [N] bool, s' is not an end.
        gamma: γ.

    Returns:
        [N].

    """
    return reward + gamma * going_on * following.max(axis=1) - value
