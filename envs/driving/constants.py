"""Sizes and limits of the driving task, in metres, seconds and radians."""

from __future__ import annotations

import math

DT = 0.1

# The car: a kinematic bicycle whose reference point is the middle of the rear axle.
WHEELBASE = 2.8
HALF_LENGTH = 2.25
HALF_WIDTH = 0.95
TO_CENTRE = WHEELBASE / 2  # from the rear axle to the middle of the body
FRONT = TO_CENTRE + HALF_LENGTH  # from the rear axle to the front bumper
REAR = HALF_LENGTH - TO_CENTRE  # from the rear axle to the rear bumper
MAX_STEER = 0.5
GRIP = 6.0  # m/s² sideways: full steering asks for no more, so it means less when driving fast
STEER_RATE = 1.0  # rad/s
MAX_ACCELERATION = 3.0
MAX_BRAKING = 6.0
MAX_SPEED = 14.0
STANDSTILL = 0.1  # m/s, below which the car counts as standing

# The road: two lanes in one direction and a paved shoulder; lateral offsets grow to the left.
LANE_WIDTH = 3.75
SHOULDER = 0.5
HALF_ROAD = LANE_WIDTH + SHOULDER
LANES = 2
STEP_S = 1.0  # spacing of the points of the centre line
START_S = 30.0  # road behind the start, for traffic that comes from there
RUN_OUT = 45.0  # road behind the goal, for the view ahead

# A crossing road: a straight line through the route; its cars give way.
CROSS_REACH = 60.0  # how far the crossing road runs to either side
CROSS_ZONE = HALF_ROAD + HALF_LENGTH + 1.0  # crossing cars stop, or are clear, this far out

MAX_CARS = 12
MAX_BOXES = 28

# What the driver senses.
RAYS = 24
LIDAR_RANGE = 40.0
RADAR_RANGE = 50.0
LOOK_AHEAD = (5.0, 10.0, 15.0, 22.0, 30.0)
CURVATURE_AHEAD = (0.0, 8.0, 16.0, 26.0)
OBS_SIZE = RAYS + 4 * LANES + 8 + 2 * len(LOOK_AHEAD) + len(CURVATURE_AHEAD) + 1
RAY_ANGLES = tuple(
    math.copysign(math.pi * u * u, u) for u in ((2 * k + 1) / RAYS - 1.0 for k in range(RAYS))
)  # dense ahead, sparse behind

# How an episode can end.
RUNNING, ARRIVED, CRASHED, OFF_ROAD = 0, 1, 2, 3

# Columns of `Worlds.ego`.
X, Y, HEADING, SPEED, STEER, S, D, HEADING_ERROR = range(8)
# Columns of `Worlds.cars`.
(
    CAR_X,
    CAR_Y,
    CAR_HEADING,
    CAR_SPEED,
    CAR_S,
    CAR_D,
    CAR_TARGET,
    CAR_WANTED,
    CAR_KIND,
) = range(9)
ABSENT, ALONG, CROSSING = 0.0, 1.0, 2.0
# Columns of `Roads.points` and of `Roads.boxes`.
PX, PY, PHEADING, PCURVATURE = range(4)
BOX_X, BOX_Y, BOX_HEADING, BOX_HALF_LENGTH, BOX_HALF_WIDTH, BOX_S, BOX_D = range(7)
