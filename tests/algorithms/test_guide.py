import math
import re
from pathlib import Path

import numpy as np
import pytest
from stable_baselines3.common.logger import Logger
from tiny import Critic, Line, Slide, SlideBatch

from algorithms.guide.agent import GUIDE
from algorithms.guide.config import GUIDEConfig
from algorithms.guide.guidance import Guidance, Transition
from algorithms.guide.losses import grounded_reward
from algorithms.guide.simulator import Simulator
from teaching import HumanInTheLoop, UserError, VectorHumanInTheLoop
from teaching.wrapper import seconds_per_step

NAN = math.nan
SMALL = {"net_arch": [8], "batch_size": 4, "learning_starts": 5, "simulator_arch": [16]}


def step(number, done=False):
    here = np.array([number], np.float32)
    return Transition(
        obs=here, next_obs=here + 1, action=here, reward=0.0, done=done, timeout=False
    )


def walk(guidance, words, ends=(), seconds=1.0):
    """Rewards by the number of the step, as the words of the moments are taken in."""
    rewards = {}
    for number, word in enumerate(words):
        for one in guidance.take(step(number, number in ends), word, seconds):
            rewards[int(one.obs[0])] = one.reward
    return rewards


def test_the_reward_is_the_published_sum():
    assert grounded_reward(2.0, 0.5, scale=3.0, shift=-1.0, weight=4.0) == 3 * 2 - 1 + 4 * 0.5
    assert grounded_reward(0.0, 7.0, scale=1.0, shift=0.0, weight=1.0) == 1.0
    assert grounded_reward(0.0, -7.0, scale=1.0, shift=0.0, weight=1.0) == -1.0


@pytest.mark.parametrize("late", [0, 1, 2, 4])
def test_a_word_is_about_the_step_as_many_steps_back_as_it_is_late(late):
    guidance = Guidance(GUIDEConfig(delay=0.1 * late, simulate=False), 0.1, 1, 1, 0)
    words = [0.1, -0.2, 0.3, NAN, 0.5, -0.6, 0.7, 0.8, -0.9, 1.0]
    rewards = walk(guidance, words)
    assert list(rewards) == list(range(len(words) - late))
    for number, reward in rewards.items():
        said = words[number + late]
        assert reward == (0.0 if math.isnan(said) else said)


def test_what_wires_took_comes_on_top_of_the_delay():
    """The word heard at step t, two steps underway, one step late, is about step t − 3."""
    guidance = Guidance(GUIDEConfig(delay=0.1, simulate=False), 0.1, 1, 1, 0)
    rewards = {}
    for number in range(12):
        word = -0.05 * number if number >= 5 else NAN
        for one in guidance.take(step(number), word, 1.0, 0.2 if number >= 5 else NAN):
            rewards[int(one.obs[0])] = one.reward
    # Those that were settled before the first such word are gone; from step 4 on each has its own.
    assert list(rewards) == list(range(9))
    assert [rewards[n] for n in range(4, 9)] == [-0.05 * (n + 3) for n in range(4, 9)]


def test_what_is_due_after_an_episode_is_not_waited_for_and_not_taken_for_the_next():
    guidance = Guidance(GUIDEConfig(delay=2.0, simulate=False), 1.0, 1, 1, 0)
    rewards = walk(guidance, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], ends={3})
    # Steps 0 and 1 have their words; those of 2 and 3 would fall into the next episode, whose
    # first two words find no step of it.
    assert rewards == {0: 0.3, 1: 0.4, 2: 0.0, 3: 0.0, 4: 0.7}


def test_nobody_is_listened_to_after_the_budget():
    guidance = Guidance(GUIDEConfig(human_seconds=3.0, simulate=False), 1.0, 1, 1, 0)
    rewards = walk(guidance, [1.0] * 6)
    assert list(rewards.values()) == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    assert guidance.seconds == 3.0


def test_a_human_who_leaves_of_their_own_is_noticed_after_a_minute():
    guidance = Guidance(GUIDEConfig(simulate=False), 1.0, 1, 1, 0)
    walk(guidance, [1.0] * 5)
    walk(guidance, [NAN] * 59, seconds=0.0)
    assert guidance.present
    walk(guidance, [NAN], seconds=0.0)
    assert not guidance.present


def judged(simulator, episodes, seed, noise=0.0):
    """Judgements that are a function of the inputs: the sign of their product."""
    rng = np.random.default_rng(seed)
    for episode in range(episodes):
        for row in rng.uniform(-1, 1, (40, 2)):
            simulator.add(row, float(np.tanh(4 * row[0] * row[1])), episode)


def test_the_model_beats_the_mean_on_held_out_episodes_and_on_fresh_ones():
    config = GUIDEConfig(simulator_arch=[64], simulator_learning_rate=3e-3)
    simulator = Simulator(config, 2, 0)
    judged(simulator, 30, 1)
    simulator.fit()
    assert simulator.errors.model < 0.2 * simulator.errors.mean
    fresh = np.random.default_rng(2).uniform(-1, 1, (200, 2))
    said = np.array([simulator.predict(row) for row in fresh])
    true = np.tanh(4 * fresh.prod(axis=1))
    assert ((said - true) ** 2).mean() < 0.2 * true.var()


