"""Settings of the human who compares and ranks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from simulated_humans.checks import check, check_choice, check_expert, check_prices
from teaching import Prices

SCALES = ("spread", "none")


@dataclass
class ComparingConfig:
    """The task's true reward, and how far this human's choices fall short of it.

    The defaults are the clean human: the segment with the higher return, always.

    Attributes:
        name: key in `simulated_humans.registry.HUMANS`.
        expert: "task" for the task's own expert, which alone knows the true reward.
        rationality: β of the choice rule, or null for ∞.
        scale: spread, where β multiplies returns in units of their running standard deviation, or
            none, where it multiplies the returns themselves.
        memory: queries that the running measures go back, the older the less, or null for all.
        discount: weight γ of a row relative to the next one; under 1 the end of a segment counts
            most.
        mistake: probability that the answer is not the one that was meant.
        confusion: distance between two segments' mean observations and actions, in units of their
            running standard deviation, at which they are taken for one another with probability
            1/e; or null.
        skip: share of the usual return under which no segment is worth an answer; 0 is never.
        equal: share of the usual return that two segments must differ by; 0 is none.
        fatigue: seconds of human time in which the attention to a query falls by a factor of e, or
            null.
        budget_queries: answers after which the human leaves, or null.
        budget_seconds: human seconds after which it leaves, or null.
        prices: human seconds that things cost.

    """

    name: str = "comparing"
    expert: str = "task"
    rationality: float | None = None
    scale: str = "spread"
    memory: int | None = None
    discount: float = 1.0
    mistake: float = 0.0
    confusion: float | None = None
    skip: float = 0.0
    equal: float = 0.0
    fatigue: float | None = None
    budget_queries: int | None = None
    budget_seconds: float | None = None
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        check_expert(self.expert)
        check_choice(self, "scale", SCALES)
        check(self, "rationality", "≥ 0 (null is ∞)", lambda x: 0 <= x < math.inf)
        check(self, "memory", "≥ 1", lambda x: x >= 1)
        check(self, "discount", "in (0, 1]", lambda x: 0 < x <= 1)
        check(self, "mistake", "in [0, 1]", lambda x: 0 <= x <= 1)
        check(self, "confusion", "> 0", lambda x: 0 < x < math.inf)
        check(self, "skip", "≥ 0", lambda x: 0 <= x < math.inf)
        check(self, "equal", "≥ 0", lambda x: 0 <= x < math.inf)
        check(self, "fatigue", "> 0 s", lambda x: x > 0)
        check(self, "budget_queries", "≥ 0", lambda x: x >= 0)
        check(self, "budget_seconds", "≥ 0 s", lambda x: x >= 0)
        check_prices(self)
