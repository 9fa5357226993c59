"""Settings of the human who demonstrates."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulated_humans.checks import check, check_choice
from simulated_humans.config import InterveningConfig
from teaching import UserError
from teaching.revisiting import INTERESTS


@dataclass
class DemonstratingConfig(InterveningConfig):
    """The intervening human at the controls all the time, and how what it shows is brought about.

    All settings of the intervening human hold. With `action_noise` the hand is unsteady, and what
    it does is both executed and learned; with `execution_noise` something else shakes the
    execution, and what is learned is what the hand meant.

    Attributes:
        name: key in `simulated_humans.registry.HUMANS`.
        gate: as of the intervening human; always, unless a learner is to have a say.
        execution_noise: standard deviation at each step in half-ranges of the action; where actions
            are discrete, the probability of another action.
        reset_share: share of the episodes that start at a remembered state; 0 is never.
        interest: which states are remembered: disagreement, where this human does otherwise than
            the learner proposes; risk, where what the learner proposes is risky (`horizon`); loss,
            shortly before an episode that ends without success does so.
        interest_threshold: of disagreement, in half-ranges of the action (which plays no part where
            actions are discrete), or of risk, a probability.
        interest_before: seconds before the end at which a lost episode is remembered.
        interest_memory: how many states are remembered; the oldest goes first.

    """

    name: str = "demonstrating"
    gate: str = "always"
    execution_noise: float = 0.0
    reset_share: float = 0.0
    interest: str = "disagreement"
    interest_threshold: float = 0.5
    interest_before: float = 2.0
    interest_memory: int = 200

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        super().__post_init__()
        check(self, "execution_noise", "≥ 0", lambda x: 0 <= x < math.inf)
        if self.execution_noise and self.gate != "always":
            raise UserError(
                "human.execution_noise shakes whoever is in control, the learner too, so that it "
                f"needs human.gate=always, got {self.gate}"
            )
        check(self, "reset_share", "in [0, 1]", lambda x: 0 <= x <= 1)
        check_choice(self, "interest", INTERESTS)
        check(self, "interest_threshold", "> 0", lambda x: 0 < x < math.inf)
        if self.interest == "risk":
            check(self, "interest_threshold", "in (0, 1) for risk", lambda x: 0 < x < 1)
        check(self, "interest_before", "≥ 0 s", lambda x: 0 <= x < math.inf)
        check(self, "interest_memory", "≥ 1", lambda x: x >= 1)
