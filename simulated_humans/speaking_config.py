"""Settings of the human who speaks."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from simulated_humans.checks import check, check_choice, check_expert, check_prices
from teaching import Prices, UserError

PHRASINGS = ("known", "held_out", "all")


@dataclass
class SpeakingConfig:
    """An expert's judgement in words, and how far this human falls short of saying it plainly.

    The default is a plain speaker of all three kinds, in the proportions that people use: of the
    944 clauses of Sumers et al.'s pilot that have one of the three kinds 57 % were about what was
    done, 14 % about where to go and 29 % about what things are worth.

    Attributes:
        name: key in `simulated_humans.registry.HUMANS`.
        expert: "task", whose oracle says what words speak of and what it is worth.
        evaluative: weight of clauses about what was done.
        imperative: weight of clauses about where to go.
        descriptive: weight of clauses about what things are worth.
        more: probability that one more clause follows, up to three in all; 1.43 clauses a
            message is what the same people wrote.
        gladly: share of clauses about what things are worth that are about something good, where
            there is something good and something else to speak about.
        phrasing: known, held_out or all; which sentences, see `simulated_humans.phrases`.
        hedges: probability that a clause is hedged.
        typos: probability that a word of four letters or more has two neighbours swapped, a letter
            left out or one doubled.
        sarcasm: probability that blame of what was done is said as praise, and meant as blame.
        mistakes: probability that good is said for bad and bad for good.
        silence: probability of saying nothing.
        fatigue: seconds of human time in which the share of moments with words falls by a factor
            of e, or null.
        budget_signals: utterances, all worlds together, after which the human leaves, or null.
        budget_seconds: human seconds, all worlds together, after which it leaves, or null.
        prices: human seconds that things cost.

    """

    name: str = "speaking"
    expert: str = "task"
    evaluative: float = 0.57
    imperative: float = 0.14
    descriptive: float = 0.29
    more: float = 0.33
    gladly: float = 0.65
    phrasing: str = "known"
    hedges: float = 0.0
    typos: float = 0.0
    sarcasm: float = 0.0
    mistakes: float = 0.0
    silence: float = 0.0
    fatigue: float | None = None
    budget_signals: int | None = None
    budget_seconds: float | None = None
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        check_expert(self.expert)
        check_choice(self, "phrasing", PHRASINGS)
        for name in ("evaluative", "imperative", "descriptive"):
            check(self, name, "≥ 0", lambda x: 0 <= x < math.inf)
        for name in ("more", "gladly", "hedges", "typos", "sarcasm", "mistakes", "silence"):
            check(self, name, "in [0, 1]", lambda x: 0 <= x <= 1)
        check(self, "fatigue", "> 0 s", lambda x: x > 0)
        check(self, "budget_signals", "≥ 0", lambda x: x >= 0)
        check(self, "budget_seconds", "≥ 0 s", lambda x: x >= 0)
        check_prices(self)
        if not self.evaluative + self.imperative + self.descriptive:
            raise UserError(
                "one of human.evaluative, human.imperative and human.descriptive must be > 0"
            )
