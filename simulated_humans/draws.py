"""Random numbers that belong to one world and one moment, or to one query, whatever else is on."""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCK = 128
"""Moments drawn at a time, so that seeding a generator costs next to nothing a step."""


class Draws:
    """One stream of random numbers for each world.

    Every moment uses up one row for each world, needed or not, and a block of rows is a function
    of (seed, stream, world, block) alone. So a world's numbers do not depend on how many worlds
    there are or on what the human did, and the whole state is one counter.
    """

    def __init__(
        self, seed: int, num_worlds: int, uniforms: int, normals: int, stream: tuple[int, ...] = ()
    ):
        """`stream` tells the numbers of one part of a human from those of another."""
        self._seed = seed
        self._stream = stream
        self._num_worlds = num_worlds
        self._uniform = np.empty((BLOCK, num_worlds, uniforms))
        self._normal = np.empty((BLOCK, num_worlds, normals))
        self._filled = -1
        self.count = 0

    def next(self) -> tuple[np.ndarray, np.ndarray]:
        """Uniforms [N, uniforms] in [0, 1) and standard normals [N, normals] for this moment."""
        block, row = divmod(self.count, BLOCK)
        if block != self._filled:
            self._fill(block)
        self.count += 1
        return self._uniform[row], self._normal[row]

    def _fill(self, block: int) -> None:
        for world in range(self._num_worlds):
            key = np.random.SeedSequence(self._seed, spawn_key=(world, block, *self._stream))
            rng = np.random.Generator(np.random.PCG64(key))
            self._uniform[:, world] = rng.random(self._uniform.shape[::2])
            self._normal[:, world] = rng.standard_normal(self._normal.shape[::2])
        self._filled = block

    def state_dict(self) -> dict[str, Any]:
        """The counter."""
        return {"count": self.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on after the same moment."""
        self.count = int(state["count"])


class QueryDraws:
    """One row of random numbers for each query, in the order in which a human is asked.

    Queries have no world. The number in a column of a query's row is a function of (seed, column,
    running number of the query) alone: it depends neither on how many queries are put at once nor
    on how many columns the others use. The whole state is one counter.
    """

    def __init__(self, seed: int):
        self._seed = seed
        self._filled: dict[tuple[int, int], tuple[int, np.ndarray]] = {}
        self.count = 0

    def next(self, queries: int, uniforms: int, normals: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Uniforms [B, uniforms] in [0, 1) and standard normals [B, normals] for B new queries."""
        first = self.count
        self.count += queries
        return self._table(0, first, queries, uniforms), self._table(1, first, queries, normals)

    def _table(self, form: int, first: int, queries: int, columns: int) -> np.ndarray:
        table = np.empty((queries, columns))
        if queries:
            block, row = divmod(first, BLOCK)
            blocks = range(block, (first + queries - 1) // BLOCK + 1)
            for column in range(columns):
                whole = np.concatenate([self._block(form, column, block) for block in blocks])
                table[:, column] = whole[row : row + queries]
        return table

    def _block(self, form: int, column: int, block: int) -> np.ndarray:
        filled, numbers = self._filled.get((form, column), (-1, None))
        if numbers is None or filled != block:
            key = np.random.SeedSequence(self._seed, spawn_key=(form, column, block))
            rng = np.random.Generator(np.random.PCG64(key))
            numbers = rng.standard_normal(BLOCK) if form else rng.random(BLOCK)
            self._filled[form, column] = block, numbers
        return numbers

    def state_dict(self) -> dict[str, Any]:
        """The counter."""
        return {"count": self.count}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on after the same query."""
        self.count = int(state["count"])
