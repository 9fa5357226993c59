"""The expert for Gymnasium's MountainCar-v0: value iteration on a fine grid of its two numbers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from teaching import Oracle

LOW, HIGH = np.array([-1.2, -0.07]), np.array([0.6, 0.07])
"""Position and velocity."""
GOAL, FORCE, GRAVITY = 0.5, 0.001, 0.0025
POINTS = (181, 141)
ACTIONS = 3
_ENOUGH = 1e-4
"""Steps; values that change by less than this in a sweep have settled."""


def advance(position: np.ndarray, velocity: np.ndarray, action: int) -> tuple[np.ndarray, ...]:
    """Next position, next velocity and whether the flag was reached, as Gymnasium steps."""
    velocity = velocity + (action - 1) * FORCE - np.cos(3 * position) * GRAVITY
    velocity = np.clip(velocity, LOW[1], HIGH[1])
    position = np.clip(position + velocity, LOW[0], HIGH[0])
    velocity = np.where((position == LOW[0]) & (velocity < 0), 0.0, velocity)
    return position, velocity, (position >= GOAL) & (velocity >= 0)


def _corners(position: np.ndarray, velocity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Grid points around each state and their weights in bilinear interpolation, [4, M] each."""
    place = (np.stack([position, velocity], axis=-1) - LOW) / (HIGH - LOW)
    place = place * (np.array(POINTS) - 1)
    below = np.clip(np.floor(place), 0, np.array(POINTS) - 2).astype(np.int64)
    x, v = np.moveaxis(place - below, -1, 0)
    first = below[..., 0] * POINTS[1] + below[..., 1]
    index = np.stack([first, first + 1, first + POINTS[1], first + POINTS[1] + 1])
    weight = np.stack([(1 - x) * (1 - v), (1 - x) * v, x * (1 - v), x * v])
    return index, weight


@lru_cache(maxsize=1)
def values() -> np.ndarray:
    """[points], minus the steps to the flag from each point of the grid."""
    grid = np.meshgrid(*(np.linspace(LOW[i], HIGH[i], POINTS[i]) for i in range(2)), indexing="ij")
    position, velocity = (axis.ravel() for axis in grid)
    moves = []
    for action in range(ACTIONS):
        x, v, there = advance(position, velocity, action)
        moves.append((*_corners(x, v), ~there))
    value = np.zeros(len(position))
    change = np.inf
    while change > _ENOUGH:
        new = np.max([-1 + on * (w * value[i]).sum(axis=0) for i, w, on in moves], axis=0)
        change, value = float(np.abs(new - value).max()), new
    return value


def q_values(obs: np.ndarray) -> np.ndarray:
    """[N, 3], minus the steps to the flag after each action, of observations [N, 2]."""
    position, velocity = np.asarray(obs, np.float64).T
    found = []
    for action in range(ACTIONS):
        x, v, there = advance(position, velocity, action)
        index, weight = _corners(x, v)
        found.append(-1 + ~there * (weight * values()[index]).sum(axis=0))
    return np.stack(found, axis=1)


def oracle() -> Oracle:
    """Actions and values."""
    return Oracle(action=lambda obs: q_values(obs).argmax(axis=1), q_values=q_values)
