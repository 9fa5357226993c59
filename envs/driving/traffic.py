"""The other cars, compiled: they follow (IDM), pass parked obstacles, and give way at crossings.

IDM: Treiber, Hennecke and Helbing, "Congested traffic states in empirical observations and
microscopic simulations", Physical Review E 62 (2000), eqs. 2 and 3.
"""

from __future__ import annotations

import math

from envs.driving.constants import (
    ABSENT,
    ALONG,
    BOX_D,
    BOX_HALF_LENGTH,
    BOX_HALF_WIDTH,
    BOX_S,
    CAR_D,
    CAR_HEADING,
    CAR_KIND,
    CAR_S,
    CAR_SPEED,
    CAR_TARGET,
    CAR_WANTED,
    CAR_X,
    CAR_Y,
    CROSS_REACH,
    CROSS_ZONE,
    CROSSING,
    DT,
    HALF_LENGTH,
    HALF_WIDTH,
    LANE_WIDTH,
    MAX_CARS,
    PCURVATURE,
    PHEADING,
    PX,
    PY,
    SPEED,
    TO_CENTRE,
    D,
    S,
)
from envs.jit import kernel

MAX_IDM = 2.0
COMFORT = 3.0
HEADWAY = 1.0
STANDSTILL = 3.0
HARDEST = -8.0
FAR = 70.0  # metres; what is farther ahead changes nothing
STOP_BRAKING, LATE_BRAKING = 2.0, 5.0  # m/s²: before a junction; beyond this a car drives on
SLOPE = 0.25  # metres across for each metre along, while changing lanes
SIDE = 2 * HALF_WIDTH + 0.4  # closer than this across, two cars are in each other's way


@kernel
def idm(speed, wanted, gap, leader_speed):  # type: ignore[no-untyped-def]
    """Acceleration in m/s² behind a leader `gap` metres ahead, bumper to bumper."""
    dynamic = speed * HEADWAY + speed * (speed - leader_speed) / (2 * math.sqrt(MAX_IDM * COMFORT))
    desired = STANDSTILL + max(dynamic, 0.0)
    ratio = desired / max(gap, 0.1)
    square = (speed / wanted) * (speed / wanted)
    acceleration = MAX_IDM * (1 - square * square - ratio * ratio)
    return max(acceleration, HARDEST)


@kernel
def place_car(roads, worlds, w, k):  # type: ignore[no-untyped-def]
    """Turn the road coordinates of car k into x, y and heading."""
    car = worlds.cars[w, k]
    road = worlds.road[w]
    if car[CAR_KIND] == CROSSING:
        heading = roads.crossing[road, 2]
        car[CAR_X] = roads.crossing[road, 0] + car[CAR_S] * math.cos(heading)
        car[CAR_Y] = roads.crossing[road, 1] + car[CAR_S] * math.sin(heading)
        car[CAR_X] -= car[CAR_D] * math.sin(heading)
        car[CAR_Y] += car[CAR_D] * math.cos(heading)
        car[CAR_HEADING] = heading if car[CAR_D] < 0 else heading + math.pi
        return
    points = roads.points[road]
    i = min(max(int(car[CAR_S]), 0), points.shape[0] - 2)
    part = car[CAR_S] - i
    heading = points[i, PHEADING] + part * (points[i + 1, PHEADING] - points[i, PHEADING])
    x = points[i, PX] + part * (points[i + 1, PX] - points[i, PX])
    y = points[i, PY] + part * (points[i + 1, PY] - points[i, PY])
    car[CAR_X] = x - car[CAR_D] * math.sin(heading)
    car[CAR_Y] = y + car[CAR_D] * math.cos(heading)
    car[CAR_HEADING] = heading


@kernel
def lane_is_clear(roads, worlds, w, k, lane_d):  # type: ignore[no-untyped-def]
    """Whether car k may move over to the lane centred at `lane_d`."""
    me = worlds.cars[w, k]
    behind = me[CAR_S] - worlds.ego[w, S] - TO_CENTRE
    if abs(worlds.ego[w, D] - lane_d) < SIDE and -10.0 < behind < 14.0:
        return False
    for j in range(MAX_CARS):
        other = worlds.cars[w, j]
        if j == k or other[CAR_KIND] != ALONG or abs(other[CAR_D] - lane_d) > SIDE:
            continue
        if -12.0 < other[CAR_S] - me[CAR_S] < 10.0:
            return False
    return True


