"""What the driver senses, compiled: lidar, radar by lane, the car itself, and the route ahead."""

from __future__ import annotations

import math

import numpy as np

from envs.driving.constants import (
    ABSENT,
    ALONG,
    BOX_D,
    BOX_HALF_LENGTH,
    BOX_HALF_WIDTH,
    BOX_HEADING,
    BOX_S,
    BOX_X,
    BOX_Y,
    CAR_D,
    CAR_HEADING,
    CAR_KIND,
    CAR_S,
    CAR_SPEED,
    CAR_TARGET,
    CAR_X,
    CAR_Y,
    CROSSING,
    CURVATURE_AHEAD,
    FRONT,
    HALF_LENGTH,
    HALF_ROAD,
    HALF_WIDTH,
    HEADING,
    HEADING_ERROR,
    LANE_WIDTH,
    LANES,
    LIDAR_RANGE,
    LOOK_AHEAD,
    MAX_CARS,
    MAX_SPEED,
    MAX_STEER,
    PCURVATURE,
    PX,
    PY,
    RADAR_RANGE,
    RAY_ANGLES,
    RAYS,
    REAR,
    SPEED,
    STEER,
    TO_CENTRE,
    D,
    S,
    X,
    Y,
)
from envs.driving.traffic import is_committed
from envs.jit import kernel

_ANGLES = np.array(RAY_ANGLES)
_LOOK = np.array(LOOK_AHEAD)
_CURVES = np.array(CURVATURE_AHEAD)
_CLOSING = 10.0
_REACH = math.hypot(HALF_LENGTH, HALF_WIDTH)


@kernel
def ray_to_box(x, y, c, s, bx, by, bc, bs, half_length, half_width):  # type: ignore[no-untyped-def]
    """Distance along a ray from (x, y) in direction (c, s) to a rectangle; 1e9 for a miss.

    Slabs: in the rectangle's own frame the ray is inside both pairs of sides between the later
    of the two entries and the earlier of the two exits.
    """
    dx, dy = x - bx, y - by
    px, py = dx * bc + dy * bs, -dx * bs + dy * bc
    vx, vy = c * bc + s * bs, -c * bs + s * bc
    if abs(vx) < 1e-12:
        vx = 1e-12
    if abs(vy) < 1e-12:
        vy = 1e-12
    a, b = (-half_length - px) / vx, (half_length - px) / vx
    e, f = (-half_width - py) / vy, (half_width - py) / vy
    enter = max(min(a, b), min(e, f))
    leave = min(max(a, b), max(e, f))
    if leave < 0 or enter > leave:
        return 1e9
    return max(enter, 0.0)


@kernel
def _sweep(x, y, heading, cosines, sines, distances, bx, by, bh, half_length, half_width):  # type: ignore[no-untyped-def]
    """Shorten every ray that a rectangle stops."""
    dx, dy = bx - x, by - y
    far = math.hypot(dx, dy)
    radius = half_length + half_width
    if far - radius > LIDAR_RANGE:
        return
    bearing = math.atan2(dy, dx) - heading
    bearing = math.atan2(math.sin(bearing), math.cos(bearing))
    width = math.pi if far <= radius else math.asin(radius / far)
    bc, bs = math.cos(bh), math.sin(bh)
    for k in range(RAYS):
        apart = abs(_ANGLES[k] - bearing)
        if min(apart, 2 * math.pi - apart) > width:
            continue
        hit = ray_to_box(x, y, cosines[k], sines[k], bx, by, bc, bs, half_length, half_width)
        distances[k] = min(distances[k], hit)


@kernel
def lidar(roads, worlds, w, distances):  # type: ignore[no-untyped-def]
    """Metres from the middle of the car to the first car or obstacle on each ray, [RAYS]."""
    heading = worlds.ego[w, HEADING]
    x = worlds.ego[w, X] + TO_CENTRE * math.cos(heading)
    y = worlds.ego[w, Y] + TO_CENTRE * math.sin(heading)
    cosines, sines = np.empty(RAYS), np.empty(RAYS)
    for k in range(RAYS):
        cosines[k], sines[k] = math.cos(heading + _ANGLES[k]), math.sin(heading + _ANGLES[k])
        distances[k] = LIDAR_RANGE
    road = worlds.road[w]
    for b in range(roads.box_count[road]):
        box = roads.boxes[road, b]
        _sweep(
            x, y, heading, cosines, sines, distances,
            box[BOX_X], box[BOX_Y], box[BOX_HEADING], box[BOX_HALF_LENGTH], box[BOX_HALF_WIDTH],
        )  # fmt: skip
    for k in range(MAX_CARS):
        car = worlds.cars[w, k]
        if car[CAR_KIND] != ABSENT:
            _sweep(
                x, y, heading, cosines, sines, distances,
                car[CAR_X], car[CAR_Y], car[CAR_HEADING], HALF_LENGTH, HALF_WIDTH,
            )  # fmt: skip


