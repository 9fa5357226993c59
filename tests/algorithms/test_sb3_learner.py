import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.logger import KVWriter, Logger
from tiny import Line, Rescuer, Slide
from tiny_learners import CASES, TAUGHT, build

from algorithms.core.learner import Callback
from algorithms.core.sb3_learner import is_continuous
from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from teaching import HumanInTheLoop, UserError, info


class Watch(Callback):
    def __init__(self, stop_at=None):
        self.stop_at, self.steps, self.boundaries, self.reports = stop_at, [], [], []

    def on_step(self, learner, infos, rewards, dones):
        self.steps.append(learner.num_timesteps)
        self.reports.append((infos, rewards, dones))
        return self.stop_at is None or learner.num_timesteps < self.stop_at

    def on_boundary(self, learner):
        self.boundaries.append((learner.num_timesteps, learner.model._n_updates))


def learner(**changes):
    config = PVPConfig(**{"net_arch": [4], "batch_size": 4, "learning_starts": 5, **changes})
    return PVP(HumanInTheLoop(Slide(limit=6), Rescuer()), config)


@pytest.mark.parametrize("name", CASES)
def test_it_learns_to_the_total_and_predicts_one_and_many(name):
    agent = build(name).learn(32)
    assert agent.num_timesteps == 32
    space, task = agent.env.action_space, agent.env.observation_space
    one, many = task.sample(), np.stack([task.sample() for _ in range(3)])
    action, state = agent.predict(one)
    assert state is None
    assert space.contains(action) or space.contains(int(action))
    actions, _ = agent.predict(many)
    assert actions.shape == (3, *space.shape)
    np.testing.assert_array_equal(agent.predict(many)[0], actions)  # deterministic by default


def test_learning_to_a_total_that_is_reached_does_nothing():
    agent = learner().learn(20)
    watch = Watch()
    assert agent.learn(20, watch) is agent
    assert watch.steps == watch.boundaries == []
    agent.learn(23, watch)
    assert watch.steps == [21, 22, 23]


def test_a_boundary_lies_between_all_steps_where_updates_are_done():
    watch = Watch()
    learner(updates_per_step=3).learn(10, watch)
    assert watch.steps == list(range(1, 11))
    # One boundary after each step; 3 updates for each step after the 5 of the warm-up.
    assert watch.boundaries == [(t, 3 * max(t - 5, 0)) for t in range(1, 11)]


def test_a_callback_can_stop_the_learning_and_there_the_state_is_not_whole():
    watch = Watch(stop_at=7)
    agent = learner().learn(50, watch)
    assert agent.num_timesteps == 7
    assert [step for step, _ in watch.boundaries] == list(range(1, 7))


def test_the_callback_sees_the_humans_keys_and_each_episodes_sum():
    watch = Watch()
    learner().learn(30, watch)
    ends = 0
    returned = 0.0
    for infos, rewards, dones in watch.reports:
        assert {info.TAKEOVER, info.HUMAN_SECONDS, info.EXECUTED_ACTION} <= set(infos[0])
        returned += rewards[0]
        assert ("episode" in infos[0]) == dones[0]
        if dones[0]:
            ends += 1
            assert infos[0]["episode"]["r"] == pytest.approx(returned, rel=1e-5)
            assert "is_success" in infos[0]
            returned = 0.0
    assert ends >= 4


def test_metrics_go_to_the_logger_that_was_set():
    class Sink(KVWriter):
        names: set = set()

        def write(self, key_values, key_excluded, step=0):
            self.names |= set(key_values)

    agent = learner()
    agent.set_logger(Logger(None, [Sink()]))
    agent.learn(40)
    agent.logger.dump(40)
    assert {"train/td_loss", "train/n_updates"} <= Sink.names


@pytest.mark.parametrize("name", TAUGHT)
def test_a_state_is_plain(name):
    def check(value, place):
        if isinstance(value, dict):
            for key, item in value.items():
                assert isinstance(key, str), place
                check(item, f"{place}[{key}]")
        elif isinstance(value, list):
            for item in value:
                check(item, place)
        else:
            assert isinstance(value, (np.ndarray, np.generic, int, float, str, type(None))), place

    check(build(name).learn(20).state_dict(), "state")


def test_a_state_can_be_taken_before_the_first_step():
    agent = learner()
    state = agent.state_dict()
    again = learner()
    again.load_state_dict(state)
    assert again.num_timesteps == 0


def test_an_action_space_chooses_the_form_and_what_has_none_is_refused():
    assert is_continuous(Slide.action_space)
    assert not is_continuous(Line.action_space)
    with pytest.raises(UserError, match="Box or Discrete"):
        is_continuous(gym.spaces.MultiDiscrete([2, 2]))
