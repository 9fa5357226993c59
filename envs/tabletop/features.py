"""What users care about, as features of a step: of an observation and the action taken there.

Features are of the state to which the step leads and, but for the last three, integrals over its
time, so that a sum over steps is a feature of the whole path.
"""

from __future__ import annotations

import numpy as np

from envs.tabletop.motion import DT, advance
from envs.tabletop.scene import (
    ATTRIBUTES,
    GOAL,
    PERSON,
    POSE,
    VELOCITY,
    above_obstacles,
    beside_obstacles,
    to_obstacles,
    to_person,
)

FEATURES = (
    "time",  # s
    "path",  # m, the way of the object
    "acceleration",  # (m/s²)² s
    "tilt",  # 1 - cos(tilt), s
    "tilt_of_liquid",
    "height",  # m s
    "height_of_fragile",
    "near_person",  # exp(-distance / 0.15 m), s
    "near_person_sharp",  # exp(-distance / 0.3 m), s
    "pointing_sharp",  # from 0 (blade away from the person) to 1 (at it), × exp(-d / 0.3 m), s
    "speed_near_person",  # speed² × exp(-distance / 0.3 m), (m/s)² s
    "near_objects",  # Σ exp(-distance / 0.08 m) over the obstacles, s
    "above_objects",  # heavy things and liquids: Σ exp(-beside / 0.05 m) where it is above, s
    "progress",  # m, by how much the goal came nearer
    "arrived",  # 1 where the step arrives
    "touched",  # 1 where the step touches the person or knocks into an obstacle
)
"""Names of the features, with their units."""

ARRIVED, TOUCHED = FEATURES.index("arrived"), FEATURES.index("touched")

UNITS = np.ones(len(FEATURES))
UNITS[[ARRIVED, TOUCHED]] = np.sqrt(10.0)
"""What a feature is multiplied with to count as much as the others: events are rare and single."""

SIGNS = np.where(np.isin(FEATURES, ("progress", "arrived")), 1.0, -1.0)
"""The sign of a feature's weight in the mind of anybody: users differ in how much, not in that."""

ARRIVAL_DISTANCE = 0.05
ARRIVAL_SPEED = 0.2
"""The object has arrived within this many metres of the goal and below this speed, in m/s."""


def features(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
    """The features of a step.

    Args:
        obs: [..., 31].
        action: [..., 4] in [-1, 1].

    Returns:
        [..., 16] float64, in the order of `FEATURES`.

    """
    obs = np.asarray(obs, np.float64)
    return features_between(obs, obs[..., POSE], obs[..., VELOCITY], *advance(obs, action))


def features_between(
    obs: np.ndarray,
    pose_before: np.ndarray,
    velocity_before: np.ndarray,
    pose: np.ndarray,
    velocity: np.ndarray,
) -> np.ndarray:
    """`features` of a step from one pose and velocity [..., 4] to others.

    Args:
        obs: [..., 31] float64 or what broadcasts to it, for all that does not change in an episode.
        pose_before: in m and rad.
        velocity_before: in m/s and rad/s.
        pose: after the step.
        velocity: after the step.

    """
    fragile, sharp, liquid, heavy = np.moveaxis(obs[..., ATTRIBUTES], -1, 0)
    height, tilt = pose[..., 2], (1.0 - np.cos(pose[..., 3])) * DT
    person = to_person(obs, pose)
    beside, above = beside_obstacles(obs, pose), above_obstacles(obs, pose)
    others = to_obstacles(beside, above)
    close = np.exp(-np.maximum(person, 0.0) / 0.3) * DT
    near = np.exp(-np.maximum(others, 0.0) / 0.08)
    over = np.exp(-beside / 0.05) * (above > 0.0)
    left = _squares(pose, obs[..., GOAL])
    speed = _squares(velocity)
    arrived = (left < ARRIVAL_DISTANCE**2) & (speed < ARRIVAL_SPEED**2)
    touched = (person < 0.0) | (others < 0.0).any(axis=0)
    columns = (
        DT,
        np.sqrt(_squares(pose, pose_before)),
        _squares(velocity, velocity_before) / DT,
        tilt,
        liquid * tilt,
        height * DT,
        fragile * height * DT,
        np.exp(-np.maximum(person, 0.0) / 0.15) * DT,
        sharp * close,
        sharp * close * _pointing(obs, pose),
        close * speed,
        (near[0] + near[1] + near[2]) * DT,
        np.maximum(heavy, liquid) * (over[0] + over[1] + over[2]) * DT,
        np.sqrt(_squares(pose_before, obs[..., GOAL])) - np.sqrt(left),
        arrived & ~touched,
        touched,
    )
    table = np.empty((*height.shape, len(FEATURES)))
    for k, column in enumerate(columns):
        table[..., k] = column
    return table


def _pointing(obs: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """(1 + cosine of the angle between the object's axis and the way to the person) / 2."""
    x, y = obs[..., PERSON.start] - pose[..., 0], obs[..., PERSON.start + 1] - pose[..., 1]
    return (1.0 + np.sin(pose[..., 3]) * y / np.sqrt(x * x + y * y)) / 2.0


def _squares(one: np.ndarray, other: np.ndarray | None = None) -> np.ndarray:
    """x² + y² + z² of a vector or of the difference of two."""
    x, y, z = (one[..., k] - (0.0 if other is None else other[..., k]) for k in range(3))
    return x * x + y * y + z * z
