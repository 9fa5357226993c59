import numpy as np
import pytest

from envs.tabletop.motion import DT, FASTEST, LAG, SUBSTEP, advance, command, follow, rest
from envs.tabletop.scene import HIGH, LOW, OBS_SIZE, POSE, PROGRESS, VELOCITY, draw_scene
from envs.tabletop.task import TabletopConfig, make_vec


def somewhere(velocity=(0.0, 0.0, 0.0, 0.0)) -> np.ndarray:
    obs = np.zeros(OBS_SIZE)
    obs[POSE], obs[VELOCITY] = (0.1, -0.1, 0.3, 0.2), velocity
    return obs


def by_substeps(obs, speed):
    """v' = v + h (u - v') / LAG, solved for v'; x' = x + h v'."""
    pose, velocity = obs[POSE].copy(), obs[VELOCITY].copy()
    for _ in range(round(DT / SUBSTEP)):
        velocity = (velocity + SUBSTEP / LAG * speed) / (1.0 + SUBSTEP / LAG)
        pose = pose + SUBSTEP * velocity
    return pose, velocity


def test_a_step_is_ten_implicit_ones():
    rng = np.random.default_rng(0)
    for _ in range(20):
        obs, action = somewhere(rng.normal(size=4) * 0.2), rng.uniform(-1, 1, 4)
        for ours, theirs in zip(advance(obs, action), by_substeps(obs, action * FASTEST),
                                strict=True):  # fmt: skip
            assert ours == pytest.approx(theirs, abs=1e-12)


def test_the_servo_makes_up_63_percent_in_its_lag():
    # In two steps (1 + h / LAG)^-n is exp(-n h / LAG) but for about n (h / LAG)² / 2 = 4.4 %,
    # n = 20 substeps of h = 0.01 s.
    obs, action = somewhere(), np.ones(4)
    pose, velocity = advance(obs, action)
    obs[POSE], obs[VELOCITY] = pose, velocity
    missing = 1.0 - advance(obs, action)[1] / FASTEST
    assert missing == pytest.approx(np.exp(-2 * DT / LAG), rel=0.05)


def test_the_point_of_rest_moves_by_the_commanded_speed_and_is_where_the_object_comes_to_rest():
    obs, action = somewhere((0.3, -0.2, 0.1, 0.5)), np.array([0.5, -0.25, 0.125, -1.0])
    before = rest(obs)
    obs[POSE], obs[VELOCITY] = advance(obs, action)
    assert rest(obs) == pytest.approx(before + DT * action * FASTEST, abs=1e-12)
    expected = rest(obs)
    for _ in range(60):  # 6 s: 0.5 m/s · exp(-40) is left
        obs[POSE], obs[VELOCITY] = advance(obs, np.zeros(4))
    assert obs[POSE] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_the_bounds_are_reached_and_never_left(sign):
    obs = draw_scene(np.random.default_rng(0))
    for _ in range(60):
        obs = follow(obs, np.full(4, sign), 80)
        assert (obs[POSE] >= LOW - 1e-6).all()
        assert (obs[POSE] <= HIGH + 1e-6).all()
    assert obs[POSE] == pytest.approx(LOW if sign < 0 else HIGH, abs=1e-4)
    assert np.abs(command(obs, np.full(4, sign))).max() < 1e-3


def test_mujoco_moves_the_arm_as_the_closed_form_says():
    env = make_vec(TabletopConfig(), "train", 30)
    obs, _ = env.reset(seed=0)
    rng = np.random.default_rng(1)
    drift, compared = np.zeros((30, 4)), 0
    for _ in range(60):
        drift = np.clip(0.9 * drift + rng.normal(size=(30, 4)) * 0.4, -1, 1)
        expected = follow(obs, drift, 80)
        obs, _, terminated, truncated, _ = env.step(drift)
        going = ~(terminated | truncated)
        assert np.abs(obs[going] - expected[going]).max() < 1e-6
        compared += int(going.sum())
    assert compared > 1000


def test_time_is_counted_to_the_step():
    obs = draw_scene(np.random.default_rng(0))
    for step in range(1, 84):
        obs = follow(obs, np.zeros(4), 83)
        assert obs[PROGRESS] == np.float32(step / 83)
