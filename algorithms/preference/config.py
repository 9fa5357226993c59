"""Settings of the learner from answers to questions."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from algorithms.core.config import TargetConfig, check_target, require

BASES = ("sac", "td3", "dqn", "ppo")
KINDS = ("preference", "ranking", "correction", "any")
SAMPLING = ("disagreement", "uniform")


@dataclass
class PreferenceConfig:
    """A model of the reward from comparisons, rankings and corrections, and a learner of its own.

    Attributes:
        name: the registry entry.
        base: sac, td3, dqn or ppo, Stable-Baselines3's, which learns from the modelled reward.
        base_settings: of the base, under the names that it has for them.
        kind: of question: preference, ranking, correction, or any, whatever the human can answer,
            in turn.
        questions: answers after which no more is asked; what is skipped does not count.
        initial: how many are asked at first; the base begins to learn when they are closed.
        warm_up: environment steps before they are put; till the base learns it acts at random.
        rate: questions an environment step after that.
        rate_half: environment steps after which the rate has fallen to a half, as 1 / (1 + t /
            rate_half); or null, where it stays.
        round: questions asked together, and new answers after which the models are trained again.
        max_open: questions that may wait for an answer at a time.
        segment: seconds of task time that one segment lasts.
        alternatives: segments in a ranking.
        recent: environment steps of each world that questions go back.
        sampling: disagreement, where the models disagree most among so many more, or uniform.
        candidates: sets of segments drawn for each that is asked about.
        members: models in the ensemble; the reward is their mean.
        net_arch: widths of a model's hidden layers.
        learning_rate: of the models' Adam.
        batch_size: answers a step of Adam.
        epochs: passes over all answers when the models are trained again.
        enough: share of answers that a model tells right, from which on it is trained no more.
        variable_horizon: whether episodes may differ in length, which by itself tells what is good:
            refuse, warn or allow.
        target: how the target networks of the base follow, instead of its own rule.

    """

    name: str = "preference"
    base: str = "sac"
    base_settings: dict[str, Any] = field(default_factory=dict)
    kind: str = "any"
    questions: int = 200
    initial: int = 40
    warm_up: int = 1000
    rate: float = 0.01
    rate_half: float | None = None
    round: int = 10
    max_open: int = 50
    segment: float = 2.0
    alternatives: int = 4
    recent: int = 5000
    sampling: str = "disagreement"
    candidates: int = 10
    members: int = 3
    net_arch: list[int] = field(default_factory=lambda: [64, 64])
    learning_rate: float = 1e-3
    batch_size: int = 32
    epochs: int = 50
    enough: float = 0.97
    variable_horizon: str = "refuse"
    target: TargetConfig = field(default_factory=TargetConfig)

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        for name, words in _WORDS.items():
            value = getattr(self, name)
            require(value in words, name, f"one of {', '.join(words)}", value)
        for name in _AT_LEAST_ONE:
            require(getattr(self, name) >= 1, name, "≥ 1", getattr(self, name))
        require(self.alternatives >= 2, "alternatives", "≥ 2", self.alternatives)
        require(self.warm_up >= 0, "warm_up", "≥ 0", self.warm_up)
        check_target(self.target, self.base)
        most = min(self.questions, self.max_open)
        require(
            1 <= self.initial <= most,
            "initial",
            f"from 1 to the least of questions and max_open, {most}",
            self.initial,
        )
        require(0 <= self.rate < math.inf, "rate", "≥ 0", self.rate)
        if self.rate_half is not None:
            require(0 < self.rate_half < math.inf, "rate_half", "> 0 (null: none)", self.rate_half)
        require(0 < self.segment < math.inf, "segment", "> 0 s", self.segment)
        require(self.learning_rate > 0, "learning_rate", "> 0", self.learning_rate)
        require(0 < self.enough <= 1, "enough", "in (0, 1]", self.enough)
        least = min(self.net_arch, default=0)
        require(least >= 1, "net_arch", "one or more widths ≥ 1", self.net_arch)

    @property
    def target_networks(self) -> bool:
        """Whether the base has target networks, which the stability monitor watches."""
        return self.base in ("sac", "td3", "dqn")

    def asked_by(self, step: int) -> float:
        """How many questions are to be asked by the first `step` steps after the initial ones.

        Source: a rate that falls as 1 / (1 + t / half) is that of Christiano et al. (2017).
        """
        if self.rate_half is None:
            return self.initial + self.rate * step
        return self.initial + self.rate * self.rate_half * math.log1p(step / self.rate_half)


_WORDS = {
    "base": BASES,
    "kind": KINDS,
    "sampling": SAMPLING,
    "variable_horizon": ("refuse", "warn", "allow"),
}
_AT_LEAST_ONE = (
    "questions",
    "round",
    "max_open",
    "recent",
    "candidates",
    "members",
    "batch_size",
    "epochs",
)
