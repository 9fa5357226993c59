"""Settings of TAMER."""

from __future__ import annotations

import math
from dataclasses import dataclass

from algorithms.core.config import require
from algorithms.core.credit import DELAY_FORMS


@dataclass
class TAMERConfig:
    """TAMER with a linear model (Knox and Stone 2009).

    Attributes:
        name: the registry entry.
        learning_rate: of stochastic gradient descent on the squared error.
        temperature: T of a softmax over Ĥ(s, ·); null takes the best action, as published.
        delay: mean reaction time of the human in seconds; null finds it out, see
            `algorithms.core.delay`.
        delay_form: fixed, uniform or gamma; how it is distributed, see `algorithms.core.credit`;
            found out as well where the mean is.

    """

    name: str = "tamer"
    learning_rate: float = 0.2
    temperature: float | None = None
    delay: float | None = 0.0
    delay_form: str = "fixed"

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        require(0 < self.learning_rate <= 1, "learning_rate", "in (0, 1]", self.learning_rate)
        if self.temperature is not None:
            require(self.temperature > 0, "temperature", "> 0, or null", self.temperature)
        known = 0.0 if self.delay is None else self.delay
        require(0 <= known < math.inf, "delay", "≥ 0 s, or null", self.delay)
        forms = ", ".join(DELAY_FORMS)
        require(self.delay_form in DELAY_FORMS, "delay_form", f"one of {forms}", self.delay_form)
