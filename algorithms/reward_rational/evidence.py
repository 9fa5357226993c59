"""What was seen of a person's choices, and the belief that it makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms.reward_rational import losses
from algorithms.reward_rational.config import RewardRationalConfig
from algorithms.reward_rational.losses import Term

_TOLERANCE = 1e-10
"""Of the Newton decrement."""


class Evidence:
    """Comparisons, choices and ratings, and the Laplace approximation of w given them all.

    Attributes:
        mean: [K], the likeliest weights.
        precision: [K, K], the Hessian of the negative log posterior there.

    """

    def __init__(self, config: RewardRationalConfig, features: int, options: int):
        """`features` are K, `options` the J actions that there are."""
        self._config = config
        self.mean = np.zeros(features)
        self.precision = np.eye(features) / config.prior_variance
        self._data = {
            "compared": np.zeros((0, features)),
            "first": np.zeros(0),
            "options": np.zeros((0, options, features)),
            "chosen": np.zeros(0, np.int64),
            "rated": np.zeros((0, features)),
            "rating": np.zeros(0),
        }

    def compare(self, x: np.ndarray, first: float) -> None:
        """A choice between two, x = φ(first) − φ(second) [K]: 1 the first, 0 the second, ½."""
        self._add(compared=x, first=first)

    def choose(self, options: np.ndarray, chosen: int) -> None:
        """A choice among options [J, K]."""
        self._add(options=options, chosen=chosen)

    def rate(self, x: np.ndarray, rating: float) -> None:
        """The reward of φ = x [K], said aloud."""
        self._add(rated=x, rating=rating)

    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        names = {"comparisons": "first", "choices": "chosen", "ratings": "rating"}
        return {name: len(self._data[key]) for name, key in names.items()}

    def loss(self, w: np.ndarray) -> Term:
        """Negative log posterior of w up to a constant, its gradient and its Hessian."""
        data, beta = self._data, self._config.rationality
        terms = [losses.prior(w, self._config.prior_variance)]
        if len(data["first"]):
            terms.append(losses.comparisons(w, data["compared"], data["first"], beta))
        if len(data["chosen"]):
            terms.append(losses.choices(w, data["options"], data["chosen"], beta))
        if len(data["rating"]):
            noise = self._config.noise_variance
            terms.append(losses.ratings(w, data["rated"], data["rating"], noise))
        value, gradient, hessian = (sum(parts) for parts in zip(*terms, strict=True))
        return float(value), np.asarray(gradient), np.asarray(hessian)

    def maximise(self) -> None:
        """Find the likeliest weights by Newton's method from the last ones, with step halving."""
        value, gradient, hessian = self.loss(self.mean)
        for _ in range(50):
            step = np.linalg.solve(hessian, gradient)
            decrement = float(step @ gradient)
            if decrement < _TOLERANCE:
                break
            size = 1.0
            while True:
                tried = self.mean - size * step
                found = self.loss(tried)
                if found[0] <= value - 1e-4 * size * decrement + 1e-12 or size < 1e-8:
                    break
                size /= 2
            self.mean, (value, gradient, hessian) = tried, found
        self.precision = hessian

    def state_dict(self) -> dict[str, Any]:
        """What was seen, and the belief."""
        seen = {name: array.copy() for name, array in self._data.items()}
        return {"seen": seen, "mean": self.mean.copy(), "precision": self.precision.copy()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        self._data = {name: np.array(array) for name, array in state["seen"].items()}
        self.mean, self.precision = np.array(state["mean"]), np.array(state["precision"])

    def _add(self, **row: Any) -> None:
        for name, value in row.items():
            old = self._data[name]
            self._data[name] = np.concatenate([old, np.asarray(value, old.dtype)[None]])
