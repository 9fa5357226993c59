"""How long it takes from a picture to the action that answers it."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

EDGES = (0, 5, 10, 20, 30, 40, 50, 60, 80, 100, 150, 200, 300, 500, 1000)
"""Milliseconds between the bars of the distribution; a last bar has what is beyond."""


class Latency:
    """Collects the seconds from a picture's being sent to the execution of what the hands did."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=200)
        self._all: list[float] = []

    def add(self, seconds: float) -> None:
        """Note one step."""
        self._recent.append(seconds)
        self._all.append(seconds)

    @property
    def recent(self) -> float | None:
        """Median of the last 200 steps, seconds; None before one."""
        return float(np.median(self._recent)) if self._recent else None

    def figures(self) -> dict[str, Any] | None:
        """For the run's result, in milliseconds; None where nobody steered."""
        if not self._all:
            return None
        taken = np.array(self._all) * 1e3
        counts = np.histogram(taken, [*EDGES, np.inf])[0]
        p5, p50, p95, p99 = np.percentile(taken, [5, 50, 95, 99])
        return {
            "steps": len(taken),
            "p5": float(p5),
            "median": float(p50),
            "p95": float(p95),
            "p99": float(p99),
            "max": float(taken.max()),
            "edges": list(EDGES),
            "counts": counts.tolist(),
        }
