"""Settings of coactive learning."""

from __future__ import annotations

import math
from dataclasses import dataclass

from algorithms.core.config import require


@dataclass
class CoactiveConfig:
    """The trajectory preference perceptron (Jain et al. 2013); nothing of how it learns is tuned.

    Attributes:
        name: the registry entry.
        room: seconds that a correction may take longer than the path that it corrects.
        signs: whether the weights keep the signs that the task declares of them, where it does.

    """

    name: str = "coactive"
    room: float = 2.0
    signs: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        require(0 <= self.room < math.inf, "room", "≥ 0 s", self.room)
