"""The expert: goes round the block to the side away from the goal, and pushes.

A function of what is seen, without a memory. Seen from the block, with the goal ahead, the finger
is led along a circle to the place straight behind. From there it pushes ahead, and steers by moving
back to the line through block and goal, faster the further it is off: a finger to the right of
that line turns the block, and sends it, to the left.
"""

from __future__ import annotations

import numpy as np

from envs.arm.geometry import forward, jacobian
from envs.arm.model import MAX_SPEED
from envs.arm.observation import State

_CIRCLE = 0.085  # m, clear of the block's corners at .062
_AHEAD = 0.6  # rad along the circle to the point that the finger is led to
_WIDTH, _BLEND = 0.010, 0.015  # m off the line up to which it pushes, and over which it eases in
_AROUND, _PUSH = 0.3, 0.2  # m/s
_APPROACH = 6.0  # 1/s, the speed for each metre to that point
_STEER = 5.0  # 1/s, the speed sideways for each metre off the line
_BRAKE, _STOP = 6.0, 0.02  # 1/s and m: the speed for each metre to the goal beyond the last two cm
_DAMPING = 1e-4  # m², of the inverse where the arm is nearly stretched


def push(state: State) -> np.ndarray:
    """The expert's action in M worlds, [M, 2] float32 in [-1, 1]."""
    return joints(state.angles, finger_velocity(state))


def finger_velocity(state: State) -> np.ndarray:
    """Where the finger should go, [M, 2] m/s."""
    to_goal = state.goal - state.block
    distance = np.linalg.norm(to_goal, axis=1)
    ahead = to_goal / np.maximum(distance, 1e-6)[:, None]
    left = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    finger = forward(state.angles)
    along = ((finger - state.block) * ahead).sum(axis=1)
    off = ((finger - state.block) * left).sum(axis=1)

    bearing = np.arctan2(off, -along)  # 0 is straight behind the block, left is positive
    bearing = bearing - np.clip(bearing, -_AHEAD, _AHEAD)
    corner = _CIRCLE * (-np.cos(bearing)[:, None] * ahead + np.sin(bearing)[:, None] * left)
    way = state.block + corner - finger
    length = np.linalg.norm(way, axis=1)
    speed = np.minimum(_AROUND, _APPROACH * length + 0.02)
    around = way * (speed / np.maximum(length, 1e-6))[:, None]

    speed = np.clip(_BRAKE * (distance - _STOP), 0.0, _PUSH)
    steer = np.where(distance < _STOP, 0.0, -_STEER * off)
    pushing = speed[:, None] * ahead + steer[:, None] * left

    share = np.where(along < 0, np.clip((np.abs(off) - _WIDTH) / _BLEND, 0.0, 1.0), 1.0)[:, None]
    return share * around + (1 - share) * pushing


def joints(angles: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    """The action that moves the finger at a velocity, slower if a joint cannot keep up.

    Damped least squares: q' = Jᵀ(JJᵀ + λI)⁻¹ v.

    Args:
        angles: [M, 2] rad.
        velocity: [M, 2] m/s.

    Returns:
        [M, 2] float32 in [-1, 1].

    """
    by_joints = jacobian(angles)
    turned = by_joints.swapaxes(1, 2)
    damped = by_joints @ turned + _DAMPING * np.eye(2)
    speeds = (turned @ np.linalg.solve(damped, velocity[:, :, None]))[:, :, 0] / MAX_SPEED
    fastest = np.maximum(np.abs(speeds).max(axis=1, keepdims=True), 1.0)
    return (speeds / fastest).astype(np.float32)
