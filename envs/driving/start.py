"""The start of an episode, compiled: each world draws its road and traffic from its own stream."""

from __future__ import annotations

import numpy as np

from envs.driving.constants import (
    ALONG,
    BOX_D,
    BOX_S,
    CAR_D,
    CAR_KIND,
    CAR_S,
    CAR_SPEED,
    CAR_TARGET,
    CAR_WANTED,
    CROSS_REACH,
    CROSSING,
    HEADING,
    LANE_WIDTH,
    MAX_CARS,
    PHEADING,
    PX,
    PY,
    RUNNING,
    SPEED,
    START_S,
    STEER,
    D,
    S,
    X,
    Y,
)
from envs.driving.kernels import locate
from envs.driving.traffic import place_car
from envs.jit import kernel

_MIX_0 = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_CROSSING_CARS = 3


@kernel
def uniform(rng, w, low, high):  # type: ignore[no-untyped-def]
    """Draw from [low, high) with world w's own SplitMix64 stream (Steele et al., OOPSLA 2014)."""
    rng[w] += _MIX_0
    z = rng[w]
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    z = z ^ (z >> np.uint64(31))
    return low + (high - low) * (np.float64(z >> np.uint64(11)) * 2.0**-53)


@kernel
def start_episode(roads, worlds, w, road, traffic_density):  # type: ignore[no-untyped-def]
    """Put world w at the start of a road; of a random one where `road` is negative."""
    rng = worlds.rng
    drawn = int(uniform(rng, w, 0.0, float(roads.goal.shape[0])))
    road = drawn if road < 0 else road
    worlds.road[w] = road
    worlds.steps[w] = 0
    worlds.still[w] = 0
    worlds.event[w] = RUNNING
    worlds.action[w, 0] = worlds.action[w, 1] = 0.0
    ego = worlds.ego[w]
    lane = LANE_WIDTH / 2 if uniform(rng, w, 0.0, 1.0) < 0.5 else -LANE_WIDTH / 2
    d = lane + uniform(rng, w, -0.3, 0.3)
    start = roads.points[road, int(START_S)]
    ego[X] = start[PX] - d * np.sin(start[PHEADING])
    ego[Y] = start[PY] + d * np.cos(start[PHEADING])
    ego[HEADING] = start[PHEADING] + uniform(rng, w, -0.05, 0.05)
    ego[SPEED] = uniform(rng, w, 2.0, 7.0)
    ego[STEER] = 0.0
    ego[S] = START_S
    ego[D] = d
    locate(roads, worlds, w)
    for k in range(MAX_CARS):
        worlds.cars[w, k, :] = 0.0  # absent
    crossing = _CROSSING_CARS if roads.crossing[road, 3] > 0 and traffic_density > 0 else 0
    for k in range(crossing):
        _add_crossing_car(roads, worlds, w, k)
    wanted = traffic_density * (roads.goal[road] - START_S) / 100.0
    count = int(wanted + uniform(rng, w, 0.0, 1.0))
    for k in range(crossing, min(crossing + count, MAX_CARS)):
        _add_car(roads, worlds, w, k)


@kernel
def _add_crossing_car(roads, worlds, w, k):  # type: ignore[no-untyped-def]
    rng = worlds.rng
    car = worlds.cars[w, k]
    car[CAR_KIND] = CROSSING
    part = 2 * CROSS_REACH / _CROSSING_CARS
    car[CAR_S] = -CROSS_REACH + part * (k + uniform(rng, w, 0.1, 0.7))
    car[CAR_D] = LANE_WIDTH / 2 if uniform(rng, w, 0.0, 1.0) < 0.5 else -LANE_WIDTH / 2
    car[CAR_TARGET] = car[CAR_D]
    car[CAR_WANTED] = uniform(rng, w, 5.0, 8.0)
    car[CAR_SPEED] = 0.8 * car[CAR_WANTED]
    place_car(roads, worlds, w, k)


@kernel
def _add_car(roads, worlds, w, k):  # type: ignore[no-untyped-def]
    """Add a car along the route where there is room; after ten misses, leave it out."""
    rng = worlds.rng
    car = worlds.cars[w, k]
    road = worlds.road[w]
    for _ in range(10):
        s = uniform(rng, w, 4.0, roads.goal[road] - 10.0)
        d = LANE_WIDTH / 2 if uniform(rng, w, 0.0, 1.0) < 0.5 else -LANE_WIDTH / 2
        free = abs(s - worlds.ego[w, S]) > 16.0
        for j in range(k):
            other = worlds.cars[w, j]
            if other[CAR_KIND] == ALONG and abs(other[CAR_S] - s) < 14.0:
                free = False
        for b in range(roads.box_count[road]):
            box = roads.boxes[road, b]
            if abs(box[BOX_S] - s) < 14.0 and box[BOX_D] * d > 0:
                free = False
        if roads.crossing[road, 3] > 0 and abs(roads.crossing[road, 3] - s) < 12.0:
            free = False
        if free:
            car[CAR_KIND] = ALONG
            car[CAR_S], car[CAR_D], car[CAR_TARGET] = s, d, d
            car[CAR_WANTED] = uniform(rng, w, 4.0, 7.5)
            car[CAR_SPEED] = 0.8 * car[CAR_WANTED]
            place_car(roads, worlds, w, k)
            return
