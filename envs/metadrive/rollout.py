"""What happens if: a kinematic bicycle rolled forward among predicted traffic, compiled by Numba.

The car is a bicycle about its centre of mass (Rajamani, Vehicle Dynamics and Control, 2012, §2.2)
with a lag in yaw and a limit on lateral acceleration; both were fitted to MetaDrive's default car.
Traffic keeps its speed and follows its lane. A rollout fails where the car's outline leaves the
lanes of the route or meets another outline.
"""

from __future__ import annotations

from math import atan, atan2, cos, hypot, sin, sqrt, tan

import numpy as np

from envs.jit import kernel
from envs.metadrive.lanes import LENGTH, NEXT, RADIUS, WIDTH, from_lane, to_lane, wrap

DT = 0.1
FRONT, REAR = 1.05234, 1.4166
"""Metres from the centre of mass to the axles of MetaDrive's default car."""
HALF_LENGTH, HALF_WIDTH = 4.515 / 2, 1.852 / 2
MAX_STEERING = 40.0 * np.pi / 180.0
COASTING = 0.36
"""Deceleration without throttle, m/s²."""
MAX_BRAKING = 12.8
BRAKE_GAIN = 0.182
"""Deceleration per unit of MetaDrive's brake force, m/s²."""
MAX_LATERAL = 8.5
YAW_LAG = 0.6
"""Share of the way to the steady yaw rate that one step covers."""

CAR_X, CAR_Y, CAR_HEADING, CAR_SPEED, CAR_YAW, CAR_ENGINE, CAR_BRAKE = range(7)
"""The car: place [m], heading [rad], speed [m/s], yaw rate [rad/s], acceleration at full throttle
and deceleration at full brake [m/s²]."""

OBJ_X, OBJ_Y, OBJ_HEADING, OBJ_SPEED, OBJ_LENGTH, OBJ_WIDTH, OBJ_LANE = range(7)
"""Another object: place, heading, speed, half length and half width, row of its lane or −1."""

_SIGHT = 40.0
"""How far ahead bends are read for the speed, metres."""
_SLANT = 0.25
"""Metres that a change of lanes may move sideways for each metre ahead."""
_END_SLACK = 12.0
"""Metres that the route may be overrun at either end."""


@kernel
def predict(lanes: np.ndarray, objects: np.ndarray, steps: int) -> np.ndarray:
    """Where the objects will be: [steps, M, 3] of x, y, heading, the first after one step."""
    future = np.empty((steps, len(objects), 3))
    for k in range(len(objects)):
        o = objects[k]
        row = int(o[OBJ_LANE])
        along, right = 0.0, 0.0
        if row >= 0:
            along, right = to_lane(lanes[row], o[OBJ_X], o[OBJ_Y])
        for t in range(steps):
            if o[OBJ_SPEED] < 0.3:
                future[t, k] = o[OBJ_X], o[OBJ_Y], o[OBJ_HEADING]
            elif row < 0:
                way = o[OBJ_SPEED] * DT * (t + 1)
                future[t, k, 0] = o[OBJ_X] + way * cos(o[OBJ_HEADING])
                future[t, k, 1] = o[OBJ_Y] + way * sin(o[OBJ_HEADING])
                future[t, k, 2] = o[OBJ_HEADING]
            else:
                along += o[OBJ_SPEED] * DT
                if along > lanes[row, LENGTH] and lanes[row, NEXT] >= 0:
                    along -= lanes[row, LENGTH]
                    row = int(lanes[row, NEXT])
                future[t, k] = from_lane(lanes[row], along, right)
    return future


@kernel
def advance(car: np.ndarray, steering: float, pedal: float) -> None:
    """Move the car by one step, in place; `steering` and `pedal` in [−1, 1]."""
    if pedal > 0.0:
        acceleration = pedal * car[CAR_ENGINE]
    else:
        acceleration = -max(COASTING, min(-pedal * car[CAR_BRAKE], MAX_BRAKING))
    angle = tan(steering * MAX_STEERING)
    slip = atan(REAR / (FRONT + REAR) * angle)
    speed = car[CAR_SPEED]
    yaw = speed * cos(slip) * angle / (FRONT + REAR)
    limit = MAX_LATERAL / max(speed, 0.1)
    yaw = min(max(yaw, -limit), limit)
    car[CAR_YAW] += YAW_LAG * (yaw - car[CAR_YAW])
    slip = min(max(slip, -0.5), 0.5) * (car[CAR_YAW] / yaw if abs(yaw) > 1e-6 else 0.0)
    middle = car[CAR_HEADING] + 0.5 * DT * car[CAR_YAW] + min(max(slip, -0.5), 0.5)
    car[CAR_X] += speed * DT * cos(middle)
    car[CAR_Y] += speed * DT * sin(middle)
    car[CAR_HEADING] += DT * car[CAR_YAW]
    car[CAR_SPEED] = max(0.0, speed + DT * acceleration)


