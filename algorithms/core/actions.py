"""The form in which a learner thinks of actions, and the step from there to the environment's."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from teaching import UserError


class Numbers:
    """Discrete actions as numbers from 0 on.

    Attributes:
        count: how many there are.
        shape: of one action.
        dtype: of an array of them.

    """

    shape: tuple[int, ...] = ()
    dtype = np.int64

    def __init__(self, space: gym.spaces.Discrete):
        self.count = int(space.n)
        self._first = int(space.start)

    def to_env(self, action: np.ndarray) -> np.ndarray:
        """With the first number of the space."""
        return action + self._first

    def from_env(self, action: Any) -> np.ndarray:
        """The way back, of one action."""
        return np.asarray(action).astype(np.int64) - self._first


class HalfRanges:
    """Continuous actions in half-ranges, [-1, 1] being the space; what is beyond is at its edge.

    Attributes:
        count: how many dimensions there are.
        shape: of one action.
        dtype: of an array of them.

    """

    dtype = np.float64

    def __init__(self, space: gym.spaces.Box):
        """Raise UserError where the space has no ends."""
        if not (np.isfinite(space.low) & np.isfinite(space.high)).all():
            raise UserError(
                f"this learner needs actions with a least and a largest value, and this task has "
                f"{space}; wrap it with gymnasium.wrappers.RescaleAction"
            )
        self.shape = (int(np.prod(space.shape)),)
        self.count = self.shape[0]
        self._space = space
        self._low, self._high = space.low.reshape(-1), space.high.reshape(-1)

    def to_env(self, action: np.ndarray) -> np.ndarray:
        """[N, A] to [N, ...] in the units and the type of the space."""
        share = (np.clip(action, -1.0, 1.0) + 1.0) / 2.0
        scaled = self._low + share * (self._high - self._low)
        # Rounding must not lead out of the space.
        scaled = np.clip(scaled.astype(self._space.dtype), self._low, self._high)
        return scaled.reshape(len(action), *self._space.shape)

    def from_env(self, action: Any) -> np.ndarray:
        """[A], the way back, of one action."""
        return self.from_env_rows(np.asarray(action, np.float64).reshape(-1))

    def from_env_rows(self, flat: np.ndarray) -> np.ndarray:
        """[..., A] of actions [..., A] in the units of the space."""
        return 2.0 * (flat - self._low) / (self._high - self._low) - 1.0


def form_of(space: gym.Space) -> Numbers | HalfRanges:
    """The form for a space; refuses what has none."""
    if isinstance(space, gym.spaces.Discrete):
        return Numbers(space)
    if isinstance(space, gym.spaces.Box):
        return HalfRanges(space)
    raise UserError(f"action space must be Box or Discrete, got {space}; wrap the environment")
