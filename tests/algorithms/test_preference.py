"""The learner from preferences: what it asks, when, and what it makes of the answers."""

import re
from dataclasses import replace
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from queries import comparer
from stable_baselines3.common.logger import Logger
from tiny import Line, Scripted, Slide, SlideBatch, Tardy
from tiny_learners import off_centre, preference

from algorithms.preference.agent import PreferenceLearner
from algorithms.preference.answers import Answers
from algorithms.preference.config import PreferenceConfig
from algorithms.preference.inputs import Inputs
from algorithms.preference.lived import Lived
from algorithms.preference.reward_model import RewardModel
from simulated_humans.correcting import CorrectingHuman
from simulated_humans.correcting_config import CorrectingConfig
from teaching import (
    Choice,
    Correction,
    HumanInTheLoop,
    Kind,
    Oracle,
    Preference,
    Ranking,
    Teacher,
    UserError,
    VectorHumanInTheLoop,
)

BOX = Slide.action_space
ROWS = 3  # of a segment of 1.5 s in steps of 0.5 s


class Asked(Teacher):
    """Keeps what it was asked, and answers by a rule."""

    name = "asked"
    kinds = frozenset({Kind.PREFERENCE, Kind.RANKING, Kind.CORRECTION})

    def __init__(self, choose=lambda n: Choice.FIRST, kinds=None):
        self.choose, self.asked = choose, []
        self.kinds = frozenset(kinds) if kinds else type(self).kinds

    def _signed(self, segments):
        self.asked.append(segments)
        seconds = np.ones(len(segments.step))
        return {"human": "asked", "step": segments.step, "wall_time": 0.0, "human_seconds": seconds}

    def prefer(self, pairs):
        choice = [self.choose(int(n)) for n in pairs.ids[:, 0]]
        signed = self._signed(pairs)
        return Preference(segments=pairs.ids, choice=np.array(choice, np.int8), **signed)

    def rank(self, sets):
        order = np.tile(np.arange(sets.ids.shape[1])[::-1], (len(sets.ids), 1)).astype(np.int8)
        return Ranking(segments=sets.ids, order=order, **self._signed(sets))

    def correct(self, segments):
        return Correction(
            segments=segments.ids[:, 0],
            action=np.where(segments.ids[:, :, None, None] % 2, 0.5, segments.action)[:, 0],
            length=segments.length[:, 0],
            **self._signed(segments),
        )


def taught(human, steps=40, env=None, **settings):
    env = Slide(limit=8) if env is None else env
    wrap = VectorHumanInTheLoop if isinstance(env, gym.vector.VectorEnv) else HumanInTheLoop
    return PreferenceLearner(wrap(env, human), preference(**settings), seed=0).learn(steps)


def test_a_segment_lies_within_one_episode_and_is_what_was_lived_from_its_start_on():
    human = Asked(kinds=[Kind.PREFERENCE])
    seen = []

    class Noted(Slide):
        def reset(self, **kwargs):
            obs, info = super().reset(**kwargs)
            self.before = obs
            return obs, info

        def step(self, action):
            seen.append((self.before, np.array(action), self.t == 0))
            obs, *rest = super().step(action)
            self.before = obs
            return obs, *rest

    taught(human, env=Noted(limit=8), sampling="uniform")
    assert len(human.asked) > 3
    for pairs in human.asked:
        assert (pairs.length == ROWS).all()
        for row, column in np.ndindex(pairs.ids.shape):
            start = int(pairs.start[row, column])
            lived = seen[start : start + ROWS]
            assert pairs.obs[row, column].tolist() == [obs.tolist() for obs, _, _ in lived]
            assert pairs.action[row, column].tolist() == [act.tolist() for _, act, _ in lived]
            assert not any(begins for _, _, begins in lived[1:])
            assert start + ROWS <= pairs.step[row]


def test_segments_of_several_worlds_have_no_start_for_only_one_is_on_view():
    human = Asked(kinds=[Kind.PREFERENCE])
    taught(human, env=SlideBatch(4, limit=8))
    assert any(pairs.start is None for pairs in human.asked)


def test_the_oldest_steps_are_forgotten_and_what_is_kept_is_right():
    lived = Lived(10, 2, gym.spaces.Box(-100, 100, (1,)), BOX)
    for t in range(25):
        here = np.array([[t], [100 + t]])
        lived.add(here, here, np.array([t % 6 == 5, t % 4 == 3]))
    world, start = lived.starts(4)
    obs, action = lived.cut(world, start, 4)
    expected = 100 * world[:, None] + start[:, None] + np.arange(4)
    assert (obs[..., 0] == expected).all()
    assert (action[..., 0] == expected).all()
    ends = [range(5, 25, 6), range(3, 25, 4)]
    whole = {
        (w, s)
        for w in range(2)
        for s in range(15, 22)  # steps 15 to 24 are kept
        if not any(end in range(s, s + 3) for end in ends[w])
    }
    assert {(int(w), int(s)) for w, s in zip(world, start, strict=True)} == whole


