import math

import numpy as np
import pytest

from algorithms.target_td import measure, prediction
from algorithms.target_td.agent import TargetTD
from algorithms.target_td.config import TargetTDConfig
from algorithms.target_td.evaluation import LinearEvaluation
from algorithms.target_td.problem import LinearProblem
from algorithms.target_td.rules import TargetRule
from coachable.config import load
from envs.finite import solve
from envs.finite.counterexamples import baird, w_to_2w
from envs.finite.problems import random_mdp
from envs.finite.rooms import four_rooms_off_policy
from envs.finite.task import make, make_vec
from teaching import UserError

ALPHA = 0.01


def off_policy(example, visits=None):
    """The bridge from an example's arrays: states of the behaviour, next states of the target."""
    chain = np.einsum("sa,sat->st", example.target, example.mdp.transition)
    reward = (example.target * example.mdp.reward).sum(axis=1)
    d = solve.stationary(example.mdp, example.behaviour) if visits is None else visits
    return LinearProblem.of_chain(chain, reward, d, example.features, example.mdp.discount)


def random_problem(seed, on_policy=False):
    """Nearly deterministic transitions and policies: that is where off-policy TD diverges."""
    rng = np.random.default_rng(seed)
    mdp = random_mdp(seed, 6, 2, 0.95, concentration=0.1)
    behaviour, target = rng.dirichlet(np.full(2, 0.1), (2, 6))
    features = rng.normal(size=(6, 4))
    chain = np.einsum("sa,sat->st", target, mdp.transition)
    visits = solve.stationary(mdp, target if on_policy else behaviour)
    reward = (target * mdp.reward).sum(axis=1)
    return LinearProblem.of_chain(chain, reward, visits, features, 0.95)


STAR = off_policy(baird())


def test_the_matrices_are_the_textbooks():
    d, features = np.full(7, 1 / 7), baird().features
    to_the_last = np.zeros((7, 7))
    to_the_last[:, 6] = 1
    assert STAR.hessian == pytest.approx(features.T @ np.diag(d) @ features)
    assert STAR.delta_jacobian == pytest.approx(
        0.99 * features.T @ np.diag(d) @ to_the_last @ features
    )
    assert not STAR.offset.any()


def test_importance_ratios_change_the_samples_and_not_their_mean():
    star = baird()
    ratios = LinearProblem.with_ratios(
        star.mdp.transition, star.mdp.reward, star.behaviour, star.target,
        np.full(7, 1 / 7), star.features, 0.99,
    )  # fmt: skip
    assert ratios.hessian == pytest.approx(STAR.hessian)
    assert ratios.delta_jacobian == pytest.approx(STAR.delta_jacobian)
    assert np.unique(ratios.ratio) == pytest.approx([0, 7])
    never = np.tile([1.0, 0.0], (7, 1))
    with pytest.raises(UserError, match="actions that the behaviour never takes"):
        LinearProblem.with_ratios(
            star.mdp.transition, star.mdp.reward, never, star.target,
            np.full(7, 1 / 7), star.features, 0.99,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("k", "slope"), [(1, 238.96e-5), (10, 187.42e-5), (200, -9.23e-5), (500, -2.27e-5)]
)
def test_the_slopes_on_bairds_star_are_the_known_ones(k, slope):
    assert prediction.growth(STAR, ALPHA, TargetRule.every(k)) == pytest.approx(slope, abs=0.01e-5)


def test_the_threshold_on_bairds_star_is_77():
    assert prediction.smallest_stable_period(STAR, ALPHA) == 77
    rules = [TargetRule.every(k) for k in (76, 77)]
    slopes = [measure.expected(STAR, ALPHA, rule, np.ones(8), 400_000).slope() for rule in rules]
    assert slopes[0] > 0 > slopes[1]
    for rule, slope in zip(rules, slopes, strict=True):
        assert slope == pytest.approx(prediction.growth(STAR, ALPHA, rule), abs=1e-7)


def test_composite_of_a_copy_has_the_eigenvalues_of_m_k():
    k = 7
    h, j_td = STAR.hessian, STAR.td_jacobian
    shrink = np.eye(8) - ALPHA * h
    s_k = ALPHA * sum(np.linalg.matrix_power(shrink, i) for i in range(k))
    values, basis = np.linalg.eigh(h)
    basis = basis[:, values > 1e-10]
    m_k = basis.T @ (np.eye(8) + s_k @ j_td) @ basis
    largest = np.abs(np.linalg.eigvals(m_k)).max()
    rule = TargetRule.every(k)
    assert prediction.radius(STAR, ALPHA, rule) == pytest.approx(largest)
    whole = np.linalg.eigvals(prediction.composite(STAR, ALPHA, rule))
    assert np.abs(whole).max() == pytest.approx(largest)
    assert prediction.radii(STAR, ALPHA, np.array([k])) == pytest.approx([largest])


