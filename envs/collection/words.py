"""What can be said about the collection task."""

from __future__ import annotations

import numpy as np

from envs.collection.features import (
    COLOURS,
    CORNERS,
    FEATURES,
    MEMBERS,
    NUM_ACTIONS,
    SHAPES,
    decode,
    encode,
    features,
    seen,
)
from teaching.words import Term, Words

_SAID = {
    "pink": ("magenta", "purple", "rose"),
    "blue": ("cyan", "turquoise", "navy"),
    "yellow": ("gold", "golden", "amber"),
    "circle": ("dot", "ball", "disc"),
    "square": ("box", "block"),
    "triangle": ("pyramid", "wedge"),
    "top left": ("upper left", "left top", "northwest"),
    "top right": ("upper right", "right top", "northeast"),
    "bottom right": ("lower right", "right bottom", "southeast"),
    "bottom left": ("lower left", "left bottom", "southwest"),
}


def count_at(obs: np.ndarray, place: np.ndarray) -> np.ndarray:
    """[M, 160], [M] corners -> [M, 15], all five objects of the corner."""
    place = np.asarray(place, np.int64)
    return features(obs, encode(place, np.ones((len(place), MEMBERS.shape[1]), bool)))


def options(obs: np.ndarray) -> np.ndarray:
    """[M, 160] -> [M, 128, 15], the features of every action."""
    _, colour, shape = seen(obs)  # [M, 4, 5]
    alone = np.concatenate(
        [np.eye(3)[colour], np.eye(3)[shape], np.eye(9)[3 * colour + shape]], axis=-1
    )
    counts = MEMBERS.astype(float) @ alone  # [M, 4, 32, 15]
    return counts.reshape(len(obs), NUM_ACTIONS, len(FEATURES))


def tell(obs: np.ndarray, action: np.ndarray, value: np.ndarray | None = None) -> str:
    """A level in five lines: what lies where, and what the action takes of it.

    Args:
        obs: [160].
        action: one, 0 to 127.
        value: [4, 5], what each object is worth, where the reader may know.

    """
    _, colour, shape = seen(obs)
    (cluster,), (collected,) = decode(np.atleast_1d(action))
    things = [
        [f"{COLOURS[c]} {SHAPES[s]}" for c, s in zip(*corner, strict=True)]
        for corner in zip(colour, shape, strict=True)
    ]
    if value is not None:
        things = [
            [f"{name} ({points:+d})" for name, points in zip(*corner, strict=True)]
            for corner in zip(things, value.tolist(), strict=True)
        ]
    lines = [f"{CORNERS[k]}: {', '.join(corner)}" for k, corner in enumerate(things)]
    taken = [name for name, is_taken in zip(things[cluster], collected, strict=True) if is_taken]
    what = ", ".join(taken) or "nothing"
    return "\n".join([*lines, f"the agent takes, {CORNERS[cluster]}: {what}"])


WORDS = Words(
    terms=tuple(
        Term(name=name, synonyms=_SAID[name], group=group, noun=group == "shape")
        for group, names in (("colour", COLOURS), ("shape", SHAPES))
        for name in names
    ),
    features=tuple(tuple(name.split()) for name in FEATURES),
    places=tuple(Term(name=name, synonyms=_SAID[name]) for name in CORNERS),
    count=features,
    count_at=count_at,
    place_of=lambda obs, action: decode(action)[0],
    options=options,
)
"""The 15 features of Sumers et al. 2021, and the four corners."""
