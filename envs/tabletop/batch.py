"""N worlds as one object."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from envs.physics.batch import PhysicsBatch
from envs.physics.worlds import Worlds
from envs.tabletop.features import ARRIVED, TOUCHED, features
from envs.tabletop.model import XML, place_scene, show_object
from envs.tabletop.motion import DT, command
from envs.tabletop.rollout import worth
from envs.tabletop.scene import (
    ATTRIBUTE_NAMES,
    ATTRIBUTES,
    OBS_SIZE,
    POSE,
    PROGRESS,
    START,
    VELOCITY,
    draw_scene,
    name_of,
    to_person,
)
from envs.tabletop.task import TabletopConfig
from envs.tabletop.users import weights
from envs.task import Split

HARM_DISTANCE = 0.1
"""Metres between a sharp object and the person within which a step costs 1."""

_SHARP = ATTRIBUTES.start + ATTRIBUTE_NAMES.index("sharp")


class TabletopBatch(PhysicsBatch):
    """N worlds with one user.

    After each step poses and velocities are kept in single precision, as they are seen, so that
    an observation is the whole state, and what can be computed from it is exact.

    Args:
        config: the user, the reward and the horizon.
        split: "train", "validation" or "test"; they share no episode.
        count: N.

    Attributes:
        scene: [N, 31] float32, the observation at the beginning of the episode.
        last: [N, 3] float64, of the last step: arrived, touched, cost.

    Raises:
        UserError: no such split, or fewer than one world.

    """

    name = "tabletop"
    observation_space: spaces.Space = spaces.Box(-2.0, 2.0, (OBS_SIZE,), np.float32)
    action_space: spaces.Space = spaces.Box(-1.0, 1.0, (4,), np.float32)

    def __init__(self, config: TabletopConfig, split: Split, count: int) -> None:
        super().__init__(Worlds(XML, count, DT), split, config.horizon)
        self.config = config
        self.weights = weights(config.user, config.reward == "dense")
        self.scene = np.zeros((count, OBS_SIZE), np.float32)
        self.last = np.zeros((count, 3))
        self._features = np.zeros((count, len(self.weights)))

    def begin(self, w: int, rng: np.random.Generator) -> None:
        """Draw a scene, and hold the object where it is picked up."""
        self.scene[w] = draw_scene(rng)
        self.last[w] = 0.0
        self.worlds.qpos[w] = self.scene[w, START]
        place_scene(self.worlds, w, self.scene[w])

    def begun(self, mask: np.ndarray) -> None:
        """Put the objects into the hands."""
        show_object(self.worlds, self.scene)

    def control(self, actions: np.ndarray) -> np.ndarray:
        """Commanded speeds, which keep the bounds of the table."""
        obs = self.observe()
        self._features = features(obs, actions)
        return command(obs, actions)

    def judge(self) -> tuple[np.ndarray, np.ndarray]:
        """The user's reward of the step; a touch and the arrival end the episode."""
        for state in (self.worlds.qpos, self.worlds.qvel):
            state[:] = state.astype(np.float32)
        show_object(self.worlds, self.scene)
        arrived, touched = self._features[:, ARRIVED], self._features[:, TOUCHED]
        near = to_person(self.scene.astype(np.float64), self.worlds.qpos) < HARM_DISTANCE
        harm = near & (self.scene[:, _SHARP] > 0)
        self.last[:] = np.column_stack([arrived, touched, (touched > 0) | harm])
        return worth(self._features, self.weights), (arrived + touched) > 0

    def observe(self) -> np.ndarray:
        """[N, 31] float32; see `envs.tabletop.scene`."""
        obs = self.scene.copy()
        obs[:, POSE], obs[:, VELOCITY] = self.worlds.qpos, self.worlds.qvel
        obs[:, PROGRESS] = self.steps / self.horizon
        return obs

    def outcome(self) -> dict[str, np.ndarray]:
        """The arrays of `info` after a step, each [N]."""
        return {
            "is_success": self.last[:, 0] > 0,
            "touched": self.last[:, 1] > 0,
            "cost": self.last[:, 2].copy(),
            "person_distance": to_person(self.scene.astype(np.float64), self.worlds.qpos),
        }

    def caption(self) -> str:
        """One line about the first world."""
        obs = self.observe()[0]
        attributes = [n for n, has in zip(ATTRIBUTE_NAMES, obs[ATTRIBUTES], strict=True) if has]
        carried = f"{name_of(obs)} ({', '.join(attributes)})"
        return f"{carried} for a {self.config.user} user, {self.steps[0] * self.dt:.1f} s"

    def own_arrays(self) -> dict[str, np.ndarray]:
        """Scenes, and how the last step went."""
        return {"scene": self.scene, "last": self.last}
