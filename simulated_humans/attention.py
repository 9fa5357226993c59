"""From urgency to wish: hysteresis, lapses, tiredness and false alarms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from simulated_humans.state import restore, snapshot
from teaching import delay_steps

FOREVER = 2**40
"""Steps; more than any run has."""


class Hysteresis:
    """A need for help opens above the limit and closes after a quiet moment below a lower one.

    A need is open from the step on which score > limit. It closes once the score has stayed at or
    under release·limit for `quiet` seconds. With release 1 and quiet 0 a need is open exactly
    where score > limit. (A Schmitt trigger; ThriftyDAgger, Hoque et al. 2021, hands back on
    agreement below a second threshold for the same reason: to spare the human the flicker.)
    """

    def __init__(self, release: float, quiet: float, num_worlds: int):
        self._release = release
        self._quiet = quiet
        self._open = np.zeros(num_worlds, dtype=bool)
        self._calm = np.zeros(num_worlds, dtype=np.int64)

    def step(self, score: np.ndarray, limit: np.ndarray, dt: float) -> np.ndarray:
        """[N] bool, whether help is needed. `score` and `limit` are [N]."""
        self._calm += 1
        self._calm[score > self._release * limit] = 0
        self._open = (self._open & (self._calm <= delay_steps(self._quiet, dt))) | (score > limit)
        return self._open

    def reset(self, episode_start: np.ndarray) -> None:
        """Close the needs of episodes that ended."""
        self._open = self._open & ~episode_start

    def state_dict(self) -> dict[str, Any]:
        """Open needs and quiet so far."""
        return snapshot(self, "_open", "_calm")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore them."""
        restore(self, state, "_open", "_calm")


def alertness(seconds: np.ndarray, fatigue: float | None) -> np.ndarray:
    """[N] exp(−t/fatigue) after `seconds` [N] of human time; without fatigue, 1 (our own form)."""
    return np.ones(len(seconds)) if fatigue is None else np.exp(-seconds / fatigue)


class Lapses:
    """Needs that are overlooked, the more so the more tired the human is.

    When a need opens, the human looks, and notices it with probability
    (1 − lapse_rate)·exp(−t/fatigue), t being the human seconds spent on this world. A need
    that was overlooked is looked at again `lapse_duration` seconds later, as long as it lasts; a
    need that was noticed stays noticed. So a lapse lasts, unlike a coin tossed every step, which
    at 10 Hz would turn a lapse rate of one in two into a delay of a tenth of a second.

    Source: the lab's own forms, for missed takeovers and for vigilance that wears off.
    """

    def __init__(
        self, lapse_rate: float, lapse_duration: float, fatigue: float | None, num_worlds: int
    ):
        self._attention = 1.0 - lapse_rate
        self._lapse_duration = lapse_duration
        self._fatigue = fatigue
        self._noticed = np.zeros(num_worlds, dtype=bool)
        self._away = np.zeros(num_worlds, dtype=np.int64)

    def notice_probability(self, seconds: np.ndarray) -> np.ndarray:
        """[N] after `seconds` [N] of human time on each world."""
        return self._attention * alertness(seconds, self._fatigue)

    def step(
        self,
        need: np.ndarray,
        in_control: np.ndarray,
        seconds: np.ndarray,
        uniform: np.ndarray,
        dt: float,
    ) -> np.ndarray:
        """[N] bool, which needs the human is aware of.

        Args:
            need: [N] bool, help is needed.
            in_control: [N] bool; who steers overlooks nothing.
            seconds: [N] human seconds spent on each world.
            uniform: [N] in [0, 1).
            dt: seconds a step.

        """
        look = need & ~self._noticed & (self._away <= 0)
        seen = uniform < self.notice_probability(seconds)
        self._noticed = need & (self._noticed | in_control | (look & seen))
        missed = look & ~self._noticed
        self._away -= 1
        self._away[missed] = self._lapse_steps(dt) - 1
        self._away[~need | self._noticed] = 0
        return self._noticed

    def reset(self, episode_start: np.ndarray) -> None:
        """Nothing overlooked in a new episode."""
        self._noticed = self._noticed & ~episode_start
        self._away[episode_start] = 0

    def state_dict(self) -> dict[str, Any]:
        """What is noticed, and how long the human is away."""
        return snapshot(self, "_noticed", "_away")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore them."""
        restore(self, state, "_noticed", "_away")

    def _lapse_steps(self, dt: float) -> int:
        if math.isinf(self._lapse_duration):
            return FOREVER
        return max(1, delay_steps(self._lapse_duration, dt))


def false_alarms(watching: np.ndarray, rate: float, uniform: np.ndarray, dt: float) -> np.ndarray:
    """Takeovers for no reason: a Poisson process while nothing is wrong (the lab's own form).

    Args:
        watching: [N] bool, the human looks on and sees no need.
        rate: false alarms a second of watching.
        uniform: [N] in [0, 1).
        dt: seconds a step.

    Returns:
        [N] bool, with probability 1 − exp(−rate·dt) where watching.

    """
    return watching & (uniform < -math.expm1(-rate * dt))
