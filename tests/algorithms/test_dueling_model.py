"""The preference model, the pair search and the rules, against closed forms and brute force."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from algorithms.dueling import losses, offline, radius
from algorithms.dueling.pairs import certify, search
from algorithms.dueling.planned import Planned, _runner_up
from algorithms.dueling.preference_model import PreferenceModel, project
from algorithms.dueling.problem import Problem, distinct
from algorithms.dueling.rules import RULES, Listed
from algorithms.dueling.transitions import Counts
from teaching import UserError


def problem(seed=0, states=3, actions=2, horizon=3, dim=4, by_step=True) -> Problem:
    rng = np.random.default_rng(seed)
    shape = (horizon, states, actions, dim) if by_step else (states, actions, dim)
    return Problem(
        rng.dirichlet(np.full(states, 0.5), (states, actions)),
        rng.dirichlet(np.ones(states)),
        rng.normal(size=shape),
        horizon,
    )


def answers(rng, count, n, w):
    x = rng.normal(size=(count, n, w.shape[1]))
    y = (rng.random((count, n)) < losses.probability(x, w[:, None])).astype(float)
    return x, y


def test_the_derivatives_are_those_of_the_loss():
    rng = np.random.default_rng(0)
    w, (x, y) = rng.normal(size=(2, 3)), answers(rng, 2, 20, rng.normal(size=(2, 3)))
    weight = rng.random((2, 20))
    gradient, hessian = losses.logistic_derivatives(w, x, y, weight, 0.3)
    for i in range(3):
        step = np.zeros(3)
        step[i] = 1e-5
        up, down = (losses.logistic_loss(w + s, x, y, weight, 0.3) for s in (step, -step))
        np.testing.assert_allclose((up - down) / 2e-5, gradient[:, i], rtol=1e-5)
        up, down = (losses.logistic_derivatives(w + s, x, y, weight, 0.3)[0] for s in (step, -step))
        np.testing.assert_allclose((up - down) / 2e-5, hessian[:, i], rtol=1e-5, atol=1e-6)


def test_plackett_luce_is_a_distribution_and_its_derivatives_are_right():
    import itertools

    rng = np.random.default_rng(1)
    phi, w = rng.normal(size=(4, 3)), rng.normal(size=3)
    total = sum(
        np.exp(-losses.plackett_luce_loss(w, phi[None, list(order)]))
        for order in itertools.permutations(range(4))
    )
    assert total == pytest.approx(1.0)
    ranked = rng.normal(size=(5, 4, 3))
    gradient, hessian = losses.plackett_luce_derivatives(w, ranked)
    for i in range(3):
        step = np.eye(3)[i] * 1e-5
        up, down = (losses.plackett_luce_loss(w + s, ranked) for s in (step, -step))
        assert (up - down) / 2e-5 == pytest.approx(gradient[i], rel=1e-5)
        up, down = (losses.plackett_luce_derivatives(w + s, ranked)[0] for s in (step, -step))
        np.testing.assert_allclose((up - down) / 2e-5, hessian[i], rtol=1e-5, atol=1e-6)


def test_round_by_round_it_stays_at_the_maximum_that_a_solver_finds():
    """Between two maximisations ŵ is off by far less than the radius that goes by it."""
    rng = np.random.default_rng(2)
    truth = rng.normal(size=(3, 4))
    x, y = answers(rng, 3, 400, truth)
    model, ones = PreferenceModel(3, 4, ridge=1.0), np.ones((3, 400))
    worst = 0.0
    for t in range(400):
        model.update(x[:, t], y[:, t], ones[:, t])
        if t in (20, 100, 199, 333, 399):
            data = x[:, : t + 1], y[:, : t + 1], ones[:, : t + 1]
            for g in range(3):

                def loss(w, g=g, data=data):
                    return losses.logistic_loss(w[None], *(d[g : g + 1] for d in data), 1.0)[0]

                found = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
                off = model.w[g] - found
                worst = max(worst, np.sqrt(off @ model.fisher[g] @ off))
                np.testing.assert_allclose(
                    model.fisher[g] @ model.fisher_inverse[g], np.eye(4), atol=1e-8
                )
    assert worst < 0.05 * radius.scaled(100, 4)


def test_answers_of_weight_0_change_nothing_but_the_design():
    rng = np.random.default_rng(3)
    x, y = answers(rng, 1, 30, np.ones((1, 3)))
    one, other = PreferenceModel(1, 3), PreferenceModel(1, 3)
    for t in range(30):
        one.update(x[:, t], y[:, t], np.ones(1))
        other.update(x[:, t], y[:, t], np.ones(1))
        other.update(5 * x[:, t], 1 - y[:, t], np.zeros(1))
    np.testing.assert_allclose(other.w, one.w, atol=1e-6)


def test_the_projection_is_the_nearest_point_of_the_ball():
    rng = np.random.default_rng(4)
    factor = rng.normal(size=(2, 3, 3))
    metric = factor @ factor.transpose(0, 2, 1) + 0.1 * np.eye(3)
    w = np.array([[3.0, -2.0, 1.0], [0.1, 0.2, 0.0]])
    near = project(w, metric, 1.5)
    assert np.linalg.norm(near[0]) == pytest.approx(1.5)
    np.testing.assert_array_equal(near[1], w[1])  # it was inside
    found = minimize(
        lambda v: (v - w[0]) @ metric[0] @ (v - w[0]),
        np.zeros(3),
        constraints={"type": "ineq", "fun": lambda v: 1.5**2 - v @ v},
    ).x
    np.testing.assert_allclose(near[0], found, atol=1e-4)


def test_kappa_is_one_over_the_least_slope():
    p = expit(1.5 * 2.0)
    assert radius.curvature(1.5, 2.0) == pytest.approx(1 / (p * (1 - p)))
    assert np.isfinite(radius.published(1000, 6, 30.0, 4.0))


@pytest.mark.parametrize("by_step", [True, False])
def test_planning_and_embedding_agree_with_all_policies(by_step):
    p = problem(5, by_step=by_step)
    w = np.random.default_rng(0).normal(size=4)
    policies = p.policies()
    assert len(policies) == 2**9
    phi = np.array([p.embed(policy) for policy in policies])
    policy, value = p.best(w)
    assert value == pytest.approx((phi @ w).max())
    assert p.embed(policy) @ w == pytest.approx(value)
    assert p.value(policies[7], p.rewards(w)) == pytest.approx(phi[7] @ w)


def test_the_mean_of_trajectories_is_the_embedding():
    p = problem(6)
    policy, _ = p.best(np.ones(4))
    rng = np.random.default_rng(0)
    drawn = np.array([p.sample(policy, rng)[2] for _ in range(4000)])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - p.embed(policy)) < 4 * error).all()


def test_where_policies_are_too_many_listing_them_is_refused():
    with pytest.raises(UserError, match="do not enumerate"):
        problem(states=5, horizon=8).policies()


@pytest.mark.parametrize("seed", range(8))
def test_the_pair_search_and_its_certificate_against_brute_force(seed):
    p, rng = problem(seed), np.random.default_rng(seed)
    factor = rng.normal(size=(4, 4)) * [1.0, 0.5, 0.2, 0.1]
    metric = factor @ factor.T + 1e-3 * np.eye(4)
    phi = np.array([p.embed(policy) for policy in p.policies()])
    off = phi[:, None] - phi
    truth = np.einsum("ijc,cd,ijd->ij", off, metric, off).max()
    pair = search(p, metric, rng, 20)
    assert pair.square == pytest.approx(truth)
    assert certify(p, metric, pair).proves()
    # A worse pair is not proved to be the best, and the way there meets the best one.
    worse = search(p, metric, rng, 1)
    short = type(worse)(worse.first, worse.second, 0.9 * worse.difference, 0.81 * worse.square)
    proof = certify(p, metric, short)
    assert not proof.proves() and proof.bound >= truth * (1 - 1e-9)
    assert proof.pair is not None and proof.pair.square == pytest.approx(truth)


def test_the_active_set_and_its_widest_pair_are_those_of_the_definition():
    p = problem(7)
    _policies, phi = distinct(p.policies(), np.array([p.embed(x) for x in p.policies()]))
    rng = np.random.default_rng(1)
    model = PreferenceModel(1, 4)
    truth = 3 * rng.normal(size=4)
    for _ in range(150):
        x = phi[rng.integers(len(phi))] - phi[rng.integers(len(phi))]
        model.update(x[None], (rng.random(1) < expit(x @ truth)).astype(float), np.ones(1))
    bonus = 0.05 * rng.random((1, len(phi)))
    for b in (np.zeros_like(bonus), bonus):
        listed = Listed(phi[None], b, model, rng, radius_scale=0.3)
        chosen, gamma = RULES["ucb"](listed), radius.scaled(model.rounds, 4, 0.3)
        off = phi[:, None] - phi
        length = np.sqrt(np.einsum("ijc,cd,ijd->ij", off, model.fisher_inverse[0], off))
        wide = gamma * length + b[0][:, None] + b[0]
        lead = (phi @ model.w[0])[None, :] - (phi @ model.w[0])[:, None]
        active = ~(lead > wide).any(axis=1)
        assert 1 < active.sum() < len(phi)
        assert chosen.active[0] == active.sum()
        best = np.where(np.outer(active, active), wide, -1).max()
        assert wide[tuple(chosen.pair[0])] == pytest.approx(best)


def test_the_runner_up_is_the_second_best_of_all_policies():
    p = problem(8)
    model = PreferenceModel(1, 4)
    model.w = np.random.default_rng(0).normal(size=(1, 4))
    planned = Planned(p, np.zeros((3, 2)), model, np.random.default_rng(0))
    best, _value = p.best(model.w[0])
    second = p.embed(_runner_up(planned, best)) @ model.w[0]
    phi = np.array([p.embed(policy) for policy in p.policies()])
    values = np.unique(np.round(phi @ model.w[0], 9))
    assert second == pytest.approx(values[-2])


def test_what_is_learned_of_transitions_goes_to_the_truth_and_its_bonus_to_0():
    p, rng = problem(9), np.random.default_rng(0)
    counts = Counts(np.ones((1, 3, 2, 3), bool), p.initial[None], 0.1, 1.0)
    np.testing.assert_allclose(counts.transition(), 1 / 3)
    before = counts.bonus()
    for _ in range(3000):
        policy = rng.integers(2, size=(3, 3))
        states, actions, _ = p.sample(policy, rng)
        counts.add(states[None, None], actions[None, None])
    assert np.abs(counts.transition()[0] - p.transition).max() < 0.08
    assert (counts.bonus() < before).all()


def test_memory_makes_the_embedding_of_a_whole_trajectory_additive():
    from algorithms.dueling.histories import augment

    p, rng = problem(10, states=2, horizon=4), np.random.default_rng(0)
    # The memory is the parity of visits to state 1; the last step pays it.
    update = np.zeros((2, 2, 2, 2), np.int64)
    for m in range(2):
        update[m, :, :, 0], update[m, :, :, 1] = m, 1 - m
    features = np.zeros((4, 2, 2, 2, 1))
    features[3, :, 1] = 1.0
    both = augment(p.transition, p.initial, np.array([0, 1]), update, features)
    for _ in range(50):
        policy = rng.integers(2, size=(4, 4))
        states, _, phi = both.sample(policy, rng)
        assert phi[0] == (states // 2).sum() % 2


def test_the_bounded_estimate_is_at_the_bound_where_one_answer_says_it_all():
    x = np.array([[0.0, 1.0], [1.0, 0.0]])
    w = offline.bounded_mle(x, np.array([[60.0, 1.0]]), np.array([[40.0, 0.0]]), 2.0)[0]
    assert np.linalg.norm(w) == pytest.approx(2.0, abs=1e-6)

    def loss(v):
        return -(60 * np.log(expit(v[1])) + 40 * np.log(expit(-v[1])) + np.log(expit(v[0])))

    ball = {"type": "ineq", "fun": lambda v: 4.0 - v @ v}
    np.testing.assert_allclose(w, minimize(loss, np.ones(2), constraints=ball).x, atol=1e-3)


def test_fisher_and_sandwich_agree_for_two_and_pairs_are_never_more_efficient():
    rng = np.random.default_rng(0)
    w = rng.normal(size=2)
    pair, five = rng.normal(size=(2, 2)), rng.normal(size=(5, 2))
    hessian, score = offline.split_sandwich(pair, w)
    np.testing.assert_allclose(hessian, offline.plackett_luce_fisher(pair, w))
    np.testing.assert_allclose(hessian, score)
    bread = np.linalg.inv(offline.split_sandwich(five, w)[0])
    loss = bread @ offline.split_sandwich(five, w)[1] @ bread
    gain = loss - np.linalg.inv(offline.plackett_luce_fisher(five, w))
    assert np.linalg.eigvalsh(gain).min() > 0