def test_an_infinite_period_solves_the_projected_equation():
    # ρ(H⁻¹J_δ) on the star is γ, while its norm is above 1.
    assert prediction.radius(STAR, ALPHA, TargetRule.fitted()) == pytest.approx(0.99)
    values, basis = STAR.eigen
    j_fpe = (basis.T @ STAR.delta_jacobian @ basis) / values[:, None]
    assert np.linalg.norm(j_fpe, 2) == pytest.approx(1.74, abs=0.01)


RULES = [
    TargetRule.td(),
    TargetRule.every(30),
    TargetRule.polyak(0.05),
    TargetRule(period=20, momentum=0.3),
    TargetRule(period=5, momentum=-0.2, tau=0.5),
    TargetRule(ridge=0.2),
    TargetRule(period=40, ridge=0.05, tau=0.3),
]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("problem", [STAR, random_problem(3), random_problem(5, on_policy=True)])
def test_carried_out_every_rule_grows_as_predicted(problem, rule):
    start = np.random.default_rng(1).normal(size=problem.width)
    slope = measure.expected(problem, 0.05, rule, start, 300_000).slope()
    assert slope == pytest.approx(prediction.growth(problem, 0.05, rule), rel=0.02, abs=2e-6)


@pytest.mark.parametrize("rule", [*RULES, TargetRule.fitted()])
def test_what_is_measured_and_what_learns_take_the_same_steps(rule):
    """The learner with rewards, less where it stands still, is the error that is measured."""
    problem = random_problem(5, on_policy=True)
    learner = LinearEvaluation(np.ones(problem.width), rule, 0.05, problem.discount)
    h = problem.hessian + rule.ridge * np.eye(problem.width)
    still = np.linalg.solve(h - problem.delta_jacobian, problem.offset)
    periods = 200 if math.isinf(rule.period) else 200 // int(rule.period)
    for _ in range(periods * (1 if math.isinf(rule.period) else int(rule.period))):
        learner.step(problem.everything())
    period = prediction.composite(problem, 0.05, rule)
    basis = problem.eigen[1]
    error = np.tile(basis.T @ (np.ones(problem.width) - still), 3)
    predicted = np.linalg.matrix_power(period, periods) @ error
    assert np.concatenate([basis.T @ (learner.weights - still)]) == pytest.approx(
        predicted[: problem.width], rel=1e-6, abs=1e-9
    )


def test_sampled_steps_are_the_kernels_and_have_the_expected_ones_as_their_mean():
    problem = random_problem(3)
    rng = np.random.default_rng(0)
    rule = TargetRule(period=3, momentum=0.2, tau=0.7, ridge=0.01)
    learner = LinearEvaluation(np.ones(problem.width), rule, 0.05, problem.discount)
    cumulated = np.cumsum(problem.probability)
    kinds = np.searchsorted(cumulated, rng.random(60) * cumulated[-1], side="right")
    course = measure.sampled(
        problem, 0.05, rule, np.ones(problem.width), 60, np.random.default_rng(0)
    )
    norms = []
    for step, kind in enumerate(kinds, 1):
        batch = problem.everything()
        row = [np.asarray(part)[[kind]] for part in batch]
        row[2], row[4] = np.zeros(1), np.ones(1)
        learner.step(type(batch)(*row))
        if step % 3 == 0:
            norms.append(np.log(problem.value_norm(learner.weights)))
    assert course.log_error == pytest.approx(np.array(norms))


@pytest.mark.parametrize("k", [1, 10, 200, 500])
def test_sampled_runs_on_the_star_follow_the_prediction(k):
    slopes = [
        measure.sampled(
            STAR, ALPHA, TargetRule.every(k), baird().weights, 50_000, np.random.default_rng(seed)
        ).slope()
        for seed in range(5)
    ]
    assert np.mean(slopes) == pytest.approx(
        prediction.growth(STAR, ALPHA, TargetRule.every(k)), rel=0.02
    )


def test_td_from_a_policys_own_states_is_stable_for_small_steps():
    """Tsitsiklis and Van Roy 1997: −J_TD is then positive definite."""
    for seed in range(20):
        problem = random_problem(seed, on_policy=True)
        jacobian = -problem.td_jacobian
        assert np.linalg.eigvalsh(jacobian + jacobian.T)[0] > 0
        assert prediction.stable(problem, 1e-3, TargetRule.td())
        assert prediction.smallest_stable_period(problem, 1e-3) == 1
        assert prediction.no_period(problem, 1e-3) is None


def test_w_to_2w_has_a_certificate_and_diverges_for_every_k():
    problem = off_policy(w_to_2w(0.99))
    # H = ½(1 + 4), J_δ = ½γ(2 + 4): J_TD = ½(6γ − 5) > 0.
    assert problem.td_jacobian[0, 0] == pytest.approx((6 * 0.99 - 5) / 2)
    assert prediction.no_period(problem, 0.1) == "the symmetric part of J_TD is positive definite"
    assert prediction.smallest_stable_period(problem, 0.1) is None
    assert prediction.largest_stable_tau(problem, 0.1) is None
    for k in (1, 3, 10, 100, 1000):
        assert measure.expected(problem, 0.1, TargetRule.every(k), np.ones(1), 20 * k).slope(0) > 0
    below = off_policy(w_to_2w(0.8))
    assert prediction.no_period(below, 0.1) is None
    assert prediction.smallest_stable_period(below, 0.1) == 1


