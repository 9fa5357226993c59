"""N worlds as one object."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from gymnasium import spaces

from envs.arm.geometry import TABLE, forward, inverse
from envs.arm.model import BLOCK_REST, MAX_SPEED, mjcf
from envs.arm.observation import LIMIT, OBS_SIZE, State, show
from envs.arm.task import ArmConfig
from envs.physics.batch import PhysicsBatch
from envs.physics.worlds import Worlds
from envs.task import Split

DT = 0.1

REST_SPEED = 0.02
"""m/s below which the block counts as resting."""

BLOCK_GAIN, FINGER_GAIN, END_REWARD = 10.0, 2.0, 5.0
"""The dense reward: for each metre that the block came nearer to the goal, for each metre that the
finger came nearer to the block, and for success; as much is charged for a lost block."""

_PLACES = np.array([[-0.2, 0.15], [0.2, 0.4]])  # m, where block and goal lie at the start
_FINGERS = np.array([[-0.25, 0.1], [0.25, 0.5]])
_GOAL_DISTANCE, _FINGER_DISTANCE = 0.12, 0.1  # m, at least

_X, _YAW = slice(2, 4), slice(5, 9)  # in qpos: two joints, then x, y, z and the quaternion


class Judgement(NamedTuple):
    """How worlds stand, each [N].

    Attributes:
        to_goal: m, from the block to the goal.
        to_block: m, from the finger to the block's centre.
        resting: bool, the block rests at the goal.
        lost: bool, the block's centre is beyond the edge of the table.

    """

    to_goal: np.ndarray
    to_block: np.ndarray
    resting: np.ndarray
    lost: np.ndarray


class ArmBatch(PhysicsBatch):
    """N arms, blocks and goals."""

    name = "arm"
    observation_space: spaces.Space = spaces.Box(-LIMIT, LIMIT, (OBS_SIZE,), np.float32)
    action_space: spaces.Space = spaces.Box(-1.0, 1.0, (2,), np.float32)

    def __init__(self, config: ArmConfig, split: Split, count: int) -> None:
        super().__init__(Worlds(mjcf(config.goal_radius), count, DT), split, config.horizon)
        self.config = config
        self._before = self.judgement()

    def begin(self, w: int, rng: np.random.Generator) -> None:
        """Draw the places of block, goal and finger, and the block's heading."""
        while True:
            block, goal = rng.uniform(*_PLACES), rng.uniform(*_PLACES)
            finger, yaw = rng.uniform(*_FINGERS), rng.uniform(-np.pi, np.pi)
            far = np.linalg.norm(goal - block) >= _GOAL_DISTANCE
            if far and np.linalg.norm(finger - block) >= _FINGER_DISTANCE:
                break
        self.place(w, inverse(finger), block, yaw, goal)

    def place(
        self, w: int, angles: np.ndarray, block: np.ndarray, yaw: float, goal: np.ndarray
    ) -> None:
        """Write where things are in world w: [2] rad, [2] m, rad, [2] m."""
        half = np.array([np.cos(yaw / 2), 0.0, 0.0, np.sin(yaw / 2)])
        self.worlds.qpos[w] = np.concatenate([angles, block, [BLOCK_REST], half])
        self.worlds.mocap_pos[w].reshape(-1)[:2] = goal

    def control(self, actions: np.ndarray) -> np.ndarray:
        """[N, 2] in [-1, 1] -> the velocities of shoulder and elbow, [N, 2] rad/s."""
        self._before = self.judgement()
        return actions * MAX_SPEED

    def state(self) -> State:
        """The worlds as they are, N of them."""
        qpos, qvel = self.worlds.qpos, self.worlds.qvel
        w, x, y, z = qpos[:, _YAW].T
        yaw = np.arctan2(2 * (w * z + x * y), 1 - 2 * (y**2 + z**2))
        goal = self.worlds.mocap_pos.reshape(self.count, 3)[:, :2]
        # Copies: qpos and its like are live.
        return State(
            qpos[:, :2].copy(), qvel[:, :2].copy(), qpos[:, _X].copy(), yaw,
            qvel[:, _X].copy(), qvel[:, 7].copy(), goal.copy(),
        )  # fmt: skip

    def judgement(self) -> Judgement:
        """How the worlds stand now."""
        state = self.state()
        to_goal = np.linalg.norm(state.goal - state.block, axis=1)
        to_block = np.linalg.norm(state.block - forward(state.angles), axis=1)
        still = np.linalg.norm(state.velocity, axis=1) < REST_SPEED
        lost = ((state.block < TABLE[0]) | (state.block > TABLE[1])).any(axis=1)
        return Judgement(to_goal, to_block, (to_goal < self.config.goal_radius) & still, lost)

    def judge(self) -> tuple[np.ndarray, np.ndarray]:
        """Reward by the config; an episode ends with success or with the loss of the block."""
        before, now = self._before, self.judgement()
        terminated = now.resting | now.lost
        if self.config.reward == "sparse":
            return now.resting.astype(np.float64), terminated
        reward = BLOCK_GAIN * (before.to_goal - now.to_goal)
        reward += FINGER_GAIN * (before.to_block - now.to_block)
        reward += END_REWARD * (now.resting.astype(np.float64) - now.lost)
        return reward, terminated

    def observe(self) -> np.ndarray:
        """[N, OBS_SIZE] float32, see `envs.arm.observation`."""
        return show(self.state())

    def outcome(self) -> dict[str, np.ndarray]:
        """The arrays of `info` after a step, each [N]; a lost block costs 1."""
        now = self.judgement()
        return {
            "is_success": now.resting,
            "cost": now.lost.astype(np.float64),
            "block_lost": now.lost,
            "distance": now.to_goal,
        }
