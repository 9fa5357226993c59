"""Pictures of a finite MDP, for people: cells where the states are cells, or a row of states."""

from __future__ import annotations

import numpy as np

from envs.finite.problem import Problem

CELL = 48
"""Pixels."""

_A_ROW = 20  # states side by side where they are no cells of a grid

FREE, LINE, START = (244, 242, 236), (198, 196, 190), (150, 148, 142)
WALL = (108, 104, 98)
COSTLY, GOAL, AGENT, TRAIL = (222, 122, 108), (92, 172, 104), (44, 92, 160), (150, 178, 214)
ALERT = (226, 52, 60)


def draw(problem: Problem, state: int, previous: int, takeover: bool) -> np.ndarray:
    """Draw one world.

    A blue disc is where the agent is, a light one where it was a step ago; green ends the episode,
    red costs, a grey frame is where episodes begin. Grids are drawn with (0, 0) at the bottom left.

    Args:
        problem: what the world lives in.
        state: where it is.
        previous: where it was a step ago.
        takeover: True puts a red frame around it all.

    Returns:
        [height, width, 3] uint8.

    """
    columns, rows = _size(problem)
    ground = FREE if problem.cells is None else WALL
    image = np.full((rows * CELL, columns * CELL, 3), ground, np.uint8)
    costly = problem.grid.costly_states() if problem.grid else np.zeros_like(problem.mdp.terminal)
    for s in range(problem.mdp.num_states):
        cell = _cell(problem, image, s)
        colour = COSTLY if costly[s] else GOAL if problem.mdp.terminal[s] else FREE
        cell[:], cell[:1], cell[:, :1] = colour, LINE, LINE
        if problem.mdp.initial[s] == 1.0:
            _frame(cell, START, 3, inset=5)
    image[-1:], image[:, -1:] = LINE, LINE
    if previous != state:
        _disc(_cell(problem, image, previous), TRAIL, 0.14)
    _disc(_cell(problem, image, state), AGENT, 0.32)
    if takeover:
        _frame(image, ALERT, 6)
    return image


def _size(problem: Problem) -> tuple[int, int]:
    """Columns and rows."""
    if problem.grid is not None:
        return problem.grid.width, problem.grid.height
    if problem.cells is not None:  # a wall all around
        width, height = problem.cells.max(axis=0) + 2
        return int(width), int(height)
    states = problem.mdp.num_states
    return min(states, _A_ROW), -(-states // _A_ROW)


def _cell(problem: Problem, image: np.ndarray, state: int) -> np.ndarray:
    """[CELL, CELL, 3] view of the image where a state is drawn."""
    if problem.grid is not None:
        column, y = problem.grid.cell(state)
        row = problem.grid.height - 1 - y
    elif problem.cells is not None:
        column, y = problem.cells[state].tolist()
        row = _size(problem)[1] - 1 - y
    else:
        row, column = divmod(state, _A_ROW)
    return image[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]


def _disc(cell: np.ndarray, colour: tuple[int, int, int], radius: float) -> None:
    """A disc in the middle of a cell; the radius is in cells."""
    middle = np.arange(CELL) - (CELL - 1) / 2
    distance = np.hypot(middle[:, None], middle[None])
    cover = np.clip(radius * CELL - distance + 0.5, 0.0, 1.0)[..., None]
    cell[:] = np.round(cover * np.array(colour) + (1.0 - cover) * cell)


def _frame(image: np.ndarray, colour: tuple[int, int, int], width: int, inset: int = 0) -> None:
    """A frame along the border, so many pixels inside of it."""
    inner = image[inset : len(image) - inset, inset : image.shape[1] - inset]
    inner[:width], inner[-width:] = colour, colour
    inner[:, :width], inner[:, -width:] = colour, colour
