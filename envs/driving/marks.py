"""What shows of a whole drive beside another one: how late it turns, how far it swings out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from envs.driving.constants import DT, HALF_ROAD, MAX_SPEED
from teaching.manner import Mark, Quality, Trajectory
from teaching.marks import ahead, lag, past

SPEED, OFFSET, STEER = 32, 35, 0
_MOST, _GRID = 1.2, 0.25
"""s, the largest delay looked for; m between places at which steering is compared."""
_SETTLED = 25.0
"""m behind the line that was crossed, from where on a car has reached its lane; it must stay
there for as long again."""
_LEAST_SPEED = 1.0
LEAD = 0.2
"""s, a spread of timing."""


def lateness(mine: Trajectory, theirs: Trajectory) -> float:
    """Seconds by which the steering follows later along the road; NaN where they do not match."""
    speed = max(float(_speed(theirs).mean()), _LEAST_SPEED)
    ways = [np.cumsum(_speed(drive) * DT) for drive in (mine, theirs)]
    steering = [np.asarray(drive[1], float)[:, STEER] for drive in (mine, theirs)]
    found = lag(ways[0], steering[0], ways[1], steering[1], round(_MOST * speed), _GRID)
    return found / speed


def swing(drive: Trajectory) -> float:
    """m by which a car that changes lanes goes on past where it settles, mean over its changes.

    NaN where it makes none that it is seen to settle after.
    """
    offset = np.asarray(drive[0], float)[:, OFFSET] * HALF_ROAD
    place = np.cumsum(_speed(drive) * DT)
    crossed = np.flatnonzero(np.diff(np.sign(offset)) != 0) + 1
    swings = []
    for at, following in pairwise([*crossed.tolist(), len(offset)]):
        across = np.sign(offset[at]) * offset[at:following]
        there = place[at:following] > place[at] + _SETTLED
        if there.any() and place[following - 1] > place[at] + 2 * _SETTLED:
            swings.append(past(np.median(across[there]) - across[~there]))
    return float(np.mean(swings)) if swings else float("nan")


def _speed(drive: Trajectory) -> np.ndarray:
    return np.asarray(drive[0], float)[:, SPEED] * MAX_SPEED


def lead(
    obs: np.ndarray, action: np.ndarray, before: np.ndarray, amounts: np.ndarray
) -> np.ndarray:
    """Steering as it would be so much earlier; nothing a driver does at once ends a swing."""
    changed = np.array(action, float)
    changed[:, STEER] = ahead(action, before, LEAD * amounts[:, 0], DT)[:, STEER]
    return np.clip(changed, -1.0, 1.0).astype(np.float32)


MARKS = (
    Mark(
        quality=Quality(
            name="timing",
            more=("earlier", "sooner"),
            less=("later",),
            high=("early", "hurried"),
            low=("late", "delayed"),
            spread=LEAD,
        ),
        beside=lambda mine, theirs: -lateness(mine, theirs),
    ),
    Mark(
        quality=Quality(
            name="overshoot",
            more=("further over",),
            less=("less far over", "less far across"),
            high=("far over", "far across the middle of the lane"),
            low=("short of the middle of the lane",),
            spread=0.25,
        ),
        beside=lambda mine, theirs: swing(mine) - swing(theirs),
    ),
)
