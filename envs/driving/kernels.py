"""The physics of one world, compiled: the car, the traffic, contact, and the ends of an episode.

Every kernel takes (roads, worlds, w) and touches only row w, so that a world never depends on
how many others stand beside it.
"""

from __future__ import annotations

import math

from envs.driving.constants import (
    ABSENT,
    ARRIVED,
    BOX_HALF_LENGTH,
    BOX_HALF_WIDTH,
    BOX_HEADING,
    BOX_X,
    BOX_Y,
    CAR_HEADING,
    CAR_KIND,
    CAR_X,
    CAR_Y,
    CRASHED,
    DT,
    FRONT,
    GRIP,
    HALF_LENGTH,
    HALF_ROAD,
    HALF_WIDTH,
    HEADING,
    HEADING_ERROR,
    MAX_ACCELERATION,
    MAX_BRAKING,
    MAX_CARS,
    MAX_SPEED,
    MAX_STEER,
    OFF_ROAD,
    PCURVATURE,
    PHEADING,
    PX,
    PY,
    REAR,
    RUNNING,
    SPEED,
    STANDSTILL,
    STEER,
    STEER_RATE,
    TO_CENTRE,
    WHEELBASE,
    D,
    S,
    X,
    Y,
)
from envs.driving.traffic import drive_traffic
from envs.jit import kernel


@kernel
def boxes_overlap(ax, ay, ah, al, aw, bx, by, bh, bl, bw):  # type: ignore[no-untyped-def]
    """Whether two rectangles (centre, heading, half length, half width) touch.

    Separating axes: two convex shapes are apart exactly if they are apart along a side of one.
    """
    dx, dy = bx - ax, by - ay
    c, s = math.cos(bh - ah), math.sin(bh - ah)
    abs_c, abs_s = abs(c), abs(s)
    ca, sa = math.cos(ah), math.sin(ah)
    if abs(dx * ca + dy * sa) > al + bl * abs_c + bw * abs_s:
        return False
    if abs(-dx * sa + dy * ca) > aw + bl * abs_s + bw * abs_c:
        return False
    cb, sb = math.cos(bh), math.sin(bh)
    if abs(dx * cb + dy * sb) > bl + al * abs_c + aw * abs_s:
        return False
    return abs(-dx * sb + dy * cb) <= bw + al * abs_s + aw * abs_c


@kernel
def locate(roads, worlds, w):  # type: ignore[no-untyped-def]
    """Bring s, d and the heading error of the ego car up to date, looking near the last s."""
    ego = worlds.ego[w]
    points = roads.points[worlds.road[w]]
    last = int(roads.length[worlds.road[w]])
    middle = int(ego[S])
    best, nearest = middle, 1e18
    for k in range(max(0, middle - 4), min(last, middle + 6) + 1):
        gap = (ego[X] - points[k, PX]) ** 2 + (ego[Y] - points[k, PY]) ** 2
        if gap < nearest:
            best, nearest = k, gap
    c, s = math.cos(points[best, PHEADING]), math.sin(points[best, PHEADING])
    dx, dy = ego[X] - points[best, PX], ego[Y] - points[best, PY]
    along, across = dx * c + dy * s, -dx * s + dy * c
    curvature = points[best, PCURVATURE]
    # On an arc the foot of the perpendicular is nearer (outside) or farther (inside) than `along`.
    along /= max(1.0 - curvature * across, 0.3)
    ego[S] = best + along
    # The tangent turns by curvature × along; the arc leaves the tangent by half its square.
    ego[D] = across - 0.5 * curvature * along * along
    error = ego[HEADING] - (points[best, PHEADING] + curvature * along)
    ego[HEADING_ERROR] = math.atan2(math.sin(error), math.cos(error))


@kernel
def steering_limit(speed):  # type: ignore[no-untyped-def]
    """Steering angle in radians that steering = 1 stands for at this speed.

    A bicycle at angle δ turns with v² tan(δ) / wheelbase m/s² sideways, which `GRIP` bounds.
    """
    return min(MAX_STEER, math.atan(WHEELBASE * GRIP / max(speed * speed, 1e-6)))


