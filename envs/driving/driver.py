"""A strong driver that reads the state of the world, and the prediction of failure, compiled."""

from __future__ import annotations

import math

import numpy as np

from envs.driving.constants import (
    ALONG,
    ARRIVED,
    BOX_D,
    BOX_HALF_LENGTH,
    BOX_HALF_WIDTH,
    BOX_S,
    CAR_D,
    CAR_KIND,
    CAR_S,
    CAR_SPEED,
    CAR_TARGET,
    FRONT,
    HALF_LENGTH,
    HALF_WIDTH,
    HEADING,
    HEADING_ERROR,
    LANE_WIDTH,
    LANES,
    MAX_ACCELERATION,
    MAX_BRAKING,
    MAX_CARS,
    PCURVATURE,
    PHEADING,
    PX,
    PY,
    RADAR_RANGE,
    RUNNING,
    SPEED,
    TO_CENTRE,
    WHEELBASE,
    D,
    S,
    X,
    Y,
)
from envs.driving.kernels import advance, steering_limit
from envs.driving.sense import radar
from envs.jit import kernel

CRUISE = 10.0
SIDE_ACCELERATION = 3.0  # m/s² in a curve
SLOW_DOWN = 2.5  # m/s², planned braking
ACROSS_SPEED = 1.6  # m/s sideways while changing lanes
SURE_SPEED = 1.1  # m/s sideways that it counts on
MIN_SLOPE, MAX_SLOPE = 0.15, 0.9  # metres across for each metre along, fast and slow
KEPT_GAP = 7.0  # metres behind others, enough to swing out from a standstill
SHARPEST_SLOPE = 1.3  # at full lock, of the front corner
CRAWL = 0.8  # m/s


@kernel
def choose_lane(scan, d, speed):  # type: ignore[no-untyped-def]
    """Return the lane to be in (0 right, 1 left): the other one if it is clearly freer and safe."""
    own = 1 if d > 0 else 0
    other = 1 - own
    value = np.empty(LANES)
    for lane in range(LANES):
        leader = max(speed - scan[lane, 1], 0.0)
        moves = min(leader / 3.0, 1.0)  # what stands has to be left anyhow, so early is better
        value[lane] = scan[lane, 0] * (0.4 + 0.6 * moves) + 3.0 * leader
        if scan[lane, 0] >= RADAR_RANGE:
            value[lane] = RADAR_RANGE
        value[lane] = min(value[lane], RADAR_RANGE)
    into = abs(d) / (LANE_WIDTH / 2)  # 1 in the middle of the own lane, 0 between the lanes
    wanted = value[other] > value[own] + 3.0 + 6.0 * min(into, 1.0)
    room = scan[other, 0] > 5.0 + 1.0 * max(scan[other, 1], 0.0)
    behind = scan[other, 2] > 1.5 + 1.5 * max(scan[other, 3], 0.0)
    return other if wanted and room and behind else own


@kernel
def _follow(speed, gap, closing):  # type: ignore[no-untyped-def]
    """Speed at which to come up behind something, leaving room to swing out if it stands."""
    leader = max(speed - closing, 0.0)
    room = gap - KEPT_GAP
    if room < 0:
        return max(leader + 0.7 * room, 0.0)
    # From v, braking at b, the leader's speed is reached after (v² - u²) / 2b metres more.
    return min(math.sqrt(leader * leader + 2 * SLOW_DOWN * room), leader + 0.5 * room)


@kernel
def _leave(gap, leader, across):  # type: ignore[no-untyped-def]
    """Speed at which what is ahead is not reached before the car has moved `across` metres over."""
    room = max(gap - 1.0, 0.0)
    if room < across / SHARPEST_SLOPE and across > 0.8:
        return leader
    slowest = CRAWL if room < across / MAX_SLOPE else ACROSS_SPEED / MAX_SLOPE
    return leader + max(room * SURE_SPEED / max(across, 0.2), slowest)


@kernel
def speed_to_clear(roads, worlds, w):  # type: ignore[no-untyped-def]
    """Speed in m/s for what is in the way now but not in the lane that is aimed for."""
    ego = worlds.ego[w]
    road = worlds.road[w]
    nose = ego[S] + FRONT
    d = ego[D] + 3.2 * math.sin(ego[HEADING_ERROR])  # the front half of the body leads the way
    wanted = CRUISE
    for b in range(roads.box_count[road]):
        box = roads.boxes[road, b]
        across = HALF_WIDTH + box[BOX_HALF_WIDTH] + 0.35 - abs(box[BOX_D] - d)
        if across > 0 and 0 < box[BOX_S] - ego[S] - TO_CENTRE < 40.0:
            gap = box[BOX_S] - box[BOX_HALF_LENGTH] - nose
            wanted = min(wanted, _leave(gap, 0.0, across))
    for k in range(MAX_CARS):
        car = worlds.cars[w, k]
        if car[CAR_KIND] != ALONG:
            continue
        tilt = 0.4 if abs(car[CAR_TARGET] - car[CAR_D]) > 0.1 else 0.0
        across = 2 * HALF_WIDTH + 0.35 + tilt - abs(car[CAR_D] - d)
        if across > 0 and 0 < car[CAR_S] - ego[S] - TO_CENTRE < 40.0:
            gap = car[CAR_S] - HALF_LENGTH - nose
            wanted = min(wanted, _leave(gap, car[CAR_SPEED], across))
    return wanted


