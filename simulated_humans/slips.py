"""How the hands miss what the expert means: noise at every step, and a bias for each takeover."""

from __future__ import annotations

from typing import Any, Protocol

import gymnasium as gym
import numpy as np

from simulated_humans.gates import half_range
from simulated_humans.state import restore, snapshot
from teaching import UserError

UNIFORMS = 4
"""Uniform numbers that slips use at each moment of each world."""


class Slips(Protocol):
    """What the intervening human asks of its hands.

    Attributes:
        normals: standard normals that it uses at each moment of each world.

    """

    normals: int

    def begin(self, start: np.ndarray, uniform: np.ndarray, normal: np.ndarray) -> None:
        """Draw the bias of the takeovers that start now ([N] bool)."""

    def apply(self, expert: np.ndarray, uniform: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """[N, A...] what the hands do where the expert means `expert`."""

    def state_dict(self) -> dict[str, Any]:
        """The biases of the takeovers under way."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore them."""


class ContinuousSlips:
    """Gaussian noise at each step and a Gaussian offset for each takeover, clipped to the space.

    a = clip(a_h + half_range·(noise·z_t + inconsistency·z_takeover)), z standard normal in each
    dimension: each takeover is steered in a style of its own. Noise in a supervisor's action is
    that of DART (Laskey et al. 2017); the offset for each takeover is the lab's own.
    """

    def __init__(self, space: gym.spaces.Box, noise: float, inconsistency: float, num_worlds: int):
        self._space = space
        self._noise = noise
        self._inconsistency = inconsistency
        self._half_range = half_range(space)
        self._size = int(np.prod(space.shape))
        self._offset = np.zeros((num_worlds, self._size))
        self.normals = 2 * self._size

    def begin(self, start: np.ndarray, uniform: np.ndarray, normal: np.ndarray) -> None:
        """Draw an offset for each takeover that starts."""
        if self._inconsistency and start.any():
            fresh = self._inconsistency * normal[:, self._size :]
            self._offset = np.where(start[:, None], fresh, self._offset)

    def apply(self, expert: np.ndarray, uniform: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """[N, A...] in the space's own type."""
        action = expert
        if self._noise or self._inconsistency:
            error = self._noise * normal[:, : self._size] + self._offset
            action = expert + self._half_range * error.reshape(expert.shape)
        clipped = np.minimum(np.maximum(action, self._space.low), self._space.high)
        return clipped.astype(self._space.dtype)

    def state_dict(self) -> dict[str, Any]:
        """The offsets."""
        return snapshot(self, "_offset")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore them."""
        restore(self, state, "_offset")


class DiscreteSlips:
    """A wrong key now and then, and takeovers that open with a detour.

    At each step, with probability `noise`, a uniformly drawn other action. Each takeover, with
    probability `inconsistency`, opens with a uniformly drawn other action and goes on as the
    expert from where that leads: another way to the same end, and never a loop. Both are the lab's
    own; B-Pref (Lee et al. 2021) has the like for choices, a mistake with a fixed probability.
    """

    normals = 0

    def __init__(
        self, space: gym.spaces.Discrete, noise: float, inconsistency: float, num_worlds: int
    ):
        self._n = int(space.n)
        self._first = int(space.start)
        self._noise = noise
        self._inconsistency = inconsistency
        self._opening = np.zeros(num_worlds, dtype=bool)

    def begin(self, start: np.ndarray, uniform: np.ndarray, normal: np.ndarray) -> None:
        """Draw which of the takeovers that start open with a detour."""
        self._opening = start & (uniform[:, 0] < self._inconsistency)

    def apply(self, expert: np.ndarray, uniform: np.ndarray, normal: np.ndarray) -> np.ndarray:
        """[N] int64."""
        action = np.asarray(expert, dtype=np.int64)
        if not (self._noise or self._inconsistency) or self._n < 2:
            return action.copy()
        action = np.where(self._opening, self._other(action, uniform[:, 1]), action)
        slips = uniform[:, 2] < self._noise
        return np.where(slips, self._other(action, uniform[:, 3]), action)

    def _other(self, action: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        shift = 1 + (uniform * (self._n - 1)).astype(np.int64)
        return self._first + (action - self._first + shift) % self._n

    def state_dict(self) -> dict[str, Any]:
        """Nothing outlives the step on which a takeover starts."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to restore."""


def make_slips(space: gym.Space, noise: float, inconsistency: float, num_worlds: int) -> Slips:
    """The hands for this action space; raise UserError for one that they cannot work."""
    if isinstance(space, gym.spaces.Box):
        return ContinuousSlips(space, noise, inconsistency, num_worlds)
    if isinstance(space, gym.spaces.Discrete):
        if max(noise, inconsistency) > 1:
            raise UserError(
                "human.action_noise and human.inconsistency are probabilities where actions are "
                f"discrete and must be ≤ 1, got {noise} and {inconsistency}"
            )
        return DiscreteSlips(space, noise, inconsistency, num_worlds)
    raise UserError(f"a simulated human can steer Box and Discrete actions, not {space}")
