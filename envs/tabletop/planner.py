"""A path that is best by a user's weights: a route through a grid, improved by local search."""

from __future__ import annotations

import numpy as np

from envs.tabletop.motion import DT, FASTEST
from envs.tabletop.rollout import utility_of_rests
from envs.tabletop.route import STAGES, route
from envs.tabletop.scene import HIGH, LOW

ROUNDS, TRIES = 12, 20
"""Of local search: in each round the path is changed in so many ways, and the best one kept."""

_KEYS = np.arange(STAGES + 1)
_REACH = np.array([0.12, 0.12, 0.1, 0.5, 0.4])  # x, y, z in m, tilt in rad, log of the seconds
_SHRINK = 0.8  # of the changes, from round to round
_SPARE = 6  # steps before the end of the episode by which the object should be there
_AFTER = 8  # steps that a path is watched for after its end, in which the arm comes to rest


def plan_rests(obs: np.ndarray, weights: np.ndarray, left: int) -> np.ndarray:
    """The path of the point of rest that the user would have from here to the goal.

    Args:
        obs: [31], where the path begins.
        weights: [16], of the features.
        left: steps until the episode is cut off.

    Returns:
        [left + 1, 4] float64; each step within the speed limits; at the goal it stays.

    """
    keys, seconds = route(obs, weights)
    # Nothing is gained by a path that does not arrive in time.
    seconds = seconds * min(1.0, max(left - _SPARE, 1) * DT / seconds.sum())
    best = _value(obs, keys[None], seconds[None], weights, left)[0]
    rng = np.random.default_rng(0)
    for turn in range(ROUNDS):
        change = _changes(rng) * _SHRINK**turn
        tries = np.clip(keys + change[..., :4], LOW, HIGH)
        tries[:, 0], tries[:, -1, :3] = keys[0], keys[-1, :3]
        times = seconds * np.exp(change[:, 1:, 4])
        value = _value(obs, tries, times, weights, left)
        pick = int(value.argmax())
        if value[pick] > best:
            keys, seconds, best = tries[pick], times[pick], value[pick]
    return _sample(keys[None], seconds[None], left)[0]


def actions_along(rests: np.ndarray) -> np.ndarray:
    """[..., T + 1, 4] -> [..., T, 4], the actions that move the point of rest along a path."""
    return np.diff(rests, axis=-2) / DT / FASTEST


def _value(
    obs: np.ndarray, keys: np.ndarray, seconds: np.ndarray, weights: np.ndarray, left: int
) -> np.ndarray:
    """[R], the returns of R alternatives; all are at rest at the goal when it stops looking."""
    steps = min(left, int(np.ceil(_possible(keys, seconds).sum(axis=1).max() / DT)) + _AFTER)
    return utility_of_rests(obs, _sample(keys, seconds, steps), weights)


def _changes(rng: np.random.Generator) -> np.ndarray:
    """[TRIES, STAGES + 1, 5]: smooth bumps somewhere along the path, in about half of the parts."""
    centre = rng.uniform(0, STAGES, (TRIES, 1, 5))
    width = rng.choice([0.8, 1.5, 3.0, 6.0], (TRIES, 1, 5))
    size = rng.normal(size=(TRIES, 1, 5)) * _REACH * (rng.random((TRIES, 1, 5)) < 0.5)
    return size * np.exp(-(((_KEYS[:, None] - centre) / width) ** 2))


def _possible(keys: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """The seconds [R, K], longer where a way between keys [R, K + 1, 4] takes longer."""
    return np.maximum(seconds, np.abs(np.diff(keys[..., :3], axis=1) / FASTEST[:3]).max(axis=-1))


def _sample(keys: np.ndarray, seconds: np.ndarray, steps: int) -> np.ndarray:
    """[R, K + 1, 4], [R, K] -> [R, steps + 1, 4], a pose every `DT`.

    Where a way cannot be made in its time it takes longer; a tilt that is too fast stays behind.
    """
    seconds, keys = _possible(keys, seconds), keys.copy()
    for k in range(seconds.shape[1]):
        most = FASTEST[3] * seconds[:, k]
        turn = np.clip(keys[:, k + 1, 3] - keys[:, k, 3], -most, most)
        keys[:, k + 1, 3] = keys[:, k, 3] + turn
    at = np.concatenate([np.zeros((len(keys), 1)), np.cumsum(seconds, axis=1)], axis=1)
    time, path = DT * np.arange(steps + 1), np.empty((len(keys), steps + 1, 4))
    for r in range(len(keys)):
        for axis in range(4):
            path[r, :, axis] = np.interp(time, at[r], keys[r, :, axis])
    return path
