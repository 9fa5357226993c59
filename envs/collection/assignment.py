"""The hidden assignment: which colour is worth having, and which shape how much of it."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from envs.collection.features import FEATURES

_ORDERS = np.array(list(permutations(range(3))))  # [6, 3]

ASSIGNMENTS = len(_ORDERS) ** 2
"""How many there are: 6 orders of the colours × 6 of the shapes."""

COLOUR_OF = np.repeat(_ORDERS, len(_ORDERS), axis=0)
"""[36, 3] int: the colour of what is worth less than, exactly, and more than nothing."""

SHAPE_OF = np.tile(_ORDERS, (len(_ORDERS), 1))
"""[36, 3] int: the shape of what is worth 1–3, 4–7 and 8–10 points."""

LARGEST = np.array([3, 7, 10])
"""The largest magnitude of each of the three sizes."""

MEAN_MAGNITUDE = np.array([2.0, 5.5, 9.0])
"""Of 1–3, 4–7 and 8–10, where every magnitude is as likely as any other."""


def weights(assignment: int) -> np.ndarray:
    """The weights [15] of the features under which reward is what objects are worth on average.

    All the weight is on the conjunctions: sign of the colour × mean magnitude of the shape.
    """
    value = np.zeros((3, 3))  # [colour, shape]
    signs = np.array([-1.0, 0.0, 1.0])
    value[np.ix_(COLOUR_OF[assignment], SHAPE_OF[assignment])] = np.outer(signs, MEAN_MAGNITUDE)
    return np.concatenate([np.zeros(len(FEATURES) - 9), value.ravel()])
