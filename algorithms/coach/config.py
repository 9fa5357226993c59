"""Settings of COACH."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from algorithms.core.config import require
from teaching import UserError

POLICIES = ("linear", "mlp")


@dataclass
class COACHConfig:
    """COACH (MacGlashan et al. 2017) and E-COACH (Shah et al. 2021).

    Attributes:
        name: the registry entry.
        learning_rate: α, of plain gradient ascent.
        temperature: T of the softmax.
        lambdas: decay a step of each eligibility trace.
        strengths: the least strength |f| of the feedback that each trace answers to, ascending and
            from 0 on; in the paper's robot ±1 went to λ = .95 and +4 to λ = .9999.
        delay: reaction time d of the human in seconds; null finds it out, see
            `algorithms.core.delay`.
        discount: γ; feedback in step t of an episode weighs γᵗ. COACH has 1; E-COACH the task's,
            with ``lambdas: [1.0]``.
        policy: linear in the observation (tabular where it is one-hot), or mlp.
        net_arch: widths of the hidden layers of an mlp (tanh).

    """

    name: str = "coach"
    learning_rate: float = 0.25
    temperature: float = 0.5
    lambdas: list[float] = field(default_factory=lambda: [0.0])
    strengths: list[float] = field(default_factory=lambda: [0.0])
    delay: float | None = 0.0
    discount: float = 1.0
    policy: str = "linear"
    net_arch: list[int] = field(default_factory=lambda: [64])

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        require(self.learning_rate > 0, "learning_rate", "> 0", self.learning_rate)
        require(self.temperature > 0, "temperature", "> 0", self.temperature)
        in_range = all(0 <= decay <= 1 for decay in self.lambdas)
        require(bool(self.lambdas) and in_range, "lambdas", "numbers in [0, 1]", self.lambdas)
        ascending = self.strengths == sorted(set(self.strengths)) and self.strengths[:1] == [0]
        require(ascending, "strengths", "ascending from 0 on", self.strengths)
        if len(self.strengths) != len(self.lambdas):
            raise UserError(
                f"algorithm.strengths must have as many entries as algorithm.lambdas, "
                f"{len(self.lambdas)}, got {self.strengths}"
            )
        known = 0.0 if self.delay is None else self.delay
        require(0 <= known < math.inf, "delay", "≥ 0 s, or null", self.delay)
        require(0 < self.discount <= 1, "discount", "in (0, 1]", self.discount)
        require(self.policy in POLICIES, "policy", " or ".join(POLICIES), self.policy)
        require(all(width >= 1 for width in self.net_arch), "net_arch", "≥ 1", self.net_arch)
