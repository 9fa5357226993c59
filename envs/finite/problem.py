"""What an environment needs of an MDP beyond its arrays: what is seen of it, and how it looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.finite.grids import Grid, grid_mdp
from envs.finite.mdp import FiniteMDP


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """An MDP to live in.

    Attributes:
        mdp: what happens.
        position: [S, d] what an observation says of the state.
        context: [c] in [0, 1], what it says of the MDP, the same in every state.
        grid: the cells that the states are, if they are cells of a gridworld.
        cells: [S, 2] where the states are drawn otherwise, x and y from 0 on; None for a row.

    """

    mdp: FiniteMDP
    position: np.ndarray
    context: np.ndarray
    grid: Grid | None = None
    cells: np.ndarray | None = None


def one_hot(mdp: FiniteMDP, grid: Grid | None = None, cells: np.ndarray | None = None) -> Problem:
    """Each state by its number: observations [S]."""
    here = np.eye(mdp.num_states)
    return Problem(mdp=mdp, position=here, context=np.zeros(0), grid=grid, cells=cells)


def with_features(mdp: FiniteMDP, features: np.ndarray, cells: np.ndarray | None = None) -> Problem:
    """Each state by its features: observations [d]."""
    return Problem(mdp=mdp, position=features, context=np.zeros(0), cells=cells)


def with_map(grid: Grid, discount: float, slip: float) -> Problem:
    """A grid with its map: observations [3 · S] of 0 and 1, where one is, the goal, what costs."""
    mdp = grid_mdp(grid, discount, slip)
    context = np.concatenate([mdp.terminal, grid.costly_states()]).astype(np.float64)
    return Problem(mdp=mdp, position=np.eye(grid.num_states), context=context, grid=grid)