def test_a_negative_determinant_is_a_certificate_for_every_rule():
    found = 0
    for seed in range(300):
        problem = random_problem(seed)
        if prediction.no_period(problem, 0.1) != "det(−J_TD) < 0":
            continue
        found += 1
        assert np.linalg.det(-problem.td_jacobian) < 0
        for rule in (*(TargetRule.every(k) for k in (1, 4, 50, 10_000)), TargetRule.fitted()):
            assert prediction.radius(problem, 0.1, rule) > 1
        for tau in (1e-4, 1e-2, 0.5):
            assert prediction.radius(problem, 0.1, TargetRule.polyak(tau)) > 1
            assert prediction.radius(problem, 0.1, TargetRule(period=9, momentum=tau)) > 1
    assert found >= 3


def test_the_largest_polyak_step_is_where_the_radius_crosses_one():
    tau = prediction.largest_stable_tau(STAR, ALPHA)
    assert tau == pytest.approx(0.0198, abs=0.0001)
    for factor, sign in ((0.98, -1), (1.02, 1)):
        rule = TargetRule.polyak(factor * tau)
        assert np.sign(prediction.growth(STAR, ALPHA, rule)) == sign
        slope = measure.expected(STAR, ALPHA, rule, np.ones(8), 400_000).slope()
        assert np.sign(slope) == sign
    assert prediction.slowest_targets_stable(STAR)


def test_where_episodes_end_nothing_is_bootstrapped():
    rooms = four_rooms_off_policy(0.9)
    visits = np.where(rooms.mdp.terminal, 0.0, 1.0) / 103
    problem = off_policy(rooms, visits)
    learner = LinearEvaluation(np.zeros(12), TargetRule.fitted(), 0.1, 0.9)
    for _ in range(400):
        learner.step(problem.everything())
    assert learner.weights == pytest.approx(problem.solution(), abs=1e-6)
    # A chain that leaks ends with what it leaks: V = 1 in a state that pays 1 and ends.
    once = LinearProblem.of_chain(np.zeros((1, 1)), np.ones(1), np.ones(1), np.ones((1, 1)), 0.9)
    assert once.solution() == pytest.approx([1.0])


def test_what_is_no_problem_and_no_rule_is_refused():
    with pytest.raises(UserError, match="probability must sum to 1"):
        LinearProblem(
            features=np.ones((1, 1)), next_features=np.ones((1, 1)), reward=np.ones(1),
            ratio=np.ones(1), probability=np.full(1, 0.5), discount=0.9,
        )  # fmt: skip
    with pytest.raises(UserError, match=r"tau must be in \(0, 1\]"):
        TargetRule(tau=0)
    with pytest.raises(UserError, match="period must be a whole number"):
        TargetRule(period=1.5)
    with pytest.raises(UserError, match="ten periods"):
        measure.expected(STAR, ALPHA, TargetRule.every(100), np.ones(8), 500)


def test_a_learner_resumes_bit_for_bit():
    problem = random_problem(3)
    rule = TargetRule(period=3, momentum=0.2)
    first = LinearEvaluation(np.ones(problem.width), rule, 0.05, 0.95)
    for _ in range(5):
        first.step(problem.everything())
    second = LinearEvaluation(np.zeros(problem.width), rule, 0.05, 0.95)
    second.load_state_dict(first.state_dict())
    for _ in range(10):
        first.step(problem.everything())
        second.step(problem.everything())
    assert (first.weights == second.weights).all()


def test_in_the_task_itself_the_star_grows_with_td_and_shrinks_with_a_target():
    def growth(period):
        config = load([f"algorithm.period={period}", "experiment=target_td_baird"])
        learner = TargetTD(make_vec(config.env, "train", 8), config.algorithm, 0)
        first = np.abs(learner.value(baird().features)).max()
        learner.learn(8 * 8000)
        return learner, np.abs(learner.value(baird().features)).max() / first

    td, grown = growth(1)
    fixed, shrunk = growth(200)
    # e^(8000 · 239e-5) and e^(−8000 · 9.2e-5), whatever the direction of the first error.
    assert grown > 1e5 and shrunk < 5
    assert td.growth() == pytest.approx(239e-5, rel=0.15)
    assert fixed.growth() < 0


def test_policies_that_do_not_fit_are_refused():
    config = load(["experiment=target_td_baird"])
    env = make(config.env, "train")
    with pytest.raises(UserError, match="2 probabilities, one an action, got 3"):
        TargetTD(env, TargetTDConfig(behaviour=[0.2, 0.3, 0.5]))
    with pytest.raises(UserError, match="never takes"):
        TargetTD(env, TargetTDConfig(behaviour=[1.0, 0.0], policy=[0.0, 1.0]))
    with pytest.raises(UserError, match="probabilities that sum to 1"):
        TargetTDConfig(policy=[0.5, 0.6])
