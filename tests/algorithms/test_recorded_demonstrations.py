import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from algorithms.imitation.agent import BC
from algorithms.imitation.config import BCConfig
from human_controllers.replay import ReplayHuman
from teaching import Demonstration, HumanInTheLoop, Kind, UserError
from teaching.log_rows import LoggedFeedback


class Task(gym.Env):
    """Anything goes; nothing is ever to be learnt here."""

    def __init__(self, action_space):
        self.observation_space = Box(-np.inf, np.inf, (2,), np.float64)
        self.action_space = action_space
        self.steps = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        return np.zeros(2), {}

    def step(self, action):
        self.steps += 1
        return np.zeros(2), 0.0, False, self.steps % 10 == 0, {}


def recording(obs, actions):
    """A replay of demonstrations."""
    return ReplayHuman(
        LoggedFeedback(
            0,
            Kind.DEMONSTRATION,
            Demonstration(
                human="Ada",
                step=np.array([step]),
                wall_time=np.nan,
                human_seconds=np.full(1, np.nan),
                obs=obs[step : step + 1],
                action=actions[step : step + 1],
            ),
            None,
            None,
        )
        for step in range(len(obs))
    )


def cloner(env, human, **settings):
    config = BCConfig(net_arch=[32], learning_rate=3e-3, batch_size=64, **settings)
    return BC(HumanInTheLoop(env, human), config, seed=0)


OBS = np.random.default_rng(0).uniform(-1, 1, (400, 2))


def test_bc_clones_recorded_choices_without_a_step():
    env = Task(Discrete(2))
    agent = cloner(env, recording(OBS, (OBS[:, 0] > OBS[:, 1]).astype(int)), updates=600)
    agent.learn(1_000)
    assert env.steps == 0
    new = np.random.default_rng(1).uniform(-1, 1, (500, 2))
    assert (agent.predict(new)[0] == (new[:, 0] > new[:, 1])).mean() > 0.95


def test_bc_clones_recorded_movements_clipped_to_what_the_task_can_do():
    env = Task(Box(-2.0, 4.0, (1,), np.float32))
    agent = cloner(env, recording(OBS, 10.0 * OBS[:, :1]), updates=1_500)
    agent.learn(1_000)
    new = np.random.default_rng(1).uniform(-1, 1, (500, 2))
    far = np.abs(new[:, 0]) > 0.5
    error = np.abs(agent.predict(new)[0][:, 0] - np.clip(10.0 * new[:, 0], -2.0, 4.0))
    assert error[far].mean() < 0.3  # of a range of 6


def test_learning_again_changes_nothing():
    agent = cloner(Task(Discrete(2)), recording(OBS, (OBS[:, 0] > 0).astype(int)), updates=20)
    agent.learn(100)
    before = [p.detach().clone() for p in agent.model.policy.parameters()]
    agent.learn(100)
    assert len(agent.model.replay_buffer.human) == len(OBS)
    for old, new in zip(before, agent.model.policy.parameters(), strict=True):
        assert (old == new).all()


def test_what_was_taken_in_resumes():
    human = recording(OBS, (OBS[:, 0] > 0).astype(int))
    first, second = (cloner(Task(Discrete(2)), human, updates=20) for _ in range(2))
    first.learn(100)
    second.load_state_dict(first.state_dict())
    second.learn(100)
    np.testing.assert_array_equal(first.predict(OBS)[0], second.predict(OBS)[0])


@pytest.mark.parametrize(
    ("obs", "actions", "settings", "message"),
    [
        (OBS[:, :1], np.zeros(400, int), {}, r"observations of shape \(1,\) .* of another task"),
        (OBS, np.zeros((400, 1)), {}, r"actions of shape \(1,\) .* of another task"),
        (OBS, np.full(400, 2), {}, r"actions of shape \(\) from 2 to 2, .* of another task"),
        (OBS * np.nan, np.zeros(400, int), {}, "of another task"),
        (OBS, np.zeros(400, int), {"buffer_size": 300}, "set algorithm.buffer_size=400"),
    ],
)
def test_what_is_of_another_task_is_refused(obs, actions, settings, message):
    agent = cloner(Task(Discrete(2)), recording(obs, actions), updates=1, **settings)
    with pytest.raises(UserError, match=message):
        agent.learn(100)
