import math

import numpy as np
import pytest

from envs.tabletop.features import FEATURES, SIGNS, features, features_between
from envs.tabletop.motion import DT, advance
from envs.tabletop.scene import (
    ATTRIBUTE_NAMES,
    ATTRIBUTES,
    GOAL,
    OBJECTS,
    OBS_SIZE,
    OBSTACLES,
    PERSON,
    POSE,
    VELOCITY,
    draw_scene,
    name_of,
)
from envs.tabletop.users import USERS, weights

STILL = np.zeros(4)


def a_scene(**attributes: bool) -> np.ndarray:
    """The person at (0, 0.5), the goal at (0.6, 0, 0.08), two obstacles out of the way."""
    obs = np.zeros(OBS_SIZE)
    obs[PERSON], obs[GOAL] = (0.0, 0.5), (0.6, 0.0, 0.08)
    obs[OBSTACLES] = (0.3, 0.0, 0.2, -50.0, 0.0, 0.1, 50.0, 0.0, 0.1)
    obs[ATTRIBUTES] = [attributes.get(name, False) for name in ATTRIBUTE_NAMES]
    return obs


def named(obs, before, velocity_before, pose, velocity) -> dict[str, float]:
    rows = [np.asarray(part, float) for part in (before, velocity_before, pose, velocity)]
    return dict(zip(FEATURES, features_between(obs, *rows).tolist(), strict=True))


def standing(obs, pose) -> dict[str, float]:
    return named(obs, pose, STILL, pose, STILL)


def test_a_step_by_hand():
    obs = a_scene(fragile=True, sharp=True, liquid=True, heavy=True)
    f = named(obs, (0.0, 0.06, 0.1, 0.5), (0.3, 0, 0, 0), (0.0, 0.0, 0.18, 0.5), (0, 0, 0.4, 0))
    # To the person 0.5 m, less the radii 0.15 and 0.05 m. Beside the obstacle 0.3 - 0.06 m and
    # below its top; the object's radius is 0.05 m.
    person, beside = 0.3, 0.24
    others = math.exp(-(beside - 0.05) / 0.08)  # the others are 50 m away: exp(-600) is nothing
    tilt = (1 - math.cos(0.5)) * 0.1
    expected = {
        "time": 0.1,
        "path": 0.1,  # √(0.06² + 0.08²)
        "acceleration": (0.3**2 + 0.4**2) / 0.1,
        "tilt": tilt,
        "tilt_of_liquid": tilt,
        "height": 0.018,
        "height_of_fragile": 0.018,
        "near_person": math.exp(-person / 0.15) * 0.1,
        "near_person_sharp": math.exp(-person / 0.3) * 0.1,
        "pointing_sharp": math.exp(-person / 0.3) * 0.1 * (1 + math.sin(0.5)) / 2,
        "speed_near_person": math.exp(-person / 0.3) * 0.1 * 0.4**2,
        "near_objects": others * 0.1,
        "above_objects": 0.0,
        "progress": math.hypot(0.6, 0.06, 0.02) - math.hypot(0.6, 0.1),
        "arrived": 0.0,
        "touched": 0.0,
    }
    assert f == pytest.approx(expected, abs=1e-12)


def test_an_object_without_attributes_has_none_of_their_features():
    f = standing(a_scene(), (0.3, 0.1, 0.4, 0.5))
    none = [name for name in FEATURES if name.split("_")[-1] in ("sharp", "liquid", "fragile")]
    assert len(none) == 4
    assert all(f[name] == 0.0 for name in (*none, "above_objects"))


def test_what_is_above_an_obstacle_is_near_it_by_its_height():
    obs = a_scene(liquid=True)
    over = standing(obs, (0.3, 0.0, 0.5, 0.0))
    assert over["above_objects"] == pytest.approx(0.1)
    assert over["near_objects"] == pytest.approx(math.exp(-(0.3 - 0.05) / 0.08) * 0.1)
    beside = standing(obs, (0.3, 0.16, 0.5, 0.0))  # 0.1 m beside it
    assert beside["above_objects"] == pytest.approx(math.exp(-0.1 / 0.05) * 0.1)
    low = standing(obs, (0.3, 0.16, 0.1, 0.0))
    assert low["above_objects"] == 0.0


def test_a_blade_points_at_the_person_or_away():
    obs = a_scene(sharp=True)
    close = math.exp(-0.3 / 0.3) * DT
    for tilt, share in ((math.pi / 2, 1.0), (0.0, 0.5), (-math.pi / 2, 0.0)):
        f = standing(obs, (0.0, 0.0, 0.1, tilt))
        assert f["pointing_sharp"] == pytest.approx(close * share, abs=1e-12)


