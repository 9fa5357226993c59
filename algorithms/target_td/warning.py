"""When to warn: values that are forecast to be larger than any reward allows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class EarlyWarning:
    """Forecasts how large values will be, by the least growth of several readings in a row.

    No value is larger than r_max / (1 − γ). Growth ln ρ / k that is predicted at one reading need
    not last: most of it is of errors that grow a while and then vanish, or that the network's own
    curvature stops. So a forecast takes the least of the last `confirmed` predictions, and it is
    none where one of them is of shrinking.

    Args:
        limit: the warning is given where values are forecast to be so many times the bound.
        ahead: how far the forecast looks, in gradient steps.
        confirmed: readings in a row.

    """

    def __init__(self, limit: float = 2.8, ahead: int = 225, confirmed: int = 5):
        self.limit, self.ahead, self.confirmed = limit, ahead, confirmed
        self.recent: list[float] = []
        self.forecast = 0.0
        """Forecast size of the values over the bound; that of the moment where nothing grows."""
        self.warned_at: int | None = None

    def take_in(self, growth: float, size: float, step: int) -> bool:
        """Take in a reading; whether the warning is given at this very one.

        Args:
            growth: ln ρ / k, a gradient step.
            size: root mean square of the values over r_max / (1 − γ).
            step: what the warning is dated by.

        """
        gone = math.isnan(growth) or math.isnan(size)
        if gone:
            growth, size = math.inf, math.inf
        self.recent = [*self.recent, growth][-self.confirmed :]
        least = min(self.recent)
        self.forecast = size * math.exp(min(self.ahead * max(least, 0.0), _FARTHEST))
        alarming = gone or (least > 0.0 and self.forecast > self.limit)
        if not alarming or self.warned_at is not None:
            return False
        self.warned_at = step
        return True

    def state_dict(self) -> dict[str, Any]:
        """What it remembers."""
        return {
            "recent": np.array(self.recent),
            "forecast": self.forecast,
            "warned_at": self.warned_at,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.recent = np.asarray(state["recent"]).tolist()
        self.forecast, self.warned_at = float(state["forecast"]), state["warned_at"]


_FARTHEST = 7.5
"""ln of the growth that is forecast at most."""
