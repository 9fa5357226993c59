from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from envs.finite import solve
from envs.finite.grids import coach_grid
from envs.finite.mdp import FiniteMDP
from envs.finite.problems import RIGHT, chain, random_mdp
from teaching import UserError

MDP = random_mdp(3, states=4, actions=2, discount=0.9)


def some_policy(mdp, seed=0):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(mdp.num_actions), size=mdp.num_states)


def two_ways(cycle_reward):
    """State 0 may go to 1 and back, which pays `cycle_reward`, or end, which pays −1."""
    transition = np.zeros((3, 2, 3))
    transition[0, 0, 1] = transition[1, :, 0] = transition[0, 1, 2] = transition[2, :, 2] = 1.0
    reward = np.array([[cycle_reward, -1.0], [0.0, 0.0], [0.0, 0.0]])
    return FiniteMDP(
        transition=transition,
        reward=reward,
        initial=np.eye(3)[0],
        terminal=np.array([False, False, True]),
        discount=1.0,
    )


@pytest.mark.parametrize("seed", range(5))
def test_optimal_values_are_the_best_that_any_policy_has(seed):
    mdp = random_mdp(seed, states=4, actions=2, discount=0.9)
    choices = [np.eye(2)[list(choice)] for choice in product(range(2), repeat=4)]
    best = np.max([solve.policy_v(mdp, policy) for policy in choices], axis=0)
    assert solve.optimal_v(mdp) == pytest.approx(best, abs=1e-10)
    q = solve.optimal_q(mdp)
    assert q == pytest.approx(mdp.reward + 0.9 * mdp.transition @ q.max(axis=1), abs=1e-10)
    assert solve.policy_v(mdp, solve.greedy(q)) == pytest.approx(best, abs=1e-10)


def test_policy_values_are_the_series_of_discounted_rewards():
    policy = some_policy(MDP)
    chain_ = np.einsum("sa,sat->st", policy, MDP.transition)
    reward, total, reach = (policy * MDP.reward).sum(axis=1), np.zeros(4), np.eye(4)
    for t in range(400):  # 0.9⁴⁰⁰ < 1e-18
        total += 0.9**t * reach @ reward
        reach = reach @ chain_
    assert solve.policy_v(MDP, policy) == pytest.approx(total, abs=1e-10)
    expected_q = MDP.reward + 0.9 * MDP.transition @ total
    assert solve.policy_q(MDP, policy) == pytest.approx(expected_q, abs=1e-10)
    assert solve.expected_return(MDP, policy) == pytest.approx(MDP.initial @ total)


def test_the_advantage_of_a_policy_over_itself_is_zero_on_average():
    policy = some_policy(MDP)
    advantage = solve.advantage(solve.policy_q(MDP, policy), policy)
    assert (policy * advantage).sum(axis=1) == pytest.approx(np.zeros(4), abs=1e-12)
    assert np.abs(advantage).max() > 0.01


def test_occupancy_counts_discounted_visits():
    policy = some_policy(MDP)
    occupancy, now = np.zeros((4, 2)), MDP.initial.copy()
    for t in range(400):
        occupancy += 0.9**t * now[:, None] * policy
        now = np.einsum("s,sa,sat->t", now, policy, MDP.transition)
    assert solve.occupancy(MDP, policy) == pytest.approx(occupancy, abs=1e-10)
    assert solve.occupancy(MDP, policy).sum() == pytest.approx(1 / (1 - 0.9))
    returned = (solve.occupancy(MDP, policy) * MDP.reward).sum()
    assert returned == pytest.approx(solve.expected_return(MDP, policy))


def test_terminal_states_have_no_value_and_no_visits():
    mdp = chain(4, discount=0.5)
    policy = solve.uniform(mdp)
    assert solve.policy_v(mdp, policy)[-1] == 0
    assert (solve.optimal_q(mdp)[-1] == 0).all()
    assert (solve.occupancy(mdp, policy)[-1] == 0).all()
    assert (solve.occupancy_by_step(mdp, policy, 9)[:, -1] == 0).all()


def test_a_random_walk_without_discount_takes_as_long_as_gamblers_ruin_says():
    """n states, reflected at 0: from 0 to n − 1 takes m(m + 1) steps with m = n − 1."""
    for n in (3, 6):
        mdp = chain(n, discount=0.3)
        assert solve.expected_steps(mdp, solve.uniform(mdp)) == pytest.approx((n - 1) * n)
    assert solve.policy_v(chain(6, 1.0), solve.uniform(chain(6, 1.0))) == pytest.approx(
        [1, 1, 1, 1, 1, 0]
    )