@kernel
def leaves_road(
    lanes: np.ndarray, first: int, last: int, start: int, end: int, car: np.ndarray, margin: float
) -> bool:
    """Whether a corner of the car's outline, `margin` wider, lies in none of the route's lanes.

    Args:
        lanes: [L, 10] lane table.
        first, last: rows first ≤ row < last are looked at.
        start, end: rows < start are of the route's first road, rows ≥ end of its last.
        car: [7] state.
        margin: metres.

    """
    c, s = cos(car[CAR_HEADING]), sin(car[CAR_HEADING])
    for i in range(4):
        ahead = HALF_LENGTH if i < 2 else -HALF_LENGTH
        left = (HALF_WIDTH + margin) * (1.0 if i % 2 == 0 else -1.0)
        x, y = car[CAR_X] + ahead * c - left * s, car[CAR_Y] + ahead * s + left * c
        inside = False
        for row in range(first, last):
            along, right = to_lane(lanes[row], x, y)
            low = -_END_SLACK if row < start else -0.2
            high = lanes[row, LENGTH] + (_END_SLACK if row >= end else 0.2)
            if abs(right) <= 0.5 * lanes[row, WIDTH] + 0.02 and low <= along <= high:
                inside = True
                break
        if not inside:
            return True
    return False


@kernel
def _separated(
    dx: float,
    dy: float,
    heading: float,
    length: float,
    width: float,
    other: float,
    ol: float,
    ow: float,
) -> bool:
    """Whether an axis of the first box separates two boxes; the centres lie (dx, dy) apart."""
    c, s = cos(heading), sin(heading)
    turn = other - heading
    a, b = abs(cos(turn)), abs(sin(turn))
    return (
        abs(dx * c + dy * s) > length + ol * a + ow * b
        or abs(-dx * s + dy * c) > width + ol * b + ow * a
    )


@kernel
def hits(
    car: np.ndarray,
    objects: np.ndarray,
    places: np.ndarray,
    exempt: np.ndarray,
    ahead: float,
    beside: float,
) -> bool:
    """Whether the car's outline, enlarged by `ahead` and `beside`, overlaps an object's."""
    length, width = HALF_LENGTH + ahead, HALF_WIDTH + beside
    for k in range(len(objects)):
        if exempt[k]:
            continue
        dx, dy = places[k, 0] - car[CAR_X], places[k, 1] - car[CAR_Y]
        ol, ow = objects[k, OBJ_LENGTH], objects[k, OBJ_WIDTH]
        if hypot(dx, dy) > length + width + ol + ow:
            continue
        h, o = car[CAR_HEADING], places[k, 2]
        if _separated(dx, dy, h, length, width, o, ol, ow):
            continue
        if _separated(dx, dy, o, ol, ow, h, length, width):
            continue
        return True
    return False


@kernel
def fails(
    lanes: np.ndarray,
    window: np.ndarray,
    lines: np.ndarray,
    objects: np.ndarray,
    places: np.ndarray,
    exempt: np.ndarray,
    car: np.ndarray,
    edge: float,
    ahead: float,
    beside: float,
) -> bool:
    """Whether the car is off the route's lanes, on a solid line, or in contact.

    Args:
        lanes: [L, 10] lane table.
        window: [4] int64: first, last, start, end of `leaves_road`.
        lines: [K, 7] solid lines, in the columns of `objects`.
        objects: [M, 7].
        places: [M, 3] where the objects are by now.
        exempt: [M] bool, objects that do not count.
        car: [7].
        edge: metres to keep from the road's edge and its solid lines.
        ahead, beside: metres to keep from objects.

    """
    if leaves_road(lanes, window[0], window[1], window[2], window[3], car, edge):
        return True
    if hits(car, lines, lines[:, :3], np.zeros(len(lines), np.bool_), 0.0, edge):
        return True
    return hits(car, objects, places, exempt, ahead, beside)


