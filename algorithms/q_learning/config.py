"""Settings of Q-learning."""

from __future__ import annotations

from dataclasses import dataclass

from algorithms.core.config import require


@dataclass
class QLearningConfig:
    """Q-learning, linear in the observation, with feedback in the place of the reward.

    Attributes:
        name: the registry entry.
        learning_rate: α.
        discount: γ.
        temperature: T of a softmax over Q(s, ·).

    """

    name: str = "q_learning"
    learning_rate: float = 1.0
    discount: float = 0.99
    temperature: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        require(0 < self.learning_rate <= 1, "learning_rate", "in (0, 1]", self.learning_rate)
        require(0 <= self.discount <= 1, "discount", "in [0, 1]", self.discount)
        require(self.temperature > 0, "temperature", "> 0", self.temperature)
