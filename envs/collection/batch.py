"""N worlds as one object."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from envs.batched import restore_arrays
from envs.collection.features import (
    CLUSTERS,
    MEMBERS,
    NUM_ACTIONS,
    OBJECTS,
    OBS_SIZE,
    decode,
)
from envs.collection.levels import draw_levels
from envs.collection.task import CollectionConfig
from envs.seeds import EpisodeSeeds
from envs.task import Split
from teaching import UserError

SUCCESS = 0.9
"""Share of the maximum score from which an episode counts as a success."""

NOTHING = -1
"""The last action where none has been taken yet."""


class CollectionBatch:
    """N worlds on the levels of one split.

    Attributes:
        assignment: [N] int64, hidden from learners.
        obs: [N, L, 160] float32, the levels of the episode as they are seen.
        value: [N, L, 4, 5] int64, hidden from learners: what each object is worth.
        level: [N] int64, levels finished; L at the end of an episode and before the first.
        score: [N] int64, points in the episode so far.
        max_score: [N] int64, points that the levels so far were worth at best.
        last_action: [N] int64, `NOTHING` before the first.

    """

    observation_space: spaces.Space = spaces.Box(-1.0, 1.0, (OBS_SIZE,), np.float32)
    action_space: spaces.Space = spaces.Discrete(NUM_ACTIONS)

    def __init__(self, config: CollectionConfig, split: Split, count: int) -> None:
        self.config, self.count, self.dt = config, count, float(config.dt)
        self._seeds = EpisodeSeeds(split, count)
        self._row = np.arange(count)
        self.assignment = np.zeros(count, np.int64)
        self.obs = np.zeros((count, config.levels, OBS_SIZE), np.float32)
        self.value = np.zeros((count, config.levels, CLUSTERS, OBJECTS), np.int64)
        self.level = np.full(count, config.levels)
        self.score = np.zeros(count, np.int64)
        self.max_score = np.zeros(count, np.int64)
        self.last_action = np.full(count, NOTHING)

    def seed(self, w: int, seed: int) -> None:
        """Give world w the series of episodes of a seed."""
        self._seeds.seed(w, seed)

    def start(self, mask: np.ndarray) -> None:
        """Draw the levels of the next episode in the worlds of `mask` [N]."""
        for w in np.flatnonzero(mask).tolist():
            levels = draw_levels(self._seeds.next(w), self.config.levels, self.config.assignment)
            self.assignment[w], self.obs[w], self.value[w] = levels
        self.level[mask] = self.score[mask] = self.max_score[mask] = 0
        self.last_action[mask] = NOTHING

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Collect; [N] int -> reward [N] float64, terminated [N], truncated [N].

        Raises:
            UserError: actions that are none, or an episode that is over.

        """
        actions = self._checked(actions)
        if (self.level >= self.config.levels).any():
            raise UserError("the episode is over: call reset before the next step")
        cluster, collected = decode(actions)
        value = self.value[self._row, self.level]  # [N, 4, 5]
        points = (value[self._row, cluster] * collected).sum(axis=1)
        self.score += points
        self.max_score += best_points(value)
        self.level += 1
        self.last_action[:] = actions
        over = self.level == self.config.levels
        return points.astype(np.float64), over, np.zeros(self.count, bool)

    def _checked(self, actions: np.ndarray) -> np.ndarray:
        actions = np.asarray(actions)
        if actions.shape != (self.count,) or actions.dtype.kind not in "iu":
            raise UserError(
                f"actions must be {self.count} whole numbers, got {actions.dtype} {actions.shape}"
            )
        wrong = (actions < 0) | (actions >= NUM_ACTIONS)
        if wrong.any():
            raise UserError(f"actions must be from 0 to {NUM_ACTIONS - 1}, got {actions[wrong][0]}")
        return actions

    def observe(self) -> np.ndarray:
        """[N, 160] float32: the level to be played, or the last one when all have been."""
        return self.obs[self._row, self._shown()]

    def action_values(self) -> np.ndarray:
        """[N, 128] float64: the points of every action in the level to be played."""
        value = self.value[self._row, self._shown()]
        return (value @ MEMBERS.T.astype(np.int64)).reshape(self.count, NUM_ACTIONS).astype(float)

    def outcome(self) -> dict[str, np.ndarray]:
        """The arrays of `info` after a step, each [N]."""
        over = self.level == self.config.levels
        return {
            "score": self.score.copy(),
            "max_score": self.max_score.copy(),
            "level_max": best_points(self.value[self._row, np.maximum(self.level - 1, 0)]),
            "is_success": over & (self.score >= SUCCESS * self.max_score),
        }

    def state_dict(self) -> dict[str, Any]:
        """A copy of every array that changes."""
        return {name: value.copy() for name, value in self._arrays().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore `state_dict` bit for bit.

        Raises:
            UserError: a state of another number of worlds or levels.

        """
        restore_arrays(self._arrays(), state, "collection")

    def _shown(self) -> np.ndarray:
        return np.minimum(self.level, self.config.levels - 1)

    def _arrays(self) -> dict[str, np.ndarray]:
        names = (
            "assignment", "obs", "value", "level", "score", "max_score", "last_action",
        )  # fmt: skip
        return self._seeds.state | {name: getattr(self, name) for name in names}


def best_points(value: np.ndarray) -> np.ndarray:
    """[N, 4, 5] -> [N] int64: of the best cluster, everything that is worth more than nothing."""
    return np.maximum(value, 0).sum(axis=2).max(axis=1)
