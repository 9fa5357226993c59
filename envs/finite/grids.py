"""Gridworlds: the one of the COACH paper, and others of its kind from a seed."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np

from envs.finite.mdp import FiniteMDP
from teaching import UserError

Cell = tuple[int, int]
"""(x, y); x grows to the right, y upwards."""

MOVES: tuple[Cell, ...] = ((1, 0), (0, 1), (-1, 0), (0, -1))
ACTIONS = ("right", "up", "left", "down")
"""The names of the actions; a quarter turn to the left from each to the next."""

GOAL_REWARD = 5.0
COSTLY_REWARD = -1.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Where things are. State ``y * width + x`` is cell (x, y).

    Attributes:
        width: cells from left to right.
        height: cells from bottom to top.
        start: the first cell of every episode.
        goal: entering it pays `GOAL_REWARD` and ends the episode.
        costly: ending a step in one of these costs 1, staying in one included.

    Raises:
        UserError: cells that do not lie in the grid, or are two things at once.

    """

    width: int
    height: int
    start: Cell
    goal: Cell
    costly: frozenset[Cell] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what is no gridworld."""
        named = {"start": {self.start}, "goal": {self.goal}, "costly": self.costly}
        for name, cells in named.items():
            for x, y in cells:
                if not (0 <= x < self.width and 0 <= y < self.height):
                    size = f"{self.width} × {self.height}"
                    raise UserError(f"{name} cell {(x, y)} lies outside of the {size} grid")
        if self.start == self.goal or self.costly & {self.start, self.goal}:
            raise UserError("start, goal and costly cells of a grid must be different cells")

    @property
    def num_states(self) -> int:
        """Number of cells."""
        return self.width * self.height

    def state(self, cell: Cell) -> int:
        """Return the state that a cell is."""
        return cell[1] * self.width + cell[0]

    def cell(self, state: int) -> Cell:
        """Return the cell that a state is."""
        return state % self.width, state // self.width

    def costly_states(self) -> np.ndarray:
        """[S] bool."""
        mask = np.zeros(self.num_states, bool)
        mask[[self.state(cell) for cell in self.costly]] = True
        return mask


COACH_GRID = Grid(8, 5, (0, 0), (7, 0), frozenset((x, 0) for x in range(1, 7)))
"""MacGlashan et al. 2017: the direct way along the bottom row costs, the way round is 9 steps."""


def grid_mdp(grid: Grid, discount: float = 0.99, slip: float = 0.0) -> FiniteMDP:
    """Walk a grid: four moves, the border holds.

    Args:
        grid: where things are.
        discount: in [0, 1].
        slip: probability that a move goes off at a right angle, half of it to either side.

    Raises:
        UserError: a slip or a discount that is no probability.

    """
    if not 0.0 <= slip <= 1.0:
        raise UserError(f"slip must be from 0 to 1, got {slip}")
    size, goal = grid.num_states, grid.state(grid.goal)
    straight = np.zeros((size, len(MOVES), size))
    for state in range(size):
        for action in range(len(MOVES)):
            straight[state, action, next_state(grid, state, action)] = 1.0
    aside = (np.roll(straight, 1, axis=1) + np.roll(straight, -1, axis=1)) / 2
    transition = (1.0 - slip) * straight + slip * aside
    transition[goal] = np.eye(size)[goal]
    pays = np.where(grid.costly_states(), COSTLY_REWARD, 0.0)
    pays[goal] = GOAL_REWARD
    reward = np.broadcast_to(pays, transition.shape).copy()
    reward[goal] = 0.0
    certain = slip == 0.0
    return FiniteMDP(
        transition=transition,
        reward=np.einsum("sat,sat->sa", transition, reward) if certain else reward,
        initial=np.eye(size)[grid.state(grid.start)],
        terminal=np.arange(size) == goal,
        discount=discount,
    )


def next_state(grid: Grid, state: int, action: int) -> int:
    """Return where a move leads that does not slip; into the border, nowhere."""
    (x, y), (dx, dy) = grid.cell(state), MOVES[action]
    x, y = x + dx, y + dy
    inside = 0 <= x < grid.width and 0 <= y < grid.height
    return grid.state((x, y)) if inside else state


def coach_grid(discount: float = 0.99) -> FiniteMDP:
    """Return the gridworld of the COACH paper (MacGlashan et al. 2017)."""
    return grid_mdp(COACH_GRID, discount)


def random_grid(
    rng: np.random.Generator,
    width: int = 8,
    height: int = 5,
    costly: int = 6,
    start: Cell | None = None,
    goal: Cell | None = None,
) -> Grid:
    """Return a grid that can be crossed without cost.

    Args:
        rng: where chance comes from.
        width: cells from left to right.
        height: cells from bottom to top.
        costly: how many costly cells, at most a third of all.
        start: None for any cell.
        goal: None for any cell at least half as far from the start as the farthest.

    Raises:
        UserError: a size or a number of costly cells that makes no such grid.

    """
    if width < 1 or height < 1 or width * height < 2:
        raise UserError(f"a grid needs at least 2 cells, got width={width} and height={height}")
    if not 0 <= costly <= width * height // 3:
        most = width * height // 3
        raise UserError(
            f"costly must be from 0 to {most}, a third of the {width} × {height} cells, "
            f"got {costly}"
        )
    for _ in range(100):
        ends = _draw_ends(rng, width, height, start, goal)
        cells = _draw_costly(rng, Grid(width, height, *ends), costly)
        if cells is not None:
            return Grid(width, height, *ends, cells)
    raise UserError(
        f"no {width} × {height} grid with {costly} costly cells leaves a way around; lower costly"
    )


def _draw_ends(
    rng: np.random.Generator, width: int, height: int, start: Cell | None, goal: Cell | None
) -> tuple[Cell, Cell]:
    """Return start and goal."""
    cells = [(x, y) for y in range(height) for x in range(width)]
    if start is None:
        start = cells[int(rng.choice([i for i, cell in enumerate(cells) if cell != goal]))]
    if goal is None:
        far = np.array([abs(x - start[0]) + abs(y - start[1]) for x, y in cells])
        goal = cells[int(rng.choice(np.flatnonzero(2 * far >= max(far.max(), 1))))]
    return start, goal


def _draw_costly(rng: np.random.Generator, grid: Grid, count: int) -> frozenset[Cell] | None:
    """Add cells at random that leave a way around; None where `count` of them cannot be had."""
    chosen: set[Cell] = set()
    for state in rng.permutation(grid.num_states).tolist():
        if len(chosen) == count:
            break
        cell = grid.cell(state)
        if cell not in (grid.start, grid.goal) and safe_steps(grid, chosen | {cell}) is not None:
            chosen.add(cell)
    return frozenset(chosen) if len(chosen) == count else None


def safe_steps(grid: Grid, costly: Set[Cell] | None = None) -> int | None:
    """Return the length of the shortest way without cost, None where there is none.

    Args:
        grid: where things are.
        costly: other cells in the place of the grid's own.

    """
    blocked = grid.costly if costly is None else costly
    edge, seen, steps = {grid.start}, {grid.start}, 0
    while edge:
        if grid.goal in edge:
            return steps
        around = {(x + dx, y + dy) for x, y in edge for dx, dy in MOVES}
        edge = {
            (x, y)
            for x, y in around - seen - blocked
            if 0 <= x < grid.width and 0 <= y < grid.height
        }
        seen |= edge
        steps += 1
    return None
