"""From hands to actions: keys that ramp, sticks with a dead zone, and what they mean to a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium as gym
import numpy as np

from teaching import UserError


class Ramp:
    """Axes driven by keys: a held key moves its axis to the end, a released one lets it fall back.

    Attributes:
        position: [axes] float64 in [−1, 1].

    """

    def __init__(self, axes: int, rise: float, fall: float):
        """`rise` and `fall` in half-ranges a second; how fast an axis moves, and returns to 0."""
        self.position = np.zeros(axes)
        self._rise = rise
        self._fall = fall

    def move(self, push: np.ndarray, seconds: float) -> np.ndarray:
        """Hold the keys for a while.

        Args:
            push: [axes] −1, 0 or 1: which way each axis is pushed. A key against the present side
                takes hold from 0, for whoever turns the wheel the other way does so at once.
            seconds: how long.

        Returns:
            [axes] a copy of the position.

        """
        against = push * self.position < 0
        start = np.where(against, 0.0, self.position)
        pushed = np.clip(start + push * self._rise * seconds, -1.0, 1.0)
        left = np.maximum(np.abs(self.position) - self._fall * seconds, 0.0)
        self.position = np.where(push != 0, pushed, np.sign(self.position) * left)
        return self.position.copy()

    def release(self) -> None:
        """Let everything go at once."""
        self.position[:] = 0.0


def past_dead_zone(stick: np.ndarray, dead_zone: float, exponent: float = 1.0) -> np.ndarray:
    """What a stick means once its play is taken out: 0 within the zone, without a jump at its edge.

    Args:
        stick: [axes] in [−1, 1], as the device has it.
        dead_zone: in [0, 1), how far it may be off the middle and still be at rest.
        exponent: above 1 makes the middle finer.

    """
    beyond = np.clip((np.abs(stick) - dead_zone) / (1.0 - dead_zone), 0.0, 1.0)
    return np.sign(stick) * beyond**exponent


class Hands:
    """What keys and axes mean in one action space.

    Attributes:
        axes: how many axes the hands have: one a dimension of a Box, none of a Discrete space.
        actions: how many numbered actions there are: those of a Discrete space, none of a Box.

    """

    def __init__(self, space: gym.Space):
        """Raise UserError where `space` is neither a Box of one dimension nor Discrete."""
        self._space = space
        self.axes, self.actions = 0, 0
        if isinstance(space, gym.spaces.Box) and len(space.shape) == 1:
            if not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
                raise UserError(f"a person steers between two ends, and {space} has none")
            self.axes = space.shape[0]
        elif isinstance(space, gym.spaces.Discrete):
            self.actions = int(space.n)
        else:
            raise UserError(f"a person steers Box and Discrete actions, not {space}")

    def steer(self, position: np.ndarray) -> np.ndarray:
        """[1, A] the action at these axis positions, [axes] in [−1, 1]."""
        space = self._space
        assert isinstance(space, gym.spaces.Box)
        middle, half_range = (space.high + space.low) / 2, (space.high - space.low) / 2
        return np.asarray(middle + half_range * position, space.dtype)[None]

    def pick(self, number: int) -> np.ndarray:
        """[1] the action of this number, counted from 0."""
        assert isinstance(self._space, gym.spaces.Discrete)
        return np.array([self._space.start + number], np.int64)


def keys_of(pairs: Sequence[Sequence[str]], hands: Hands) -> dict[str, tuple[int, int]]:
    """Key name -> (axis, direction), from one pair of keys (down, up) an axis.

    Raises:
        UserError: there are fewer pairs than axes, or a key has two meanings.

    """
    if len(pairs) < hands.axes:
        raise UserError(
            f"human.axes has keys for {len(pairs)} axes, and this task has {hands.axes}: "
            "give one pair [down, up] each"
        )
    found: dict[str, tuple[int, int]] = {}
    for axis, pair in enumerate(pairs[: hands.axes]):
        if len(pair) != 2:
            raise UserError(f"human.axes must hold pairs [down, up], got {list(pair)}")
        for direction, key in zip((-1, 1), pair, strict=True):
            if key in found:
                raise UserError(f"human.axes gives the key {key!r} two meanings")
            found[key] = (axis, direction)
    return found


def push_of(
    held: Mapping[str, Any] | set[str], keys: Mapping[str, tuple[int, int]], axes: int
) -> np.ndarray:
    """[axes] −1, 0 or 1: which way the held keys push; both keys of an axis cancel out."""
    push = np.zeros(axes)
    for key in held:
        if key in keys:
            axis, direction = keys[key]
            push[axis] += direction
    return np.clip(push, -1.0, 1.0)
