"""Judgements on their way: formed about one step, spoken at a later one."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulated_humans.control import Reaction
from simulated_humans.state import restore, snapshot


class Pending:
    """What each of N humans is about to say, and when.

    Each judgement takes a reaction time of its own, so that a later one may be spoken first. One
    thing is said at a time: of two that fall on the same step, the one about the later step is
    said and the other is lost. With a fixed delay that does not happen. What is on its way dies
    with its episode, for a human that was reset has forgotten it; so the last steps of an episode,
    as many as the delay lasts, are never spoken of.
    """

    def __init__(self, reaction: Reaction, num_worlds: int):
        self._reaction = reaction
        self._num_worlds = num_worlds
        self._row = 0
        self._allocate(1)

    def step(
        self,
        spoken: np.ndarray,
        value: np.ndarray,
        about: np.ndarray,
        uniform: np.ndarray,
        dt: float,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Take in the judgements formed now, and give out those that are due now.

        Args:
            spoken: [N] bool, where there is one.
            value: [N] float64.
            about: [N] int64 steps.
            uniform: [N, 2] in [0, 1), for the reaction times.
            dt: seconds a step.

        Returns:
            [N] bool where one is due, [N] its value, [N] the step that it is about.

        """
        longest = self._reaction.longest(dt)
        if longest >= len(self._due):
            self._grow(longest + 1)
        wait = np.minimum(self._reaction.steps(uniform[spoken], dt), longest)
        # A ring: the row of the step that is `wait` steps ahead.
        row = (self._row + wait) % len(self._due)
        self._due[row, spoken] = True
        self._value[row, spoken] = value[spoken]
        self._about[row, spoken] = about[spoken]
        now = self._row
        due = self._due[now].copy()
        self._due[now] = False
        self._row = (now + 1) % len(self._due)
        return due, self._value[now].copy(), self._about[now].copy()

    def reset(self, episode_start: np.ndarray) -> None:
        """Forget what was to be said about the episodes that ended. [N] bool."""
        self._due[:, episode_start] = False

    def state_dict(self) -> dict[str, Any]:
        """Everything on its way."""
        return {**snapshot(self, "_due", "_value", "_about"), "row": self._row}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        self._allocate(len(state["due"]))
        restore(self, state, "_due", "_value", "_about")
        self._row = int(state["row"])

    def _allocate(self, steps: int) -> None:
        self._due = np.zeros((steps, self._num_worlds), dtype=bool)
        self._value = np.zeros((steps, self._num_worlds))
        self._about = np.zeros((steps, self._num_worlds), dtype=np.int64)
        self._row = 0

    def _grow(self, steps: int) -> None:
        old = [np.roll(part, -self._row, axis=0) for part in (self._due, self._value, self._about)]
        self._allocate(steps)
        for part, was in zip((self._due, self._value, self._about), old, strict=True):
            part[: len(was)] = was