@pytest.mark.parametrize(
    ("pose", "touched"),
    [
        ((0.0, 0.31, 0.1, 0.0), 1.0),  # 0.19 m from the person's middle: 0.2 m is the two radii
        ((0.0, 0.29, 0.1, 0.0), 0.0),
        ((0.20, 0.0, 0.1, 0.0), 1.0),  # 0.10 m from an obstacle's middle: 0.11 m
        ((0.18, 0.0, 0.1, 0.0), 0.0),
        ((0.3, 0.0, 0.24, 0.0), 1.0),  # 0.04 m above its top: 0.05 m
        ((0.3, 0.0, 0.26, 0.0), 0.0),
    ],
)
def test_a_touch_is_less_than_the_radii(pose, touched):
    assert standing(a_scene(), pose)["touched"] == touched


def test_arriving_is_being_near_and_slow():
    obs = a_scene()
    at, off = (0.6, 0.04, 0.08, 0.3), (0.6, 0.06, 0.08, 0.3)
    assert named(obs, at, STILL, at, (0.1, 0, 0.1, 3.0))["arrived"] == 1.0  # 0.14 m/s; it may turn
    assert named(obs, at, STILL, at, (0.2, 0, 0.1, 0.0))["arrived"] == 0.0
    assert standing(obs, off)["arrived"] == 0.0
    obs[OBSTACLES.start] = 0.6
    assert standing(obs, at)["arrived"] == 0.0  # inside an obstacle nothing arrives


def test_features_of_an_action_are_those_of_the_step_that_it_makes():
    rng = np.random.default_rng(0)
    obs = np.stack([draw_scene(rng) for _ in range(20)])
    obs[:, VELOCITY] = rng.normal(size=(20, 4)) * 0.2
    action = rng.uniform(-1, 1, (20, 4)).astype(np.float32)
    together = features(obs, action)
    assert together.shape == (20, len(FEATURES))
    for k in range(20):
        pose, velocity = advance(obs[k], action[k])
        one = obs[k].astype(float)
        alone = features_between(one, one[POSE], one[VELOCITY], pose, velocity)
        assert (alone == together[k]).all()


def test_metres_gained_add_up_to_the_way_that_was_gained():
    obs = draw_scene(np.random.default_rng(3)).astype(float)
    start, gained = obs[POSE].copy(), 0.0
    for action in np.random.default_rng(0).uniform(-1, 1, (30, 4)):
        gained += features(obs, action)[FEATURES.index("progress")]
        obs[POSE], obs[VELOCITY] = advance(obs, action)
    goal = obs[GOAL]
    expected = np.linalg.norm(start[:3] - goal) - np.linalg.norm(obs[POSE][:3] - goal)
    assert gained == pytest.approx(expected)


def test_users_mind_what_they_mind_more_than_all_others_do():
    w = {user: dict(zip(FEATURES, weights(user, True), strict=True)) for user in USERS}
    minds = {
        "hurried": ("time", "path"),
        "protective": ("near_person", "near_person_sharp", "pointing_sharp", "speed_near_person"),
        "gentle": ("height", "height_of_fragile", "tilt_of_liquid", "acceleration"),
        "orderly": ("near_objects", "above_objects", "tilt"),
    }
    for user, names in minds.items():
        for name in names:
            assert all(w[user][name] < w[other][name] for other in USERS if other != user)
    for user in USERS:
        assert weights(user, False)[FEATURES.index("progress")] == 0.0
        assert (w[user]["arrived"], w[user]["touched"]) == (10.0, -10.0)


def test_scenes_leave_room_and_hold_every_object():
    scenes = np.stack([draw_scene(np.random.default_rng(seed)) for seed in range(300)])
    assert {name_of(obs) for obs in scenes} == set(OBJECTS)
    places = np.concatenate(
        [scenes[:, None, POSE][..., :2], scenes[:, None, GOAL][..., :2],
         scenes[:, OBSTACLES].reshape(-1, 3, 3)[..., :2]], axis=1,
    )  # fmt: skip
    for i in range(5):
        for j in range(i):
            apart = np.linalg.norm(places[:, i] - places[:, j], axis=1)
            # 0.11 m is a touch of object and obstacle: everywhere 0.1 m of room is left.
            assert apart.min() > 0.11 + 0.1
    away = np.linalg.norm(places[:, :2] - scenes[:, None, PERSON], axis=2)
    assert away.min() > 0.2  # a touch of the person


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("dense", [True, False])
def test_nobody_wants_what_is_declared_to_be_unwanted(user, dense):
    assert (weights(user, dense) * SIGNS >= 0).all()
