"""What is known of Pendulum-v1 is what Gymnasium does."""

import gymnasium as gym
import numpy as np
import pytest

from envs import pendulum
from envs.gymnasium_id import GymnasiumConfig, make, oracle

STEPS = 60


@pytest.fixture
def lived():
    """Observations [T, 3], actions [T, 1], beyond the edge too, and rewards [T] of an episode."""
    env = gym.make("Pendulum-v1").unwrapped
    obs, _ = env.reset(seed=3)
    rng = np.random.default_rng(0)
    rows = []
    for _ in range(STEPS):
        action = rng.uniform(-2.5, 2.5, 1).astype(np.float32)
        after, earned, *_ = env.step(action)
        rows.append((obs, action, earned))
        obs = after
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def test_the_reward_of_each_step_is_gymnasiums(lived):
    obs, action, earned = lived
    assert pendulum.reward(obs, action) == pytest.approx(earned, abs=1e-4)


def test_the_return_of_a_sequence_is_that_of_executing_it(lived):
    obs, action, earned = lived
    told = pendulum.utility(obs[:1], action[None])
    assert told == pytest.approx([earned.sum()], rel=1e-3)


def test_the_plan_swings_up_where_random_torques_do_not(lived):
    obs, action, _ = lived
    config = GymnasiumConfig(id="Pendulum-v1")
    knows = oracle(make(config, "train"), config)
    start, proposed = obs[:1], np.tile(action, (3, 1))[None]
    plan = knows.plan(start, proposed)
    assert plan.shape == proposed.shape
    better, worse = knows.utility(start, plan)[0], knows.utility(start, proposed)[0]
    assert better > worse + 300


def test_another_pendulum_has_no_such_oracle():
    config = GymnasiumConfig(id="Pendulum-v1", kwargs={"g": 9.81})
    assert oracle(make(config, "train"), config) is None
