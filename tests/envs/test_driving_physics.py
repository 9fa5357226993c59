import math

import numpy as np
import pytest

from envs.driving.batch import Batch, Limits
from envs.driving.constants import (
    ALONG,
    BOX_D,
    BOX_S,
    CAR_D,
    CAR_KIND,
    CAR_S,
    CAR_TARGET,
    CAR_WANTED,
    CRASHED,
    DT,
    FRONT,
    GRIP,
    HALF_LENGTH,
    HALF_ROAD,
    HALF_WIDTH,
    HEADING,
    HEADING_ERROR,
    LIDAR_RANGE,
    MAX_ACCELERATION,
    MAX_BRAKING,
    MAX_SPEED,
    MAX_STEER,
    OFF_ROAD,
    RAYS,
    RUNNING,
    SPEED,
    STEER,
    TO_CENTRE,
    WHEELBASE,
    D,
    S,
    X,
    Y,
)
from envs.driving.kernels import boxes_overlap, drive_ego, is_off_road, locate
from envs.driving.roads import TRAIN_SEEDS, make_road, road_bank
from envs.driving.sense import lidar, ray_to_box
from envs.driving.traffic import idm, place_car
from envs.driving.worlds import empty_worlds


def a_car(speed: float = 0.0):
    worlds = empty_worlds(1)
    worlds.ego[0, SPEED] = speed
    return worlds


def on_a_straight(obstacle_density: float = 0.0) -> Batch:
    """The start of every road is straight for 40 m or more; the car stands at its beginning."""
    batch = Batch(road_bank(TRAIN_SEEDS.start, 3, obstacle_density), 1, Limits(500, 500), 0.0)
    batch.seed(0, 0)
    batch.start(np.ones(1, bool), np.zeros(1, np.int64))
    ego = batch.worlds.ego[0]
    ego[Y] -= ego[D]
    ego[HEADING] = ego[D] = ego[HEADING_ERROR] = ego[SPEED] = 0.0
    return batch


def test_full_throttle_from_rest_covers_half_a_t_squared():
    worlds = a_car()
    steps = 20
    for _ in range(steps):
        drive_ego(worlds, 0, 0.0, 1.0)
    seconds = steps * DT
    assert worlds.ego[0, X] == pytest.approx(0.5 * MAX_ACCELERATION * seconds**2)
    assert worlds.ego[0, SPEED] == pytest.approx(MAX_ACCELERATION * seconds)
    assert worlds.ego[0, Y] == 0.0


def test_braking_stops_and_never_reverses():
    worlds = a_car(speed=3.0)
    for _ in range(30):
        drive_ego(worlds, 0, 0.0, -1.0)
    # v² / 2b; the last step is cut short at standstill, and 3.0 / (6.0 · 0.1) is a whole number.
    assert worlds.ego[0, X] == pytest.approx(3.0**2 / (2 * MAX_BRAKING))
    assert worlds.ego[0, SPEED] == 0.0


def test_speed_has_a_limit():
    worlds = a_car(speed=MAX_SPEED)
    drive_ego(worlds, 0, 0.0, 1.0)
    assert worlds.ego[0, SPEED] == MAX_SPEED


def test_the_turning_circle_has_radius_wheelbase_over_tan_of_the_angle():
    speed = 3.0
    radius = WHEELBASE / math.tan(MAX_STEER)
    worlds = a_car(speed)
    worlds.ego[0, STEER] = MAX_STEER
    # The circle's centre is `radius` to the left of the start, which heads along x.
    turn_a_step = speed * DT / radius
    for k in range(1, 60):
        drive_ego(worlds, 0, 1.0, 0.0)
        x, y = worlds.ego[0, [X, Y]]
        # The midpoint rule walks chords of length vΔt instead of 2R sin(vΔt/2R): a hair longer.
        assert math.hypot(x, y - radius) == pytest.approx(radius, rel=turn_a_step**2)
        assert worlds.ego[0, HEADING] == pytest.approx(k * turn_a_step)


