from itertools import product

import numpy as np
import pytest

from envs.collection.task import COLLECTION, CollectionConfig
from envs.finite.grids import COACH_GRID
from envs.finite.mdp import FiniteMDP
from envs.finite.oracle import Expert
from envs.finite.problem import one_hot
from envs.finite.problems import random_mdp
from envs.finite.task import FINITE, FiniteConfig
from teaching import UserError

RIGHT, UP, LEFT, DOWN = range(4)


def expert_of(*mdps: FiniteMDP) -> Expert:
    from envs.finite.batch import Batch

    return Expert(Batch([one_hot(mdp) for mdp in mdps], 1, 100, "train"), 1.0)


def deterministic(seed, states=5, actions=3):
    """Any next state for each action, and rewards in [0, 1]; the last state is terminal."""
    rng = np.random.default_rng(seed)
    following = rng.integers(states, size=(states, actions))
    following[-1] = states - 1
    reward = rng.random((states, actions))
    reward[-1] = 0.0
    return FiniteMDP(
        transition=np.eye(states)[following],
        reward=reward,
        initial=np.full(states, 1 / states),
        terminal=np.arange(states) == states - 1,
        discount=0.9,
    )


def propagated(mdp, state, actions):
    """The expected sum of rewards, by following the distribution of the state forwards."""
    where, total = np.eye(mdp.num_states)[state], 0.0
    for action in actions:
        total += where @ mdp.reward[:, action]
        where = where @ mdp.transition[:, action]
    return total


@pytest.mark.parametrize("mdp", [random_mdp(1, 5, 3), random_mdp(2, 4, 2), deterministic(3)])
def test_utility_is_the_expected_return_of_the_distribution(mdp):
    rng = np.random.default_rng(0)
    state = rng.integers(mdp.num_states, size=200)
    actions = rng.integers(mdp.num_actions, size=(200, 6))
    utility = expert_of(mdp).utility(np.eye(mdp.num_states)[state], actions)
    expected = [propagated(mdp, s, row) for s, row in zip(state, actions, strict=True)]
    assert utility == pytest.approx(np.array(expected), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_without_chance_no_sequence_beats_the_plan(seed):
    mdp = deterministic(seed)
    states, steps = np.arange(mdp.num_states), 5
    plan = expert_of(mdp).plan(np.eye(len(states)), np.zeros((len(states), steps), int))
    for state in states:
        every = [propagated(mdp, state, a) for a in product(range(3), repeat=steps)]
        assert propagated(mdp, state, plan[state]) == pytest.approx(max(every), abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_with_chance_no_change_of_one_action_improves_the_plan(seed):
    mdp = random_mdp(seed, 4, 3, concentration=0.3)
    steps, best, found = 4, 0.0, 0.0
    plan = expert_of(mdp).plan(np.eye(4), np.zeros((4, steps), int))
    for state in range(4):
        utility = propagated(mdp, state, plan[state])
        for t, action in product(range(steps), range(3)):
            changed = plan[state].copy()
            changed[t] = action
            assert propagated(mdp, state, changed) <= utility + 1e-9
        every = [propagated(mdp, state, a) for a in product(range(3), repeat=steps)]
        assert utility <= max(every) + 1e-9
        best, found = best + max(every), found + utility
    assert found > 0.97 * best


def test_coachs_grid_by_hand():
    env = FINITE.make_vec(FiniteConfig(), "train", 1)
    oracle = FINITE.oracle(env, FiniteConfig())
    start = np.eye(40, dtype=np.float32)[[COACH_GRID.state((0, 0))]]
    nine = np.zeros((1, 9), int)
    plan = oracle.plan(start, nine)
    # The safe way: up, seven to the right, down; +5 at its end and no cost.
    assert plan.tolist() == [[UP, *[RIGHT] * 7, DOWN]]
    assert oracle.utility(start, plan).tolist() == [5.0]
    # Along the bottom: six costly cells, then the goal; what follows the end pays nothing.
    assert oracle.utility(start, np.full((1, 7), RIGHT)).tolist() == [5.0 - 6.0]
    assert oracle.utility(start, np.full((1, 9), RIGHT)).tolist() == [5.0 - 6.0]
    # In eight steps only the costly way arrives, at −1; to stay away costs nothing.
    assert oracle.utility(start, oracle.plan(start, nine[:, :8])).tolist() == [0.0]


def test_each_is_judged_by_itself_to_the_last_bit():
    config = FiniteConfig(id="grid", maps=5, observation="features", slip=0.3)
    env = FINITE.make_vec(config, "train", 60)
    oracle = FINITE.oracle(env, config)
    obs, _ = env.reset(seed=0)
    actions = np.random.default_rng(0).integers(4, size=(60, 7))
    utility, plan = oracle.utility(obs, actions), oracle.plan(obs, actions)
    for i in range(60):
        one = slice(i, i + 1)
        assert (oracle.utility(obs[one], actions[one]) == utility[one]).all()
        assert (oracle.plan(obs[one], actions[one]) == plan[one]).all()


def test_a_level_of_collection_is_planned_by_what_it_promises():
    config = CollectionConfig()
    env = COLLECTION.make_vec(config, "train", 8)
    oracle = COLLECTION.oracle(env, config)
    obs, _ = env.reset(seed=0)
    plan = oracle.plan(obs, np.zeros((8, 1), int))
    utility = oracle.utility(obs, plan)
    assert (utility == oracle.reward(obs, plan[:, 0])).all()
    for action in range(128):
        assert (oracle.reward(obs, np.full(8, action)) <= utility).all()
    with pytest.raises(UserError, match="only segments of 1 step can be corrected; got 2 steps"):
        oracle.utility(obs, np.zeros((8, 2), int))
