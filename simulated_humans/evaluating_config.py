"""Settings of the evaluating human."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from simulated_humans.candour import SILENCES
from simulated_humans.checks import check, check_choice, check_expert, check_prices, check_watching
from simulated_humans.control import DELAY_FORMS
from simulated_humans.forms import FORMS
from simulated_humans.scale import SCALES
from teaching import Prices, UserError

MIXTURES = ("episode", "signal")


@dataclass
class EvaluatingConfig:
    """An expert's judgement, the scale it is given on, and how far this human falls short of it.

    The defaults are the clean human: it says at every step, at once, whether the proposed action
    is right or wrong.

    Attributes:
        name: key in `simulated_humans.registry.HUMANS`.
        expert: "task" for the task's own expert, "module:function", or a saved policy's path.
        form: task, action, closeness, improvement, advantage, diminishing or progress; see
            `simulated_humans.forms`.
        mixture: form -> weight; where it is not empty, forms are drawn in these proportions, and
            `form` plays no part.
        mixture_per: episode or signal; how long a form that was drawn lasts.
        dead_zone: of improvement: how much better or worse than the learner's average passes
            for the same, in units of Q*.
        threshold: of action and closeness where actions are continuous: the distance from the
            expert's action, in half-ranges, up to which an action is right.
        scale: sign, graded or continuous.
        levels: of the graded scale, on either side of 0.
        unit: how large a judgement one point of the graded or continuous scale stands for.
        clip: ends of the continuous scale, in points, or null.
        say_neutral: whether a rating of 0 is said rather than left out.
        strictness: how far the bar lies above the unbiased one, in the units of the form: a reward
            or a value; where actions are continuous, half-ranges off the threshold of action.
        drift: how much the bar rises in a minute of human time.
        wander: standard deviation of the bar's random walk after a minute of human time.
        rating_noise: level of the noise on a graded or clipped continuous rating; 4σ is this share
            of the scale's width.
        mistakes: probability of blame for praise and praise for blame.
        spare_blame: probability that blame is kept back.
        praise_neutral: probability that a rating of 0 becomes one of 1.
        silence: probability of saying nothing.
        silence_about: all, wrong or right; what it says nothing about.
        fatigue: seconds of human time in which the share of judgements that are spoken falls by a
            factor of e, or null.
        watch_share: share of the time that a world is watched.
        watch_spell: mean length in seconds of a spell of watching, where the share is below 1.
        watch_one: seconds for which one world is watched before the next has its turn, or null for
            watching all of them at once.
        delay: mean time in seconds from the step that is judged to the word.
        delay_form: fixed, uniform or gamma.
        aware_of_delay: whether the human knows which step it speaks of; otherwise it believes that
            it judges the present one, and says so.
        budget_signals: judgements, all worlds together, after which the human leaves, or null.
        budget_seconds: human seconds, all worlds together, after which it leaves, or null.
        prices: human seconds that things cost.

    """

    name: str = "evaluating"
    expert: str = "task"
    form: str = "action"
    mixture: dict[str, float] = field(default_factory=dict)
    mixture_per: str = "episode"
    dead_zone: float = 0.01
    threshold: float = 0.5
    scale: str = "sign"
    levels: int = 2
    unit: float = 1.0
    clip: float | None = None
    say_neutral: bool = False
    strictness: float = 0.0
    drift: float = 0.0
    wander: float = 0.0
    rating_noise: float = 0.0
    mistakes: float = 0.0
    spare_blame: float = 0.0
    praise_neutral: float = 0.0
    silence: float = 0.0
    silence_about: str = "all"
    fatigue: float | None = None
    watch_share: float = 1.0
    watch_spell: float = 10.0
    watch_one: float | None = None
    delay: float = 0.0
    delay_form: str = "fixed"
    aware_of_delay: bool = True
    budget_signals: int | None = None
    budget_seconds: float | None = None
    prices: Prices = field(default_factory=Prices)

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        check_expert(self.expert)
        check_choice(self, "form", FORMS)
        check_choice(self, "mixture_per", MIXTURES)
        check_choice(self, "scale", SCALES)
        check_choice(self, "silence_about", SILENCES)
        check_choice(self, "delay_form", DELAY_FORMS)
        self._check_mixture()
        for name in ("mistakes", "spare_blame", "praise_neutral", "silence"):
            check(self, name, "in [0, 1]", lambda x: 0 <= x <= 1)
        for name in ("dead_zone", "wander", "rating_noise"):
            check(self, name, "≥ 0", lambda x: 0 <= x < math.inf)
        for name in ("strictness", "drift"):
            check(self, name, "finite", math.isfinite)
        for name in ("threshold", "unit", "clip"):
            check(self, name, "> 0", lambda x: 0 < x < math.inf)
        check(self, "levels", "≥ 1", lambda x: x >= 1)
        check(self, "fatigue", "> 0 s", lambda x: x > 0)
        check(self, "delay", "≥ 0 s", lambda x: 0 <= x < math.inf)
        check(self, "budget_signals", "≥ 0", lambda x: x >= 0)
        check(self, "budget_seconds", "≥ 0 s", lambda x: x >= 0)
        check_watching(self)
        check_prices(self)
        bounded = self.scale == "graded" or (self.scale == "continuous" and self.clip is not None)
        if self.rating_noise and not bounded:
            raise UserError(
                "human.rating_noise needs a scale with ends: human.scale=graded, "
                "or human.scale=continuous with human.clip"
            )

    def weights(self) -> dict[str, float]:
        """Form -> its share of the judgements."""
        total = sum(self.mixture.values())
        if not total:
            return {self.form: 1.0}
        return {form: weight / total for form, weight in self.mixture.items() if weight}

    def _check_mixture(self) -> None:
        for form, weight in self.mixture.items():
            if form not in FORMS:
                raise UserError(
                    f"human.mixture must weigh forms among {', '.join(FORMS)}, got {form!r}"
                )
            if not 0 <= weight < math.inf:
                raise UserError(f"human.mixture.{form} must be ≥ 0, got {weight}")
        if self.mixture and not any(self.mixture.values()):
            raise UserError("human.mixture must give some form a weight > 0")
