"""When to warn: predicted growth that adds up."""

from __future__ import annotations

import math
from typing import Any


class EarlyWarning:
    """Adds up the predicted growth of the error along the path, and never below nothing.

    Σ ln ρ / k over gradient steps is the logarithm of what the product of the path Jacobians makes
    of an error that keeps to their leading directions; where they shrink, an earlier growth is
    forgotten (Page's cumulative sum). It warns once that has come to `factor` and the Bellman
    residual has itself risen by `rise` over its least value so far, twice in a row.

    Args:
        factor: predicted growth of the error.
        rise: of the residual over its minimum.

    """

    def __init__(self, factor: float = 1.5, rise: float = 1.1):
        self.factor, self.rise = factor, rise
        self.pressure = 0.0
        self.least = math.inf
        self.in_a_row = 0
        self.warned_at: int | None = None

    def take_in(self, growth: float, updates: int, residual: float, step: int) -> bool:
        """Take in a reading; whether the warning is given at this very one.

        Args:
            growth: ln ρ / k, a gradient step.
            updates: gradient steps since the last reading.
            residual: root mean square of the Bellman residual.
            step: what the warning is dated by.

        """
        if math.isnan(growth) or math.isnan(residual):
            growth, residual = math.inf, math.inf
        self.pressure = max(0.0, self.pressure + growth * updates)
        self.least = min(self.least, residual)
        alarming = self.pressure > math.log(self.factor) and residual > self.rise * self.least
        self.in_a_row = self.in_a_row + 1 if alarming else 0
        if self.in_a_row < 2 or self.warned_at is not None:
            return False
        self.warned_at = step
        return True

    def state_dict(self) -> dict[str, Any]:
        """What it remembers."""
        return {
            "pressure": self.pressure,
            "least": self.least,
            "in_a_row": self.in_a_row,
            "warned_at": self.warned_at,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.pressure, self.least = float(state["pressure"]), float(state["least"])
        self.in_a_row, self.warned_at = int(state["in_a_row"]), state["warned_at"]
