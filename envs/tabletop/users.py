"""The users: what each would have of a path, as weights of the features."""

from __future__ import annotations

import numpy as np

from envs.tabletop.features import FEATURES

ARRIVAL = 10.0
"""What arriving is worth to every user, and touching somebody or something costs."""

PROGRESS = 4.0
"""What a metre gained towards the goal is worth where the reward is dense."""

_COMMON = {
    "time": -0.4,
    "path": -0.5,
    "acceleration": -0.1,
    "tilt": -0.3,
    "tilt_of_liquid": -1.0,
    "height": -0.2,
    "height_of_fragile": -0.5,
    "near_person": -0.3,
    "near_person_sharp": -0.5,
    "pointing_sharp": -0.3,
    "speed_near_person": -0.3,
    "near_objects": -0.3,
    "above_objects": -0.3,
    "arrived": ARRIVAL,
    "touched": -ARRIVAL,
}

_OWN = {
    # Wants it there soon, by the shortest way.
    "hurried": {"time": -2.0, "path": -2.0},
    # Thinks of the person: far away, slow nearby, sharp things farther still and pointing away.
    "protective": {
        "near_person": -5.0,
        "near_person_sharp": -8.0,
        "pointing_sharp": -6.0,
        "speed_near_person": -10.0,
    },
    # Thinks of the object: fragile things low, liquids upright, no jerks.
    "gentle": {
        "height": -1.0,
        "height_of_fragile": -12.0,
        "tilt_of_liquid": -12.0,
        "acceleration": -1.0,
    },
    # Thinks of the other things on the table: wide berth, nothing heavy or wet above them.
    "orderly": {"near_objects": -5.0, "above_objects": -8.0, "tilt": -1.5},
}

USERS = tuple(_OWN)
"""Their names."""


def weights(user: str, dense: bool) -> np.ndarray:
    """The weights [16] of `FEATURES` under which the reward is what this user thinks of a step."""
    named = _COMMON | {"progress": PROGRESS if dense else 0.0} | _OWN[user]
    return np.array([named[name] for name in FEATURES])
