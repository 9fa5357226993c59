"""The answers so far, as orders of segments."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Batch(NamedTuple):
    """Some answers.

    Attributes:
        pairs: [P, 2] segments.
        target: [P] float32, 1 where the first is better, 0 where the second is, ½ for equal.
        orders: [R, K] segments, best first.

    """

    pairs: np.ndarray
    target: np.ndarray
    orders: np.ndarray


class Answers:
    """Comparisons, rankings and the segments that they are about.

    A correction is a comparison too, of what was improved with what was shown.

    Args:
        rows: T, steps of a segment.
        width: D, numbers that a model sees of a step.
        alternatives: K of a ranking.

    """

    def __init__(self, rows: int, width: int, alternatives: int):
        self._segments = np.zeros((64, rows, width), np.float32)
        self._used = 0
        self._pairs: list[tuple[int, int, float]] = []
        self._orders: list[list[int]] = []
        self._alternatives = alternatives

    def __len__(self) -> int:
        return len(self._pairs) + len(self._orders)

    @property
    def segments(self) -> np.ndarray:
        """[M, T, D] float32."""
        return self._segments[: self._used]

    def compare(self, first: np.ndarray, second: np.ndarray, target: float) -> None:
        """Take in a comparison of two segments [T, D]."""
        self._pairs.append((self._add(first), self._add(second), target))

    def rank(self, best_first: np.ndarray) -> None:
        """Take in an order of segments [K, T, D]."""
        self._orders.append([self._add(segment) for segment in best_first])

    def all(self) -> Batch:
        """All answers, comparisons first."""
        pairs = np.array([pair[:2] for pair in self._pairs], np.int64).reshape(-1, 2)
        orders = np.array(self._orders, np.int64).reshape(-1, self._alternatives)
        return Batch(pairs, np.array([pair[2] for pair in self._pairs], np.float32), orders)

    def newest(self, pairs: int, orders: int) -> Batch:
        """Those since there were so many."""
        everything = self.all()
        return Batch(
            everything.pairs[pairs:], everything.target[pairs:], everything.orders[orders:]
        )

    def counts(self) -> tuple[int, int]:
        """How many comparisons and how many rankings."""
        return len(self._pairs), len(self._orders)

    def _add(self, segment: np.ndarray) -> int:
        if self._used == len(self._segments):
            self._segments = np.concatenate([self._segments, np.zeros_like(self._segments)])
        self._segments[self._used] = segment
        self._used += 1
        return self._used - 1

    def state_dict(self) -> dict[str, Any]:
        """All of them."""
        pairs, target, orders = self.all()
        return {
            "segments": self.segments.copy(),
            "pairs": pairs,
            "target": target,
            "orders": orders,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        segments = np.array(state["segments"], np.float32)
        self._used = len(segments)
        room = np.zeros((max(64, self._used), *segments.shape[1:]), np.float32)
        room[: self._used] = segments
        self._segments = room
        pairs, target = np.array(state["pairs"]).tolist(), np.array(state["target"]).tolist()
        self._pairs = [(a, b, m) for (a, b), m in zip(pairs, target, strict=True)]
        self._orders = np.array(state["orders"]).tolist()