def test_answers_become_what_they_say_and_a_skip_becomes_nothing():
    said = [Choice.FIRST, Choice.SECOND, Choice.EQUAL, Choice.SKIP]
    human = Asked(choose=lambda n: said[n // 2 % 4], kinds=[Kind.PREFERENCE])
    agent = taught(human)
    asking = agent.taught.asking
    asked = sum(len(pairs.ids) for pairs in human.asked)
    told = [said[n % 4] for n in range(asked) if n % 4 != 3]
    worth = {Choice.FIRST: 1.0, Choice.SECOND: 0.0, Choice.EQUAL: 0.5}
    assert asking.answers.all().target.tolist() == [worth[choice] for choice in told]
    assert (asking.asked, asking.answered) == (asked, len(told))


def test_a_ranking_becomes_an_order_best_first():
    human = Asked(kinds=[Kind.RANKING])
    agent = taught(human, kind="ranking")
    answers = agent.taught.asking.answers
    shown = np.concatenate([sets.obs[:, ::-1] for sets in human.asked])  # the last is the best
    orders = answers.all().orders
    assert orders.shape == (len(shown), 3)
    assert (answers.segments[orders][..., :2] == shown.astype(np.float32)).all()


def test_what_was_improved_is_preferred_and_what_was_left_alone_tells_nothing():
    human = Asked(kinds=[Kind.CORRECTION])
    agent = taught(human, kind="correction")
    asking = agent.taught.asking
    batch, segments = asking.answers.all(), asking.answers.segments
    asked = np.concatenate([s.ids[:, 0] for s in human.asked])
    assert len(batch.pairs) == np.count_nonzero(asked % 2)
    assert asking.answered == len(asked)
    assert (batch.target == 1).all()
    better, worse = segments[batch.pairs[:, 0]], segments[batch.pairs[:, 1]]
    assert (better[..., :2] == worse[..., :2]).all()
    assert (better[..., 2] == 0.5 / 2.0).all()  # in half-ranges
    shown = np.concatenate([s.action[:, 0] for s in human.asked])[asked % 2 == 1]
    assert worse[..., 2] == pytest.approx(shown[..., 0] / 2.0, abs=1e-6)


def test_whatever_the_human_can_answer_is_asked_in_turn():
    human = Asked()
    agent = taught(human, kind="any", initial=3)
    kinds = [s.ids.shape[1] for s in human.asked]
    assert kinds[:6] == [2, 3, 1, 2, 3, 1]
    assert agent.taught.asking.answers.counts()[1] > 0


def answered_by(reward, kind, count, rows=10):
    """Answers about segments of noise, by the sum of `reward` of [M, 3] inputs."""
    rng = np.random.default_rng(1)
    answers = Answers(rows, 3, 4)
    for _ in range(count):
        segments = rng.uniform(-1, 1, (4, rows, 3)).astype(np.float32)
        worth = np.array([reward(segment).sum() for segment in segments])
        if kind == "ranking":
            answers.rank(segments[np.argsort(-worth)])
        elif kind == "preference":
            answers.compare(segments[0], segments[1], float(worth[0] > worth[1]))
        else:
            improved = segments[0].copy()
            improved[:, 2] = 0.7 * improved[:, 2] + 0.3 * best_action(segments[0])
            answers.compare(improved, segments[0], 1.0)
    return answers


def best_action(inputs):
    return np.tanh(2 * inputs[:, 0])


def tracking(inputs):
    """Highest where the action is what it should be there."""
    return -((inputs[:, 2] - best_action(inputs)) ** 2)


@pytest.mark.parametrize(("kind", "least"), [("preference", 0.8), ("ranking", 0.8)])
def test_the_model_recovers_a_reward_that_it_never_saw(kind, least):
    model = RewardModel(PreferenceConfig(), 3, seed=0)
    fresh = np.random.default_rng(2).uniform(-1, 1, (2000, 3)).astype(np.float32)
    before = np.corrcoef(model.rewards(fresh), tracking(fresh))[0, 1]
    model.fit(answered_by(tracking, kind, 300))
    after = np.corrcoef(model.rewards(fresh), tracking(fresh))[0, 1]
    assert before < 0.5 < least < after


def test_from_corrections_the_model_learns_which_way_is_better():
    """Which is all that a small step towards the best tells."""
    model = RewardModel(PreferenceConfig(), 3, seed=0)
    model.fit(answered_by(tracking, "correction", 300))
    fresh = np.random.default_rng(2).uniform(-1, 1, (2000, 3)).astype(np.float32)
    nearer = fresh.copy()
    nearer[:, 2] += 0.3 * (best_action(fresh) - fresh[:, 2])
    assert (model.rewards(nearer) > model.rewards(fresh)).mean() > 0.75


def test_the_batched_model_is_the_pairs_one_by_one():
    """By autograd, a loss a pair as peers do it."""
    import torch as th

    answers = answered_by(tracking, "preference", 8)
    config = PreferenceConfig(batch_size=8, epochs=1, members=1, learning_rate=0.1)
    model = RewardModel(config, 3, seed=0)
    (member,) = model._members
    model._mean = th.as_tensor(answers.segments).reshape(-1, 3).mean(0)
    model._spread = th.as_tensor(answers.segments).reshape(-1, 3).std(0, correction=0)
    losses = []
    for first, second, target in zip(*answers.all().pairs.T, answers.all().target, strict=True):
        units = [
            (th.as_tensor(answers.segments[k]) - model._mean) / model._spread
            for k in (first, second)
        ]
        one, two = (member(x).tanh().sum() for x in units)
        chance = th.exp(one) / (th.exp(one) + th.exp(two))
        losses.append(-th.log(chance if target == 1 else 1 - chance))
    expected = th.autograd.grad(th.stack(losses).mean(), list(member.parameters()))
    model.fit(answers)
    for parameter, gradient in zip(member.parameters(), expected, strict=True):
        assert th.allclose(parameter.grad, gradient, atol=1e-6)
    assert model.loss == pytest.approx(float(th.stack(losses).mean().detach()), rel=1e-5)


def test_questions_fall_due_at_the_rate_set():
    constant = PreferenceConfig(initial=10, rate=0.02)
    assert constant.asked_by(1000) == 10 + 0.02 * 1000
    falling = replace(constant, rate_half=500.0)
    times = np.linspace(0, 1000, 100_001)
    rate = 0.02 / (1 + times / 500)  # a half of 0.02 at 500
    expected = 10 + np.trapezoid(rate, times)
    assert falling.asked_by(1000) == pytest.approx(expected, rel=1e-6)


def test_no_more_is_asked_than_is_wanted_and_what_is_skipped_uses_nothing_up():
    def skipping(n):
        return Choice.SKIP if n % 4 else Choice.SECOND

    human = Asked(choose=skipping, kinds=[Kind.PREFERENCE])
    agent = taught(human, steps=200, env=Slide(limit=8))
    asking = agent.taught.asking
    assert asking.answered == 12
    assert asking.asked > 12 == preference().questions


def test_a_slow_human_is_never_flooded_and_training_goes_on_meanwhile():
    human = Tardy(off_centre, late=10**9, prompt=3)
    most = []

    class Counted(Slide):
        def step(self, action):
            most.append(len(human.posted))
            return super().step(action)

    agent = taught(human, steps=80, env=Counted(limit=8))
    assert max(most) == preference().max_open == 5
    assert agent.model._n_updates > 40
    assert agent.taught.asking.answered == preference().initial


def test_until_the_first_questions_are_closed_it_acts_at_random_and_learns_nothing():
    late = taught(Tardy(off_centre, late=10**9), steps=80)
    assert late.model._n_updates == 0
    assert late.taught.asking.asked == preference().initial
    assert not late.taught.reward.fitted
    closed = taught(Tardy(off_centre, late=30), steps=80)
    assert 0 < closed.model._n_updates <= 80 - 16 - 30


def test_late_answers_are_learned_from_when_they_come():
    agent = taught(Tardy(off_centre, late=6), steps=120)
    asking = agent.taught.asking
    assert asking.answered == preference().questions
    assert agent.taught._learned == asking.answers.counts()
    assert not asking._waiting


def test_the_rewards_in_the_buffer_are_those_of_the_model_as_it_stands():
    agent = taught(comparer(reward=off_centre, space=BOX), steps=60)
    buffer, taught_by = agent.model.replay_buffer, agent.taught
    obs, action = buffer.observations[:60, 0], buffer.actions[:60, 0]
    inputs = Inputs(Slide.observation_space, BOX).stored(obs, action)
    expected = taught_by.reward.rewards(inputs)
    assert taught_by.reward.fitted
    assert buffer.rewards[:60, 0] == pytest.approx(expected, abs=1e-6)
    assert len(set(buffer.rewards[:60, 0])) > 30


def test_nothing_is_learned_from_before_the_first_answers():
    agent = taught(comparer(reward=off_centre, space=BOX), steps=15)  # warm_up is 16
    assert agent.model._n_updates == 0
    assert not agent.taught.reward.fitted


def test_discrete_actions_are_seen_as_one_of_so_many_places():
    inputs = Inputs(Line.observation_space, Line.action_space)
    (row,) = inputs(np.zeros((1, 6), np.float32), np.array([2]))
    assert row.tolist() == [0.0] * 6 + [0.0, 0.0, 1.0]


def test_episodes_that_differ_in_length_are_refused_or_told_of_or_let_pass():
    class Uneven(Slide):
        def reset(self, **kwargs):
            self.limit = 4 + self.episodes % 2
            return super().reset(**kwargs)

    def run(**settings):
        return taught(comparer(reward=off_centre, space=BOX), 40, Uneven(), **settings)

    with pytest.raises(UserError, match=r"episodes differ in length .*variable_horizon=allow"):
        run(variable_horizon="refuse")
    with pytest.warns(UserWarning, match="episodes differ in length") as told:
        run(variable_horizon="warn")
    assert len(told) == 1
    run(variable_horizon="allow")


def test_a_task_whose_episodes_are_all_as_long_is_not_refused():
    human = comparer(reward=off_centre, space=BOX)
    agent = taught(human, 60, Slide(limit=4), variable_horizon="refuse", warm_up=20)
    assert agent.taught.asking.answered > 0


def test_a_segment_longer_than_every_episode_is_one_line():
    with pytest.raises(UserError, match=r"algorithm.segment=10 s is longer than any episode"):
        taught(comparer(reward=off_centre, space=BOX), segment=10.0)


@pytest.mark.parametrize(
    ("human", "kind", "message"),
    [
        (lambda: Scripted(values=lambda view: np.zeros(1)), "any", "gives evaluation"),
        (lambda: Tardy(off_centre), "correction", "does not give correction"),
        (None, "any", "nobody is there"),
    ],
)
def test_who_cannot_be_asked_is_one_line(human, kind, message):
    env = Slide() if human is None else HumanInTheLoop(Slide(), human())
    with pytest.raises(UserError, match=message):
        PreferenceLearner(env, preference(kind=kind))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"base": "ddpg"}, "algorithm.base must be one of sac, td3, dqn, ppo, got ddpg"),
        ({"initial": 60}, "algorithm.initial must be from 1 to .* 50, got 60"),
        ({"segment": 0.0}, "algorithm.segment must be > 0 s, got 0"),
        ({"rate_half": 0.0}, "algorithm.rate_half must be > 0"),
        ({"members": 0}, "algorithm.members must be ≥ 1, got 0"),
        ({"net_arch": []}, "algorithm.net_arch must be one or more widths"),
    ],
)
def test_settings_out_of_range_are_one_line(settings, message):
    with pytest.raises(UserError, match=message):
        PreferenceConfig(**settings)


