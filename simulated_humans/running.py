"""Mean and spread of what a human has been shown so far."""

from __future__ import annotations

from typing import Any

import numpy as np


class Running:
    """Running mean and standard deviation, up to and including each query.

    Queries are added one after the other, so that a query is judged by itself and by those before
    it, never by those that happened to be put in the same batch. Each query weighs 1, and its K
    alternatives 1/K each; with a memory of m queries the weights fall by a factor of 1 − 1/m from
    query to query. The sums are taken about the first value ever seen, against cancellation.
    """

    def __init__(self, memory: int | None = None):
        self._keep = 1.0 if memory is None else 1.0 - 1.0 / memory
        self._origin = np.zeros(0)
        self._sums = np.zeros((3, 0))  # of weights, deviations and squared deviations

    def add(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take in [B, K, F] values; the mean and the standard deviation [B, F] at each query."""
        if not len(values):
            return np.zeros((0, values.shape[2])), np.zeros((0, values.shape[2]))
        if not self._origin.size:
            self._origin = np.array(values[0, 0], np.float64)
            self._sums = np.zeros((3, values.shape[2]))
        off = values - self._origin
        terms = np.stack([np.ones_like(off[:, 0]), off.mean(axis=1), (off**2).mean(axis=1)], axis=1)
        sums = np.empty_like(terms)  # [B, 3, F]
        last = self._sums
        for query, term in enumerate(terms):
            last = np.add(self._keep * last, term, out=sums[query])
        self._sums = last.copy()
        weight, mean, square = np.moveaxis(sums, 1, 0)
        mean, square = mean / weight, square / weight
        return self._origin + mean, np.sqrt(np.maximum(square - mean**2, 0.0))

    def state_dict(self) -> dict[str, Any]:
        """The sums."""
        return {"origin": self._origin.copy(), "sums": self._sums.copy()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore them."""
        self._origin = np.array(state["origin"], np.float64)
        self._sums = np.array(state["sums"], np.float64)
