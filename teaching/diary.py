"""What a person is told of a task that declares its manner, where it tells nothing itself."""

from __future__ import annotations

import numpy as np

from teaching.manner import Manner


class Diary:
    """Keeps one world's episode, and tells of the last one in the words of its qualities.

    Args:
        manner: of the task.

    """

    def __init__(self, manner: Manner):
        self._manner = manner
        self._obs: list[np.ndarray] = []
        self._action: list[np.ndarray] = []
        self._last: str | None = None
        self._episodes = 0

    def turn(self) -> None:
        """Begin the next episode."""
        if self._obs:
            self._episodes += 1
            told = self._told(np.stack(self._obs), np.stack(self._action))
            self._last = f"episode {self._episodes}, {len(self._obs)} steps: {told}"
        self._obs, self._action = [], []

    def add(self, obs: np.ndarray, action: np.ndarray) -> None:
        """Note a step, [O...] and [A...], as it was executed."""
        self._obs.append(np.array(obs))
        self._action.append(np.array(action))

    def tell(self, obs: np.ndarray, action: np.ndarray) -> str:
        """The last episode, as long as the next has no step; after that the moment itself."""
        if not self._obs and self._last is not None:
            return self._last
        return self._told(np.asarray(obs)[None], np.asarray(action)[None])

    def _told(self, obs: np.ndarray, action: np.ndarray) -> str:
        amounts = self._manner.measure(obs, action)
        told = []
        for quality, column in zip(self._manner.qualities, amounts.T, strict=True):
            known = column[~np.isnan(column)]
            told.append(f"{quality.name} {known.mean():.2f}" if len(known) else f"{quality.name} –")
        return ", ".join(told)
