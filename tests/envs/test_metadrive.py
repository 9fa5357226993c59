from __future__ import annotations

import importlib.util
import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest

from envs.metadrive.task import METADRIVE, MetaDriveConfig, make, oracle
from teaching import UserError

needs_metadrive = pytest.mark.skipif(
    importlib.util.find_spec("metadrive") is None,
    reason="MetaDrive is not installed; pip install -e '.[metadrive]' (Python 3.11)",
)
STRAIGHT_ON = np.array([0.0, 0.5], np.float32)


@pytest.fixture
def config():
    return MetaDriveConfig()


@pytest.fixture
def env(config):
    env = make(config, "train")
    yield env
    env.close()


def drive(env, steps, road, seed=7):
    """Observations and rewards of a wandering drive."""
    rng = np.random.default_rng(seed)
    obs, _ = env.reset(options={"road": road})
    trace = [obs]
    for _ in range(steps):
        obs, reward, terminated, truncated, _ = env.step([0.04 * rng.normal(), 0.4])
        trace.append(np.append(obs, reward))
        if terminated or truncated:
            break
    return np.concatenate(trace)


def test_the_setting_is_the_published_one(config):
    assert (config.traffic_density, config.horizon) == (0.06, 1500)
    assert config.scenarios("train") == (100, 50)
    assert config.scenarios("test") == (1000, 50)
    assert config.scenarios("validation") == (500, 50)


def test_splits_that_overlap_are_refused_in_one_line():
    with pytest.raises(UserError, match="overlap") as caught:
        MetaDriveConfig(test_start=149)
    assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="overlap"):
        MetaDriveConfig(validation_start=951)
    MetaDriveConfig(validation_start=950)


def test_an_unknown_expert_is_refused():
    with pytest.raises(UserError, match=r"planner, idm, ppo, got 'me'"):
        MetaDriveConfig(expert="me")