@kernel
def followers(car: np.ndarray, objects: np.ndarray) -> np.ndarray:
    """[M] bool: who drives behind the car in its own track, and so must look out itself."""
    exempt = np.zeros(len(objects), np.bool_)
    c, s = cos(car[CAR_HEADING]), sin(car[CAR_HEADING])
    for k in range(len(objects)):
        dx, dy = objects[k, OBJ_X] - car[CAR_X], objects[k, OBJ_Y] - car[CAR_Y]
        behind = dx * c + dy * s < -HALF_LENGTH
        exempt[k] = behind and abs(-dx * s + dy * c) < 1.5 and objects[k, OBJ_SPEED] > 0.3
    return exempt


@kernel
def hold(
    lanes: np.ndarray,
    window: np.ndarray,
    lines: np.ndarray,
    objects: np.ndarray,
    car: np.ndarray,
    steering: float,
    pedal: float,
    steps: int,
) -> tuple[int, float]:
    """Repeat one action.

    Args:
        lanes: [L, 10] lane table.
        window: [4] int64: first, last, start, end of `leaves_road`.
        lines: [K, 7].
        objects: [M, 7].
        car: [7], left as it is.
        steering, pedal: the action.
        steps: how often it is repeated.

    Returns:
        The step of the failure (`steps` when there is none) and the metres driven until then.

    """
    car = car.copy()
    future = predict(lanes, objects, steps)
    exempt = followers(car, objects)
    driven = 0.0
    for t in range(steps):
        driven += DT * car[CAR_SPEED]
        advance(car, steering, pedal)
        if fails(lanes, window, lines, objects, future[t], exempt, car, 0.05, 0.1, 0.05):
            return t, driven
    return steps, driven


@kernel
def pursue(
    lanes: np.ndarray, row: int, car: np.ndarray, top_speed: float, lateral: float
) -> tuple[float, float, int]:
    """Steer along a lane by pure pursuit (Coulter, CMU-RI-TR-92-01) at the speed its bends allow.

    Args:
        lanes: [L, 10] lane table.
        row: the lane to follow, and its continuations.
        car: [7].
        top_speed: m/s.
        lateral: lateral acceleration to accept in bends, m/s².

    Returns:
        steering and pedal in [−1, 1], and the row that the car has got to.

    """
    c, s = cos(car[CAR_HEADING]), sin(car[CAR_HEADING])
    x, y = car[CAR_X] - REAR * c, car[CAR_Y] - REAR * s
    along, right = to_lane(lanes[row], car[CAR_X], car[CAR_Y])
    while along > lanes[row, LENGTH] and lanes[row, NEXT] >= 0:
        row = int(lanes[row, NEXT])
        along, right = to_lane(lanes[row], car[CAR_X], car[CAR_Y])

    look = max(4.5, 0.65 * car[CAR_SPEED])
    shift = min(max(right, -_SLANT * look), _SLANT * look)
    target, at = row, along - REAR + look
    while at > lanes[target, LENGTH] and lanes[target, NEXT] >= 0:
        at -= lanes[target, LENGTH]
        target = int(lanes[target, NEXT])
    tx, ty, _ = from_lane(lanes[target], at, right - shift)
    bearing = wrap(atan2(ty - y, tx - x) - car[CAR_HEADING])
    angle = atan(2.0 * (FRONT + REAR) * sin(bearing) / max(hypot(tx - x, ty - y), 2.0))
    steering = min(max(angle / MAX_STEERING, -1.0), 1.0)

    speed = top_speed
    ahead, bend = -max(along, 0.0), row
    while bend >= 0 and ahead < _SIGHT:
        if lanes[bend, RADIUS] > 0.0:
            slow = lateral * max(lanes[bend, RADIUS], 3.0)
            speed = min(speed, sqrt(slow + 2.0 * 3.0 * max(ahead, 0.0)))
        ahead += lanes[bend, LENGTH]
        bend = int(lanes[bend, NEXT])

    wanted = (speed - car[CAR_SPEED]) / 0.5
    if wanted >= 0.0:
        pedal = min(wanted / car[CAR_ENGINE], 1.0)
    elif wanted > -COASTING:
        pedal = 0.0
    else:
        pedal = max(wanted / car[CAR_BRAKE], -1.0)
    return steering, pedal, row
