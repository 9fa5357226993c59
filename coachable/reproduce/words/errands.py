"""Errands: what a drive or a push is for, in three wordings each, and how it looks on the way.

Who wants an errand done in some manner wants much the same the next time; of another errand, or of
the same one where it looks otherwise, nothing follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from coachable.reproduce.words.students import Course, Trajectory, episodes

DRIVES: dict[str, tuple[str, ...]] = {
    "cake": (
        "take the wedding cake to the church",
        "carry the cake for the wedding over to the party",
        "bring the wedding guests their cake",
    ),
    "surgeon": (
        "rush the surgeon to the hospital",
        "get our surgeon from home into the hospital",
        "the hospital is waiting for its surgeon",
    ),
    "children": (
        "drive the children to school",
        "bring the children home from school",
        "school is out, collect the children",
    ),
    "visitors": (
        "show the visitors the old town",
        "a round of the old town for some visitors",
        "let the visitors see more of the old town",
    ),
}
PUSHES: dict[str, tuple[str, ...]] = {
    "glass": (
        "push the full glass over to the guest",
        "move the glass of water to the other side",
        "the guest would like a full glass",
    ),
    "brick": (
        "slide the brick to the mason",
        "bring a brick across for the wall",
        "the mason needs one more brick for the wall",
    ),
    "rook": (
        "move the rook on the chess board",
        "push our rook to its next square",
        "the next move at chess is the rook",
    ),
    "pan": (
        "push the hot pan off the stove",
        "the hot pan must leave the stove",
        "clear the stove, the pan is hot",
    ),
    "letters": (
        "pass the letters to the secretary",
        "hand the secretary the pile of letters",
        "letters for the secretary to sign",
    ),
    "clock": (
        "move the antique clock to the shelf",
        "put the antique clock where the shelf is",
        "shift that antique clock along",
    ),
}
STRANGE: dict[str, dict[str, tuple[str, ...]]] = {
    "driving": {
        "piano": ("deliver the piano to the concert hall",),
        "bikes": ("take the bikes of the children to be repaired",),
        "luggage": ("drive the luggage of the visitors to the airport",),
        "nurse": ("pick up the night nurse at the station",),
    },
    "arm": {
        "cat": ("push the basket with the sleeping cat",),
        "paint": ("move the tin of paint off the board",),
        "bottle": ("slide a bottle of wine to the guest",),
        "train": ("push the toy train on its rails",),
    },
}
"""Errands that were never done, of which some share a word or two with others."""

SCENES: dict[str, dict[str, Mapping[str, float]]] = {
    "driving": {
        "empty": {"traffic_density": 0.0, "obstacle_density": 0.0},
        "crowded": {"traffic_density": 4.0, "obstacle_density": 0.0},
    },
    "arm": {"table": {}},
}
"""What it looks like; nobody says it."""

JITTER = 0.1
"""Spreads by which what is wanted of an errand differs from one time to the next."""


@dataclass(frozen=True)
class Errand:
    """Something to be done.

    Attributes:
        purpose: what for.
        place: the task, with the settings of the scene.
        wanted: [Q] spreads of each quality more than the expert has.

    """

    purpose: str
    place: Course
    wanted: np.ndarray


def errands(
    place: Course, purposes: Mapping[str, tuple[str, ...]], rng: np.random.Generator
) -> list[Errand]:
    """One of each purpose in each scene, each wanted in a manner of its own, smoothness apart."""
    found = []
    for purpose in purposes:
        for settings in SCENES[place.name].values():
            low, high = np.array(WANTED).T
            wanted = rng.choice([-1.0, 1.0], len(low)) * rng.uniform(low, high)
            found.append(Errand(purpose, replace(place, settings=settings), wanted))
    return found


WANTED = ((1.0, 2.0), (0.7, 1.3), (0.0, 0.0))
"""Spreads of each quality by which the wanted manner differs from the expert's, least and most."""


def again(errand: Errand, rng: np.random.Generator) -> Errand:
    """The same another time, wanted in nearly the same manner."""
    moved = errand.wanted + JITTER * rng.standard_normal(errand.wanted.shape)
    moved[-1] = errand.wanted[-1]
    return replace(errand, wanted=moved)


def wanted(errand: Errand, like: np.ndarray) -> np.ndarray:
    """[1 + C, Q + marks] amounts: everywhere what is wanted."""
    amounts = np.zeros_like(like)
    amounts[0, : len(errand.wanted)] = errand.wanted
    return amounts


def side(manners: Sequence[tuple[Errand, np.ndarray]], seeds: Sequence[int]) -> list[Trajectory]:
    """One episode of each errand with amounts [1 + C, Q]; those of one scene side by side.

    What is the same in everything is done once.
    """
    keys = [
        (tuple(sorted(errand.place.settings.items())), seed, amounts.tobytes())
        for (errand, amounts), seed in zip(manners, seeds, strict=True)
    ]
    of = dict(zip(keys, manners, strict=True))
    found: dict[Any, Trajectory] = {}
    for scene in {key[0] for key in of}:
        mine = [key for key in of if key[0] == scene]
        place = of[mine[0]][0].place
        amounts = np.stack([of[key][1] for key in mine])  # [W, 1 + C, Q + marks]

        def act(
            obs: np.ndarray,
            expert: np.ndarray,
            before: np.ndarray,
            place: Course = place,
            amounts: np.ndarray = amounts,
        ) -> np.ndarray:
            there = place.manner.holds(obs).astype(float)
            total = amounts[:, 0] + np.einsum("wc,wcq->wq", there, amounts[:, 1:])
            steps = len(place.manner.qualities)  # marks of whole trajectories are nobody's here
            return place.manner.adjust(obs, expert, before, total[:, :steps])

        shown = episodes(place, act, len(mine), [key[1] for key in mine])
        found |= dict(zip(mine, shown, strict=True))
    return [found[key] for key in keys]
