"""A driver that looks before it steers: the expert of this task.

Every lane of the present road, at each of a few speeds, is a plan. Each plan is driven ahead in the
model of `envs.metadrive.rollout`; the plan that ends best gives the action. Nothing is remembered
from one step to the next, so the action depends on the state alone.
"""

from __future__ import annotations

import numpy as np

from envs.jit import kernel
from envs.metadrive.lanes import LENGTH, NEXT, to_lane
from envs.metadrive.rollout import (
    CAR_SPEED,
    CAR_X,
    CAR_Y,
    DT,
    advance,
    fails,
    followers,
    predict,
    pursue,
)

HORIZON = 35
"""Steps looked ahead: 3.5 s."""
SPEEDS = np.array([1.0, 0.6, 0.3, 0.0])
"""Shares of the top speed that are tried, quickest first."""
COMFORT = 3.5
"""Lateral acceleration accepted in bends, m/s²."""
CAUTIONS = np.array([1.0, 0.3])
"""Shares of the distances below that are kept: the smaller ones where the larger leave no way."""
BESIDE = 0.4
"""Metres kept beside other objects."""
EDGE = 0.15
"""Metres kept from the edge of the road."""
FAILURE = 50.0
"""Metres that a plan without a failure never falls behind."""
MERGE_WITHIN = 70.0
"""Metres before the end of a lane at which leaving it begins to matter."""


@kernel
def plan(
    lanes: np.ndarray,
    window: np.ndarray,
    lines: np.ndarray,
    objects: np.ndarray,
    car: np.ndarray,
    road: np.ndarray,
    top_speed: float,
) -> tuple[float, float]:
    """Choose an action.

    Args:
        lanes: [L, 10] lane table.
        window: [4] int64, first, last, start, end of `leaves_road`.
        lines: [K, 7].
        objects: [M, 7].
        car: [7].
        road: [2] int64, first and last (exclusive) row of the present road.
        top_speed: m/s.

    Returns:
        steering and pedal in [−1, 1].

    """
    future = predict(lanes, objects, HORIZON)
    exempt = followers(car, objects)
    nearest, gap = road[0], 1e9
    for row in range(road[0], road[1]):
        _, right = to_lane(lanes[row], car[CAR_X], car[CAR_Y])
        if abs(right) < gap:
            nearest, gap = row, abs(right)
    best, steering, pedal = -1e9, 0.0, -1.0
    for caution in CAUTIONS:
        for row in range(road[0], road[1]):
            toll = 2.0 * abs(row - nearest) + _dead_end(lanes, row, car)
            for share in SPEEDS:
                value, s, p = _drive(
                    lanes,
                    window,
                    lines,
                    objects,
                    future,
                    exempt,
                    car,
                    row,
                    share * top_speed,
                    caution,
                )
                if value - toll > best:
                    best, steering, pedal = value - toll, s, p
        if best > -FAILURE:
            break
    return steering, pedal


@kernel
def _drive(
    lanes: np.ndarray,
    window: np.ndarray,
    lines: np.ndarray,
    objects: np.ndarray,
    future: np.ndarray,
    exempt: np.ndarray,
    car: np.ndarray,
    row: int,
    top_speed: float,
    caution: float,
) -> tuple[float, float, float]:
    """Value of one plan, metres driven less what a failure costs, and its first action.

    A car that is too close to something already pays for every step until it is clear.
    """
    state = car.copy()
    value, steering, pedal = 0.0, 0.0, 0.0
    edge, beside = caution * EDGE, caution * BESIDE
    ahead = caution * (0.5 + 0.15 * state[CAR_SPEED])
    clear = not fails(
        lanes, window, lines, objects, objects[:, :3], exempt, state, edge, ahead, beside
    )
    for t in range(HORIZON):
        s, p, row = pursue(lanes, row, state, top_speed, COMFORT)
        if t == 0:
            steering, pedal = s, p
        value += DT * state[CAR_SPEED]
        advance(state, s, p)
        ahead = caution * (0.5 + 0.15 * state[CAR_SPEED])
        if not fails(lanes, window, lines, objects, future[t], exempt, state, edge, ahead, beside):
            clear = True
        elif clear:
            value -= 2.0 * FAILURE + 10.0 * (HORIZON - t) + 5.0 * state[CAR_SPEED]
            break
        else:
            value -= 10.0
    return value, steering, pedal


@kernel
def _dead_end(lanes: np.ndarray, row: int, car: np.ndarray) -> float:
    """What staying in a lane costs that will not follow the route much further."""
    along, _ = to_lane(lanes[row], car[CAR_X], car[CAR_Y])
    left = lanes[row, LENGTH] - along
    while lanes[row, NEXT] >= 0 and left < MERGE_WITHIN:
        row = int(lanes[row, NEXT])
        left += lanes[row, LENGTH]
    return 0.5 * max(0.0, MERGE_WITHIN - left)
