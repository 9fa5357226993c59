"""Human time: delays in seconds, and the price of every signal in human seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Prices:
    """What feedback costs a person, in seconds of their time.

    Attributes:
        watch: for each second of task time that one world is watched without a hand on it.
        steer: for each second of task time in control of one world.
        takeover: once for each takeover, the cost of deciding and of reaching for the controls.
        judge: for each word of praise or blame.
        compare: for each comparison of two segments, the watching included.
        skip: for each comparison that is skipped.
        rank: for each segment in a ranking, the watching included.
        correct: for each second of a trajectory that is corrected.
        say: for each word of an utterance.

    """

    watch: float = 1.0
    steer: float = 1.0
    takeover: float = 0.5
    judge: float = 0.5
    compare: float = 5.0
    skip: float = 0.0
    rank: float = 3.0
    correct: float = 3.0
    say: float = 0.4

    def intervention(
        self, dt: float, mask: np.ndarray, start: np.ndarray, watched: np.ndarray
    ) -> np.ndarray:
        """Price of one step of watching and steering.

        Args:
            dt: seconds a step.
            mask: [N] bool, in control.
            start: [N] bool, took over on this step.
            watched: [N] bool, looked at, in control or not.

        Returns:
            [N] float64 human seconds.

        """
        watching = self.watch * dt * (watched & ~mask)
        return watching + self.steer * dt * mask + self.takeover * start


def delay_steps(seconds: float, dt: float) -> int:
    """How many whole steps a delay lasts, rounded to the nearest (half a step rounds up)."""
    return int(np.floor(seconds / dt + 0.5))
