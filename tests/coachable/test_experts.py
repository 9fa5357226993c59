import dataclasses

import gymnasium as gym
import numpy as np
import pytest

from coachable.experts import from_function, resolve
from envs.gymnasium_id import GYMNASIUM, GymnasiumConfig
from envs.minigrid.task import MINIGRID, MiniGridConfig
from teaching import UserError

LANDER = GymnasiumConfig(id="LunarLanderContinuous-v3")
HEURISTIC = "gymnasium.envs.box2d.lunar_lander:heuristic"


@pytest.fixture
def lander():
    return GYMNASIUM.make(LANDER, "train", None)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Put a module into the working folder."""

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        return name

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    return write


def test_task_is_the_familys_own_expert():
    config = MiniGridConfig()
    env = MINIGRID.make(config, "train", None)
    obs, _ = env.reset(seed=0)
    oracle = resolve("task", env, MINIGRID, config)
    assert oracle.action(obs[None]) == MINIGRID.oracle(env, config).action(obs[None])


def test_a_family_without_an_expert_says_so(lander):
    family = dataclasses.replace(GYMNASIUM, name="own", oracle=None)
    with pytest.raises(UserError, match="env=own has no expert of its own"):
        resolve("task", lander, family, None)


def test_a_function_of_the_observation_serves_every_world(write, lander):
    name = write("by_obs", "def expert(obs):\n    return obs[:2]\n")
    oracle = resolve(f"{name}:expert", lander, GYMNASIUM, LANDER)
    obs = np.linspace(-1, 1, 24, dtype=np.float32).reshape(3, 8)
    assert np.array_equal(oracle.action(obs), obs[:, :2])
    assert oracle.action(obs).dtype == np.float32
    assert oracle.log_prob is None


def test_a_function_of_the_environment_is_given_the_world_of_its_row():
    vector = gym.vector.SyncVectorEnv([lambda: GYMNASIUM.make(LANDER, "train", None)] * 2)
    obs, _ = vector.reset(seed=0)
    seen = []

    def expert(env, obs):
        seen.append(env)
        return np.zeros(2)

    from_function(expert, vector, "expert").action(obs)
    assert seen == list(vector.envs)


def test_gymnasiums_heuristic_goes_through_unchanged(lander):
    from gymnasium.envs.box2d.lunar_lander import heuristic

    oracle = resolve(HEURISTIC, lander, GYMNASIUM, LANDER)
    obs, _ = lander.reset(seed=0)
    for _ in range(50):
        action = oracle.action(obs[None])[0]
        assert action == pytest.approx(heuristic(lander, obs))
        assert lander.action_space.contains(action)
        obs, *_ = lander.step(action)


@pytest.mark.long
def test_gymnasiums_heuristic_lands_at_least_nine_times_in_ten(lander):
    oracle = resolve(HEURISTIC, lander, GYMNASIUM, LANDER)
    successes = 0
    for seed in range(50):
        obs, _ = lander.reset(seed=seed)
        ended = False
        while not ended:
            obs, _, terminated, truncated, info = lander.step(oracle.action(obs[None])[0])
            ended = terminated or truncated
        successes += info["is_success"]
    assert successes >= 45


def test_an_action_outside_the_box_is_clipped(lander):
    oracle = from_function(lambda obs: [5.0, -5.0], lander, "expert")
    assert oracle.action(np.zeros((1, 8))).tolist() == [[1.0, -1.0]]


def test_a_discrete_action_may_be_any_kind_of_whole_number():
    env = GYMNASIUM.make(GymnasiumConfig(id="CartPole-v1"), "train", None)
    obs = np.zeros((2, 4), dtype=np.float32)
    for one in (1, 1.0, True, np.int32(1), np.array([1])):
        action = from_function(lambda obs, one=one: one, env, "expert").action(obs)
        assert action.tolist() == [1, 1] and action.dtype == np.int64


@pytest.mark.parametrize(
    ("env_id", "given", "message"),
    [
        ("LunarLanderContinuous-v3", [0.0, 0.0, 0.0], r"shape \(3,\); \(2,\)"),
        ("LunarLanderContinuous-v3", 0.0, r"shape \(\); \(2,\)"),
        ("LunarLanderContinuous-v3", [np.nan, 0.0], "not finite"),
        ("LunarLanderContinuous-v3", [0.0, np.inf], "not finite"),
        ("LunarLanderContinuous-v3", None, "expected|not finite"),
        ("LunarLanderContinuous-v3", "left", "expected"),
        ("CartPole-v1", 2, "not in Discrete"),
        ("CartPole-v1", 0.5, "not in Discrete"),
        ("CartPole-v1", [0, 1], "shape"),
    ],
)
def test_a_bad_action_is_one_line(env_id, given, message):
    env = GYMNASIUM.make(GymnasiumConfig(id=env_id), "train", None)
    oracle = from_function(lambda obs: given, env, "my:expert")
    with pytest.raises(UserError, match=message) as caught:
        oracle.action(np.zeros((1, *env.observation_space.shape)))
    assert "my:expert" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("expert", "message"),
    [
        ("no_such_file.npz", "no file no_such_file.npz"),
        ("nonsense", "none of: task, module:function"),
        ("no_such_module:expert", "no module 'no_such_module'"),
        ("math:no_such_function", "no function 'no_such_function'"),
        ("math:pi", "no function 'pi'"),
        ("broken:expert", "cannot be imported"),
        ("needs:expert", "no module 'no_such_dependency'"),
        ("nothing:expert", r"must be f\(obs\) or f\(env, obs\)"),
        ("three:expert", r"must be f\(obs\) or f\(env, obs\)"),
        ("no_such_file.zip", "no file no_such_file.zip"),
    ],
)
def test_an_expert_that_is_not_there_is_one_line(write, lander, expert, message):
    write("broken", "def expert(obs:\n")
    write("needs", "import no_such_dependency\n")
    write("nothing", "def expert():\n    return 0\n")
    write("three", "def expert(a, b, c):\n    return 0\n")
    with pytest.raises(UserError, match=message) as caught:
        resolve(expert, lander, GYMNASIUM, LANDER)
    assert "\n" not in str(caught.value)
