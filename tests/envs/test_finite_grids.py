from itertools import product

import numpy as np
import pytest

from envs.finite import solve
from envs.finite.grids import (
    ACTIONS,
    COACH_GRID,
    Grid,
    coach_grid,
    grid_mdp,
    random_grid,
    safe_steps,
)
from teaching import UserError

RIGHT, UP, LEFT, DOWN = (ACTIONS.index(name) for name in ("right", "up", "left", "down"))
MDP = coach_grid()


@pytest.mark.parametrize(
    ("cell", "action", "to", "reward"),
    [
        ((3, 2), RIGHT, (4, 2), 0),  # in the open, all four ways
        ((3, 2), UP, (3, 3), 0),
        ((3, 2), LEFT, (2, 2), 0),
        ((3, 2), DOWN, (3, 1), 0),
        ((0, 0), LEFT, (0, 0), 0),  # corners: the border holds on both sides
        ((0, 0), DOWN, (0, 0), 0),
        ((0, 4), LEFT, (0, 4), 0),
        ((0, 4), UP, (0, 4), 0),
        ((7, 4), RIGHT, (7, 4), 0),
        ((7, 4), UP, (7, 4), 0),
        ((0, 2), LEFT, (0, 2), 0),  # edges
        ((3, 4), UP, (3, 4), 0),
        ((7, 2), RIGHT, (7, 2), 0),
        ((3, 0), DOWN, (3, 0), -1),  # the bottom edge is costly: staying there costs again
        ((0, 0), RIGHT, (1, 0), -1),  # into the costly cells: from the start, from above, along
        ((4, 1), DOWN, (4, 0), -1),
        ((2, 0), RIGHT, (3, 0), -1),
        ((5, 0), UP, (5, 1), 0),  # out of them
        ((1, 0), LEFT, (0, 0), 0),
        ((6, 0), RIGHT, (7, 0), 5),  # into the goal, both ways
        ((7, 1), DOWN, (7, 0), 5),
        ((7, 0), UP, (7, 0), 0),  # after the end nothing happens
        ((7, 0), LEFT, (7, 0), 0),
    ],
)
def test_a_move_in_coachs_grid(cell, action, to, reward):
    state = COACH_GRID.state(cell)
    assert MDP.transition[state, action, COACH_GRID.state(to)] == 1
    assert MDP.reward[state, action] == reward


def test_coachs_grid_is_the_published_one():
    assert (MDP.num_states, MDP.num_actions) == (40, 4)
    assert MDP.initial[COACH_GRID.state((0, 0))] == 1
    assert np.flatnonzero(MDP.terminal).tolist() == [COACH_GRID.state((7, 0))]
    costly = np.flatnonzero(COACH_GRID.costly_states())
    assert [COACH_GRID.cell(s) for s in costly.tolist()] == [(x, 0) for x in range(1, 7)]
    assert (MDP.reward[:, :].min(), MDP.reward.max()) == (-1, 5)


def test_the_shortest_safe_route_takes_nine_steps_and_the_optimum_walks_it():
    assert safe_steps(COACH_GRID) == 9
    optimal = solve.greedy(solve.optimal_q(MDP))
    assert solve.expected_steps(MDP, optimal) == pytest.approx(9)
    assert solve.expected_return(MDP, optimal) == pytest.approx(5 * 0.99**8)


def test_the_return_of_the_direct_route():
    right = np.tile(np.eye(4)[RIGHT], (40, 1))
    bottom = solve.policy_v(MDP, right)[COACH_GRID.state((0, 0))]
    # Six costly cells, then the goal on the seventh step.
    assert bottom == pytest.approx(-sum(0.99**t for t in range(6)) + 5 * 0.99**6)


def test_a_slip_goes_off_at_a_right_angle_to_either_side():
    grid = Grid(3, 3, (0, 0), (2, 2), frozenset({(0, 1)}))
    mdp = grid_mdp(grid, slip=0.2)
    row = mdp.transition[grid.state((1, 1)), UP]
    assert row[grid.state((1, 2))] == pytest.approx(0.8)
    assert row[grid.state((0, 1))] == pytest.approx(0.1)
    assert row[grid.state((2, 1))] == pytest.approx(0.1)
    assert mdp.reward[grid.state((1, 1)), UP] == pytest.approx(-0.1)
    assert mdp.reward[grid.state((2, 1)), UP] == pytest.approx(0.8 * 5)
    # Up from the middle of the left edge: half of the slip runs into the border, and stays.
    row = mdp.transition[grid.state((0, 1)), UP]
    assert row[grid.state((0, 1))] == pytest.approx(0.1)
    assert mdp.transition_reward is not None
    assert grid_mdp(grid).transition_reward is None


def test_state_and_cell_are_inverse():
    cells = [COACH_GRID.cell(s) for s in range(40)]
    assert [COACH_GRID.state(cell) for cell in cells] == list(range(40))
    assert set(cells) == set(product(range(8), range(5)))


@pytest.mark.parametrize(
    ("width", "height", "costly"), [(8, 5, 6), (4, 4, 5), (2, 1, 0), (9, 2, 6)]
)
def test_a_grid_from_a_seed_can_be_crossed_without_cost(width, height, costly):
    for seed in range(30):
        grid = random_grid(np.random.default_rng(seed), width, height, costly)
        assert (grid.width, grid.height, len(grid.costly)) == (width, height, costly)
        mdp = grid_mdp(grid, discount=1.0)
        # The best return without discount is +5: there is a way that costs nothing.
        assert solve.optimal_v(mdp)[grid.state(grid.start)] == pytest.approx(5)
        assert safe_steps(grid) >= abs(grid.start[0] - grid.goal[0]) + abs(
            grid.start[1] - grid.goal[1]
        )
        assert random_grid(np.random.default_rng(seed), width, height, costly) == grid


def test_start_and_goal_can_be_given_and_otherwise_lie_far_apart():
    grids = [random_grid(np.random.default_rng(seed)) for seed in range(40)]
    assert len({(grid.start, grid.goal) for grid in grids}) > 30
    # From any cell of 8 × 5 the farthest is at least 4 + 2 away; the goal at least half of that.
    assert min(abs(g.start[0] - g.goal[0]) + abs(g.start[1] - g.goal[1]) for g in grids) >= 3
    given = random_grid(np.random.default_rng(0), start=(0, 0), goal=(1, 0))
    assert (given.start, given.goal) == ((0, 0), (1, 0))


def test_a_wall_of_costly_cells_leaves_no_safe_way():
    grid = Grid(3, 2, (0, 0), (2, 0), frozenset({(1, 0), (1, 1)}))
    assert safe_steps(grid) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Grid(3, 2, (0, 0), (3, 0)), r"goal cell \(3, 0\) lies outside of the 3 × 2 grid"),
        (lambda: Grid(3, 2, (0, 0), (0, 0)), "must be different cells"),
        (lambda: Grid(3, 2, (0, 0), (1, 0), frozenset({(1, 0)})), "must be different cells"),
        (lambda: grid_mdp(COACH_GRID, slip=1.5), "slip must be from 0 to 1, got 1.5"),
        (lambda: random_grid(np.random.default_rng(0), 1, 1, 0), "at least 2 cells"),
        (lambda: random_grid(np.random.default_rng(0), 3, 3, 4), "costly must be from 0 to 3"),
        (
            lambda: random_grid(np.random.default_rng(0), 6, 1, 2, start=(0, 0), goal=(5, 0)),
            "leaves a way around",
        ),
    ],
)
def test_what_is_no_grid_is_refused_in_one_line(call, message):
    with pytest.raises(UserError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
