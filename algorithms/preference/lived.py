"""What was lived lately, and segments cut from it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np


class Lived:
    """The last steps of N worlds.

    Attributes:
        steps: how many each world has made.
        length: how many are kept.
        action_shape: of one action.

    """

    def __init__(self, length: int, num_worlds: int, obs: gym.Space, action: gym.Space):
        """Of `num_worlds` worlds with observations and actions of these spaces, `length` steps."""
        self.steps, self.length = 0, length
        self._obs = np.zeros((num_worlds, length, *(obs.shape or ())), obs.dtype)
        self.action_shape = action.shape or ()
        self._action = np.zeros((num_worlds, length, *(action.shape or ())), action.dtype)
        self._episode = np.zeros((num_worlds, length), np.int64)
        self._now = np.zeros(num_worlds, np.int64)

    def add(self, obs: np.ndarray, action: np.ndarray, done: np.ndarray) -> None:
        """Take in a step: [N, O...] what was seen, [N, A...] done, and [N] whether it ended."""
        place = self.steps % self.length
        self._obs[:, place], self._action[:, place] = obs, action
        self._episode[:, place] = self._now
        self._now += done
        self.steps += 1

    def starts(self, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """All segments of so many steps within an episode: worlds [M] and first steps [M]."""
        oldest = max(0, self.steps - self.length)
        first = np.arange(oldest, max(oldest, self.steps - rows + 1))
        here, there = first % self.length, (first + rows - 1) % self.length
        world, index = np.nonzero(self._episode[:, here] == self._episode[:, there])
        return world, first[index]

    def cut(self, world: np.ndarray, start: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Observations [..., T, O...] and actions [..., T, A...] of segments."""
        place = (start[..., None] + np.arange(rows)) % self.length
        return self._obs[world[..., None], place], self._action[world[..., None], place]

    def state_dict(self) -> dict[str, Any]:
        """Everything that is kept."""
        kept = min(self.steps, self.length)
        arrays = {name: getattr(self, f"_{name}")[:, :kept].copy() for name in _ARRAYS}
        return {"steps": self.steps, "now": self._now.copy(), **arrays}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.steps, self._now = int(state["steps"]), np.array(state["now"])
        for name in _ARRAYS:
            getattr(self, f"_{name}")[:, : min(self.steps, self.length)] = state[name]


_ARRAYS = ("obs", "action", "episode")
