import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from envs.gymnasium_id import GYMNASIUM, GymnasiumConfig
from teaching import UserError


def make(env_id="LunarLanderContinuous-v3", split="train", **kwargs):
    return GYMNASIUM.make(GymnasiumConfig(id=env_id, **kwargs), split, None)


class Plain(gym.Env):
    """Every step pays `pay`; says nothing of time."""

    observation_space = gym.spaces.Dict(
        {"b": gym.spaces.Box(-1, 1, (2,)), "a": gym.spaces.Discrete(3)}
    )
    action_space = gym.spaces.Discrete(2)

    def __init__(self, render_mode=None, pay=1.0, obs=None, action=None):
        self.pay = pay
        self.observation_space = obs or self.observation_space
        self.action_space = action or self.action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.observation_space.seed(seed)
        return self.observation_space.sample(), {}

    def step(self, action):
        return self.observation_space.sample(), self.pay, False, False, {}


@pytest.fixture(scope="module", autouse=True)
def plain_id():
    gym.register(id="Plain-v0", entry_point=Plain, max_episode_steps=3)
    yield
    del gym.registry["Plain-v0"]


@pytest.mark.parametrize("env_id", ["LunarLanderContinuous-v3", "CartPole-v1", "Pendulum-v1"])
def test_the_checker_passes_and_the_spec_makes_it_again(env_id):
    env = make(env_id)
    check_env(env, skip_render_check=True)
    again = gym.make(env.spec)
    first, second = env.reset(seed=2)[0], again.reset(seed=2)[0]
    assert np.array_equal(first, second)


def test_training_and_test_episodes_differ_for_the_same_seed():
    train, test = make("CartPole-v1"), make("CartPole-v1", split="test")
    assert not np.array_equal(train.reset(seed=0)[0], test.reset(seed=0)[0])


@pytest.mark.parametrize(("success_return", "success"), [(5.9, True), (6.0, True), (6.1, False)])
def test_success_is_a_return_that_reaches_the_threshold(success_return, success):
    env = make("Plain-v0", kwargs={"pay": 2.0}, dt=1.0, success_return=success_return)
    for _ in range(2):  # three steps an episode pay 6; the second episode starts from zero again
        env.reset(seed=0)
        for step in range(3):
            *_, truncated, info = env.step(0)
            assert ("is_success" in info) == (step == 2)
        assert truncated and info["is_success"] is success


def test_without_a_threshold_success_is_not_reported():
    env = make("Plain-v0", dt=1.0)
    env.reset(seed=0)
    for _ in range(3):
        *_, info = env.step(0)
    assert "is_success" not in info


def test_the_registered_threshold_is_the_default():
    env = make("LunarLanderContinuous-v3")
    assert env.get_wrapper_attr("success_return") == 200


def test_dt_comes_from_the_config_then_the_environment_then_its_frame_rate():
    assert make("Plain-v0", dt=0.3).unwrapped.dt == 0.3
    assert make("LunarLanderContinuous-v3").unwrapped.dt == pytest.approx(1 / 50)
    assert make("Pendulum-v1").unwrapped.dt == 0.05
    with pytest.raises(UserError, match=r"env\.dt must be given"):
        make("Plain-v0")
    with pytest.raises(UserError, match=r"dt of its own"):
        make("Pendulum-v1", dt=0.1)
    with pytest.raises(UserError, match=r"more than 0"):
        make("Plain-v0", dt=-1.0)


def test_a_dict_observation_is_flattened():
    env = make("Plain-v0", dt=1.0)
    obs, _ = env.reset(seed=0)
    assert env.observation_space.shape == (5,)  # three for the Discrete, two for the Box
    assert env.observation_space.contains(obs)


def test_the_step_limit_can_be_set():
    env = make("Plain-v0", dt=1.0, max_episode_steps=2)
    env.reset(seed=0)
    assert not env.step(0)[3]
    assert env.step(0)[3]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"env_id": "LunarLanderContinous-v3"}, "did you mean LunarLanderContinuous-v3"),
        ({"env_id": "LunarLanderContinuous-v9"}, "did you mean LunarLanderContinuous-v3"),
        ({"env_id": "nowhere:Thing-v0"}, "nowhere"),
        ({"env_id": "Zyxw-v0"}, "module:id"),
        ({"env_id": "CartPole-v1", "kwargs": {"poles": 2}}, "poles"),
        ({"env_id": "CartPole-v1", "max_episode_steps": 0}, "at least 1"),
        (
            {"env_id": "Plain-v0", "dt": 1.0, "kwargs": {"obs": gym.spaces.Discrete(3)}},
            "Box or Dict is needed",
        ),
        (
            {"env_id": "Plain-v0", "dt": 1.0, "kwargs": {"action": gym.spaces.MultiBinary(3)}},
            "Box or Discrete is needed",
        ),
    ],
)
def test_what_cannot_be_made_is_one_line(settings, message):
    with pytest.raises(UserError, match=message) as caught:
        make(**settings)
    assert "\n" not in str(caught.value)
