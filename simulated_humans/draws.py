"""Random numbers that belong to one world and one moment, whatever else is going on."""

from __future__ import annotations

from typing import Any

import numpy as np

BLOCK = 128
"""Moments drawn at a time, so that seeding a generator costs next to nothing a step."""


class Draws:
    """One stream of random numbers for each world.

    Every moment uses up one row for each world, needed or not, and a block of rows is a function
    of (seed, world, block) alone. So a world's numbers do not depend on how many worlds there are
    or on what the human did, and the whole state is one counter.
    """

    def __init__(self, seed: int, num_worlds: int, uniforms: int, normals: int):
        self._seed = seed
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
            key = np.random.SeedSequence(self._seed, spawn_key=(world, block))
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
