"""Settings of the human who corrects."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from simulated_humans.checks import check, check_expert, check_prices
from teaching import Prices


@dataclass
class CorrectingConfig:
    """An expert who improves what is shown a little, and how far this human falls short of that.

    The defaults are the clean human: the smallest edit that closes the share of the gap.

    Attributes:
        name: key in `simulated_humans.registry.HUMANS`.
        expert: "task" for the task's own expert, which alone can plan and knows the true return.
        improvement: α, the share of the gap between what is shown and the expert's best that a
            correction is to close, in (0, 1].
        window: steps in a row that one correction may touch at most, or null for all.
        blends: of continuous actions, how many steps there are from the action that is shown to the
            expert's; the fewest that close the share are gone.
        rationality: β of the choice among edits, or null for ∞.
        skip: share of the usual gap under which a trajectory is left as it is; 0 is never.
        memory: queries that the usual gap goes back, the older the less, or null for all.
        mistake: probability that a correction goes the wrong way.
        action_noise: standard deviation at each edited step in half-ranges of the action; where
            actions are discrete, the probability of another action.
        fatigue: seconds of human time in which the attention to a query falls by a factor of e, or
            null.
        budget_queries: edits after which the human leaves, or null.
        budget_seconds: human seconds after which it leaves, or null.
        prices: human seconds that things cost.

    """

    name: str = "correcting"
    expert: str = "task"
    improvement: float = 0.3
    window: int | None = None
    blends: int = 20
    rationality: float | None = None
    skip: float = 0.0
    memory: int | None = None
    mistake: float = 0.0
    action_noise: float = 0.0
    fatigue: float | None = None
    budget_queries: int | None = None
    budget_seconds: float | None = None
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        check_expert(self.expert)
        check(self, "improvement", "in (0, 1]", lambda x: 0 < x <= 1)
        check(self, "window", "≥ 1 step", lambda x: x >= 1)
        check(self, "blends", "≥ 1", lambda x: x >= 1)
        check(self, "rationality", "≥ 0 (null is ∞)", lambda x: 0 <= x < math.inf)
        check(self, "skip", "≥ 0", lambda x: 0 <= x < math.inf)
        check(self, "memory", "≥ 1", lambda x: x >= 1)
        check(self, "mistake", "in [0, 1]", lambda x: 0 <= x <= 1)
        check(self, "action_noise", "≥ 0", lambda x: 0 <= x < math.inf)
        check(self, "fatigue", "> 0 s", lambda x: x > 0)
        check(self, "budget_queries", "≥ 0", lambda x: x >= 0)
        check(self, "budget_seconds", "≥ 0 s", lambda x: x >= 0)
        check_prices(self)
