"""Settings of TAMER+RL."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from algorithms.core.config import TargetConfig, check_target, require
from algorithms.core.credit import DELAY_FORMS
from teaching import UserError

TECHNIQUES = ("shaping", "biasing", "sharing")
FITTING: dict[str, tuple[str, ...]] = {
    "sarsa": TECHNIQUES,
    "dqn": TECHNIQUES,
    "td3": ("shaping", "sharing"),
    "sac": ("shaping", "sharing"),
    "ppo": ("shaping",),
}
"""Base -> techniques. Biasing needs the values of each of a few actions; sharing, a learner that
may learn from actions that are not its own."""
FEATURES = ("rbf", "tiles", "linear")
ANNEALING = ("geometric", "linear")


@dataclass
class TAMERRLConfig:
    """TAMER+RL (Knox and Stone 2010, 2012): a learner from reward, and Ĥ(s, a) beside it.

    Attributes:
        name: the registry entry.
        base: dqn, ppo, td3 or sac, Stable-Baselines3's, or sarsa, which is linear.
        base_settings: of the base, under the names that it has for them.
        technique: shaping, r + βĤ(s, a); biasing, argmax Q + βĤ; or sharing, argmax Ĥ with
            probability min(β, 1).
        beta: β at the start.
        annealing: geometric or linear, how β falls.
        beta_decay: each step of the worlds, the factor of a geometric fall or the amount of a
            linear one.
        features: rbf, tiles or linear; of the state that Ĥ, and sarsa's Q, are linear in.
        num_features: of rbf.
        length_scale: of rbf, in half-ranges of an observation.
        tilings: of tiles.
        tiles: of each tiling along each dimension.
        learning_rate: of Ĥ.
        delay: mean reaction time of the human in seconds; null finds it out, see
            `algorithms.core.delay`.
        delay_form: fixed, uniform or gamma; how it is distributed, see `algorithms.core.credit`;
            found out as well where the mean is.
        candidates: actions among which the best by Ĥ is looked for where they are continuous.
        target: how the target networks of the base follow, instead of its own rule.

    """

    name: str = "tamer_rl"
    base: str = "dqn"
    base_settings: dict[str, Any] = field(default_factory=dict)
    technique: str = "shaping"
    beta: float = 1.0
    annealing: str = "geometric"
    beta_decay: float = 0.9999
    features: str = "rbf"
    num_features: int = 200
    length_scale: float = 0.5
    tilings: int = 8
    tiles: int = 8
    learning_rate: float = 0.2
    delay: float | None = 0.0
    delay_form: str = "fixed"
    candidates: int = 64
    target: TargetConfig = field(default_factory=TargetConfig)

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        require(self.base in FITTING, "base", f"one of {', '.join(FITTING)}", self.base)
        known = self.technique in TECHNIQUES
        require(known, "technique", f"one of {', '.join(TECHNIQUES)}", self.technique)
        if self.technique not in FITTING[self.base]:
            raise UserError(
                f"algorithm.technique={self.technique} does not go with "
                f"algorithm.base={self.base}: {self.base} goes with "
                f"{', '.join(FITTING[self.base])}, {self.technique} with "
                + ", ".join(base for base, fit in FITTING.items() if self.technique in fit)
            )
        check_target(self.target, self.base)
        require(0 <= self.beta < math.inf, "beta", "≥ 0", self.beta)
        falls = self.annealing in ANNEALING
        require(falls, "annealing", " or ".join(ANNEALING), self.annealing)
        if self.annealing == "geometric":
            require(0 <= self.beta_decay <= 1, "beta_decay", "in [0, 1]", self.beta_decay)
        else:
            require(0 <= self.beta_decay < math.inf, "beta_decay", "≥ 0", self.beta_decay)
        require(
            self.features in FEATURES, "features", f"one of {', '.join(FEATURES)}", self.features
        )
        if self.base in ("td3", "sac"):
            require(self.features == "rbf", "features", f"rbf with base={self.base}", self.features)
        for name in ("num_features", "tilings", "tiles", "candidates"):
            require(getattr(self, name) >= 1, name, "≥ 1", getattr(self, name))
        require(0 < self.length_scale < math.inf, "length_scale", "> 0", self.length_scale)
        require(0 < self.learning_rate <= 1, "learning_rate", "in (0, 1]", self.learning_rate)
        told = 0.0 if self.delay is None else self.delay
        require(0 <= told < math.inf, "delay", "≥ 0 s, or null", self.delay)
        forms = ", ".join(DELAY_FORMS)
        require(self.delay_form in DELAY_FORMS, "delay_form", f"one of {forms}", self.delay_form)
        if self.base == "sarsa":
            SarsaConfig(**self.sarsa_settings())

    @property
    def target_networks(self) -> bool:
        """Whether the base has target networks, which the stability monitor watches."""
        return self.base in ("sac", "td3", "dqn")

    def sarsa_settings(self) -> dict[str, Any]:
        """The base's settings, if it knows them."""
        known = SarsaConfig.__annotations__
        for name in self.base_settings:
            among = name in known
            require(among, "base_settings", f"of sarsa: {', '.join(known)}", name)
        return dict(self.base_settings)


@dataclass
class SarsaConfig:
    """Expected SARSA(λ) with linear values.

    Attributes:
        learning_rate: α.
        discount: γ.
        trace_decay: λ.
        epsilon: share of actions that are drawn evenly.

    """

    learning_rate: float = 0.2
    discount: float = 1.0
    trace_decay: float = 0.9
    epsilon: float = 0.05

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        for name in ("learning_rate", "discount", "trace_decay", "epsilon"):
            value = getattr(self, name)
            require(0 <= value <= 1, f"base_settings.{name}", "in [0, 1]", value)