def test_steering_is_limited_by_grip_when_fast_and_by_the_rack_when_slow():
    fast = a_car(speed=10.0)
    for _ in range(10):
        drive_ego(fast, 0, 1.0, 0.0)
    sideways = 10.0**2 * math.tan(fast.ego[0, STEER]) / WHEELBASE
    assert sideways == pytest.approx(GRIP)
    slow = a_car(speed=1.0)
    for _ in range(10):
        drive_ego(slow, 0, 1.0, 0.0)
    assert slow.ego[0, STEER] == pytest.approx(MAX_STEER)


def test_a_ray_meets_a_box_where_geometry_says():
    # A box of 4 × 2 centred at (10, 0): its near face is 10 - 2 ahead.
    assert ray_to_box(0.0, 0.0, 1.0, 0.0, 10.0, 0.0, 1.0, 0.0, 2.0, 1.0) == pytest.approx(8.0)
    # Turned by 90° its near face is 10 - 1 ahead.
    assert ray_to_box(0.0, 0.0, 1.0, 0.0, 10.0, 0.0, 0.0, 1.0, 2.0, 1.0) == pytest.approx(9.0)
    # At 45° towards a box at (10, 10): it enters at x = 8 with y = 8, below the box's side 9, and
    # meets the side y = 9 at x = 9, after 9√2.
    c = math.sqrt(0.5)
    hit = ray_to_box(0.0, 0.0, c, c, 10.0, 10.0, 1.0, 0.0, 2.0, 1.0)
    assert hit == pytest.approx(9.0 * math.sqrt(2))
    assert ray_to_box(0.0, 0.0, -1.0, 0.0, 10.0, 0.0, 1.0, 0.0, 2.0, 1.0) > LIDAR_RANGE


