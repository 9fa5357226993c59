"""The state of N worlds in arrays, and the calls that move it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.driving.constants import MAX_CARS


class Worlds(NamedTuple):
    """Everything that changes in N worlds; all of it is what `state_dict` saves.

    Attributes:
        rng: [N] uint64, the random stream of each world.
        road: [N] int64, the row in `Roads`.
        ego: [N, 8] x, y, heading, speed, steering angle of the car, and where it is on the road:
            arc length s, lateral offset d (left is positive), heading error. Rear axle.
        action: [N, 2] the last action.
        steps: [N] int64, steps taken in the episode.
        still: [N] int64, steps at a standstill up to now.
        event: [N] int64, how the episode ended; 0 while it runs.
        cars: [N, MAX_CARS, 9] x, y, heading, speed, s, d, target d, wanted speed, kind. A car on
            a crossing road has s along that road, zero in the junction.

    """

    rng: np.ndarray
    road: np.ndarray
    ego: np.ndarray
    action: np.ndarray
    steps: np.ndarray
    still: np.ndarray
    event: np.ndarray
    cars: np.ndarray


def empty_worlds(count: int) -> Worlds:
    """Arrays for N worlds, to be filled by a reset."""
    return Worlds(
        rng=np.zeros(count, np.uint64),
        road=np.zeros(count, np.int64),
        ego=np.zeros((count, 8)),
        action=np.zeros((count, 2)),
        steps=np.zeros(count, np.int64),
        still=np.zeros(count, np.int64),
        event=np.zeros(count, np.int64),
        cars=np.zeros((count, MAX_CARS, 9)),
    )
