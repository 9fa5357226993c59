"""Mazes from a random generator: which walls stand, where hazards lie, from where to where."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import minimum_spanning_tree, shortest_path

_ASIDE = 0.18
"""m from the middle of its cell to that of a hazard, so that there is room on one side."""
_JITTER = 0.15
"""m, how far the start may be from the middle of its cell along each axis."""


class Layout(NamedTuple):
    """One maze; metres, the middle of the maze being 0.

    Attributes:
        walls: [W, 3], middle x and y, and 1 for a wall along y, 0 for one along x; 1 m long each.
        hazards: [H, 2], their middles.
        start: [2].
        goal: [2].

    """

    walls: np.ndarray
    hazards: np.ndarray
    start: np.ndarray
    goal: np.ndarray


class Borders(NamedTuple):
    """Where two cells meet, and a wall may stand.

    Attributes:
        cells: [E, 2] int, the two cells; cell (column, row) is number column + row * cells.
        walls: [E, 3], the wall there, as in `Layout`.

    """

    cells: np.ndarray
    walls: np.ndarray


def borders(cells: int) -> Borders:
    """All of them: 2 c (c - 1)."""
    row, column = np.divmod(np.arange(cells**2), cells)
    middle = centre(np.arange(cells**2), cells)
    right, up = column < cells - 1, row < cells - 1
    number = np.arange(cells**2)
    pairs = [np.stack([number[right], number[right] + 1], axis=1)]
    pairs += [np.stack([number[up], number[up] + cells], axis=1)]
    walls = [np.column_stack([middle[right] + [0.5, 0.0], np.ones(right.sum())])]
    walls += [np.column_stack([middle[up] + [0.0, 0.5], np.zeros(up.sum())])]
    return Borders(np.concatenate(pairs), np.concatenate(walls))


def centre(cell: np.ndarray, cells: int) -> np.ndarray:
    """[...] int -> [..., 2], the middle of cells."""
    row, column = np.divmod(cell, cells)
    return np.stack([column, row], axis=-1) + 0.5 - cells / 2


def number_of_walls(cells: int, openness: float) -> int:
    """How many of the walls stand that may without cutting any cell off."""
    return round((1 - openness) * (2 * cells * (cells - 1) - (cells**2 - 1)))


def draw_layout(rng: np.random.Generator, cells: int, walls: int, hazards: int) -> Layout:
    """Draw a maze with a way between any two cells.

    Start and goal are at least as many cells apart as the maze has on a side, going round walls,
    and further apart than if there were no walls wherever the maze has such a pair. Half of the
    hazards lie on the shortest way.
    """
    edges = borders(cells)
    passable = _tree(rng, edges.cells, cells**2)
    closed = rng.permutation(np.flatnonzero(~passable))[:walls]
    passable = np.ones(len(passable), bool)
    passable[closed] = False
    start, goal, way = _ends(rng, edges.cells[passable], cells)
    on_way = rng.permutation(way[1:-1])[: (hazards + 1) // 2]
    others = np.setdiff1d(np.arange(cells**2), [start, goal, *on_way])
    chosen = np.concatenate([on_way, rng.permutation(others)])[:hazards]
    angle = rng.uniform(0, 2 * np.pi, hazards)
    aside = _ASIDE * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return Layout(
        walls=edges.walls[closed],
        hazards=centre(chosen.astype(np.int64), cells) + aside,
        start=centre(np.array(start), cells) + rng.uniform(-_JITTER, _JITTER, 2),
        goal=centre(np.array(goal), cells),
    )


def draw_start(rng: np.random.Generator, layout: Layout, cells: int) -> np.ndarray:
    """[2], another start in the same maze, in a cell without hazards that `draw_layout` might take.

    It is as far from the goal, and further than without walls wherever there is such a cell.
    """
    edges = borders(cells)
    closed = (edges.walls[:, None] == layout.walls).all(axis=2).any(axis=1)
    passages = edges.cells[~closed]
    goal, *dangerous = (
        int(c) for c in _cell_of(np.concatenate([layout.goal[None], layout.hazards]), cells)
    )
    steps = shortest_path(_graph(passages, cells), "D", False, unweighted=True, indices=goal)
    place = centre(np.arange(cells**2), cells)
    far = steps >= cells
    far[dangerous] = False
    detour = far & (steps > np.abs(place - layout.goal).sum(axis=1))
    cell = rng.choice(np.flatnonzero(detour if detour.any() else far))
    return place[cell] + rng.uniform(-_JITTER, _JITTER, 2)


def _cell_of(position: np.ndarray, cells: int) -> np.ndarray:
    """[..., 2] m -> [...], the number of the cell there."""
    column, row = np.moveaxis(np.floor(position + cells / 2).astype(np.int64), -1, 0)
    return column + row * cells


def _graph(passages: np.ndarray, cells: int) -> csr_matrix:
    return csr_matrix((np.ones(len(passages)), passages.T), (cells**2, cells**2))


def _tree(rng: np.random.Generator, pairs: np.ndarray, count: int) -> np.ndarray:
    """[E] bool: the borders of a random spanning tree, Kruskal's with random weights."""
    weights = 1.0 + rng.permutation(len(pairs))
    tree = minimum_spanning_tree(csr_matrix((weights, pairs.T), (count, count)))
    return np.isin(weights, tree.data)


def _ends(
    rng: np.random.Generator, passages: np.ndarray, cells: int
) -> tuple[int, int, np.ndarray]:
    """Start, goal, and the cells of a shortest way between them, both included."""
    count = cells**2
    steps, before = shortest_path(
        _graph(passages, cells), "D", directed=False, unweighted=True, return_predecessors=True
    )
    place = centre(np.arange(count), cells)
    without_walls = np.abs(place[:, None] - place).sum(axis=-1)
    far = steps >= cells
    detour = far & (steps > without_walls)
    pairs = np.argwhere(detour if detour.any() else far)
    start, goal = pairs[rng.integers(len(pairs))].tolist()
    way = [goal]
    while way[-1] != start:
        way.append(int(before[start, way[-1]]))
    return start, goal, np.array(way[::-1])
