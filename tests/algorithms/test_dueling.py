"""The learner from comparisons in its environment, and the bandits."""

import numpy as np
import pytest
from tiny_learners import STEPS, build, compared, compared_batch, digest

from algorithms.dueling import bandits
from algorithms.dueling.agent import Dueling
from algorithms.dueling.config import RULES, DuelingConfig
from algorithms.dueling.matrices import MATRICES, cyclic
from algorithms.dueling.planned import RULES as PLANNED
from algorithms.dueling.rules import RULES as LISTED
from envs.finite.solve import optimal_q_by_step
from envs.finite.task import FiniteConfig, make
from teaching import Kind, Preference, Teacher, UserError
from teaching.wrapper import HumanInTheLoop


class Silent(Teacher):
    """Skips every comparison, and says how many there were."""

    name, kinds = "silent", frozenset({Kind.PREFERENCE})

    def __init__(self):
        self.asked = 0

    def prefer(self, pairs):
        self.asked += len(pairs.ids)
        nothing = {"human_seconds": np.zeros(len(pairs.ids)), "wall_time": 0.0}
        choice = np.full(len(pairs.ids), 3, np.int8)
        return Preference(
            human=self.name, step=pairs.step, segments=pairs.ids, choice=choice, **nothing
        )


def test_each_rule_is_there_for_listed_and_for_planned_policies():
    assert set(RULES) == set(LISTED) == set(PLANNED)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("list_up_to", [0, 5000])
def test_every_rule_learns_and_comes_back_from_its_state(rule, list_up_to):
    config = DuelingConfig(rule=rule, list_up_to=list_up_to, explore=3)
    learner = Dueling(compared(True, None, 0), config, seed=0).learn(STEPS)
    again = Dueling(compared(True, None, 0), config, seed=0)
    again.load_state_dict(learner.state_dict())
    assert digest(learner.learn(2 * STEPS)) == digest(again.learn(2 * STEPS))


def test_it_finds_the_best_policy_of_a_small_mdp():
    env = compared(True, None, 0)
    learner = Dueling(env, DuelingConfig(list_up_to=0), seed=0).learn(4000)
    mdp, horizon = env.unwrapped.batch.problems[0].mdp, 4
    best = float(mdp.initial @ optimal_q_by_step(mdp, horizon)[0].max(axis=1))
    problem = learner._problem()
    policy, _ = problem.best(learner.model.w[0])
    assert problem.value(policy, np.array(mdp.reward)[None]) > best - 0.02
    regret = learner._scoreboard.total / learner._rounds
    assert 0 <= regret < 0.1 * best


def test_an_answer_that_is_skipped_teaches_nothing_and_equal_ones_are_half():
    human = Silent()
    env = HumanInTheLoop(make(FiniteConfig(id="random", states=3, horizon=4), "train"), human)
    learner = Dueling(env, DuelingConfig(), seed=0).learn(200)
    assert human.asked > 10
    np.testing.assert_array_equal(learner.model.w, 0.0)


def test_what_cannot_differ_is_not_asked():
    """A chain of one action has one trajectory."""
    human = Silent()
    env = make(FiniteConfig(id="random", states=1, actions=1, horizon=3), "train")
    learner = Dueling(HumanInTheLoop(env, human), DuelingConfig(rule="random"), seed=0).learn(60)
    assert human.asked == 0 and learner._skipped == 10


def test_trajectories_of_different_length_in_many_worlds_are_asked_about_whole():
    env = compared_batch(True, None, 0)
    seen = []
    ask = env.session.queries.ask

    def spy(kind, segments):
        seen.append(segments)
        return ask(kind, segments)

    env.session.queries.ask = spy
    Dueling(env, DuelingConfig(rule="random"), seed=0).learn(400)
    assert sum(len(s.ids) for s in seen) > 10
    assert all((s.length <= 8).all() and (s.length >= 1).all() for s in seen)


def test_tasks_that_do_not_say_what_they_are_are_refused():
    with pytest.raises(UserError, match="env=river_swim"):
        Dueling(build("coach").env.env)
    with pytest.raises(UserError, match="nobody is there"):
        Dueling(make(FiniteConfig(id="river_swim"), "train"))
    config = FiniteConfig(id="grid", maps=2, observation="features")
    with pytest.raises(UserError, match=r"env\.maps=2"):
        Dueling(HumanInTheLoop(make(config, "train"), Silent()))


@pytest.mark.parametrize("setting", [{"rule": "best"}, {"transitions": "half"}, {"ridge": 0}])
def test_settings_out_of_bounds_are_refused(setting):
    with pytest.raises(UserError, match=f"algorithm.{next(iter(setting))}"):
        DuelingConfig(**setting)


@pytest.mark.parametrize("name", MATRICES)
def test_a_preference_matrix_is_one_and_has_a_winner(name):
    matrix = MATRICES[name]()
    np.testing.assert_allclose(matrix + matrix.T, 1.0)
    assert (matrix[0, 1:] > 0.5).all()


@pytest.mark.parametrize("name", ["RMED1", "DTS", "RUCB"])
def test_a_bandit_settles_on_the_winner(name):
    chance, rng = cyclic(), np.random.default_rng(0)
    bandit = bandits.BANDITS[name](10, 4, rng)
    late = 0.0
    for t in range(1, 3001):
        pair = bandit.choose(t)
        bandit.learn(pair, rng.random(10) < chance[pair[:, 0], pair[:, 1]])
        if t > 2500:
            late += (pair == 0).mean() / 500
    assert late > 0.9
    assert bandit.wins.sum() == 30_000


def test_rmed_counts_the_divergence_of_those_who_lose():
    bandit = bandits.RMED1(1, 2, np.random.default_rng(0))
    bandit.wins[0] = [[0, 8], [2, 0]]
    kl = 0.2 * np.log(0.2 / 0.5) + 0.8 * np.log(0.8 / 0.5)
    np.testing.assert_allclose(bandit._divergence()[1], [[0.0, 10 * kl]])
