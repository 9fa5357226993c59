"""What the task shows and what can be done in it: objects, actions, and the 15 features.

A level has four clusters of five objects. An object is seen as eight numbers: x, y in [-1, 1]
(right and up), its colour as one of three, its shape as one of three. The objects stand in the
observation [160] cluster by cluster, in the order of `CORNERS`.
"""

from __future__ import annotations

import numpy as np

COLOURS = ("pink", "blue", "yellow")
SHAPES = ("circle", "square", "triangle")
CORNERS = ("top left", "top right", "bottom right", "bottom left")
FEATURES = (*COLOURS, *SHAPES, *(f"{colour} {shape}" for colour in COLOURS for shape in SHAPES))
"""Names of the 15 features: three colours, three shapes, nine conjunctions."""

CLUSTERS = len(CORNERS)
OBJECTS = 5
"""Objects in a cluster."""

OBJECT_SIZE = 2 + len(COLOURS) + len(SHAPES)
OBS_SIZE = CLUSTERS * OBJECTS * OBJECT_SIZE

SUBSETS = 2**OBJECTS
NUM_ACTIONS = CLUSTERS * SUBSETS
MEMBERS = (np.arange(SUBSETS)[:, None] >> np.arange(OBJECTS)) & 1 == 1
"""[32, 5] bool: which objects each subset holds; object k is bit k."""


def encode(cluster: np.ndarray, collected: np.ndarray) -> np.ndarray:
    """Number the actions: 32·cluster + Σ 2^k·collected_k.

    Args:
        cluster: [M] int, 0 to 3, in the order of `CORNERS`.
        collected: [M, 5] bool.

    Returns:
        [M] int64, 0 to 127.

    """
    bits = 1 << np.arange(OBJECTS)
    return np.asarray(cluster, np.int64) * SUBSETS + np.asarray(collected, np.int64) @ bits


def decode(action: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[M] int, 0 to 127 -> the cluster [M] int64, and which of its objects [M, 5] bool."""
    cluster, subset = np.divmod(np.asarray(action, np.int64), SUBSETS)
    return cluster, MEMBERS[subset]


def show(position: np.ndarray, colour: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Write objects as observations.

    Args:
        position: [..., 4, 5, 2] in [-1, 1].
        colour: [..., 4, 5] int, index in `COLOURS`.
        shape: [..., 4, 5] int, index in `SHAPES`.

    Returns:
        [..., 160] float32.

    """
    one_hot = np.eye(3, dtype=np.float32)
    objects = np.concatenate([position, one_hot[colour], one_hot[shape]], axis=-1, dtype=np.float32)
    return objects.reshape(*colour.shape[:-2], OBS_SIZE)


def seen(obs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """[..., 160] -> position [..., 4, 5, 2], colour and shape [..., 4, 5] int; undoes `show`."""
    obs = np.asarray(obs)
    objects = obs.reshape(*obs.shape[:-1], CLUSTERS, OBJECTS, OBJECT_SIZE)
    return objects[..., :2], objects[..., 2:5].argmax(axis=-1), objects[..., 5:].argmax(axis=-1)


def features(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
    """Count what an action collects where an observation was made.

    Args:
        obs: [M, 160].
        action: [M] int.

    Returns:
        [M, 15] float64, how many collected objects have each of `FEATURES`; φ in Sumers et al.
        2021.

    """
    cluster, collected = decode(action)
    _, colour, shape = seen(obs)
    row = np.arange(len(cluster))
    colour, shape = colour[row, cluster], shape[row, cluster]  # [M, 5]
    pairs = np.eye(9)[3 * colour + shape] * collected[..., None]
    each = np.concatenate([np.eye(3)[colour], np.eye(3)[shape]], axis=-1) * collected[..., None]
    return np.concatenate([each, pairs], axis=-1).sum(axis=1)
