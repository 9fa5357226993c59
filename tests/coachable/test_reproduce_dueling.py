"""The instances and comparators of the reproductions, against what they are said to be."""

import numpy as np
from scipy.special import expit

from coachable.reproduce.dueling import known, unknown
from coachable.reproduce.dueling.instances import Comparators, Worlds, trees
from coachable.reproduce.dueling.rounds import play, slope


def test_the_comparators_choose_by_the_logistic_model_of_the_returns():
    """Each of 4 pairs is asked about 4,000 times: shares within 4 standard errors."""
    instances = trees(np.zeros(4000, int), np.full(4000, 2.0))
    human = Comparators(instances.reward, seed=0)
    worlds, rng = Worlds(instances), np.random.default_rng(1)
    for pair in ((0, 127), (3, 90), (64, 5), (17, 40)):
        states, actions, phi = worlds.sample(np.tile(pair, (4000, 1)), rng)
        p = expit(((phi[:, 0] - phi[:, 1]) * instances.w).sum(axis=1))
        told = human.prefer(states, actions, np.ones(4000, bool))
        error = np.sqrt((p * (1 - p)).sum())
        assert abs(told.sum() - p.sum()) < 4 * error
        assert ((told > 0.5) == (p > 0.5)).mean() > 0.5
    assert human.asked == 16_000 and human.seconds > 0


def test_the_features_of_a_policy_are_the_mean_over_its_trajectories():
    instances = trees(np.zeros(5000, int), np.ones(5000))
    pair = np.tile([5, 77], (5000, 1))
    _, _, phi = Worlds(instances).sample(pair, np.random.default_rng(0))
    error = phi.std(axis=0) / np.sqrt(5000)
    assert (np.abs(phi.mean(axis=0) - instances.phi[0, [5, 77]]) < 4 * error + 1e-12).all()


def test_there_are_128_policies_that_differ_and_the_size_of_w_is_as_said():
    instances = trees(np.array([0, 1]), np.array([0.5, 4.0]))
    assert len(np.unique(np.round(instances.phi[0], 9), axis=0)) == 128
    np.testing.assert_allclose(np.linalg.norm(instances.w, axis=1), [0.5, 4.0])


def test_another_true_reward_with_the_same_answers_gives_the_same_weights(monkeypatch):
    """The learner hears answers alone: whoever gives them."""
    rng_answers = np.random.default_rng(3).random((200, 2)) < 0.5
    found = []
    for scale in (1.0, -7.0):
        instances = trees(np.array([0, 1]), np.array([1.0, 1.0]))
        instances.w = scale * instances.w
        rows = iter(rng_answers)
        monkeypatch.setattr(
            Comparators, "prefer", lambda self, *_, rows=rows: next(rows).astype(float)
        )
        found.append(play(instances, "ucb", 200, 0).model.w)
    np.testing.assert_array_equal(found[0], found[1])


def test_an_exact_model_plays_the_same_pairs_and_a_learned_one_does_not():
    rows = [unknown.carry_out(method, 0, 150) for method in list(unknown.METHODS)[:3]]
    assert rows[0]["pairs"] == rows[2]["pairs"] != rows[1]["pairs"]
    assert rows[0]["regret"] == rows[2]["regret"]


def test_random_pairs_lose_the_same_each_round_and_learners_less():
    lost = {method: known.carry_out_strong(method, 0, 600) for method in known.RULES}
    random = np.array(lost["random"]["regret"]).mean(axis=1)
    assert abs(slope(np.array(lost["random"]["at"]), random, 60, 600) - 1) < 0.05
    assert np.mean(lost["Thompson"]["regret"][-1]) < 0.1 * random[-1]
    assert np.mean(lost["UCB"]["regret"][-1]) < 0.35 * random[-1]