@kernel
def _note(scan, ego_s, ego_speed, lane_d, s, d, half_length, half_width, speed):  # type: ignore[no-untyped-def]
    """Enter one thing into the radar's row of a lane if it stands in that lane."""
    if abs(d - lane_d) > HALF_WIDTH + half_width + 0.25:
        return
    ahead = s - half_length - (ego_s + FRONT)
    behind = ego_s - REAR - (s + half_length)
    if s >= ego_s + TO_CENTRE:
        if ahead < scan[0]:
            scan[0], scan[1] = max(ahead, 0.0), ego_speed - speed
    elif behind < scan[2]:
        scan[2], scan[3] = max(behind, 0.0), speed - ego_speed


@kernel
def radar(roads, worlds, w, scan):  # type: ignore[no-untyped-def]
    """For each lane: gap ahead, its closing speed, gap behind, its closing speed. [LANES, 4].

    Gaps are bumper to bumper in metres along the road; closing speeds are in m/s. A crossing car
    that is in the junction or about to be counts as standing across both lanes.
    """
    road = worlds.road[w]
    ego = worlds.ego[w]
    for lane in range(LANES):
        row = scan[lane]
        lane_d = (lane - 0.5) * LANE_WIDTH
        row[0], row[1], row[2], row[3] = RADAR_RANGE, 0.0, RADAR_RANGE, 0.0
        for b in range(roads.box_count[road]):
            box = roads.boxes[road, b]
            _note(
                row, ego[S], ego[SPEED], lane_d,
                box[BOX_S], box[BOX_D], box[BOX_HALF_LENGTH], box[BOX_HALF_WIDTH], 0.0,
            )  # fmt: skip
        for k in range(MAX_CARS):
            car = worlds.cars[w, k]
            if car[CAR_KIND] == ALONG:
                aslant = 0.4 if abs(car[CAR_TARGET] - car[CAR_D]) > 0.1 else 0.0
                _note(
                    row, ego[S], ego[SPEED], lane_d,
                    car[CAR_S], car[CAR_D], HALF_LENGTH, HALF_WIDTH + aslant, car[CAR_SPEED],
                )  # fmt: skip
            elif car[CAR_KIND] == CROSSING and is_committed(car):
                middle = roads.crossing[road, 3]
                if ego[S] + FRONT < middle - 2.0:
                    _note(
                        row, ego[S], ego[SPEED], lane_d,
                        middle, lane_d, LANE_WIDTH, HALF_WIDTH, 0.0,
                    )  # fmt: skip


@kernel
def observe(roads, worlds, w, obs):  # type: ignore[no-untyped-def]
    """Write the observation of world w, float32 [OBS_SIZE], every entry within [-1, 1]."""
    ego = worlds.ego[w]
    road = worlds.road[w]
    rays = np.empty(RAYS)
    lidar(roads, worlds, w, rays)
    for k in range(RAYS):
        obs[k] = rays[k] / LIDAR_RANGE
    scan = np.empty((LANES, 4))
    radar(roads, worlds, w, scan)
    n = RAYS
    for lane in range(LANES):
        for side in range(0, 4, 2):
            obs[n] = math.sqrt(scan[lane, side] / RADAR_RANGE)  # finer where it is close
            obs[n + 1] = min(max(scan[lane, side + 1] / _CLOSING, -1.0), 1.0)
            n += 2
    body = ego[D] + TO_CENTRE * math.sin(ego[HEADING_ERROR])
    obs[n] = ego[SPEED] / MAX_SPEED
    obs[n + 1] = ego[STEER] / MAX_STEER
    obs[n + 2] = min(max(ego[HEADING_ERROR] / 0.5, -1.0), 1.0)
    obs[n + 3] = min(max(ego[D] / HALF_ROAD, -1.0), 1.0)
    obs[n + 4] = min(max((HALF_ROAD - HALF_WIDTH - body) / HALF_ROAD - 1.0, -1.0), 1.0)
    obs[n + 5] = min(max((HALF_ROAD - HALF_WIDTH + body) / HALF_ROAD - 1.0, -1.0), 1.0)
    obs[n + 6] = worlds.action[w, 0]
    obs[n + 7] = worlds.action[w, 1]
    n += 8
    last = int(roads.length[road])
    c, s = math.cos(ego[HEADING]), math.sin(ego[HEADING])
    for k in range(len(_LOOK)):
        point = roads.points[road, min(int(ego[S] + _LOOK[k] + 0.5), last)]
        dx, dy = point[PX] - ego[X], point[PY] - ego[Y]
        obs[n] = min(max((dx * c + dy * s) / 35.0, -1.0), 1.0)
        obs[n + 1] = min(max((-dx * s + dy * c) / 20.0, -1.0), 1.0)
        n += 2
    for k in range(len(_CURVES)):
        at = min(max(int(ego[S] + _CURVES[k] + 0.5), 0), last)
        obs[n] = min(max(roads.points[road, at, PCURVATURE] * 12.0, -1.0), 1.0)
        n += 1
    obs[n] = min(max((roads.goal[road] - ego[S]) / 50.0, 0.0), 1.0)
