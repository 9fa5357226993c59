"""Roads made from a seed: blocks in a row, sampled every metre, with parked obstacles on them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from envs.driving.constants import (
    BOX_S,
    HALF_LENGTH,
    HALF_WIDTH,
    LANE_WIDTH,
    MAX_BOXES,
    RUN_OUT,
    START_S,
)

TRAIN_SEEDS = range(0, 100_000)
VALIDATION_SEEDS = range(1_000_000, 1_100_000)
TEST_SEEDS = range(2_000_000, 2_100_000)

MIN_ROUTE, MAX_ROUTE = 130.0, 240.0
RING_RADIUS = 17.0
_FINE = 4  # integration steps a metre
_OBSTACLE_SPACING = 42.0


class Roads(NamedTuple):
    """R roads in arrays; shorter ones are padded. P points, one a metre.

    Attributes:
        seed: [R] int64.
        points: [R, P, 4] x, y, heading (not wrapped), curvature of the centre line.
        length: [R] arc length of the whole road.
        goal: [R] arc length at which the route ends.
        boxes: [R, MAX_BOXES, 7] parked obstacles: x, y, heading, half length, half width, s, d.
        box_count: [R] int64.
        crossing: [R, 4] x, y, heading of a crossing road and the route's arc length there; the
            arc length is -1 where nothing crosses.
        ring: [R, 4] centre x, y of a roundabout, its radius and 1; zeros where there is none.

    """

    seed: np.ndarray
    points: np.ndarray
    length: np.ndarray
    goal: np.ndarray
    boxes: np.ndarray
    box_count: np.ndarray
    crossing: np.ndarray
    ring: np.ndarray


class _Road(NamedTuple):
    points: np.ndarray
    goal: float
    boxes: np.ndarray
    crossing: np.ndarray
    ring: np.ndarray


def _blocks(rng: np.random.Generator) -> tuple[list[tuple[float, float]], float, float]:
    """Draw pieces (length, curvature), and where along them a crossing and a ring lie (or -1)."""
    pieces: list[tuple[float, float]] = [(START_S + 18.0, 0.0)]
    crossing_s = ring_s = -1.0
    wanted = START_S + rng.uniform(MIN_ROUTE, MAX_ROUTE - 20.0)
    special = rng.choice(["junction", "roundabout", "none"], p=[0.4, 0.4, 0.2])
    special_after = int(rng.integers(1, 3))
    done = 0
    while (here := sum(length for length, _ in pieces)) < wanted:
        if done == special_after and special == "junction":
            pieces.append((44.0, 0.0))
            crossing_s = here + 24.0
        elif done == special_after and special == "roundabout":
            ring_s = here + 8.0 + 11.0
            inner = rng.uniform(1.3, 3.2) * RING_RADIUS
            pieces += [(8.0, 0.0), (11.0, -1 / 14.0), (inner, 1 / RING_RADIUS)]
            pieces += [(11.0, -1 / 14.0), (10.0, 0.0)]
        else:
            pieces += _ordinary_block(rng)
        done += 1
    pieces.append((RUN_OUT + 10.0, 0.0))
    return pieces, crossing_s, ring_s


def _ordinary_block(rng: np.random.Generator) -> list[tuple[float, float]]:
    kind = rng.choice(["straight", "curve", "bend", "corner"], p=[0.2, 0.4, 0.25, 0.15])
    side = rng.choice([-1.0, 1.0])
    if kind == "straight":
        return [(rng.uniform(20.0, 40.0), 0.0)]
    if kind == "curve":
        radius = rng.uniform(20.0, 45.0)
        return [(radius * rng.uniform(0.6, 1.6), side / radius), (rng.uniform(5.0, 12.0), 0.0)]
    if kind == "bend":
        radius = rng.uniform(18.0, 35.0)
        arc = radius * rng.uniform(0.4, 0.8)
        return [(arc, side / radius), (arc, -side / radius), (rng.uniform(5.0, 12.0), 0.0)]
    return [(14.0 * np.pi / 2, side / 14.0), (10.0, 0.0)]


def _centre_line(pieces: list[tuple[float, float]]) -> np.ndarray:
    """Integrate curvature to points [P, 4]; transitions are eased over 6 m as on real roads."""
    curvature = np.concatenate([np.full(round(n * _FINE), c) for n, c in pieces])
    width = 6 * _FINE
    curvature = np.convolve(curvature, np.full(width, 1 / width), mode="same")
    step = 1 / _FINE
    heading = np.concatenate([[0.0], np.cumsum(curvature[:-1] * step)])
    middle = heading + curvature * step / 2
    x = np.concatenate([[0.0], np.cumsum(np.cos(middle[:-1]) * step)])
    y = np.concatenate([[0.0], np.cumsum(np.sin(middle[:-1]) * step)])
    return np.stack([x, y, heading, curvature], axis=1)[::_FINE]


def _overlaps_itself(points: np.ndarray) -> bool:
    every = points[::4, :2]
    gap = np.linalg.norm(every[:, None] - every[None], axis=-1)
    apart = np.abs(np.subtract.outer(np.arange(len(every)), np.arange(len(every)))) * 4
    return bool(np.any((gap < 16.0) & (apart > 40.0)))


def _obstacles(
    rng: np.random.Generator, points: np.ndarray, goal: float, density: float, crossing_s: float
) -> np.ndarray:
    """Parked cars and cone rows [B, 7], each blocking one lane and leaving the other free."""
    boxes: list[list[float]] = []
    places = np.arange(START_S + 32.0, goal - 12.0, _OBSTACLE_SPACING)
    share = density * _OBSTACLE_SPACING / 100.0
    for place in places:
        s = place + rng.uniform(-4.0, 4.0)
        lane = rng.choice([-0.5, 0.5]) * LANE_WIDTH
        cones = rng.random() < 0.4
        wanted = rng.random() < share
        shift = rng.uniform(-0.3, 0.3)
        if not wanted or (crossing_s > 0 and abs(s - crossing_s) < 16.0):
            continue
        if cones:
            outer = np.sign(lane) * (LANE_WIDTH - 0.3)
            for k in range(5):
                d = outer + (lane - np.sign(lane) * 0.7 - outer) * min(k, 2) / 2
                boxes.append(_box(points, s - 4.0 + 2.0 * k, d, 0.25, 0.25))
        else:
            boxes.append(_box(points, s, lane + shift, HALF_LENGTH, HALF_WIDTH))
    return np.array(boxes[:MAX_BOXES]).reshape(-1, 7)


def _box(points: np.ndarray, s: float, d: float, half_length: float, half_width: float) -> list:
    i = int(s)
    x, y, heading, _ = points[i] + (s - i) * (points[i + 1] - points[i])
    return [
        x - d * np.sin(heading),
        y + d * np.cos(heading),
        heading,
        half_length,
        half_width,
        s,
        d,
    ]


def make_road(seed: int, obstacle_density: float) -> _Road:
    """Build the road of a seed.

    Args:
        seed: any non-negative integer; the same seed gives the same road.
        obstacle_density: parked obstacles for 100 m of route, at most one every 42 m.

    """
    rng = np.random.default_rng(seed)
    while True:
        pieces, crossing_s, ring_s = _blocks(rng)
        points = _centre_line(pieces)
        goal = len(points) - 1 - RUN_OUT
        route = goal - START_S
        if MIN_ROUTE - 10 <= route <= MAX_ROUTE + 20 and not _overlaps_itself(points):
            break
    crossing = np.array([0.0, 0.0, 0.0, -1.0])
    if crossing_s > 0:
        x, y, heading, _ = points[int(crossing_s)]
        crossing = np.array([x, y, heading + np.pi / 2, float(int(crossing_s))])
    ring = np.zeros(4)
    if ring_s > 0:
        x, y, heading, _ = points[int(ring_s) + 6]
        centre = (x - RING_RADIUS * np.sin(heading), y + RING_RADIUS * np.cos(heading))
        ring = np.array([*centre, RING_RADIUS, 1.0])
    boxes = _obstacles(rng, points, goal, obstacle_density, crossing_s)
    return _Road(points, goal, boxes, crossing, ring)


@lru_cache(maxsize=8)
def road_bank(first_seed: int, count: int, obstacle_density: float) -> Roads:
    """The roads of `count` seeds in a row, made once and shared; treat them as read-only."""
    roads = [make_road(first_seed + k, obstacle_density) for k in range(count)]
    longest = max(len(road.points) for road in roads)
    points = np.stack([_padded(road.points, longest) for road in roads])
    boxes = np.zeros((count, MAX_BOXES, 7))
    for k, road in enumerate(roads):
        order = np.argsort(road.boxes[:, BOX_S], kind="stable")
        boxes[k, : len(order)] = road.boxes[order]
    return Roads(
        seed=np.arange(first_seed, first_seed + count),
        points=points,
        length=np.array([len(road.points) - 1.0 for road in roads]),
        goal=np.array([road.goal for road in roads]),
        boxes=boxes,
        box_count=np.array([len(road.boxes) for road in roads]),
        crossing=np.stack([road.crossing for road in roads]),
        ring=np.stack([road.ring for road in roads]),
    )


def _padded(points: np.ndarray, count: int) -> np.ndarray:
    """Repeat the last point, so that a look past the end sees the end."""
    return np.concatenate([points, np.repeat(points[-1:], count - len(points), axis=0)])
