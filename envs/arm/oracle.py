"""What a simulated human may know of the arm."""

from __future__ import annotations

from functools import cache

import numpy as np

from envs.arm.batch import ArmBatch
from envs.arm.observation import read
from envs.arm.pusher import push
from envs.arm.task import ArmConfig
from teaching import Oracle

_ROWS = 64
"""Worlds in the copy that judges actions."""


def arm_oracle(config: ArmConfig) -> Oracle:
    """Bind the expert, which needs no more than the observations.

    `reward` makes the step again in worlds of its own: an observation holds the whole state, so
    what an action earned there can be told of any moment of the past.
    """

    @cache
    def copy() -> ArmBatch:
        return ArmBatch(config, "train", _ROWS)

    def action(obs: np.ndarray) -> np.ndarray:
        return push(read(obs))

    def reward(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        obs, actions = np.asarray(obs), np.asarray(actions)
        earned = np.empty(len(obs))
        for first in range(0, len(obs), _ROWS):
            rows = slice(first, first + _ROWS)
            earned[rows] = _earned(copy(), obs[rows], actions[rows])
        return earned

    return Oracle(action=action, reward=reward)


def _earned(batch: ArmBatch, obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
    """[M, O], [M, 2] -> the reward of one step, [M]; M is at most the number of worlds."""
    state, count = read(obs), len(obs)
    batch.start(np.ones(batch.count, bool))
    for w in range(count):
        batch.place(w, state.angles[w], state.block[w], state.yaw[w], state.goal[w])
        batch.worlds.qvel[w, :2] = state.speeds[w]
        batch.worlds.qvel[w, 2:4] = state.velocity[w]
        batch.worlds.qvel[w, 7] = state.spin[w]
    padded = np.zeros((batch.count, 2))
    padded[:count] = actions
    return batch.step(padded)[0][:count]