def test_the_stationary_distribution_stays_and_is_the_long_run_share():
    policy = some_policy(MDP)
    d = solve.stationary(MDP, policy)
    step = np.einsum("sa,sat->st", policy, MDP.transition)
    assert d @ step == pytest.approx(d)
    assert np.linalg.matrix_power(step, 200) == pytest.approx(np.tile(d, (4, 1)), abs=1e-9)
    ends = chain(4)
    assert solve.stationary(ends, solve.uniform(ends)) == pytest.approx([0, 0, 0, 1])
    stuck = np.zeros((4, 2))
    stuck[:, 0] = 1.0  # always to the left: it ends in 0, or in 3 if it begins there
    with pytest.raises(UserError, match="more than one stationary"):
        solve.stationary(ends, stuck)


def test_a_finite_horizon_is_solved_backwards():
    horizon = 3
    q = solve.optimal_q_by_step(MDP, horizon)
    assert q.shape == (3, 4, 2)
    assert q[2] == pytest.approx(MDP.reward)
    plans = product(product(range(2), repeat=4), repeat=2)  # the last step is greedy anyway
    last = solve.greedy(MDP.reward)
    best = np.full((4, 2), -np.inf)
    for first, second in plans:
        plan = np.stack([np.eye(2)[list(first)], np.eye(2)[list(second)], last])
        best = np.maximum(best, solve.policy_q_by_step(MDP, plan, horizon)[0])
    assert q[0] == pytest.approx(best)
    assert solve.optimal_q_by_step(MDP, 400)[0] == pytest.approx(solve.optimal_q(MDP), abs=1e-9)


def test_visits_by_step_are_distributions_and_give_the_return():
    undiscounted = replace(MDP, discount=1.0)
    policy = some_policy(MDP)
    visits = solve.occupancy_by_step(undiscounted, policy, 5)
    assert visits.sum(axis=(1, 2)) == pytest.approx(np.ones(5))
    v = (policy * solve.policy_q_by_step(undiscounted, policy, 5)[0]).sum(axis=1)
    assert (visits * MDP.reward).sum() == pytest.approx(MDP.initial @ v)


def test_without_a_discount_the_best_way_out_is_found_even_if_it_costs():
    # To go round and round for nothing would be better than to end; it is no policy that ends.
    assert solve.optimal_v(two_ways(0.0)) == pytest.approx([-1, -1, 0])
    assert solve.optimal_v(two_ways(-0.5)) == pytest.approx([-1, -1, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: solve.optimal_q(two_ways(0.5)), "discount=1: from state 0 the policy never ends"),
        (lambda: solve.optimal_q(replace(MDP, discount=1.0)), "no terminal state can be reached"),
        (
            lambda: solve.policy_v(two_ways(0.0), np.tile([1.0, 0.0], (3, 1))),
            "from state 0 the policy never ends",
        ),
        (lambda: solve.policy_v(MDP, np.ones((2, 2))), r"the shape \(4, 2\), got \(2, 2\)"),
        (lambda: solve.policy_v(MDP, np.full((4, 2), 0.4)), r"policy\[0\] must be probabilities"),
        (lambda: solve.optimal_q_by_step(MDP, 0), "horizon must be at least 1 step"),
        (lambda: solve.policy_q_by_step(MDP, np.full((2, 4, 2), 0.5), 3), "2 steps, the horizon 3"),
    ],
)
def test_what_has_no_value_is_refused_in_one_line(call, message):
    with pytest.raises(UserError, match=message) as error:
        call()
    assert "\n" not in str(error.value)


def test_ties_are_kept_and_broken_by_the_first():
    q = np.array([[1.0, 2.0, 2.0 - 1e-12], [0.0, 0.0, -1.0]])
    assert solve.optimal_actions(q).tolist() == [[False, True, True], [True, True, False]]
    assert solve.greedy(q).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_policy_iteration_ends_on_problems_full_of_ties():
    for discount in (0.0, 0.999999, 1.0):
        assert np.isfinite(solve.optimal_q(coach_grid(discount))).all()
    many = chain(60, discount=0.9)
    assert solve.optimal_q(many)[:-1].argmax(axis=1).tolist() == [RIGHT] * 59
