"""What executing actions from an observation comes to, without a simulator."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from envs.tabletop.features import (
    ARRIVED,
    FEATURES,
    TOUCHED,
    features,
    features_between,
)
from envs.tabletop.motion import DT, KEPT, LAG, follow
from envs.tabletop.scene import POSE, PROGRESS, VELOCITY


def steps_left(obs: np.ndarray, horizon: int) -> np.ndarray:
    """[M, 31] -> [M] int, steps until the episode is cut off."""
    return horizon - np.rint(np.asarray(obs[:, PROGRESS], np.float64) * horizon).astype(int)


def worth(table: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """[..., F] features and [F] weights -> [...]; the same bits however many rows there are."""
    return (table * weights).sum(axis=-1)


def utility(obs: np.ndarray, actions: np.ndarray, weights: np.ndarray, horizon: int) -> np.ndarray:
    """The return of executing actions one after the other, until they or the episode end.

    Args:
        obs: [M, 31], where the first action is taken.
        actions: [M, T, 4].
        weights: [16], of the features.
        horizon: steps of an episode.

    Returns:
        [M] float64.

    """
    obs, total = np.asarray(obs, np.float32), np.zeros(len(obs))
    going = steps_left(obs, horizon) > 0
    for t in range(actions.shape[1]):
        table = features(obs, actions[:, t])
        total += np.where(going, worth(table, weights), 0.0)
        obs = follow(obs, actions[:, t], horizon)
        over = (table[:, ARRIVED] > 0) | (table[:, TOUCHED] > 0)
        going = going & ~over & (steps_left(obs, horizon) > 0)
    return total


def path_features(obs: np.ndarray, actions: np.ndarray, horizon: int) -> np.ndarray:
    """The features of executing actions one after the other, until they or the episode end.

    Args:
        obs: [M, 31], where the first action is taken.
        actions: [M, T, 4].
        horizon: steps of an episode.

    Returns:
        [M, 16] float64, summed over the steps; `utility` is their product with the weights.

    """
    obs, total = np.asarray(obs, np.float32), np.zeros((len(obs), len(FEATURES)))
    going = steps_left(obs, horizon) > 0
    for t in range(actions.shape[1]):
        table = features(obs, actions[:, t])
        total += np.where(going[:, None], table, 0.0)
        obs = follow(obs, actions[:, t], horizon)
        over = (table[:, ARRIVED] > 0) | (table[:, TOUCHED] > 0)
        going = going & ~over & (steps_left(obs, horizon) > 0)
    return total


def utility_of_rests(obs: np.ndarray, rests: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The same in one go, of paths of the point of rest that no bound and no speed limit cuts.

    Args:
        obs: [31], where the paths begin.
        rests: [R, T + 1, 4], alternatives; see `envs.tabletop.motion`. No episode ends at its
            horizon before T steps.
        weights: [16].

    Returns:
        [R] float64.

    """
    obs, count = np.asarray(obs, np.float64), len(rests)
    start = [np.broadcast_to(obs[part], (count, 1, 4)) for part in (POSE, VELOCITY)]
    speed = np.diff(rests, axis=1) / DT
    velocity, _ = lfilter([1.0 - KEPT], [1.0, -KEPT], speed, axis=1, zi=KEPT * start[1])
    pose = rests[:, 1:] - LAG * velocity
    pose_before, velocity_before = (
        np.concatenate([first, later[:, :-1]], axis=1)
        for first, later in zip(start, (pose, velocity), strict=True)
    )
    table = features_between(obs, pose_before, velocity_before, pose, velocity)
    over = (table[..., ARRIVED] > 0) | (table[..., TOUCHED] > 0)  # [R, T]
    past = np.cumsum(over, axis=1) - over > 0
    return np.where(past, 0.0, table @ weights).sum(axis=1)