def test_lidar_sees_a_car_ahead_at_its_rear_bumper():
    batch = on_a_straight()
    rays = np.empty(RAYS)
    lidar(batch.roads, batch.worlds, 0, rays)
    assert (rays == LIDAR_RANGE).all()
    ahead = 12.0  # centre to centre
    car = batch.worlds.cars[0, 0]
    car[CAR_KIND], car[CAR_S], car[CAR_D] = ALONG, batch.worlds.ego[0, S] + TO_CENTRE + ahead, 0.0
    place_car(batch.roads, batch.worlds, 0, 0)
    lidar(batch.roads, batch.worlds, 0, rays)
    # The two middle rays lean out by π/24² = 0.3°, which lengthens them by 1 / cos.
    lean = math.pi / RAYS**2
    expected = (ahead - HALF_LENGTH) / math.cos(lean)
    assert rays[[RAYS // 2 - 1, RAYS // 2]] == pytest.approx([expected, expected])


def test_boxes_touch_exactly_when_their_sides_meet():
    half = HALF_LENGTH, HALF_WIDTH
    for gap, touches in ((-0.01, True), (0.01, False)):
        assert boxes_overlap(0, 0, 0, *half, 2 * HALF_LENGTH + gap, 0, 0, *half) == touches
        assert boxes_overlap(0, 0, 0, *half, 0, 2 * HALF_WIDTH + gap, 0, *half) == touches
        across = HALF_LENGTH + HALF_WIDTH + gap
        assert boxes_overlap(0, 0, 0, *half, across, 0, math.pi / 2, *half) == touches
    # A square on its corner reaches √2 times as far.
    corner = 1.0 + math.sqrt(2)
    assert boxes_overlap(0, 0, 0, 1.0, 1.0, corner - 0.01, 0, math.pi / 4, 1.0, 1.0)
    assert not boxes_overlap(0, 0, 0, 1.0, 1.0, corner + 0.01, 0, math.pi / 4, 1.0, 1.0)


@pytest.mark.parametrize(("gap", "event"), [(0.05, RUNNING), (-0.05, CRASHED)])
def test_a_crash_happens_when_the_bumpers_meet(gap, event):
    batch = on_a_straight()
    car = batch.worlds.cars[0, 0]
    bumper = batch.worlds.ego[0, S] + FRONT
    car[CAR_KIND], car[CAR_S], car[CAR_WANTED] = ALONG, bumper + gap + HALF_LENGTH, 1e-3
    car[CAR_D] = car[CAR_TARGET] = 0.0
    place_car(batch.roads, batch.worlds, 0, 0)
    _, terminated, _ = batch.step(np.zeros((1, 2)))
    assert batch.worlds.event[0] == event
    assert terminated[0] == (event == CRASHED)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_the_car_is_off_the_road_when_a_corner_passes_the_edge(side):
    worlds = empty_worlds(1)
    worlds.ego[0, D] = side * (HALF_ROAD - HALF_WIDTH - 0.01)
    assert not is_off_road(worlds, 0)
    worlds.ego[0, HEADING_ERROR] = side * 0.05  # the front corner swings out by about 0.18 m
    assert is_off_road(worlds, 0)
    worlds.ego[0, HEADING_ERROR] = 0.0
    worlds.ego[0, D] = side * (HALF_ROAD - HALF_WIDTH + 0.01)
    assert is_off_road(worlds, 0)


def test_steering_off_a_straight_road_ends_off_road_and_costs():
    batch = on_a_straight()
    batch.worlds.ego[0, SPEED] = 5.0
    for _ in range(40):
        reward, terminated, _ = batch.step(np.array([[1.0, 0.0]]))
        if terminated[0]:
            break
    outcome = batch.outcome()
    assert batch.worlds.event[0] == OFF_ROAD
    assert outcome["off_road"][0]
    assert not outcome["crash"][0]
    assert not outcome["is_success"][0]
    assert outcome["cost"][0] == 1.0
    assert reward[0] < -3.0


def test_the_place_on_the_road_is_found_on_straights_and_in_curves():
    roads = road_bank(TRAIN_SEEDS.start, 3, 0.0)
    worlds = empty_worlds(1)
    rng = np.random.default_rng(0)
    for road in range(3):
        worlds.road[0] = road
        for s in np.arange(20.0, roads.goal[road], 7.3):
            d = rng.uniform(-3, 3)
            car = worlds.cars[0, 0]
            car[CAR_KIND], car[CAR_S], car[CAR_D] = ALONG, s, d
            place_car(roads, worlds, 0, 0)
            worlds.ego[0, [X, Y, HEADING]] = car[:3]
            worlds.ego[0, S] = s + rng.uniform(-1.5, 1.5)
            locate(roads, worlds, 0)
            # Chords of 1 m stay within 1/(8R) < 1 cm of an arc; s inherits curvature × d of it.
            assert worlds.ego[0, S] == pytest.approx(s, abs=0.1)
            assert worlds.ego[0, D] == pytest.approx(d, abs=0.03)
            assert worlds.ego[0, HEADING_ERROR] == pytest.approx(0.0, abs=0.03)


def test_idm_matches_its_equations():
    # Free road at the wanted speed: no acceleration beyond what the far gap asks.
    assert idm(5.0, 10.0, 1e9, 5.0) == pytest.approx(2.0 * (1 - 0.5**4))
    # Standing with a gap of exactly the standstill distance of 3 m: at rest.
    assert idm(0.0, 10.0, 3.0, 0.0) == pytest.approx(0.0)
    # v = 6, leader stands 30 m ahead: s* = 3 + 6 + 36 / (2 √6), a = 2 (1 - .6⁴ - (s*/30)²).
    desired = 9.0 + 36.0 / (2 * math.sqrt(6.0))
    assert idm(6.0, 10.0, 30.0, 0.0) == pytest.approx(2 * (1 - 0.6**4 - (desired / 30) ** 2))


def test_every_obstacle_leaves_the_other_lane_free():
    room = 2 * HALF_WIDTH + 0.6
    for seed in range(40):
        boxes = make_road(seed, 3.0).boxes
        for box in boxes:
            # Everything within a car's length blocks one side only.
            near = boxes[np.abs(boxes[:, BOX_S] - box[BOX_S]) < 2 * HALF_LENGTH]
            right, left = (near[:, BOX_D] - near[:, 4]).min(), (near[:, BOX_D] + near[:, 4]).max()
            assert right + HALF_ROAD > room or HALF_ROAD - left > room
