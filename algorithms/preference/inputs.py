"""What a model of the reward sees of a step."""

from __future__ import annotations

import gymnasium as gym
import numpy as np

from algorithms.core.actions import HalfRanges, Numbers, form_of
from teaching import UserError


class Inputs:
    """The observation, flat, and the action: in half-ranges, or one of A places.

    Attributes:
        count: D, how many numbers.

    """

    def __init__(self, obs: gym.Space, action: gym.Space):
        """Raise UserError where there is no form for such spaces."""
        if not isinstance(obs, gym.spaces.Box):
            raise UserError(f"algorithm=preference needs Box observations, got {obs}")
        self._form: Numbers | HalfRanges = form_of(action)
        self._width = int(np.prod(obs.shape))
        self.count = self._width + self._form.count

    def __call__(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[M, D] float32 of observations [M, O...] and the environment's actions [M, A...]."""
        form = self._form
        if isinstance(form, Numbers):
            return self.stored(obs, form.from_env(action))
        flat = np.asarray(action, np.float64).reshape(len(obs), -1)
        return self.stored(obs, form.from_env_rows(flat))

    def stored(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """The same of actions as a replay buffer has them: half-ranges [M, A], or numbers."""
        rows = np.empty((len(obs), self.count), np.float32)
        rows[:, : self._width] = obs.reshape(len(obs), -1)
        if isinstance(self._form, Numbers):
            numbers = np.asarray(action, np.int64).reshape(-1, 1)
            rows[:, self._width :] = numbers == np.arange(self._form.count)
        else:
            rows[:, self._width :] = np.clip(action, -1.0, 1.0)
        return rows
