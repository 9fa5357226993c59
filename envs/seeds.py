"""Splits of the episodes that never share a seed, for tasks that are random by their reset."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from envs.task import Split
from teaching import UserError

SEEDS = 2**29
"""How many different episodes each split has."""

_FIRST = {"train": 0, "validation": 1, "test": 1 + 2 * SEEDS}


def split_seed(seed: int, split: Split) -> int:
    """The seed that the task itself is reset with: even for training, odd for what is held out.

    Args:
        seed: the caller's seed, any integer >= 0; taken modulo `SEEDS`.
        split: ``train``, ``validation`` or ``test``.

    Returns:
        A seed in [0, 2**31), so that tasks with 32-bit generators take it unchanged.

    """
    return _FIRST[split] + 2 * (seed % SEEDS)


class SplitSeeds(gym.Wrapper, gym.utils.RecordConstructorArgs):
    """Resets the task with seeds of one split only.

    ``reset(seed=s)`` always gives the same episode, and the resets without a seed that follow it
    the same series of episodes. Every reset seeds the task itself, so no generator state is
    carried from one episode to the next and none can leak from one split to the other.
    """

    def __init__(self, env: gym.Env, split: Split):
        gym.utils.RecordConstructorArgs.__init__(self, split=split)
        gym.Wrapper.__init__(self, env)
        self.split: Split = split
        self._series: np.random.Generator | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start the episode that `seed` names, or the next of the series."""
        if seed is not None or self._series is None:
            self._series = np.random.default_rng(seed)
        if seed is None:
            seed = int(self._series.integers(SEEDS))
        return self.env.reset(seed=split_seed(seed, self.split), options=options)


class EpisodeSeeds:
    """The series of episodes of N worlds, for tasks that live in arrays.

    A world's series follows from its own seed alone, whatever the number of worlds, and is two
    integers to save: the seed and how many episodes were begun.

    Args:
        split: ``train``, ``validation`` or ``test``.
        count: N.

    Attributes:
        state: ``seed`` and ``episode``, [N] int64 each; what must be saved.

    Raises:
        UserError: no such split.

    """

    def __init__(self, split: Split, count: int):
        if split not in _FIRST:
            raise UserError(f"split must be one of {', '.join(_FIRST)}, got {split!r}")
        self._split: Split = split
        self.state = {"seed": np.zeros(count, np.int64), "episode": np.zeros(count, np.int64)}

    def seed(self, w: int, seed: int) -> None:
        """Begin the series of a seed, any integer >= 0, in world w."""
        self.state["seed"][w] = seed % 2**63
        self.state["episode"][w] = 0

    def next(self, w: int) -> int:
        """The seed of the next episode of world w, in [0, 2**31) and in this split alone."""
        place = [int(self.state["seed"][w]), int(self.state["episode"][w])]
        self.state["episode"][w] += 1
        return split_seed(int(np.random.SeedSequence(place).generate_state(1)[0]), self._split)
