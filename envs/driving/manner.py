"""How one drives: how fast, where in the lane, how smoothly; in curves, and behind others."""

from __future__ import annotations

import numpy as np

from envs.driving.constants import HALF_ROAD, LANE_WIDTH, MAX_SPEED
from envs.driving.marks import MARKS, OFFSET, SPEED, STEER, lead
from teaching.manner import Manner, Quality
from teaching.words import Term

_CURVATURE, _GAPS, _THROTTLE = slice(50, 53), (24, 28), 1
_SHARP = 0.12
"""Of 1/12 m⁻¹: from a radius of 100 m on a road is a curve."""
_NEAR = 0.55
"""√(gap / 50 m): 15 m."""
_TO_THROTTLE, _TO_STEER = 0.8, 0.2
"""What brings about a spread of speed, and of position, when the driver's feedback has settled."""


def holds(obs: np.ndarray) -> np.ndarray:
    """[M, 55] -> [M, 2]: in a curve, or soon; close behind something in the own lane."""
    obs = np.asarray(obs)
    curve = np.abs(obs[:, _CURVATURE]).max(axis=1) > _SHARP
    ahead = np.where(obs[:, OFFSET] > 0, obs[:, _GAPS[1]], obs[:, _GAPS[0]])
    return np.stack([curve, ahead < _NEAR], axis=1)


def measure(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
    """[T, 55], [T, 2] -> [T, 3]: m/s, metres left of the middle of the lane, −|change of steering|.

    Steps between two lanes say nothing about the position in one.
    """
    obs, action = np.asarray(obs, float), np.asarray(action, float)
    offset = obs[:, OFFSET] * HALF_ROAD
    side = offset - np.copysign(LANE_WIDTH / 2, offset)
    side[np.abs(side) > LANE_WIDTH / 4] = np.nan
    change = np.abs(np.diff(action[:, STEER], prepend=action[:1, STEER]))
    return np.stack([obs[:, SPEED] * MAX_SPEED, side, -change], axis=1)


def adjust(
    obs: np.ndarray, action: np.ndarray, before: np.ndarray, amounts: np.ndarray
) -> np.ndarray:
    """More throttle, more steering to the left, and steering that gives way less at once."""
    changed = np.array(action, float)
    changed[:, _THROTTLE] += _TO_THROTTLE * amounts[:, 0]
    steer = changed[:, STEER] + _TO_STEER * amounts[:, 1]
    calm = 1 + np.maximum(amounts[:, 2], 0)
    changed[:, STEER] = before[:, STEER] + (steer - before[:, STEER]) / calm
    return np.clip(changed, -1.0, 1.0).astype(np.float32)


MANNER = Manner(
    qualities=(
        Quality(
            name="speed",
            more=("faster", "quicker", "more quickly", "at a higher speed"),
            less=("slower", "more slowly", "at a lower speed"),
            high=("fast", "quick", "hasty"),
            low=("slow", "sluggish"),
            spread=2.0,
        ),
        Quality(
            name="position",
            more=("further left", "more to the left", "further to the left"),
            less=("further right", "more to the right", "further to the right"),
            high=("far left", "far to the left"),
            low=("far right", "far to the right"),
            spread=0.5,
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
        Term(name="in curves", synonyms=("on curves", "in bends", "when it bends", "in a curve")),
        Term(
            name="behind others", synonyms=("behind cars", "in traffic", "when something is ahead")
        ),
    ),
    holds=holds,
    measure=measure,
    adjust=adjust,
    marks=MARKS,
    lead=lead,
)