def test_the_family_imports_no_simulator():
    code = (
        "import sys, envs.metadrive.task; print(sorted({'metadrive', 'numba'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
    assert METADRIVE.name == METADRIVE.config().name == "metadrive"


def test_without_metadrive_the_error_says_how_to_install_it(config, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install -e '\.\[metadrive\]'"):
        make(config)


@needs_metadrive
def test_missing_assets_are_written_and_present_ones_left_alone(monkeypatch, tmp_path):
    from metadrive.version import VERSION

    from envs.metadrive import assets

    monkeypatch.setattr(assets, "_package_folder", lambda: tmp_path)
    folder = assets.prepare_assets()
    texture = folder / "textures/grass1/GroundGrassGreen002_COL_1K.jpg"
    assert (folder / "version.txt").read_text() == VERSION
    texture.write_text("a picture")
    assets.prepare_assets()
    assert texture.read_text() == "a picture"


@needs_metadrive
def test_spaces_time_step_and_info(env):
    obs, info = env.reset(seed=3)
    assert obs.shape == (259,) and env.observation_space.contains(obs)
    assert env.unwrapped.dt == pytest.approx(0.1)
    obs, *_, info = env.step(STRAIGHT_ON)
    assert env.observation_space.contains(obs)
    assert {key: type(value) for key, value in info.items()} == {
        "cost": float,
        "crash_vehicle": bool,
        "crash_object": bool,
        "off_road": bool,
        "route_completion": float,
        "speed": float,
        "scenario": int,
    }


@needs_metadrive
def test_every_road_of_a_split_is_its_own_scenario_and_no_other_exists(config, env):
    assert env.reset(options={"road": 0})[1]["scenario"] == 100
    assert env.reset(options={"road": 49})[1]["scenario"] == 149
    drawn = {env.reset(seed=seed)[1]["scenario"] for seed in range(8)}
    assert len(drawn) > 1 and drawn <= set(range(100, 150))
    with pytest.raises(UserError, match=r"road must be in 0\.\.49, got 50"):
        env.reset(options={"road": 50})
    held_out = make(config, "test")
    assert held_out.reset(options={"road": 2})[1]["scenario"] == 1002
    held_out.close()


@needs_metadrive
def test_a_scenario_repeats_bit_for_bit_whatever_was_driven_before(env):
    first = drive(env, 60, road=3)
    drive(env, 30, road=8)
    np.testing.assert_array_equal(drive(env, 60, road=3), first)


@needs_metadrive
def test_an_episode_goes_on_unchanged_after_another_environment_was_driven(config, env):
    alone = drive(env, 40, road=3)
    held_out = make(config, "test")
    rng = np.random.default_rng(7)
    obs, _ = env.reset(options={"road": 3})
    trace = [obs]
    for step in range(40):
        if step == 20:
            drive(held_out, 10, road=0)
        obs, reward, *_ = env.step([0.04 * rng.normal(), 0.4])
        trace.append(np.append(obs, reward))
    held_out.close()
    np.testing.assert_array_equal(np.concatenate(trace), alone)


@needs_metadrive
def test_leaving_the_road_ends_the_episode_without_success(env):
    env.reset(options={"road": 0})
    terminated = truncated = False
    while not (terminated or truncated):
        _, _, terminated, truncated, info = env.step([-0.3, 1.0])
    assert terminated and not truncated
    assert info["off_road"] and info["cost"] == 1.0 and info["is_success"] is False
    with pytest.raises(gym.error.ResetNeeded):
        env.step(STRAIGHT_ON)


@needs_metadrive
def test_the_horizon_truncates():
    env = make(MetaDriveConfig(horizon=5))
    env.reset(seed=0)
    ends = [env.step([0.0, 0.0])[2:4] for _ in range(5)]
    env.close()
    assert ends == [(False, False)] * 4 + [(False, True)]


@needs_metadrive
def test_a_car_that_stands_too_long_is_cut_off():
    env = make(MetaDriveConfig(stall_limit=10))
    env.reset(seed=0)
    ends = [env.step([0.0, -1.0])[2:4] for _ in range(10)]
    env.close()
    assert ends == [(False, False)] * 9 + [(False, True)]


@needs_metadrive
@pytest.mark.parametrize("action", [[0.0], [np.nan, 0.0]])
def test_an_impossible_action_is_refused_in_one_line(env, action):
    env.reset(seed=0)
    with pytest.raises(UserError, match="two finite numbers"):
        env.step(action)


@needs_metadrive
def test_gymnasium_and_sb3_accept_the_environment(env):
    from gymnasium.utils.env_checker import check_env
    from stable_baselines3.common.env_checker import check_env as check_for_sb3

    check_env(env, skip_render_check=True)
    check_for_sb3(env)


@needs_metadrive
def test_it_draws_the_road_from_above(config):
    env = make(config, "train", "rgb_array")
    env.reset(seed=0)
    env.step(STRAIGHT_ON)
    frame = env.render()
    env.close()
    assert frame.dtype == np.uint8 and frame.shape == (600, 600, 3)
    assert frame.std() > 1.0


@needs_metadrive
def test_the_expert_arrives_and_seldom_finds_itself_in_danger(config, env):
    expert = oracle(env, config)
    risks = []
    for road in (0, 1, 2):
        obs, _ = env.reset(options={"road": road})
        terminated = truncated = False
        while not (terminated or truncated):
            action = expert.action(obs[None])
            risks.append(expert.risk(obs[None], action, 0.5)[0])
            obs, _, terminated, truncated, info = env.step(action[0])
        assert info["is_success"], f"road {road}"
    assert np.mean(risks) < 0.05


@needs_metadrive
def test_risk_tells_danger_from_driving_on(config, env):
    expert = oracle(env, config)
    obs, _ = env.reset(options={"road": 0})
    for _ in range(30):
        obs, *_ = env.step(expert.action(obs[None])[0])
    danger = {"full left": [1, 0.5], "full right": [-1, 0.5]}
    for name, action in danger.items():
        assert expert.risk(obs[None], np.array([action], float), 2.0) == [1.0], name
    assert expert.risk(obs[None], np.array([[0.0, 0.2]]), 1.0) == [0.0]
    # Standing still on a free road leads nowhere either.
    obs, _ = env.reset(options={"road": 0})
    assert expert.risk(obs[None], np.array([[0.0, -1.0]]), 2.0) == [1.0]


@needs_metadrive
def test_log_prob_is_the_density_of_a_gaussian_about_the_expert(config, env):
    from envs.metadrive.expert import ACTION_STD

    expert = oracle(env, config)
    obs, _ = env.reset(seed=0)
    mean = expert.action(obs[None])
    at_mean = -np.log(ACTION_STD[0] * np.sqrt(2 * np.pi)) - np.log(
        ACTION_STD[1] * np.sqrt(2 * np.pi)
    )
    assert expert.log_prob(obs[None], mean) == pytest.approx([at_mean])
    assert expert.log_prob(obs[None], mean + ACTION_STD) == pytest.approx([at_mean - 1.0], abs=1e-5)


@needs_metadrive
@pytest.mark.parametrize("name", ["idm", "ppo"])
def test_the_bundled_experts_answer_with_an_action(name, env):
    expert = oracle(env, MetaDriveConfig(expert=name))
    obs, _ = env.reset(seed=0)
    action = expert.action(obs[None])
    assert action.shape == (1, 2) and env.action_space.contains(action[0])
    np.testing.assert_array_equal(expert.action(obs[None]), action)


@needs_metadrive
def test_the_expert_refuses_more_than_one_world(config):
    worlds = gym.vector.SyncVectorEnv([lambda: make(config), lambda: make(config)])
    with pytest.raises(UserError, match="one environment a process"):
        oracle(worlds, config)
    worlds.close()
