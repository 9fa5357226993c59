import numpy as np
import pytest

from envs.finite import solve
from envs.finite.counterexamples import DASHED, SOLID, baird, w_to_2w
from envs.finite.problems import LEFT, RIGHT, chain, random_mdp, river_swim
from teaching import UserError


@pytest.mark.parametrize(("n", "discount"), [(2, 0.9), (5, 0.7), (8, 0.99)])
def test_the_values_of_the_chain_have_a_closed_form(n, discount):
    q = solve.optimal_q(chain(n, discount))
    for s in range(n - 1):
        assert q[s, RIGHT] == pytest.approx(discount ** (n - 2 - s))
        assert q[s, LEFT] == pytest.approx(discount * discount ** (n - 2 - max(s - 1, 0)))


def test_river_swim_has_the_published_probabilities():
    mdp = river_swim()
    assert mdp.num_states == 6 and not mdp.terminal.any() and mdp.initial[0] == 1
    for s in range(6):
        assert mdp.transition[s, LEFT, max(s - 1, 0)] == 1
    assert mdp.transition[0, RIGHT].tolist() == [0.4, 0.6, 0, 0, 0, 0]
    for s in range(1, 5):
        row = np.zeros(6)
        row[[s - 1, s, s + 1]] = 0.05, 0.6, 0.35
        assert mdp.transition[s, RIGHT] == pytest.approx(row)
    assert mdp.transition[5, RIGHT].tolist() == [0, 0, 0, 0, 0.4, 0.6]
    reward = np.zeros((6, 2))
    reward[0, LEFT], reward[5, RIGHT] = 5 / 1000, 1
    assert (mdp.reward == reward).all()


def test_in_river_swim_the_far_bank_is_worth_the_swim_only_to_the_patient():
    assert (solve.optimal_q(river_swim(discount=0.99)).argmax(axis=1) == RIGHT).all()
    assert solve.optimal_q(river_swim(discount=0.3))[0].argmax() == LEFT
    stay_left = solve.policy_v(river_swim(discount=0.9), np.tile([1.0, 0.0], (6, 1)))
    assert stay_left[0] == pytest.approx(0.005 / (1 - 0.9))


def test_a_river_of_two_states_is_only_banks():
    mdp = river_swim(2)
    assert mdp.transition[:, RIGHT].tolist() == [[0.4, 0.6], [0.4, 0.6]]


def test_a_random_mdp_follows_from_its_seed():
    first, again, other = random_mdp(1), random_mdp(1), random_mdp(2)
    assert (first.transition == again.transition).all() and (first.reward == again.reward).all()
    assert (first.transition != other.transition).all()
    assert random_mdp(0, states=5, actions=3).transition.shape == (5, 3, 5)


@pytest.mark.parametrize("concentration", [0.2, 1.0, 5.0])
def test_random_transitions_have_the_moments_of_the_dirichlet(concentration):
    states, mdp = 5, random_mdp(0, 5, 400, concentration=concentration)
    p = mdp.transition.reshape(-1, states)[:, 0]  # 2,000 independent rows, the first entry of each
    variance = (1 / states) * (1 - 1 / states) / (states * concentration + 1)
    assert abs(p.mean() - 1 / states) < 3 * np.sqrt(variance / len(p))
    squares = (p - 1 / states) ** 2
    assert abs(squares.mean() - variance) < 3 * squares.std() / np.sqrt(len(p))


def test_bairds_star():
    star = baird()
    assert star.mdp.num_states == 7 and not star.mdp.reward.any()
    for s in range(7):
        assert star.mdp.transition[s, DASHED] == pytest.approx([1 / 6] * 6 + [0])
        assert star.mdp.transition[s, SOLID].tolist() == [0] * 6 + [1]
    assert star.behaviour == pytest.approx(np.tile([6 / 7, 1 / 7], (7, 1)))
    assert star.target.tolist() == [[0, 1]] * 7
    w = np.arange(1.0, 9.0)  # w1 = 1, ..., w8 = 8
    above = [2 * (i + 1) + 8 for i in range(6)]
    assert (star.features @ w).tolist() == [*above, 7 + 2 * 8]
    assert star.weights.tolist() == [1, 1, 1, 1, 1, 1, 10, 1]
    assert solve.stationary(star.mdp, star.behaviour) == pytest.approx(np.full(7, 1 / 7))
    assert solve.policy_v(star.mdp, star.target) == pytest.approx(np.zeros(7))


def expected_update(problem):
    """A [d, d] of TD(0) from the behaviour's data: E[w'] = w + α A w, as the rewards are 0."""
    d = np.diag(solve.stationary(problem.mdp, problem.behaviour))
    step = np.einsum("sa,sat->st", problem.target, problem.mdp.transition)
    bellman = problem.mdp.discount * step - np.eye(len(d))
    return problem.features.T @ d @ bellman @ problem.features


def test_temporal_differences_diverge_on_bairds_star_at_the_known_rate():
    # ln ρ(I + αA) of the expected update at α = .01, γ = .99: 238.96e-5 a step.
    growth = np.abs(np.linalg.eigvals(np.eye(8) + 0.01 * expected_update(baird()))).max()
    assert np.log(growth) == pytest.approx(238.96e-5, abs=0.01e-5)


def test_w_to_2w_diverges_above_five_sixths():
    example = w_to_2w()
    assert example.features.tolist() == [[1], [2]]
    assert solve.stationary(example.mdp, example.behaviour) == pytest.approx([0.5, 0.5])
    # A = ½ (1 (2γ − 1) + 2 (2γ − 2)) = ½ (6γ − 5).
    assert expected_update(example)[0, 0] == pytest.approx((6 * 0.99 - 5) / 2)
    assert expected_update(w_to_2w(5 / 6))[0, 0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: chain(1), "states must be at least 2, got 1"),
        (lambda: river_swim(1), "states must be at least 2, got 1"),
        (lambda: random_mdp(0, 0), "states must be at least 1"),
        (lambda: random_mdp(0, 2, 0), "actions must be at least 1"),
        (lambda: random_mdp(0, concentration=0.0), "concentration must be more than 0"),
    ],
)
def test_a_size_that_makes_no_mdp_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