def test_what_is_said_at_random_cannot_be_predicted():
    """Held-out error is honest: a model of noise gains nothing on it."""
    simulator = Simulator(GUIDEConfig(simulator_arch=[64], simulator_learning_rate=3e-3), 2, 0)
    rng = np.random.default_rng(3)
    for number in range(800):
        simulator.add(rng.uniform(-1, 1, 2), float(rng.choice([-1.0, 1.0])), number // 40)
    simulator.fit()
    assert simulator.errors.model > 0.95 * simulator.errors.mean


def test_the_held_out_errors_are_those_of_every_fifth_episode_of_what_was_not_silence():
    simulator = Simulator(GUIDEConfig(simulator_arch=[4]), 2, 0)
    judged(simulator, 10, 1)
    for episode in range(10):
        simulator.add(np.zeros(2), 0.0, episode)  # silence: not learned from
    simulator.fit()
    kept = np.random.default_rng(1).uniform(-1, 1, (10, 40, 2))
    true = np.tanh(4 * kept.prod(axis=2))
    held_out = [4, 9]
    mean = np.delete(true, held_out, axis=0).mean()
    assert simulator.errors.mean == pytest.approx(((true[held_out] - mean) ** 2).mean(), rel=1e-5)
    said = np.array([[simulator.predict(row) for row in kept[e]] for e in held_out])
    assert simulator.errors.model == pytest.approx(((said - true[held_out]) ** 2).mean(), rel=1e-4)


def test_after_the_human_has_left_the_model_speaks():
    config = GUIDEConfig(human_seconds=200.0, simulator_arch=[16], simulator_learning_rate=1e-2)
    guidance = Guidance(config, 1.0, 1, 1, 0)
    ends = set(range(9, 200, 10))
    walk(guidance, [0.5 if number % 2 else -0.5 for number in range(200)], ends)
    assert not guidance.present
    later = step(3)
    (settled,) = guidance.take(later, 1.0, 0.0)
    assert settled.reward == guidance.simulator.predict(later.inputs()) != 1.0


def test_what_is_stored_is_grounded_and_belongs_to_its_step():
    """The critic goes by the step alone, so its words can be worked out from what is stored."""
    env = HumanInTheLoop(Slide(limit=7), Critic(rate=1.0))
    agent = GUIDE(env, GUIDEConfig(delay=0.0, reward_scale=0.0, **SMALL), seed=0).learn(60)
    buffer = agent.model.replay_buffer
    obs, action = buffer.observations[:60, 0, 0], buffer.actions[:60, 0, 0]
    assert (buffer.rewards[:60, 0] == np.where(obs * action < 0, 1.0, -1.0)).all()
    assert buffer.dones[:60].any()


def test_a_delay_holds_back_as_many_steps_and_loses_none():
    env = HumanInTheLoop(Slide(limit=7), Critic(rate=1.0))
    agent = GUIDE(env, GUIDEConfig(delay=3 * seconds_per_step(env), **SMALL), seed=0).learn(60)
    waiting = len(agent.model.guidance._window)
    assert agent.model.replay_buffer.pos + waiting == 60
    assert waiting <= 3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HumanInTheLoop(Line(limit=7), Critic()), "needs continuous actions"),
        (lambda: VectorHumanInTheLoop(SlideBatch(4, limit=7), Critic()), "set num_envs=1"),
    ],
)
def test_a_task_that_it_cannot_learn_is_one_line(make, message):
    with pytest.raises(UserError, match=message):
        GUIDE(make(), GUIDEConfig(**SMALL))


def test_what_is_documented_is_logged(monkeypatch):
    seen = {}
    for name in ("record", "record_mean"):
        monkeypatch.setattr(Logger, name, lambda _self, key, value, **_: seen.update({key: value}))
    env = HumanInTheLoop(Slide(limit=7), Critic(rate=1.0))
    agent = GUIDE(env, GUIDEConfig(human_seconds=40.0, **SMALL), seed=0).learn(100)
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    documented = set(re.findall("`(guide/[a-z_]+)`", page))
    assert len(documented) == 4
    assert documented <= set(seen)
    assert seen["guide/human_present"] == 0.0
    assert seen["guide/simulator_error"] == agent.figures()["simulator_error"]


def test_without_a_human_it_says_what_is_missing():
    with pytest.raises(UserError, match="nobody is there"):
        GUIDE(Slide(limit=7), GUIDEConfig(**SMALL)).learn(5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"base": "ppo"}, "algorithm.base must be one of ddpg, td3, sac, got 'ppo'"),
        ({"delay": -0.1}, "algorithm.delay must be ≥ 0 s, or null, got -0.1"),
        ({"simulator_batch": 0}, "algorithm.simulator_batch must be ≥ 1, got 0"),
    ],
)
def test_settings_out_of_range_are_one_line(settings, message):
    with pytest.raises(UserError, match=message):
        GUIDEConfig(**settings)
