import numpy as np
import pytest

from envs.driving.constants import ALONG, BOX_D, BOX_S, CAR_D, CAR_KIND, CAR_S, MAX_SPEED, SPEED
from envs.driving.driver import drive_all
from envs.driving.oracle import EXPERT_STD
from envs.driving.task import DrivingConfig, make, make_vec, oracle
from envs.driving.traffic import place_car

CONFIG = DrivingConfig()


def success_rate(policy, split: str = "test", worlds: int = 50) -> float:
    """Share of first episodes that arrive; `policy` maps (obs, env) to actions."""
    env = make_vec(CONFIG, split, worlds)
    obs, _ = env.reset(seed=200, options={"road": np.arange(worlds)})
    first, arrived = np.ones(worlds, bool), np.zeros(worlds, bool)
    while first.any():
        obs, _, terminated, truncated, info = env.step(policy(obs, env))
        ended = (terminated | truncated) & first
        if ended.any():
            arrived[ended] = info["final_info"]["arrived"][ended]
            first &= ~ended
    return float(arrived.mean())


def test_the_driver_arrives_on_held_out_roads():
    assert success_rate(lambda obs, env: oracle(env, CONFIG).action(obs)) >= 0.95


def test_the_driver_never_stands_for_half_of_the_stall_limit():
    env = make_vec(CONFIG, "train", 50)
    expert, longest = oracle(env, CONFIG), 0
    obs, _ = env.reset(seed=0, options={"road": np.arange(50)})
    for _ in range(CONFIG.horizon):
        obs, *_ = env.step(expert.action(obs))
        longest = max(longest, env.batch.worlds.still.max())
    assert 0 < longest < CONFIG.stall_limit / 2


def test_following_the_route_with_eyes_shut_is_not_enough():
    def eyes_shut(obs, env):
        roads, worlds = env.batch.roads, env.batch.worlds
        empty_roads = roads._replace(box_count=np.zeros_like(roads.box_count))
        empty_worlds = worlds._replace(cars=np.zeros_like(worlds.cars))
        actions = np.empty((len(obs), 2))
        drive_all(empty_roads, empty_worlds, actions)
        return actions

    assert success_rate(eyes_shut) < 0.5


def test_an_untrained_driver_does_not_arrive():
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 0.1, (make(CONFIG, "test").observation_space.shape[0], 2))
    assert success_rate(lambda obs, env: np.tanh(obs @ weights)) < 0.05


def test_the_driver_is_smooth_and_a_function_of_the_state():
    env = make_vec(CONFIG, "train", 16)
    expert = oracle(env, CONFIG)
    obs, _ = env.reset(seed=0)
    changes = []
    last = expert.action(obs)
    for _ in range(150):
        obs, _, terminated, truncated, _ = env.step(last)
        action = expert.action(obs)
        assert (action == expert.action(obs)).all()
        assert action.dtype == np.float32
        assert action.shape == (16, 2)
        going = ~(terminated | truncated)
        changes.append(np.abs(action - last)[going])
        last = action
    steering, throttle = np.concatenate(changes).T
    assert steering.mean() < 0.05
    assert throttle.mean() < 0.1


def test_risk_flags_driving_off_the_road_and_not_the_driver_itself():
    env = make_vec(CONFIG, "train", 32)
    expert = oracle(env, CONFIG)
    obs, _ = env.reset(seed=0)
    own, off_road = [], []
    for k in range(160):
        action = expert.action(obs)
        if k % 10 == 0:
            fast = env.batch.worlds.ego[:, SPEED] > 0.5 * MAX_SPEED
            before = env.state_dict()
            own.append(expert.risk(obs, action, 2.0))
            off_road.append(expert.risk(obs, np.tile([1.0, 0.5], (32, 1)), 2.0)[fast])
            after = env.state_dict()
            assert all((before[name] == after[name]).all() for name in before)
        obs, *_ = env.step(action)
    own, off_road = np.concatenate(own), np.concatenate(off_road)
    assert set(np.unique(np.concatenate([own, off_road]))) <= {0.0, 1.0}
    assert len(off_road) > 100
    assert own.mean() < 0.03
    assert off_road.mean() > 0.9


def test_risk_flags_full_throttle_into_a_parked_car():
    config = DrivingConfig(traffic_density=0.0)
    env = make(config, "train")
    expert = oracle(env, config)
    roads = env.batch.roads
    row = int(np.flatnonzero(roads.boxes[:, 0, 3] > 1.0)[0])  # begins with a parked car
    car = roads.boxes[row, 0]
    env.reset(seed=0, options={"road": row})
    # 11 m before it in its lane at 10 m/s: it is reached within a second.
    worlds = env.batch.worlds
    probe = worlds.cars[0, 0]
    probe[CAR_KIND], probe[CAR_S], probe[CAR_D] = ALONG, car[BOX_S] - 11.0, car[BOX_D]
    place_car(roads, worlds, 0, 0)
    ego = worlds.ego[0]
    ego[:] = [*probe[:3], 10.0, 0.0, probe[CAR_S], probe[CAR_D], 0.0]
    probe[:] = 0.0
    obs = env.batch.observe()
    assert expert.risk(obs, np.array([[0.0, 1.0]]), 2.0) == [1.0]
    ego[SPEED] = 2.0
    assert expert.risk(obs, np.array([[0.0, -1.0]]), 2.0) == [0.0]
    # A horizon that ends before the contact sees nothing.
    ego[SPEED] = 10.0
    assert expert.risk(obs, np.array([[0.0, 1.0]]), 0.2) == [0.0]


def test_log_prob_is_the_gaussian_around_the_driver():
    env = make_vec(CONFIG, "train", 3)
    expert = oracle(env, CONFIG)
    obs, _ = env.reset(seed=0)
    action = expert.action(obs)
    peak = -np.log(2 * np.pi * EXPERT_STD**2)  # two independent components
    assert expert.log_prob(obs, action) == pytest.approx(np.full(3, peak))
    away = action + np.array([EXPERT_STD, 0.0])
    assert expert.log_prob(obs, away) == pytest.approx(np.full(3, peak - 0.5))
