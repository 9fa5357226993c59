"""The best way through a grid of waypoints, by dynamic programming: where a plan starts from.

Between the object and the goal lie `STAGES` - 1 upright planes with a grid of points each, sideways
and upwards. A step to the next plane costs what the user minds about being there, for as long as
it takes, and about the way and the speed; the speed is the best one for that cost.
"""

from __future__ import annotations

import numpy as np

from envs.tabletop.features import FEATURES, features_between
from envs.tabletop.motion import DT, FASTEST, rest
from envs.tabletop.scene import (
    GOAL,
    HIGH,
    LOW,
    above_obstacles,
    beside_obstacles,
    to_obstacles,
    to_person,
)

STAGES = 12
SLOWEST = 0.15
"""m/s."""

_SIDEWAYS = np.linspace(-0.7, 0.7, 15)  # m
_HEIGHTS = np.array([0.07, 0.12, 0.2, 0.3, 0.42])  # m
_MOST_SIDEWAYS = 0.21  # m from one plane to the next
_MARGIN, _OUTSIDE = 0.04, 1000.0
_TILTS = np.linspace(-1.2, 1.2, 9)  # rad
_PATH, _SPEED = FEATURES.index("path"), FEATURES.index("speed_near_person")
_DWELL = np.array(
    [
        name not in ("path", "acceleration", "speed_near_person", "progress", "arrived", "touched")
        for name in FEATURES
    ]
)
_COLUMN = np.repeat(np.arange(len(_SIDEWAYS)), len(_HEIGHTS))
_FAR = np.abs(_SIDEWAYS[_COLUMN][:, None] - _SIDEWAYS[_COLUMN]) > _MOST_SIDEWAYS  # [P, P]


def route(obs: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Waypoints, and how long each way between them takes.

    Args:
        obs: [31], where the route begins.
        weights: [16], of the features.

    Returns:
        Poses [STAGES + 1, 4] from where the object comes to rest to the goal, and seconds
        [STAGES].

    """
    obs = np.asarray(obs, np.float64)
    first, goal = rest(obs), obs[GOAL]
    grid = _grid(first[:3], goal)  # [STAGES - 1, P, 3]
    dwell, haste = _rates(obs, grid, weights)
    points = [first[None, :3], *grid, goal[None]]
    # What it costs to be at the two ends is the same for all routes.
    dwells = [np.zeros(1), *dwell, np.zeros(1)]
    hastes = [np.zeros(1), *haste, np.zeros(1)]
    picks = _cheapest(points, dwells, hastes, -float(weights[_PATH]))
    way, slow, fast = (
        np.array([part[k][p] for k, p in enumerate(picks)]) for part in (points, dwells, hastes)
    )
    speed = _speed((slow[1:] + slow[:-1]) / 2.0, (fast[1:] + fast[:-1]) / 2.0)
    tilt = _best_tilt(obs, way, weights)
    tilt[0] = first[3]
    seconds = np.sqrt((np.diff(way, axis=0) ** 2).sum(axis=1)) / speed
    return np.column_stack([way, tilt]), np.maximum(seconds, DT / STAGES)


def _cheapest(
    points: list[np.ndarray], dwells: list[np.ndarray], hastes: list[np.ndarray], metre: float
) -> list[int]:
    """Which point of each stage the cheapest way from the first to the last goes through.

    Args:
        points: [P, 3] of each stage.
        dwells: [P] of each stage; see `_rates`.
        hastes: likewise.
        metre: what each metre costs.

    """
    cost, chosen = np.zeros(1), []
    for k in range(STAGES):
        way = points[k + 1] - points[k][:, None]  # [P, P', 3]
        total = cost[:, None] + _edge(
            np.sqrt((way**2).sum(axis=-1)),
            (dwells[k][:, None] + dwells[k + 1]) / 2.0,
            (hastes[k][:, None] + hastes[k + 1]) / 2.0,
            metre,
        )
        if 0 < k < STAGES - 1:
            total += _OUTSIDE * _FAR
        chosen.append(total.argmin(axis=0))
        cost = total.min(axis=0)
    picks = [0]
    for best in reversed(chosen):
        picks.insert(0, int(best[picks[0]]))
    return picks


def _grid(first: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """[STAGES - 1, P, 3], the points of each plane, sideways first."""
    way = goal - first
    length = np.hypot(way[0], way[1])
    side = np.array([-way[1], way[0]]) / length if length > 1e-6 else np.array([0.0, 1.0])
    grid = np.empty((STAGES - 1, len(_COLUMN), 3))
    middle = first + way * (np.arange(1, STAGES) / STAGES)[:, None]
    grid[..., :2] = middle[:, None, :2] + _SIDEWAYS[_COLUMN][:, None] * side
    grid[..., 2] = np.tile(_HEIGHTS, len(_SIDEWAYS))
    return grid


def _rates(
    obs: np.ndarray, points: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What a second at each point costs, and what a metre there costs per m/s of speed."""
    pose = np.concatenate([points, np.zeros((*points.shape[:-1], 1))], axis=-1)
    moving = np.broadcast_to([1.0, 0.0, 0.0, 0.0], pose.shape)  # m/s
    table = features_between(obs, pose, moving, pose, moving) / DT
    outside = ((points < LOW[:3] - 1e-9) | (points > HIGH[:3] + 1e-9)).any(axis=-1)
    others = to_obstacles(beside_obstacles(obs, points), above_obstacles(obs, points))
    close = np.minimum(to_person(obs, points), others.min(axis=0)) < _MARGIN
    dwell = -table @ (weights * _DWELL) + _OUTSIDE * (outside | close)
    return dwell, -weights[_SPEED] * table[..., _SPEED]


def _speed(dwell: np.ndarray, haste: np.ndarray) -> np.ndarray:
    """The speed v, m/s, at which a metre's cost, dwell / v + haste · v, is least."""
    best = np.sqrt(np.maximum(dwell, 0.0) / np.maximum(haste, 1e-9))
    return np.clip(best, SLOWEST, FASTEST[0])


def _edge(length: np.ndarray, dwell: np.ndarray, haste: np.ndarray, metre: float) -> np.ndarray:
    speed = _speed(dwell, haste)
    return length * (dwell / speed + haste * speed + metre)


def _best_tilt(obs: np.ndarray, points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """[K] the tilt that the user would have at each of the points [K, 3], in rad."""
    pose = np.empty((len(points), len(_TILTS), 4))
    pose[..., :3], pose[..., 3] = points[:, None], _TILTS
    still = np.zeros(pose.shape)
    table = features_between(obs, pose, still, pose, still)
    return _TILTS[(table @ (weights * _DWELL)).argmax(axis=1)]
