"""Settings of the intervening human."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from simulated_humans.checks import check, check_choice, check_expert, check_prices, check_watching
from simulated_humans.control import DELAY_FORMS
from teaching import Prices, UserError

GATES = ("action_distance", "likelihood", "risk", "always")


@dataclass
class InterveningConfig:
    """An expert, a rule for taking over, and how far this human falls short of the expert.

    The defaults are the clean human: the expert's hands, no delay, nothing overlooked.

    Attributes:
        name: key in `simulated_humans.registry.HUMANS`.
        expert: "task" for the task's own expert, "module:function", or a saved policy's path.
        gate: action_distance, likelihood, risk or always.
        threshold: of the gate: a distance in half-ranges of the action (which plays no part where
            actions are discrete), a probability under which an action is unlikely, or a risk.
        weights: how much each dimension of a continuous action counts in the distance, or null for
            all alike; a driver minds the steering more than the pedal.
        release: share of the gate's limit under which a need may close, in (0, 1].
        quiet: seconds that the score must stay under it before the need closes.
        horizon: seconds that the risk gate looks ahead.
        check_every: seconds between two looks of the risk gate; 0 is every step.
        hold: least seconds in control.
        delay: mean reaction time in seconds, for taking over and for letting go.
        delay_form: fixed, uniform or gamma.
        action_noise: standard deviation at each step in half-ranges of the action; where actions
            are discrete, the probability of another action.
        inconsistency: standard deviation of each takeover's own offset in half-ranges, and of the
            logarithm of the gate's limit; where actions are discrete, the probability that a
            takeover opens with a detour.
        lapse_rate: probability that a look at a need misses it.
        lapse_duration: seconds until the human looks again at a need that was missed.
        false_alarm_rate: takeovers for no reason for each second of watching.
        fatigue: seconds of human time in which the attention to a world falls by a factor of e,
            or null.
        watch_share: share of the time that a world is watched.
        watch_spell: mean length in seconds of a spell of watching, where the share is below 1.
        watch_one: seconds for which one world is watched before the next has its turn, or null for
            watching all of them at once.
        budget_steps: steps in control, all worlds together, after which the human leaves, or null.
        budget_seconds: human seconds, all worlds together, after which it leaves, or null.
        prices: human seconds that things cost.

    """

    name: str = "intervening"
    expert: str = "task"
    gate: str = "action_distance"
    threshold: float = 0.5
    weights: list[float] | None = None
    release: float = 1.0
    quiet: float = 0.0
    horizon: float = 2.0
    check_every: float = 0.0
    hold: float = 0.0
    delay: float = 0.0
    delay_form: str = "fixed"
    action_noise: float = 0.0
    inconsistency: float = 0.0
    lapse_rate: float = 0.0
    lapse_duration: float = 1.0
    false_alarm_rate: float = 0.0
    fatigue: float | None = None
    watch_share: float = 1.0
    watch_spell: float = 10.0
    watch_one: float | None = None
    budget_steps: int | None = None
    budget_seconds: float | None = None
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        check_choice(self, "gate", GATES)
        check_choice(self, "delay_form", DELAY_FORMS)
        check_expert(self.expert)
        for name in ("quiet", "check_every", "hold", "delay"):
            check(self, name, "≥ 0 s", lambda x: 0 <= x < math.inf)
        for name in ("action_noise", "inconsistency"):
            check(self, name, "≥ 0", lambda x: 0 <= x < math.inf)
        if self.weights is not None and not all(0 <= weight < math.inf for weight in self.weights):
            raise UserError(f"human.weights must be ≥ 0, got {self.weights}")
        check(self, "threshold", "> 0", lambda x: 0 < x < math.inf)
        if self.gate in ("likelihood", "risk"):
            check(self, "threshold", f"in (0, 1) for gate {self.gate}", lambda x: 0 < x < 1)
        check(self, "release", "in (0, 1]", lambda x: 0 < x <= 1)
        check(self, "horizon", "> 0 s", lambda x: 0 < x < math.inf)
        check(self, "lapse_rate", "in [0, 1]", lambda x: 0 <= x <= 1)
        check(self, "lapse_duration", "> 0 s", lambda x: x > 0)
        check(self, "false_alarm_rate", "≥ 0 a second", lambda x: 0 <= x < math.inf)
        check(self, "fatigue", "> 0 s", lambda x: x > 0)
        check(self, "budget_steps", "≥ 0", lambda x: x >= 0)
        check(self, "budget_seconds", "≥ 0 s", lambda x: x >= 0)
        check_watching(self)
        check_prices(self)
