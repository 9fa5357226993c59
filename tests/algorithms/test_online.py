import numpy as np
import pytest
from tiny import Critic, Line, SlideBatch, same_step

from algorithms.core.online import OnlineLearner, softmax
from algorithms.tamer.agent import TAMER
from algorithms.tamer.config import TAMERConfig
from teaching import HumanInTheLoop, UserError, VectorHumanInTheLoop


class Recorder(OnlineLearner):
    """Does as it is told, and keeps what it is shown."""

    def __init__(self, env, actions, seed=0, independent=False):
        super().__init__(env, seed, independent)
        self.actions, self.steps = iter(actions), []

    def probabilities(self, obs, of):
        return np.eye(self.num_actions)[np.full(len(obs), next(self.actions))]

    def take_in(self, step):
        self.steps.append(step)


def test_softmax_is_boltzmann():
    probs = softmax(np.log([[1.0, 2.0, 5.0], [1e-300, 1.0, 1.0]]) + 700)
    np.testing.assert_allclose(probs, [[0.125, 0.25, 0.625], [0.0, 0.5, 0.5]], atol=1e-12)


def test_at_the_goal_an_episode_ends_and_the_last_cell_is_seen():
    learner = Recorder(HumanInTheLoop(Line(), Critic(rate=1.0)), [2] * 20)
    learner.learn(12)
    ends = [step for step in learner.steps if step.done[0]]
    assert len(ends) >= 2
    for step in ends:
        assert step.terminated[0]
        assert step.next_obs[0].tolist() == [0, 0, 0, 0, 0, 1]
        assert step.obs[0].tolist() == [0, 0, 0, 0, 1, 0]
        assert step.feedback.tolist() == [1.0] and step.action.tolist() == [2]
    after = learner.steps[learner.steps.index(ends[0]) + 1]
    assert after.obs[0][:3].sum() == 1  # an episode begins in one of the first three cells


def test_a_cut_off_is_no_end():
    learner = Recorder(Line(limit=3), [0] * 9)
    learner.learn(9)
    assert [bool(step.done[0]) for step in learner.steps] == [False, False, True] * 3
    assert not any(step.terminated[0] for step in learner.steps)
    assert all(np.isnan(step.feedback[0]) for step in learner.steps)


def test_the_human_sees_the_policy_that_acts():
    human = Critic(rate=1.0)
    learner = TAMER(HumanInTheLoop(Line(), human), TAMERConfig(temperature=0.5))
    seen, act = [], learner.probabilities

    def spied(obs, of):
        seen.append(act(obs, of))
        return seen[-1]

    learner.probabilities = spied
    learner.learn(30)
    assert len(human.probs) == 30
    np.testing.assert_array_equal(np.concatenate(human.probs), np.concatenate(seen))
    assert np.ptp(human.probs[-1]) > 0.1  # and it has learned meanwhile


def test_independent_learners_are_as_many_learners_by_themselves():
    """Each world's learner goes only by what was seen, done and said in that world."""
    worlds = 3
    env = VectorHumanInTheLoop(same_step(Line, worlds), Critic(rate=1.0))
    together = TAMER(env, TAMERConfig(learning_rate=0.5), independent=True)
    steps = []
    learn = together.take_in
    together.take_in = lambda step: (steps.append(step), learn(step))
    together.learn(40 * worlds)
    for k in range(worlds):
        weights = np.zeros((3, 6))
        for step in steps:  # the least mean squares rule, written out
            error = step.feedback[k] - weights[step.action[k]] @ step.obs[k]
            weights[step.action[k]] += 0.5 * error * step.obs[k]
        np.testing.assert_allclose(together.weights[k], weights, atol=1e-12)
    assert len({together.weights[k].tobytes() for k in range(worlds)}) == worlds
    assert together.predict(np.eye(6)[:worlds])[0].shape == (worlds,)
    with pytest.raises(UserError, match="3 learners side by side"):
        together.predict(np.eye(6))


def test_continuous_actions_are_refused_in_a_line():
    with pytest.raises(UserError, match="discrete actions"):
        TAMER(SlideBatch(2))


def test_what_is_drawn_comes_as_often_as_its_probability():
    learner = Recorder(Line(), [])
    probs = np.tile([0.2, 0.0, 0.8], (20_000, 1))
    drawn = np.bincount(learner._draw(probs), minlength=3) / 20_000
    assert drawn[1] == 0
    assert abs(drawn[0] - 0.2) < 4 * np.sqrt(0.2 * 0.8 / 20_000)


def test_the_last_episodes_are_logged_as_the_baselines_log_them_and_saved():
    learner = Recorder(HumanInTheLoop(Line(limit=3), Critic()), [0] * 9 + [2] * 100)
    logged = {}
    learner.logger.record = logged.__setitem__
    learner.learn(9)  # three episodes of three steps to the left, at -0.1 each
    assert logged["rollout/ep_len_mean"] == 3.0
    assert logged["rollout/ep_rew_mean"] == pytest.approx(-0.3)
    assert logged["rollout/success_rate"] == 0.0
    again = Recorder(HumanInTheLoop(Line(limit=3), Critic()), [])
    again.load_state_dict(learner.state_dict())
    assert again._last_episodes == learner._last_episodes and len(again._last_episodes) == 3