def test_what_is_documented_is_logged(monkeypatch):
    seen = {}
    monkeypatch.setattr(Logger, "record", lambda _self, key, value, **_: seen.update({key: value}))
    agent = taught(comparer(reward=off_centre, space=BOX), steps=80)
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text()
    documented = set(re.findall("`(reward_model/[a-z_]+)`", page))
    assert documented == {key for key in seen if key.startswith("reward_model/")}
    assert len(documented) == 5
    assert agent.figures()["accuracy"] == seen["reward_model/accuracy"]


def test_a_human_who_corrects_pendulum_is_understood():
    """The simulated one, through the wrapper, with the task's own plans."""
    env = Slide(limit=8)
    oracle = Oracle(
        action=lambda obs: -obs[:, :1],
        plan=lambda obs, acts: np.clip(np.tile(-obs[:, None, :1], (1, acts.shape[1], 1)), -2, 2),
        utility=lambda obs, acts: -np.abs(acts + obs[:, None, :1]).sum(axis=(1, 2)),
    )
    human = CorrectingHuman(CorrectingConfig(), oracle, env.action_space)
    agent = taught(human, steps=80, env=env)
    answers = agent.taught.asking.answers
    assert len(answers) > 5
    better, worse = (answers.segments[answers.all().pairs[:, k]] for k in (0, 1))
    right = -better[..., 0, 0] / 2.0  # of the first step, in half-ranges
    off = [np.abs(part[..., 0, 2] - right) for part in (better, worse)]
    assert (off[0] <= off[1] + 1e-6).all()
