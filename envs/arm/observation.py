"""What is seen of a world, [20] numbers, and back again. The whole state is in it.

Places are relative to the middle of the table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.arm.geometry import TABLE, forward
from envs.arm.model import MAX_SPEED

OBS_SIZE = 20
LIMIT = 5.0
"""No number in an observation is further from 0."""

_MIDDLE = TABLE.mean(axis=0)
_PLACE, _OFFSET = 0.4, 0.2  # m
_BLOCK_SPEED, _BLOCK_SPIN = 0.25, 5.0  # m/s, rad/s


class State(NamedTuple):
    """A world as it lies flat; [M] of them.

    Attributes:
        angles: [M, 2] rad.
        speeds: [M, 2] rad/s.
        block: [M, 2] m.
        yaw: [M] rad; modulo a quarter turn, after which the block looks the same.
        velocity: [M, 2] m/s, of the block.
        spin: [M] rad/s, of the block.
        goal: [M, 2] m.

    """

    angles: np.ndarray
    speeds: np.ndarray
    block: np.ndarray
    yaw: np.ndarray
    velocity: np.ndarray
    spin: np.ndarray
    goal: np.ndarray


def show(state: State) -> np.ndarray:
    """Write states as observations, [M, OBS_SIZE] float32."""
    finger = forward(state.angles)
    parts = [
        np.sin(state.angles[:, :1]),
        np.cos(state.angles[:, :1]),
        # The elbow's range is less than a turn.
        state.angles[:, 1:] - np.pi / 2,
        state.speeds / MAX_SPEED,
        (finger - _MIDDLE) / _PLACE,
        (state.block - _MIDDLE) / _PLACE,
        np.stack([np.sin(4 * state.yaw), np.cos(4 * state.yaw)], axis=1),
        state.velocity / _BLOCK_SPEED,
        state.spin[:, None] / _BLOCK_SPIN,
        (state.goal - _MIDDLE) / _PLACE,
        (state.block - finger) / _OFFSET,
        (state.goal - state.block) / _OFFSET,
    ]
    return np.clip(np.concatenate(parts, axis=1), -LIMIT, LIMIT).astype(np.float32)


def read(obs: np.ndarray) -> State:
    """[M, OBS_SIZE] -> the states that were shown; undoes `show`, but for whole quarter turns."""
    obs = np.asarray(obs, np.float64)
    return State(
        angles=np.stack([np.arctan2(obs[:, 0], obs[:, 1]), obs[:, 2] + np.pi / 2], axis=1),
        speeds=obs[:, 3:5] * MAX_SPEED,
        block=obs[:, 7:9] * _PLACE + _MIDDLE,
        yaw=np.arctan2(obs[:, 9], obs[:, 10]) / 4,
        velocity=obs[:, 11:13] * _BLOCK_SPEED,
        spin=obs[:, 13] * _BLOCK_SPIN,
        goal=obs[:, 14:16] * _PLACE + _MIDDLE,
    )