@kernel
def wanted_speed(roads, worlds, w, scan, lane):  # type: ignore[no-untyped-def]
    """Speed in m/s for the curves and for whatever is ahead in the lanes that the car is in."""
    ego = worlds.ego[w]
    road = worlds.road[w]
    last = int(roads.length[road])
    wanted = CRUISE
    for k in range(0, 26, 2):
        curvature = abs(roads.points[road, min(int(ego[S]) + k, last), PCURVATURE])
        limit = SIDE_ACCELERATION / max(curvature, 1e-3)
        wanted = min(wanted, math.sqrt(limit + 2 * SLOW_DOWN * max(k - 3.0, 0.0)))
    wanted = min(wanted, _follow(ego[SPEED], scan[lane, 0], scan[lane, 1]))
    wanted = min(wanted, 1.5 * ACROSS_SPEED / max(abs(math.sin(ego[HEADING_ERROR])), 1e-3))
    return min(wanted, speed_to_clear(roads, worlds, w))


@kernel
def drive(roads, worlds, w):  # type: ignore[no-untyped-def]
    """Steering and throttle in [-1, 1]; a function of the state of world w alone.

    Steering is pure pursuit of a point ahead (Coulter, "Implementation of the pure pursuit path
    tracking algorithm", 1992): curvature = 2 sin(bearing) / distance.
    """
    ego = worlds.ego[w]
    scan = np.empty((LANES, 4))
    radar(roads, worlds, w, scan)
    lane = choose_lane(scan, ego[D], ego[SPEED])
    ahead = 4.0 + 0.5 * ego[SPEED]
    lane_d = (lane - 0.5) * LANE_WIDTH
    slope = min(max(ACROSS_SPEED / max(ego[SPEED], 0.1), MIN_SLOPE), MAX_SLOPE)
    offset = ego[D] + min(max(lane_d - ego[D], -slope * ahead), slope * ahead)
    at = ego[S] + ahead
    i = min(int(at), int(roads.length[worlds.road[w]]) - 1)
    a, b = roads.points[worlds.road[w], i], roads.points[worlds.road[w], i + 1]
    part = at - i
    heading = a[PHEADING] + part * (b[PHEADING] - a[PHEADING])
    x = a[PX] + part * (b[PX] - a[PX]) - offset * math.sin(heading)
    y = a[PY] + part * (b[PY] - a[PY]) + offset * math.cos(heading)
    dx, dy = x - ego[X], y - ego[Y]
    bearing = math.atan2(dy, dx) - ego[HEADING]
    steer = math.atan(2 * WHEELBASE * math.sin(bearing) / math.hypot(dx, dy))
    acceleration = 1.2 * (wanted_speed(roads, worlds, w, scan, lane) - ego[SPEED])
    scale = MAX_ACCELERATION if acceleration > 0 else MAX_BRAKING
    return (
        min(max(steer / steering_limit(ego[SPEED]), -1.0), 1.0),
        min(max(acceleration / scale, -1.0), 1.0),
    )


@kernel
def drive_all(roads, worlds, actions):  # type: ignore[no-untyped-def]
    """The driver's action in every world, written into actions [N, 2]."""
    for w in range(worlds.road.shape[0]):
        actions[w, 0], actions[w, 1] = drive(roads, worlds, w)


@kernel
def fails(roads, copy, steering, throttle, hold, steps):  # type: ignore[no-untyped-def]
    """Whether the one world in `copy` fails: the action held first, then the driver."""
    for k in range(steps):
        if k >= hold:
            steering, throttle = drive(roads, copy, 0)
        advance(roads, copy, 0, steering, throttle)
        if copy.event[0] == ARRIVED:
            return False
        if copy.event[0] != RUNNING:
            return True
    return False


@kernel
def predict_failure(roads, worlds, copy, actions, hold, steps, risk):  # type: ignore[no-untyped-def]
    """Fill risk [N] with 1 where the roll-out of the world fails and 0 elsewhere."""
    for w in range(worlds.road.shape[0]):
        copy.road[0] = worlds.road[w]
        copy.ego[0, :] = worlds.ego[w]
        copy.action[0, :] = worlds.action[w]
        copy.steps[0] = worlds.steps[w]
        copy.event[0] = RUNNING
        copy.cars[0, :, :] = worlds.cars[w]
        failed = fails(roads, copy, actions[w, 0], actions[w, 1], hold, steps)
        risk[w] = 1.0 if failed else 0.0
