import gymnasium as gym
import numpy as np
import pytest

from envs import mountain_car


def test_a_step_of_the_model_is_a_step_of_the_task():
    env = gym.make("MountainCar-v0").unwrapped
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(300):
        state = rng.uniform(mountain_car.LOW, mountain_car.HIGH)
        action = int(rng.integers(3))
        env.state = tuple(state)
        obs, _, there, *_ = env.step(action)
        x, v, reached = mountain_car.advance(state[:1], state[1:], action)
        np.testing.assert_allclose(obs, [x[0], v[0]], atol=1e-6)
        assert reached[0] == there


def test_the_expert_beats_pumping_and_takes_about_the_steps_that_it_foretells():
    """Pumping, a push the way the car moves, is the rule that everybody knows; 110 solves it."""
    env, oracle = gym.make("MountainCar-v0"), mountain_car.oracle()
    lengths = {"expert": [], "pump": []}
    foretold = []
    for seed in range(10):
        for name, found in lengths.items():
            obs, _ = env.reset(seed=seed)
            if name == "expert":
                foretold.append(-oracle.q_values(obs[None]).max())
            step, there, late = 0, False, False
            while not (there or late):
                step += 1
                action = oracle.action(obs[None])[0] if name == "expert" else 2 * (obs[1] >= 0)
                obs, _, there, late, _ = env.step(int(action))
            found.append(step)
    assert np.mean(lengths["expert"]) < 110 < np.mean(lengths["pump"])
    assert np.mean(lengths["expert"]) == pytest.approx(np.mean(foretold), rel=0.1)
