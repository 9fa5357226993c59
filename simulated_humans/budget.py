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


class QueryBudget:
    """Answers and human seconds; None is no limit.

    The human leaves for good on the first query that would overrun the seconds, or once the answers
    are used up. Queries are paid for one after the other, so that it makes no difference how many
    are put at once.
    """

    def __init__(self, queries: int | None, seconds: float | None):
        self._queries = queries
        self._seconds = None if seconds is None else seconds * (1 + _ROUNDING)
        self.queries_spent = 0
        self.seconds_spent = 0.0
        self.gone = queries == 0 or seconds == 0

    def pay(self, price: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Pay for B queries in order.

        Args:
            price: [B] human seconds of each.
            counts: [B] bool, which of them use up an answer.

        Returns:
            [B] bool, the human was still there, and [B] human seconds spent before each.

        """
        # Added up one by one from what was spent before: the same rounding however it is batched.
        seconds = np.cumsum(np.concatenate([[self.seconds_spent], price]))
        queries = np.cumsum(np.concatenate([[self.queries_spent], counts.astype(np.int64)]))
        there = np.full(len(price), not self.gone)
        if self._seconds is not None:
            there &= seconds[1:] <= self._seconds
        if self._queries is not None:
            there &= queries[:-1] < self._queries
        there = np.logical_and.accumulate(there)
        paid = int(np.count_nonzero(there))
        self.seconds_spent, self.queries_spent = float(seconds[paid]), int(queries[paid])
        used_up = self._queries is not None and self.queries_spent >= self._queries
        self.gone = self.gone or paid < len(price) or used_up
        return there, seconds[:-1]

    def state_dict(self) -> dict[str, Any]:
        """What is spent."""
        return {
            "queries_spent": self.queries_spent,
            "seconds_spent": self.seconds_spent,
            "gone": self.gone,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        self.queries_spent = int(state["queries_spent"])
        self.seconds_spent = float(state["seconds_spent"])
        self.gone = bool(state["gone"])
