import gymnasium as gym
import pytest

from envs.cartpole import expert


@pytest.mark.parametrize("seed", range(5))
def test_the_expert_balances_the_pole_for_the_whole_episode(seed):
    """500 steps at a reward of 1 each is the most there is."""
    env = gym.make("CartPole-v1")
    obs, _ = env.reset(seed=seed)
    total, over = 0.0, False
    while not over:
        obs, reward, terminated, truncated, _ = env.step(expert(obs))
        total, over = total + reward, terminated or truncated
    assert total == 500.0


def test_it_pushes_to_the_side_that_the_pole_falls_to():
    assert expert([0.0, 0.0, 0.1, 0.0]) == 1
    assert expert([0.0, 0.0, -0.1, 0.0]) == 0
