"""The lanes of a map as one table, and the geometry that works on its rows.

MetaDrive's lanes are straight or arcs of circles, so a row of ten numbers holds each. A position is
given in lane coordinates: ``along`` metres from the lane's start, ``right`` metres right of centre.
"""

from __future__ import annotations

from math import atan2, cos, hypot, pi, sin
from typing import Any, NamedTuple

import numpy as np

from envs.jit import kernel

STRAIGHT, ARC = 0, 1
KIND, X, Y, HEADING, RADIUS, TURN, LENGTH, WIDTH, ROAD, NEXT = range(10)
"""Columns: kind; start of a straight or centre of an arc [m]; heading of a straight or angle at
which an arc starts [rad]; radius [m]; +1 for a left-hand arc, −1 for a right-hand one; length and
width [m]; index of its road on the route, −1 off it; row of the next lane, −1 if none."""

_JOINT = 0.1
"""Metres within which the end of one lane is the start of another."""


class LaneTable(NamedTuple):
    """The lanes of one map.

    Attributes:
        rows: [L, 10] float64, the lanes of the route first, in order, from left to right.
        road_start: [R + 1] int64, the first row of each road on the route; the last entry is the
            number of rows that belong to the route.
        row_of: MetaDrive's lane index -> row.

    """

    rows: np.ndarray
    road_start: np.ndarray
    row_of: dict[Any, int]


def lane_table(navigation: Any) -> LaneTable:
    """Tabulate the map under a MetaDrive navigation module, whose route comes first."""
    graph = navigation.map.road_network.graph
    route = list(zip(navigation.checkpoints[:-1], navigation.checkpoints[1:], strict=True))
    lanes, roads, road_start = [], [], [0]
    for road, (start, end) in enumerate(route):
        lanes += graph[start][end]
        roads += [road] * len(graph[start][end])
        road_start.append(len(lanes))
    on_route = set(route)
    for start, ends in graph.items():
        for end, others in ends.items():
            if (start, end) not in on_route:
                lanes += others
                roads += [-1] * len(others)
    rows = np.array([_row(lane, road) for lane, road in zip(lanes, roads, strict=True)])
    for row in range(road_start[-2]):
        following = range(road_start[roads[row] + 1], road_start[roads[row] + 2])
        for other in following:
            gap = np.asarray(lanes[row].end) - np.asarray(lanes[other].start)
            if hypot(gap[0], gap[1]) < _JOINT:
                rows[row, NEXT] = other
    row_of = {lane.index: row for row, lane in enumerate(lanes)}
    return LaneTable(rows, np.array(road_start, np.int64), row_of)


def _row(lane: Any, road: int) -> list[float]:
    if hasattr(lane, "center"):
        x, y = lane.center[0], lane.center[1]
        shape = [ARC, x, y, lane.start_phase, lane.radius, lane.direction]
    else:
        shape = [STRAIGHT, lane.start[0], lane.start[1], lane.heading, 0.0, 0.0]
    return [float(value) for value in [*shape, lane.length, lane.width, road, -1]]


@kernel
def wrap(angle: float) -> float:
    """Bring an angle into [−π, π)."""
    return (angle + pi) % (2.0 * pi) - pi


@kernel
def to_lane(lane: np.ndarray, x: float, y: float) -> tuple[float, float]:
    """(along, right) of a point; `along` may lie before the start or beyond the end."""
    dx, dy = x - lane[X], y - lane[Y]
    if lane[KIND] == STRAIGHT:
        c, s = cos(lane[HEADING]), sin(lane[HEADING])
        return dx * c + dy * s, dx * s - dy * c
    half = 0.5 * lane[LENGTH] / lane[RADIUS]
    swept = wrap((atan2(dy, dx) - lane[HEADING]) * lane[TURN] - half) + half
    return swept * lane[RADIUS], lane[TURN] * (hypot(dx, dy) - lane[RADIUS])


@kernel
def from_lane(lane: np.ndarray, along: float, right: float) -> tuple[float, float, float]:
    """(x, y, heading) of a point in lane coordinates; past its end an arc goes on straight."""
    if lane[KIND] == STRAIGHT:
        heading = lane[HEADING]
        x, y = lane[X], lane[Y]
        straight = along
    else:
        on_arc = min(max(along, 0.0), lane[LENGTH])
        straight = along - on_arc
        phase = lane[TURN] * on_arc / lane[RADIUS] + lane[HEADING]
        heading = phase + 0.5 * pi * lane[TURN]
        x, y = lane[X] + lane[RADIUS] * cos(phase), lane[Y] + lane[RADIUS] * sin(phase)
    c, s = cos(heading), sin(heading)
    return x + straight * c + right * s, y + straight * s - right * c, heading
