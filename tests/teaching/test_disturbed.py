import gymnasium as gym
import numpy as np
import pytest
from queries import within
from tiny import Line, Scripted, Slide

from teaching import HumanInTheLoop, UserError
from teaching import info as keys
from teaching.disturbed import Disturbed

STEPS = 6000


class Echo(gym.Env):
    """Never ends, and tells in `info` what was done."""

    observation_space = gym.spaces.Box(0.0, 1.0, (1,), np.float32)

    def __init__(self, action_space):
        self.action_space = action_space

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(1, np.float32), {}

    def step(self, action):
        return np.zeros(1, np.float32), 0.0, False, False, {"done": action}


def carried_out(space, noise, action, steps=STEPS, seed=0, reset_seed=1):
    env = Disturbed(Echo(space), noise, seed)
    env.reset(seed=reset_seed)
    infos = [env.step(action)[4] for _ in range(steps)]
    assert all((info["done"] == info[keys.DISTURBED_ACTION]).all() for info in infos)
    return np.array([info["done"] for info in infos])


def test_another_action_is_carried_out_as_often_as_the_noise_says():
    space = gym.spaces.Discrete(4, start=2)
    done = carried_out(space, 0.3, np.int64(3))
    assert within((done != 3).sum(), STEPS, 0.3)
    for other in (2, 4, 5):
        assert within((done == other).sum(), STEPS, 0.1)


def test_noise_is_normal_in_half_ranges_and_stops_at_the_bounds():
    space = gym.spaces.Box(np.float32([-2, 0]), np.float32([2, 10]))
    done = carried_out(space, 0.1, np.array([0.0, 5.0], np.float32))
    assert done.dtype == np.float32
    for column, mean, sigma in ((0, 0.0, 0.2), (1, 5.0, 0.5)):  # a tenth of 2 and of 5
        assert abs(done[:, column].mean() - mean) <= 3 * sigma / np.sqrt(STEPS)
        assert abs(done[:, column].std() - sigma) <= 3 * sigma / np.sqrt(2 * STEPS)
    done = carried_out(space, 0.1, np.array([2.0, 0.0], np.float32))
    assert (done[:, 0] <= 2).all() and (done[:, 1] >= 0).all()
    assert within((done[:, 0] == 2).sum(), STEPS, 0.5)


def test_the_noise_of_an_episode_follows_from_both_seeds():
    space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
    zero = np.zeros(1, np.float32)
    first = carried_out(space, 0.1, zero, 5)
    assert (carried_out(space, 0.1, zero, 5) == first).all()
    assert (carried_out(space, 0.1, zero, 5, seed=1) != first).all()
    assert (carried_out(space, 0.1, zero, 5, reset_seed=2) != first).all()


def test_the_label_is_what_the_human_meant_and_the_world_goes_by_what_was_done():
    human = Scripted(lambda view: (np.ones(1, bool), np.full((1, 1), 0.5, np.float32)))
    env = HumanInTheLoop(Disturbed(Slide(limit=1000, starts=[0.0]), 0.05), human)
    x = env.reset(seed=0)[0][0]
    differ = 0
    for _ in range(5):
        obs, _, _, _, info = env.step(np.zeros(1, np.float32))
        assert info[keys.EXECUTED_ACTION] == [0.5]
        # Slide moves by 0.3 of the action that reaches it.
        assert obs[0] - x == pytest.approx(0.3 * info[keys.DISTURBED_ACTION][0], abs=1e-6)
        differ += info[keys.DISTURBED_ACTION][0] != 0.5
        x = obs[0]
    assert differ == 5


def test_what_it_cannot_disturb_is_refused():
    with pytest.raises(UserError, match="discrete or bounded actions"):
        Disturbed(Echo(gym.spaces.Box(-np.inf, np.inf, (1,))), 0.1)
    with pytest.raises(UserError, match=r"a probability here, at most 1; got 1.5"):
        Disturbed(Line(), 1.5)
