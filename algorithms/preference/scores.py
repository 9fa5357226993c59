"""How good the model of the reward is: for the scoreboard, and for no one who learns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from algorithms.preference.asking import Asking
from algorithms.preference.reward_model import RewardModel


class Scores:
    """Figures of the model, told anew whenever it has learned.

    Attributes:
        accuracy: share of the pairs in the newest answers that the model put in the order told
            before it learned from them; None before there was a model.
        figures: name -> value, as they stand.

    """

    def __init__(self, length: int):
        """The true reward is compared over the last `length` steps of all worlds."""
        self.accuracy: float | None = None
        self.figures: dict[str, float] = {}
        self._seen: np.ndarray | None = None
        self._true = np.zeros(length)
        self._count = 0
        self._new = False

    def add(self, seen: np.ndarray, reward: np.ndarray) -> None:
        """Keep a step: [N, D] what a model sees of it, and [N] its true reward."""
        if self._seen is None:
            self._seen = np.zeros((len(self._true), seen.shape[1]), np.float32)
        places = (self._count + np.arange(len(seen))) % len(self._true)
        self._seen[places], self._true[places] = seen, reward
        self._count += len(seen)

    def judge(self, model: RewardModel, asking: Asking) -> None:
        """Work the figures out."""
        kept = min(self._count, len(self._true))
        self.figures = {
            "answers": float(asking.answered),
            "loss": model.loss,
            "disagreement": asking.disagreement,
        }
        if self.accuracy is not None:
            self.figures["accuracy"] = self.accuracy
        if self._seen is not None:
            told, true = model.rewards(self._seen[:kept]), self._true[:kept]
            if told.std() > 0 and true.std() > 0:
                self.figures["correlation"] = float(np.corrcoef(told, true)[0, 1])
        self._new = True

    def news(self) -> Iterator[tuple[str, float]]:
        """The figures, where they have changed since the last call."""
        if self._new:
            self._new = False
            yield from self.figures.items()

    def state_dict(self) -> dict[str, Any]:
        """The figures and the steps."""
        kept = min(self._count, len(self._true))
        return {
            "accuracy": self.accuracy,
            "figures": dict(self.figures),
            "count": self._count,
            "true": self._true[:kept].copy(),
            "seen": None if self._seen is None else self._seen[:kept].copy(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.accuracy = state["accuracy"]
        self.figures = {str(name): float(value) for name, value in state["figures"].items()}
        self._count = int(state["count"])
        kept = len(state["true"])
        self._true[:kept] = state["true"]
        if state["seen"] is not None:
            self._seen = np.zeros((len(self._true), np.shape(state["seen"])[1]), np.float32)
            self._seen[:kept] = state["seen"]
