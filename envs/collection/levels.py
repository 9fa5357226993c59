"""Levels from a seed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.collection.assignment import ASSIGNMENTS, COLOUR_OF, LARGEST, SHAPE_OF
from envs.collection.features import CLUSTERS, OBJECTS, show

SIGN_CHANCE = (0.35, 0.15, 0.5)
"""Chances that an object is worth less than, exactly, or more than nothing: of the levels that
Sumers et al. 2021 published with their code."""

LARGEST_MAGNITUDE = 10

_CORNER = 0.7 * np.array([[-1.0, 1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]])  # [4, 2]
_CELLS = 0.2 * np.stack(np.meshgrid([-1, 0, 1], [1, 0, -1]), axis=-1).reshape(9, 2)
_JITTER = 0.025


class Levels(NamedTuple):
    """The levels of one episode.

    Attributes:
        assignment: 0 to 35.
        obs: [L, 160] float32, what is seen.
        value: [L, 4, 5] int64, what is hidden: points, from -10 to 10.

    """

    assignment: int
    obs: np.ndarray
    value: np.ndarray


def draw_levels(seed: int, count: int, assignment: int | None) -> Levels:
    """Draw `count` levels; with None, the assignment too."""
    rng = np.random.default_rng(seed)
    drawn = int(rng.integers(ASSIGNMENTS))  # always, so that the levels do not depend on it
    if assignment is None:
        assignment = drawn
    size = (count, CLUSTERS, OBJECTS)
    sign = rng.choice(3, size, p=SIGN_CHANCE)
    # What is worth nothing has a magnitude too, for the sake of its shape.
    magnitude = rng.integers(1, LARGEST_MAGNITUDE + 1, size)
    colour = COLOUR_OF[assignment][sign]
    shape = SHAPE_OF[assignment][np.searchsorted(LARGEST, magnitude)]
    obs = show(_draw_positions(rng, count), colour, shape)
    return Levels(assignment, obs, (sign - 1) * magnitude)


def _draw_positions(rng: np.random.Generator, count: int) -> np.ndarray:
    """[L, 4, 5, 2]: five of nine cells about each corner, in reading order, a little displaced."""
    cells = np.argsort(rng.random((count, CLUSTERS, len(_CELLS))), axis=-1)[..., :OBJECTS]
    displaced = rng.uniform(-_JITTER, _JITTER, (count, CLUSTERS, OBJECTS, 2))
    return _CORNER[:, None] + _CELLS[np.sort(cells, axis=-1)] + displaced
