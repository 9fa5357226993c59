"""How the arm moves: the servos of the gantry in closed form, for any number of worlds at once.

Each of the four axes (x, y, z, tilt) has a servo that pulls the speed v towards the commanded
speed u: dv/dt = (u - v) / `LAG`, stepped implicitly `SUBSTEPS` times in `DT` seconds, as MuJoCo
steps the arm. The axes do not act on each other: the arm is balanced about the tilting axis and
its weight is compensated. Where the axis would come to rest if commanded to stand still,
s = x + `LAG` · v, moves by exactly u · `DT` a step, and x follows it; bounding s bounds x.
"""

from __future__ import annotations

import numpy as np

from envs.tabletop.scene import HIGH, LOW, POSE, PROGRESS, VELOCITY

SUBSTEP = 0.01
SUBSTEPS = 10
DT = SUBSTEP * SUBSTEPS
"""Seconds a step."""

LAG = 0.15
"""Seconds in which a servo makes up about 63 % of a difference in speed."""

FASTEST = np.array([0.5, 0.5, 0.5, 1.5])
"""The commanded speeds of an action of 1: m/s, m/s, m/s, rad/s."""

KEPT = (1.0 + SUBSTEP / LAG) ** -SUBSTEPS
"""The share of a difference in speed that is left after a step."""


def rest(obs: np.ndarray) -> np.ndarray:
    """[..., 31] -> [..., 4], the pose in which the object comes to rest if told to stand still."""
    return np.asarray(obs[..., POSE], np.float64) + LAG * np.asarray(obs[..., VELOCITY], np.float64)


def command(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
    """[..., 31], [..., 4] in [-1, 1] -> [..., 4], the commanded speeds, which keep the bounds."""
    wanted = np.clip(np.asarray(action, np.float64), -1.0, 1.0) * FASTEST
    at = rest(obs)
    return np.clip(wanted, (LOW - at) / DT, (HIGH - at) / DT)


def advance(obs: np.ndarray, action: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a step leads.

    Args:
        obs: [..., 31].
        action: [..., 4] in [-1, 1].

    Returns:
        Pose and velocity after the step, [..., 4] float64 each.

    """
    speed = command(obs, action)
    velocity = speed + (np.asarray(obs[..., VELOCITY], np.float64) - speed) * KEPT
    return rest(obs) + DT * speed - LAG * velocity, velocity


def follow(obs: np.ndarray, action: np.ndarray, horizon: int) -> np.ndarray:
    """The observation after a step, [..., 31] float32, in episodes of `horizon` steps."""
    after = np.array(obs, np.float32)
    after[..., POSE], after[..., VELOCITY] = advance(obs, action)
    used = np.rint(np.asarray(obs[..., PROGRESS], np.float64) * horizon)
    after[..., PROGRESS] = (used + 1) / horizon
    return after