@kernel
def follow_road(roads, worlds, w, k):  # type: ignore[no-untyped-def]
    """Acceleration and lateral speed of a car that goes along the route."""
    me = worlds.cars[w, k]
    road = worlds.road[w]
    speed, s, d = me[CAR_SPEED], me[CAR_S], me[CAR_D]
    curvature = abs(roads.points[road, min(int(s) + 6, int(roads.length[road])), PCURVATURE])
    wanted = min(me[CAR_WANTED], math.sqrt(2.5 / max(curvature, 1e-3)))
    acceleration = idm(speed, wanted, FAR, speed)
    gap = worlds.ego[w, S] + TO_CENTRE - s - 2 * HALF_LENGTH
    in_way = abs(worlds.ego[w, D] - me[CAR_TARGET]) < SIDE
    if gap > 0 or abs(me[CAR_TARGET] - d) < 0.1:  # side by side it may move away from the ego car
        in_way = in_way or abs(worlds.ego[w, D] - d) < SIDE
    if gap > -HALF_LENGTH and in_way:
        acceleration = min(acceleration, idm(speed, wanted, gap, worlds.ego[w, SPEED]))
    for j in range(MAX_CARS):
        other = worlds.cars[w, j]
        if j == k or other[CAR_KIND] != ALONG or not 0 < other[CAR_S] - s < FAR:
            continue
        if abs(other[CAR_D] - d) < SIDE or abs(other[CAR_D] - me[CAR_TARGET]) < SIDE:
            gap = other[CAR_S] - s - 2 * HALF_LENGTH
            acceleration = min(acceleration, idm(speed, wanted, gap, other[CAR_SPEED]))
    for b in range(roads.box_count[road]):
        box = roads.boxes[road, b]
        ahead = box[BOX_S] - s
        if ahead < -HALF_LENGTH or ahead > 40.0:
            continue
        reach = HALF_WIDTH + box[BOX_HALF_WIDTH] + 0.3
        if ahead < 32.0 and abs(box[BOX_D] - me[CAR_TARGET]) < reach:
            other_lane = -math.copysign(LANE_WIDTH / 2, me[CAR_TARGET])
            if lane_is_clear(roads, worlds, w, k, other_lane):
                me[CAR_TARGET] = other_lane
        across = reach - abs(box[BOX_D] - d)
        gap = ahead - box[BOX_HALF_LENGTH] - HALF_LENGTH
        swinging_out = abs(box[BOX_D] - me[CAR_TARGET]) > reach and gap > across / SLOPE + 0.3
        if across > 0 and ahead > 0 and not swinging_out:
            # It stops where there is still room to swing out.
            gap -= 2 * HALF_WIDTH / SLOPE
            acceleration = min(acceleration, idm(speed, wanted, gap, 0.0))
    return acceleration


@kernel
def is_committed(car):  # type: ignore[no-untyped-def]
    """Whether a crossing car is in the junction or can no longer stop before it."""
    ahead = -car[CAR_S] if car[CAR_D] < 0 else car[CAR_S]  # metres to the middle of the junction
    if -CROSS_ZONE < ahead < CROSS_ZONE - 1.0:
        return True
    before = max(ahead - CROSS_ZONE, 0.01)
    return ahead > 0 and car[CAR_SPEED] > 1.0 and car[CAR_SPEED] ** 2 > 2 * before * LATE_BRAKING


@kernel
def give_way(roads, worlds, w, k):  # type: ignore[no-untyped-def]
    """Acceleration of a crossing car: it lets everything that comes along the route pass."""
    me = worlds.cars[w, k]
    junction = roads.crossing[worlds.road[w], 3]
    direction = 1.0 if me[CAR_D] < 0 else -1.0
    speed, wanted = me[CAR_SPEED], me[CAR_WANTED]
    acceleration = idm(speed, wanted, FAR, speed)
    for j in range(MAX_CARS):
        other = worlds.cars[w, j]
        if j == k or other[CAR_KIND] != CROSSING or other[CAR_D] * me[CAR_D] < 0:
            continue
        gap = direction * (other[CAR_S] - me[CAR_S]) - 2 * HALF_LENGTH
        if gap > -HALF_LENGTH:
            acceleration = min(acceleration, idm(speed, wanted, gap, other[CAR_SPEED]))
    ahead = -direction * me[CAR_S]
    if ahead < 0 or is_committed(me):
        return acceleration
    ego = worlds.ego[w]
    clear = 2 * HALF_LENGTH + LANE_WIDTH
    blocked = -clear < junction - ego[S] < max(25.0, 4.5 * ego[SPEED])
    for j in range(MAX_CARS):
        other = worlds.cars[w, j]
        if other[CAR_KIND] == ALONG:
            blocked = blocked or -clear < junction - other[CAR_S] < max(
                12.0, 4.5 * other[CAR_SPEED]
            )
    needed = speed * speed / (2 * max(ahead - CROSS_ZONE, 0.01))
    if blocked and (needed > STOP_BRAKING or ahead < CROSS_ZONE + 0.5):
        return max(-1.05 * needed, HARDEST)
    return acceleration


@kernel
def drive_traffic(roads, worlds, w):  # type: ignore[no-untyped-def]
    """Move every other car of world w for one step."""
    road = worlds.road[w]
    for k in range(MAX_CARS):
        car = worlds.cars[w, k]
        if car[CAR_KIND] == ABSENT:
            continue
        if car[CAR_KIND] == ALONG:
            acceleration = follow_road(roads, worlds, w, k)
        else:
            acceleration = give_way(roads, worlds, w, k)
        speed = max(car[CAR_SPEED] + acceleration * DT, 0.0)
        distance = 0.5 * (car[CAR_SPEED] + speed) * DT
        car[CAR_SPEED] = speed
        if car[CAR_KIND] == CROSSING:
            car[CAR_S] += distance if car[CAR_D] < 0 else -distance
            if abs(car[CAR_S]) > CROSS_REACH:  # out of sight: it comes again from the other end
                car[CAR_S] = -math.copysign(CROSS_REACH, car[CAR_S])
        else:
            car[CAR_S] += distance
            sideways = min(max(car[CAR_TARGET] - car[CAR_D], -SLOPE * distance), SLOPE * distance)
            car[CAR_D] += sideways
            if car[CAR_S] > roads.length[road] - 2.0:
                car[CAR_KIND] = ABSENT
                continue
        place_car(roads, worlds, w, k)
        if car[CAR_KIND] == ALONG and distance > 1e-6:
            car[CAR_HEADING] += sideways / distance
