"""How one goes through a maze: how fast, how far from hazards, how smoothly; when one turns."""

from __future__ import annotations

import numpy as np

from envs.maze.batch import GOAL, HAZARD_RAYS, RAYS, SIGHT, VELOCITY, WALL_RAYS
from envs.maze.model import TOP_SPEED
from envs.maze.task import MazeConfig
from teaching.manner import Manner, Mark, Quality, Trajectory
from teaching.marks import ahead, lag
from teaching.words import Term

_CLOSE_BY = 0.6
"""m from a hazard or a wall within which it matters how far it is off."""
_NEAR_GOAL = 0.25
"""Of the maze's side: a metre where it has four."""
_STILL = 0.05
"""m/s, below which a mass has no direction."""
_FASTER, _AWAY = 0.4, 0.5
"""What brings about a spread of speed, and of distance, against the pilot's own feedback."""
_MOST, _GRID = 0.6, 0.05
"""m, the latest turn looked for, and between places at which headings are compared."""
LEAD = 0.12
"""s, by which a turn is a spread of timing later at the pilot's speed."""
DT = MazeConfig.dt
"""s, a step of the task as it comes."""

_ANGLE = 2 * np.pi * np.arange(RAYS) / RAYS
_RAY = np.stack([np.cos(_ANGLE), np.sin(_ANGLE)], axis=1)  # [R, 2]


def _nearest(obs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[M] m to the first hazard or wall, and [M, 2] unit vector away from it."""
    ranges = SIGHT * np.minimum(obs[:, WALL_RAYS], obs[:, HAZARD_RAYS])
    return ranges.min(axis=1), -_RAY[ranges.argmin(axis=1)]


def holds(obs: np.ndarray) -> np.ndarray:
    """[M, 39] -> [M, 2]: close by a hazard; near the goal."""
    obs = np.asarray(obs, float)
    hazard = SIGHT * obs[:, HAZARD_RAYS].min(axis=1) < _CLOSE_BY
    return np.stack([hazard, np.linalg.norm(obs[:, GOAL], axis=1) < _NEAR_GOAL], axis=1)


def measure(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
    """[T, 39], [T, 2] -> [T, 3]: m/s; m from the first hazard or wall, where one is close by;
    −|change of the action|.
    """
    obs, action = np.asarray(obs, float), np.asarray(action, float)
    distance, _ = _nearest(obs)
    change = np.abs(np.diff(action, axis=0, prepend=action[:1])).max(axis=1)
    speed = TOP_SPEED * np.linalg.norm(obs[:, VELOCITY], axis=1)
    return np.stack([speed, np.where(distance < _CLOSE_BY, distance, np.nan), -change], axis=1)


def adjust(
    obs: np.ndarray, action: np.ndarray, before: np.ndarray, amounts: np.ndarray
) -> np.ndarray:
    """Push more along the way it moves, away from what is close by, and with calmer changes."""
    obs = np.asarray(obs, float)
    velocity = obs[:, VELOCITY]
    speed = np.linalg.norm(velocity, axis=1, keepdims=True)
    along = np.where(speed > _STILL / TOP_SPEED, velocity / np.maximum(speed, 1e-9), 0.0)
    distance, away = _nearest(obs)
    close = (distance < _CLOSE_BY)[:, None]
    wanted = np.asarray(action, float) + _FASTER * amounts[:, :1] * along
    wanted = np.clip(wanted + np.where(close, _AWAY * amounts[:, 1:2] * away, 0.0), -1.0, 1.0)
    calm = 1 + np.maximum(amounts[:, 2:], 0)
    return np.clip(before + (wanted - before) / calm, -1.0, 1.0).astype(np.float32)


def lateness(mine: Trajectory, theirs: Trajectory) -> float:
    """m of the way by which turns are taken later; NaN where the two do not match."""
    way, heading = zip(*(_course(trajectory) for trajectory in (mine, theirs)), strict=True)
    return lag(way[0], heading[0], way[1], heading[1], _MOST, _GRID)


def _course(trajectory: Trajectory) -> tuple[np.ndarray, np.ndarray]:
    """[T] m that were gone so far, and [T] rad, which way, without jumps at a full turn."""
    velocity = TOP_SPEED * np.asarray(trajectory[0], float)[:, VELOCITY]
    speed = np.linalg.norm(velocity, axis=1)
    moving = velocity[speed > _STILL]
    if not len(moving):
        return np.zeros(1), np.zeros(1)
    heading = np.unwrap(np.arctan2(moving[:, 1], moving[:, 0]))
    return np.cumsum(speed[speed > _STILL] * DT), heading


def lead(
    obs: np.ndarray, action: np.ndarray, before: np.ndarray, amounts: np.ndarray
) -> np.ndarray:
    """The push as it would be so much earlier."""
    return np.clip(ahead(action, before, LEAD * amounts[:, 0], DT), -1.0, 1.0).astype(np.float32)


MANNER = Manner(
    qualities=(
        Quality(
            name="speed",
            more=("faster", "quicker", "more quickly"),
            less=("slower", "more slowly"),
            high=("fast", "quick", "hasty"),
            low=("slow", "sluggish"),
            spread=0.1,
        ),
        Quality(
            name="distance",
            more=("wider", "further away", "further from the walls"),
            less=("closer", "nearer", "closer to the walls"),
            high=("wide", "far away", "far from the walls"),
            low=("close", "near", "close to the walls"),
            spread=0.03,
        ),
        Quality(
            name="smoothness",
            more=("smoother", "more smoothly", "steadier", "more calmly"),
            less=("more sharply", "more abruptly"),
            high=("smooth", "soft", "gentle"),
            low=("jerky", "jumpy", "twitchy", "shaky"),
            spread=0.1,
        ),
    ),
    contexts=(
        Term(name="near hazards", synonyms=("by hazards", "near the red discs", "by red discs")),
        Term(name="near the goal", synonyms=("by the goal", "at the end")),
    ),
    holds=holds,
    measure=measure,
    adjust=adjust,
    lead=lead,
    marks=(
        Mark(
            quality=Quality(
                name="timing",
                more=("earlier", "sooner"),
                less=("later",),
                high=("early", "hurried"),
                low=("late", "delayed"),
                spread=0.1,
            ),
            beside=lambda mine, theirs: -lateness(mine, theirs),
        ),
    ),
)
