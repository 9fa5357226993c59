"""When to warn: predicted growth that adds up."""

from __future__ import annotations

import math
from typing import Any


class EarlyWarning:
    """Adds up the predicted growth of the error along the path, and never below nothing.

    Σ ln ρ / k over gradient steps is the logarithm of what the product of the path Jacobians makes
    of an error that keeps to their leading directions; where they shrink, an earlier growth is
    forgotten (Page's cumulative sum). It warns once that has come to `factor` and the Bellman
    residual has itself risen to `rise` times what it was at first.

    Args:
        factor: predicted growth of the error.
        rise: of the residual over the first one.

    """

    def __init__(self, factor: float = 1.3, rise: float = 2.5):
        self.factor, self.rise = factor, rise
        self.pressure = 0.0
        self.first: float | None = None
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
        if self.first is None:
            self.first = residual
        alarming = self.pressure > math.log(self.factor) and residual > self.rise * self.first
        if not alarming or self.warned_at is not None:
            return False
        self.warned_at = step
        return True

    def state_dict(self) -> dict[str, Any]:
        """What it remembers."""
        return {"pressure": self.pressure, "first": self.first, "warned_at": self.warned_at}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.pressure = float(state["pressure"])
        self.first, self.warned_at = state["first"], state["warned_at"]
