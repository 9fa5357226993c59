"""Settings of the human who corrects in words."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from simulated_humans.checks import check, check_choice, check_expert, check_prices
from simulated_humans.speaking_config import PHRASINGS
from teaching import Prices


@dataclass
class CorrectorConfig:
    """An expert who watches an episode to its end and says what should be otherwise.

    Attributes:
        name: key in `simulated_humans.registry.HUMANS`.
        expert: "task", whose own expert shows how it should have been done.
        content: spreads by which the learner may be off before there is something to correct.
        temperature: τ; what is spoken of is drawn ∝ exp(|deviation|/τ), the largest where it is 0.
        contexts: whether it says where, if the learner is off there and hardly elsewhere.
        wholes: whether it speaks of what shows of whole episodes: timing, overshoot, wrong things.
        patience: corrections in a row of the same thing after which it turns to the next one.
        every: episodes from one correction to the next.
        phrasing: known, held_out or all; which sentences.
        typos: probability that a word of four letters or more has a slip of the keys.
        mistakes: probability that more is said for less and less for more.
        silence: probability of saying nothing of an episode.
        budget_signals: corrections, all worlds together, after which the human leaves, or null.
        budget_seconds: human seconds, all worlds together, after which it leaves, or null.
        prices: human seconds that things cost.

    """

    name: str = "corrector"
    expert: str = "task"
    content: float = 0.3
    temperature: float = 0.0
    contexts: bool = False
    wholes: bool = True
    patience: int = 3
    every: int = 1
    phrasing: str = "known"
    typos: float = 0.0
    mistakes: float = 0.0
    silence: float = 0.0
    budget_signals: int | None = None
    budget_seconds: float | None = None
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        check_expert(self.expert)
        check_choice(self, "phrasing", PHRASINGS)
        for name in ("content", "temperature"):
            check(self, name, "≥ 0", lambda x: 0 <= x < math.inf)
        for name in ("typos", "mistakes", "silence"):
            check(self, name, "in [0, 1]", lambda x: 0 <= x <= 1)
        check(self, "patience", "≥ 1", lambda x: x >= 1)
        check(self, "every", "≥ 1 episode", lambda x: x >= 1)
        check(self, "budget_signals", "≥ 0", lambda x: x >= 0)
        check(self, "budget_seconds", "≥ 0 s", lambda x: x >= 0)
        check_prices(self)
