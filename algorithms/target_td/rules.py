"""How the weights of the target follow those that learn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from teaching import UserError


@dataclass(frozen=True)
class TargetRule:
    """After every `period` gradient steps w̄ ← (1 − τ) w̄ + τ w + μ (w̄ − w̄ before that).

    Every rule of the laboratory is one of these: TD has a period of 1, target networks a longer
    one, fitted evaluation an infinite one, Polyak averaging τ < 1 at a period of 1.

    Attributes:
        period: k, gradient steps from one target to the next; `math.inf` solves for the minimum.
        tau: τ in (0, 1].
        momentum: μ, heavy ball over the series of targets.
        ridge: η ≥ 0, the gradient step also shrinks w: TD with Tikhonov's regulariser, as in Zhang,
            Yao and Whiteson (2021). It moves the solution.

    """

    period: float = 1
    tau: float = 1.0
    momentum: float = 0.0
    ridge: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no rule."""
        if self.period < 1 or (math.isfinite(self.period) and self.period != int(self.period)):
            raise UserError(f"period must be a whole number ≥ 1 or inf, got {self.period}")
        if not 0.0 < self.tau <= 1.0:
            raise UserError(f"tau must be in (0, 1], got {self.tau}")
        if not -1.0 < self.momentum < 1.0:
            raise UserError(f"momentum must be in (-1, 1), got {self.momentum}")
        if not self.ridge >= 0.0:
            raise UserError(f"ridge must be ≥ 0, got {self.ridge}")

    @classmethod
    def td(cls) -> Self:
        """No target network."""
        return cls()

    @classmethod
    def every(cls, period: int) -> Self:
        """A copy every k gradient steps."""
        return cls(period=period)

    @classmethod
    def fitted(cls) -> Self:
        """A new target only at the minimum of the loss (fitted policy evaluation)."""
        return cls(period=math.inf)

    @classmethod
    def polyak(cls, tau: float) -> Self:
        """A little of the weights at every step."""
        return cls(tau=tau)
