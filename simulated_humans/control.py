"""From wish to deed: reaction time and the least time that a hand stays on the controls."""

from __future__ import annotations

from typing import Any

import numpy as np

from simulated_humans.state import restore, snapshot
from teaching import delay_steps

DELAY_FORMS = ("fixed", "uniform", "gamma")
_LONGEST = {"fixed": 1.0, "uniform": 1.6, "gamma": 10.0}
"""Means."""


class Reaction:
    """How long a decision takes to reach the hands, drawn anew for each decision.

    `delay` is the mean in seconds of each form:

    - fixed: always the mean;
    - uniform: between 0.4 and 1.6 times the mean; Uniform(0.2, 0.8) s at 0.5 s is that of HIPPO Gym
      (Taylor et al. 2021);
    - gamma: shape 2; Gamma(2, 0.28 s) at 0.56 s is that of TAMER (Knox and Stone 2009).
    """

    def __init__(self, delay: float, form: str):
        self._delay = delay
        self._form = form

    def seconds(self, uniform: np.ndarray) -> np.ndarray:
        """[N] float64 from [N, 2] uniforms in [0, 1)."""
        if self._form == "uniform":
            return self._delay * (0.4 + 1.2 * uniform[:, 0])
        if self._form == "gamma":
            # The sum of two exponential waits is a gamma of shape 2.
            return self._delay / 2 * -np.log1p(-uniform).sum(axis=1)
        return np.full(len(uniform), self._delay)

    def steps(self, uniform: np.ndarray, dt: float) -> np.ndarray:
        """[N] int64, rounded to whole steps."""
        if self._form == "fixed":
            return np.full(len(uniform), delay_steps(self._delay, dt))
        return np.floor(self.seconds(uniform) / dt + 0.5).astype(np.int64)

    def longest(self, dt: float) -> int:
        """Steps that hardly any reaction exceeds: of gamma ones 4 in 10⁸, of the others none."""
        return delay_steps(_LONGEST[self._form] * self._delay, dt)


class Hands:
    """Who has the controls.

    A wish that differs from what the hands do starts a decision, which takes effect after a
    reaction time and is not called back meanwhile: one may take over when the need has just passed.
    Letting go is not decided on before `hold` seconds in control.
    """

    def __init__(self, reaction: Reaction, hold: float, num_worlds: int):
        self._reaction = reaction
        self._hold = hold
        self.in_control = np.zeros(num_worlds, dtype=bool)
        self._held = np.zeros(num_worlds, dtype=np.int64)
        self._pending = np.full(num_worlds, -1, dtype=np.int64)

    def deciding(self) -> np.ndarray:
        """[N] bool, a decision is on its way to the hands."""
        return self._pending >= 0

    def step(
        self, wish: np.ndarray, at_once: np.ndarray, uniform: np.ndarray, dt: float
    ) -> np.ndarray:
        """Move the hands.

        Args:
            wish: [N] bool, wants to be in control.
            at_once: [N] bool, grabs the controls now, out of fright rather than by decision.
            uniform: [N, 2] in [0, 1), for the reaction times.
            dt: seconds a step.

        Returns:
            [N] bool, takes over on this step.

        """
        before = self.in_control
        free = ~before | (self._held >= delay_steps(self._hold, dt))
        decides = (wish != before) & (self._pending < 0) & free
        self._pending = np.where(decides, self._reaction.steps(uniform, dt), self._pending)
        acts = self._pending == 0
        self._pending -= self._pending >= 0
        self.in_control = (before ^ acts) | (at_once & ~before)
        self._held = np.where(self.in_control, self._held + 1, 0)
        return self.in_control & ~before

    def reset(self, episode_start: np.ndarray) -> None:
        """Hands off, nothing pending, in the episodes that start."""
        self.in_control = self.in_control & ~episode_start
        self._held[episode_start] = 0
        self._pending[episode_start] = -1

    def state_dict(self) -> dict[str, Any]:
        """Control, time held and decisions on their way."""
        return snapshot(self, "in_control", "_held", "_pending")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore them."""
        restore(self, state, "in_control", "_held", "_pending")
