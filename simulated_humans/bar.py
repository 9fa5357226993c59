"""What counts as good enough, and how that moves."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulated_humans.state import restore, snapshot

_MINUTE = 60.0


class Bar:
    """The bar that a judgement is measured against, in the units of what is judged.

    After t minutes of human time on a world it lies at strictness + drift·t + wander·W(t), W being
    a standard random walk (Brownian motion) of that world's own. It outlives the episode, as moods
    do. Source: the lab's own form, for raters who are strict or lenient and do not stay the same.
    """

    def __init__(self, strictness: float, drift: float, wander: float, num_worlds: int):
        self._drift = drift / _MINUTE
        self._wander = wander / _MINUTE**0.5
        self.height = np.full(num_worlds, strictness)

    def move(self, seconds: np.ndarray, normal: np.ndarray) -> None:
        """Let [N] seconds of human time pass; `normal` is [N] standard normal."""
        if self._drift:
            self.height += self._drift * seconds
        if self._wander:
            self.height += self._wander * np.sqrt(seconds) * normal

    def state_dict(self) -> dict[str, Any]:
        """Where it is."""
        return snapshot(self, "height")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        restore(self, state, "height")
