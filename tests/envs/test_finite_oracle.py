import numpy as np
import pytest

from envs.finite import solve
from envs.finite.grids import COACH_GRID, coach_grid
from envs.finite.oracle import TEMPERATURE, boltzmann
from envs.finite.task import FINITE, FiniteConfig

RIGHT, UP, LEFT, DOWN = range(4)
GRIDS = FiniteConfig(id="grid", maps=6, observation="features", slip=0.2)


def cell(x, y):
    return np.eye(40, dtype=np.float32)[[COACH_GRID.state((x, y))]]


def oracle_of(config, worlds=1):
    env = FINITE.make_vec(config, "train", worlds)
    return env, FINITE.oracle(env, config)


@pytest.mark.parametrize("config", [FiniteConfig(), FiniteConfig(id="chain"), GRIDS])
def test_the_expert_arrives_as_its_values_say(config):
    env, oracle = oracle_of(config, 300)
    obs, info = env.reset(seed=0)
    first = info.get("map", np.zeros(300, int))
    expected = oracle.q_values(obs).max(axis=1)
    returns, weight, running = np.zeros(300), np.ones(300), np.ones(300, bool)
    while running.any():
        obs, reward, terminated, truncated, _ = env.step(oracle.action(obs))
        returns += running * weight * reward
        weight *= config.discount
        running &= ~(terminated | truncated)
    for k in np.unique(first):
        mine = returns[first == k]
        error = mine.std() / np.sqrt(len(mine))
        assert abs(mine.mean() - expected[first == k][0]) <= 3.5 * error + 1e-9


@pytest.mark.parametrize("config", [FiniteConfig(), FiniteConfig(id="baird"), GRIDS])
def test_values_and_rewards_are_those_of_the_world_that_was_seen(config):
    env, oracle = oracle_of(config, 50)
    obs, _ = env.reset(seed=3)
    rng = np.random.default_rng(0)
    for _ in range(12):
        action = rng.integers(env.single_action_space.n, size=50)
        obs, *_ = env.step(action)
    worlds, mdps = env.batch.worlds, [problem.mdp for problem in env.batch.problems]
    q = [solve.optimal_q(mdp) for mdp in mdps]
    for i in range(50):
        k, s = worlds.map[i], worlds.state[i]
        assert oracle.q_values(obs)[i] == pytest.approx(q[k][s])
        assert oracle.reward(obs, action)[i] == pytest.approx(mdps[k].reward[s, action[i]])
    # Any number of observations, past ones too, whatever the worlds are doing now.
    kept = oracle.q_values(obs)
    env.reset(seed=4)
    assert (oracle.q_values(obs[:7]) == kept[:7]).all()


def test_every_state_is_told_apart_by_features():
    for name in ("baird", "w_to_2w"):
        config = FiniteConfig(id=name, observation="features")
        env = FINITE.make_vec(config, "train", 1)
        from envs.finite.oracle import Expert

        expert = Expert(env.batch, config.dt)
        for s in range(env.batch.problems[0].mdp.num_states):
            obs, _ = env.reset(options={"state": s})
            assert expert.place(obs)[1].tolist() == [s]


def test_the_expert_of_coachs_grid_turns_up_first_and_is_rewarded_as_the_task_says():
    _, oracle = oracle_of(FiniteConfig())
    assert oracle.action(cell(0, 0)).tolist() == [UP]
    assert oracle.action(cell(7, 1)).tolist() == [DOWN]
    assert oracle.reward(cell(0, 0), np.array([RIGHT])).tolist() == [-1]
    assert oracle.reward(cell(7, 1), np.array([DOWN])).tolist() == [5]
    assert oracle.q_values(cell(0, 0))[0] == pytest.approx(solve.optimal_q(coach_grid())[0])


def test_the_likelihood_is_a_distribution_whatever_the_scale_of_the_reward():
    q = solve.optimal_q(coach_grid())
    log_prob = boltzmann(q)
    assert np.exp(log_prob).sum(axis=1) == pytest.approx(np.ones(40))
    assert boltzmann(1000 * q) == pytest.approx(log_prob, rel=1e-6)
    assert np.exp(boltzmann(np.zeros((2, 4)))) == pytest.approx(np.full((2, 4), 0.25))
    # Three states that lose 1, 2 and 4 by the wrong action: the median is 2.
    two = boltzmann(np.array([[0.0, -1.0], [0.0, -2.0], [0.0, -4.0]]))
    assert two[:, 0] - two[:, 1] == pytest.approx(np.array([1, 2, 4]) / (2 * TEMPERATURE))
    _, oracle = oracle_of(FiniteConfig())
    per_action = [oracle.log_prob(cell(3, 2), np.array([a]))[0] for a in range(4)]
    assert np.exp(per_action).sum() == pytest.approx(1)


def test_risk_is_the_chance_to_meet_a_costly_cell_in_time():
    _, oracle = oracle_of(FiniteConfig(dt=0.5))
    assert oracle.risk(cell(0, 0), np.array([RIGHT]), 0.5).tolist() == [1]
    assert oracle.risk(cell(0, 0), np.array([UP]), 10.0).tolist() == [0]
    assert oracle.risk(cell(3, 1), np.array([DOWN]), 0.5).tolist() == [1]
    assert oracle.risk(cell(3, 2), np.array([DOWN]), 10.0).tolist() == [0]  # the expert turns away
    assert oracle.risk(cell(7, 0), np.array([LEFT]), 10.0).tolist() == [0]  # it is over
    assert oracle_of(FiniteConfig(id="chain"))[1].risk is None


def test_risk_of_slipping_agrees_with_what_happens():
    config = FiniteConfig(id="grid", slip=0.5, mdp_seed=2)
    count, steps = 20_000, 4
    env, oracle = oracle_of(config, count)
    obs, _ = env.reset(seed=0)
    first = np.full(count, RIGHT)
    expected = oracle.risk(obs, first, steps * config.dt)[0]
    assert 0.02 < expected < 0.98
    met, running, action = np.zeros(count, bool), np.ones(count, bool), first
    for _ in range(steps):
        obs, _, terminated, _, info = env.step(action)
        met |= running & (np.where(terminated, 0.0, info["cost"]) > 0)
        running &= ~terminated
        action = oracle.action(obs)
    assert abs(met.mean() - expected) < 3 * np.sqrt(expected * (1 - expected) / count)
