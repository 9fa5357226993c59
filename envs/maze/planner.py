"""The expert: shortest ways that keep clear of hazards and walls, and how to follow them."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from envs.maze.batch import MazeBatch
from envs.maze.model import DAMPING, FORCE, HALF_WALL, HAZARD_RADIUS, RADIUS

STEP = 0.05
"""m between neighbouring nodes of the planner's grid."""
SPEED = 0.8
"""m/s, which the pilot keeps."""

_AHEAD = 4  # nodes of the way by which the pilot aims ahead
_GAIN = 6.0  # N s/m, on the error of velocity
_HAZARD_MARGIN, _HAZARD_WEIGHT = 0.1, 8.0  # m about hazards where a way costs up to 9 times as much
_INSIDE_WEIGHT = 100.0  # and within them, which is only for getting out
_WALL_MARGIN, _WALL_WEIGHT = 0.06, 3.0  # m beside what the mass cannot enter


class Planner:
    """Ways to the goal from everywhere, for N worlds; each is planned once an episode.

    Args:
        batch: the worlds.
        see_hazards: False for one that walks straight through them, to compare with.

    """

    def __init__(self, batch: MazeBatch, see_hazards: bool = True) -> None:
        self._batch, self._see_hazards = batch, see_hazards
        self._side = round(batch.config.cells / STEP) + 1
        line = np.linspace(-batch.config.cells / 2, batch.config.cells / 2, self._side)
        self._nodes = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)  # [G, 2]
        self._edges, self._length = _grid(self._side)
        self._planned = np.full(batch.count, -1, np.int64)
        self._next = np.zeros((batch.count, len(self._nodes)), np.int64)
        self._to_go = np.zeros((batch.count, len(self._nodes)))

    def action(self, position: np.ndarray, velocity: np.ndarray) -> np.ndarray:
        """Push towards a point a little further on the way; [N, 2] each -> [N, 2] float64.

        A proportional law on velocity, on top of the force that holds the wanted one.
        """
        self._plan()
        row = np.arange(len(position))
        node = self._nearest(position)
        for _ in range(_AHEAD):
            node = self._next[row, node]
        way = self._nodes[node] - position
        wanted = SPEED * way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
        push = (DAMPING * wanted + _GAIN * (wanted - velocity)) / FORCE
        # Scaled as a whole where it is too much, so that its direction stays.
        return push / np.maximum(np.abs(push).max(axis=1, keepdims=True), 1.0)

    def to_go(self, position: np.ndarray) -> np.ndarray:
        """[N, 2] -> [N] m of the way to the goal, a metre near hazards and walls counting more."""
        self._plan()
        nodes = self._around(position)  # [N, 4]
        apart = np.linalg.norm(self._nodes[nodes] - position[:, None], axis=2)
        return (self._to_go[np.arange(len(position))[:, None], nodes] + apart).min(axis=1)

    def _nearest(self, position: np.ndarray) -> np.ndarray:
        """[N, 2] -> [N], the node about a position from which the way is shortest."""
        nodes = self._around(position)
        row = np.arange(len(position))
        return nodes[row, self._to_go[row[:, None], nodes].argmin(axis=1)]

    def _around(self, position: np.ndarray) -> np.ndarray:
        """[N, 2] -> [N, 4], the nodes about a position."""
        corner = np.floor((position + self._batch.config.cells / 2) / STEP).astype(np.int64)
        corner = np.clip(corner, 0, self._side - 2)
        around = corner[:, None] + np.array([[0, 0], [1, 0], [0, 1], [1, 1]])  # [N, 4, 2]
        return around[..., 1] * self._side + around[..., 0]

    def _plan(self) -> None:
        for w in np.flatnonzero(self._planned != self._batch.layout).tolist():
            weight = self._weight(w)
            start, end = self._edges
            cost = self._length * (weight[start] + weight[end]) / 2
            open_ = np.isfinite(cost)
            shape = (len(self._nodes), len(self._nodes))
            graph = csr_matrix((cost[open_], (start[open_], end[open_])), shape)
            goal = int(np.argmin(((self._nodes - self._batch.goal[w]) ** 2).sum(axis=1)))
            to_go, after = dijkstra(graph, indices=goal, return_predecessors=True)
            self._to_go[w] = to_go
            self._next[w] = np.where(after < 0, np.arange(len(after)), after)
            self._planned[w] = self._batch.layout[w]

    def _weight(self, w: int) -> np.ndarray:
        """[G]: what a metre costs at each node, infinite where the mass cannot be."""
        weight = np.ones(len(self._nodes))
        room = self._room(w)
        weight += _WALL_WEIGHT * np.clip(1 - room / _WALL_MARGIN, 0, 1)
        if self._see_hazards and self._batch.config.hazards:
            offset = self._nodes[:, None] - self._batch.hazards[w]
            room_h = np.sqrt((offset**2).sum(axis=2)).min(axis=1) - HAZARD_RADIUS
            weight += _HAZARD_WEIGHT * np.clip(1 - room_h / _HAZARD_MARGIN, 0, 1)
            weight[room_h <= 0] += _INSIDE_WEIGHT
        weight[room < -STEP / 2] = np.inf
        return weight

    def _room(self, w: int) -> np.ndarray:
        """[G] m that the mass could still move before it touches a wall."""
        inside = self._batch.config.cells / 2 - np.abs(self._nodes).max(axis=1)
        room = inside - HALF_WALL - RADIUS
        if self._batch.walls.shape[1]:
            x, y, along_y = self._batch.walls[w].T
            half = np.where(along_y[:, None] == 1, [HALF_WALL, 0.5], [0.5, HALF_WALL])  # [W, 2]
            offset = np.abs(self._nodes[:, None] - np.stack([x, y], axis=1))  # [G, W, 2]
            outside = np.maximum(offset - half, 0.0)
            room = np.minimum(room, np.sqrt((outside**2).sum(axis=2)).min(axis=1) - RADIUS)
        return room


def _grid(side: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """The edges of a square grid with its diagonals, both ways, and their lengths in m."""
    number = np.arange(side * side).reshape(side, side)
    starts, ends, lengths = [], [], []
    for rows, columns in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = number[: side - rows, max(0, -columns) : side - max(0, columns)]
        there = number[rows:, max(0, columns) : side + min(0, columns)]
        starts += [here.ravel(), there.ravel()]
        ends += [there.ravel(), here.ravel()]
        lengths += [np.full(2 * here.size, STEP * np.hypot(rows, columns))]
    return (np.concatenate(starts), np.concatenate(ends)), np.concatenate(lengths)
