"""What a segment is worth and what it looks like; padded rows never count."""

from __future__ import annotations

from collections.abc import Callable

import gymnasium as gym
import numpy as np

from teaching import Segments, UserError


def rows_that_count(segments: Segments, alternatives: int | None = None) -> np.ndarray:
    """[B, K, T] bool, False in the padding.

    Raises:
        UserError: a length that cannot be, or not `alternatives` segments a query.

    """
    _, columns, rows = segments.action.shape[:3]
    if columns != alternatives if alternatives else columns < 2:
        wanted = f"{alternatives}" if alternatives else "2 or more"
        raise UserError(f"a query here is about {wanted} segments, got {columns} (segments.ids)")
    length = segments.length
    if ((length < 1) | (length > rows)).any():
        wrong = length[(length < 1) | (length > rows)][0]
        raise UserError(f"segments.length must be from 1 to {rows}, the rows given, got {wrong}")
    return np.arange(rows) < length[..., None]


def true_rewards(
    reward: Callable[[np.ndarray, np.ndarray], np.ndarray], segments: Segments, counts: np.ndarray
) -> np.ndarray:
    """[B, K, T] float64, the oracle's reward of each row that counts, and 0 in the padding.

    Raises:
        UserError: the oracle answers in another shape, or not with finite numbers.

    """
    told = np.asarray(reward(segments.obs[counts], segments.action[counts]), np.float64)
    wanted = (int(np.count_nonzero(counts)),)
    if told.shape != wanted:
        raise UserError(f"the task's reward must have shape {wanted}, one a row, got {told.shape}")
    if not np.isfinite(told).all():
        wrong = told[~np.isfinite(told)][0]
        raise UserError(f"the task's reward must be finite, got {wrong}")
    rewards = np.zeros(counts.shape)
    rewards[counts] = told
    return rewards


def mean_features(segments: Segments, counts: np.ndarray, action_space: gym.Space) -> np.ndarray:
    """[B, K, F], the mean observation and action of each segment; discrete actions as shares."""
    action = segments.action
    if isinstance(action_space, gym.spaces.Discrete):
        action = action[..., None] == action_space.start + np.arange(action_space.n)
    flat = [
        part.reshape(*counts.shape, int(np.prod(part.shape[3:]))) for part in (segments.obs, action)
    ]
    rows = np.concatenate(flat, axis=3, dtype=np.float64)
    return np.where(counts[..., None], rows, 0.0).sum(axis=2) / segments.length[..., None]
