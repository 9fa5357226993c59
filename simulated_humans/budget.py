"""A limit on how much human there is."""

from __future__ import annotations

from typing import Any

import numpy as np

_ROUNDING = 1e-9
"""Share of a budget of seconds that adding many small prices may be off by."""


class Budget:
    """Steps in control and human seconds, over all worlds; None is no limit.

    The human leaves for good on the first step that would overrun the seconds, or once the steps
    are used up, so that a budget is never overspent. Source: fixed human budgets as in PVP (steps)
    and GUIDE (ten minutes, after which the human leaves).
    """

    def __init__(self, steps: int | None, seconds: float | None):
        self._steps = steps
        self._seconds = None if seconds is None else seconds * (1 + _ROUNDING)
        self.steps_spent = 0
        self.seconds_spent = 0.0
        self.gone = steps == 0 or seconds == 0

    def affordable(self, mask: np.ndarray) -> np.ndarray:
        """[N] bool, the worlds, lowest index first, that the remaining steps suffice for."""
        if self._steps is None:
            return mask
        return mask & (np.cumsum(mask) <= self._steps - self.steps_spent)

    def spend(self, mask: np.ndarray, price: np.ndarray) -> bool:
        """Pay for a step, [N] in control and [N] human seconds; False where that is too dear."""
        total = self.seconds_spent + float(price.sum())
        if self._seconds is not None and total > self._seconds:
            self.gone = True
            return False
        self.seconds_spent = total
        self.steps_spent += int(np.count_nonzero(mask))
        self.gone = self._steps is not None and self.steps_spent >= self._steps
        return True

    def state_dict(self) -> dict[str, Any]:
        """What is spent."""
        return {
            "steps_spent": self.steps_spent,
            "seconds_spent": self.seconds_spent,
            "gone": self.gone,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        self.steps_spent = int(state["steps_spent"])
        self.seconds_spent = float(state["seconds_spent"])
        self.gone = bool(state["gone"])
