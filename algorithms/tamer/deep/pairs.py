"""What is kept for replay: pairs of a step and a signal that may be about it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Batch(NamedTuple):
    """B pairs: obs [B, D] float32, action [B] int64, feedback [B] and weight [B] float32."""

    obs: np.ndarray
    action: np.ndarray
    feedback: np.ndarray
    weight: np.ndarray


class Pairs:
    """A ring of pairs.

    Args:
        capacity: pairs kept.
        num_features: D.

    """

    def __init__(self, capacity: int, num_features: int):
        self.added = 0
        self._kept = Batch(
            np.zeros((capacity, num_features), np.float32),
            np.zeros(capacity, np.int64),
            np.zeros(capacity, np.float32),
            np.zeros(capacity, np.float32),
        )

    def __len__(self) -> int:
        """How many pairs are in it."""
        return min(self.added, len(self._kept.action))

    def add(self, batch: Batch) -> None:
        """Keep them, over the oldest ones when full."""
        capacity = len(self._kept.action)
        place = (self.added + np.arange(len(batch.action))) % capacity
        for kept, new in zip(self._kept, batch, strict=True):
            kept[place] = new
        self.added += len(batch.action)

    def sample(self, count: int, rng: np.random.Generator) -> Batch:
        """So many different pairs, or all where there are fewer."""
        rows = rng.choice(len(self), min(count, len(self)), replace=False)
        return Batch(*(kept[rows] for kept in self._kept))

    def state_dict(self) -> dict[str, Any]:
        """Only the rows in use."""
        rows = {name: kept[: len(self)].copy() for name, kept in self._kept._asdict().items()}
        return {"added": self.added, **rows}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.added = int(state["added"])
        for name, kept in self._kept._asdict().items():
            kept[: len(self)] = state[name]