@kernel
def drive_ego(worlds, w, steering, throttle):  # type: ignore[no-untyped-def]
    """Move the ego car for one step by the kinematic bicycle (rear axle, midpoint rule)."""
    ego = worlds.ego[w]
    change = steering * steering_limit(ego[SPEED]) - ego[STEER]
    limit = STEER_RATE * DT
    ego[STEER] += min(max(change, -limit), limit)
    acceleration = throttle * (MAX_ACCELERATION if throttle > 0 else MAX_BRAKING)
    speed = min(max(ego[SPEED] + acceleration * DT, 0.0), MAX_SPEED)
    distance = 0.5 * (ego[SPEED] + speed) * DT
    turn = distance * math.tan(ego[STEER]) / WHEELBASE
    ego[X] += distance * math.cos(ego[HEADING] + turn / 2)
    ego[Y] += distance * math.sin(ego[HEADING] + turn / 2)
    ego[HEADING] += turn
    ego[SPEED] = speed


@kernel
def is_off_road(worlds, w):  # type: ignore[no-untyped-def]
    """Whether a corner of the body is past the edge of the shoulder."""
    ego = worlds.ego[w]
    s, c = math.sin(ego[HEADING_ERROR]), math.cos(ego[HEADING_ERROR])
    front, rear = ego[D] + FRONT * s, ego[D] - REAR * s
    side = HALF_WIDTH * abs(c)
    return max(front, rear) + side > HALF_ROAD or min(front, rear) - side < -HALF_ROAD


@kernel
def is_crashed(roads, worlds, w):  # type: ignore[no-untyped-def]
    """Whether the ego car touches a parked obstacle or another car."""
    ego = worlds.ego[w]
    heading = ego[HEADING]
    x = ego[X] + TO_CENTRE * math.cos(heading)
    y = ego[Y] + TO_CENTRE * math.sin(heading)
    near = 2 * HALF_LENGTH + 1.0
    boxes = roads.boxes[worlds.road[w]]
    for k in range(roads.box_count[worlds.road[w]]):
        b = boxes[k]
        if abs(b[BOX_X] - x) < near and abs(b[BOX_Y] - y) < near and boxes_overlap(
            x, y, heading, HALF_LENGTH, HALF_WIDTH,
            b[BOX_X], b[BOX_Y], b[BOX_HEADING], b[BOX_HALF_LENGTH], b[BOX_HALF_WIDTH],
        ):  # fmt: skip
            return True
    for k in range(MAX_CARS):
        car = worlds.cars[w, k]
        if car[CAR_KIND] == ABSENT:
            continue
        if abs(car[CAR_X] - x) < near and abs(car[CAR_Y] - y) < near and boxes_overlap(
            x, y, heading, HALF_LENGTH, HALF_WIDTH,
            car[CAR_X], car[CAR_Y], car[CAR_HEADING], HALF_LENGTH, HALF_WIDTH,
        ):  # fmt: skip
            return True
    return False


@kernel
def advance(roads, worlds, w, steering, throttle):  # type: ignore[no-untyped-def]
    """One step of world w; sets `event` and returns the metres gained along the route."""
    before = worlds.ego[w, S]
    worlds.action[w, 0], worlds.action[w, 1] = steering, throttle
    drive_ego(worlds, w, steering, throttle)
    locate(roads, worlds, w)
    drive_traffic(roads, worlds, w)
    worlds.steps[w] += 1
    worlds.still[w] = worlds.still[w] + 1 if worlds.ego[w, SPEED] < STANDSTILL else 0
    event = RUNNING
    if is_crashed(roads, worlds, w):
        event = CRASHED
    elif is_off_road(worlds, w):
        event = OFF_ROAD
    elif worlds.ego[w, S] >= roads.goal[worlds.road[w]]:
        event = ARRIVED
    worlds.event[w] = event
    return worlds.ego[w, S] - before
