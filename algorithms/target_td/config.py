"""Settings of the evaluation of a policy in a task."""

from __future__ import annotations

from dataclasses import dataclass

from algorithms.core.config import require


@dataclass
class TargetTDConfig:
    """Partially fitted policy evaluation with values linear in the observation.

    Attributes:
        name: the registry entry.
        learning_rate: α.
        discount: γ.
        period: k, gradient steps from one target to the next; 1 is TD.
        tau: share of the weights that a new target takes over.
        momentum: μ, how much of its last move the target makes again.
        ridge: η, of Tikhonov's regulariser.
        behaviour: probability of each action while learning; null takes all as often.
        policy: probability of each action of the policy that is evaluated; null as `behaviour`.

    """

    name: str = "target_td"
    learning_rate: float = 0.01
    discount: float = 0.99
    period: int = 1
    tau: float = 1.0
    momentum: float = 0.0
    ridge: float = 0.0
    behaviour: list[float] | None = None
    policy: list[float] | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be evaluated."""
        require(self.learning_rate > 0, "learning_rate", "> 0", self.learning_rate)
        require(0 <= self.discount <= 1, "discount", "in [0, 1]", self.discount)
        require(self.period >= 1, "period", "≥ 1", self.period)
        require(0 < self.tau <= 1, "tau", "in (0, 1]", self.tau)
        require(-1 < self.momentum < 1, "momentum", "in (-1, 1)", self.momentum)
        require(self.ridge >= 0, "ridge", "≥ 0", self.ridge)
        for name in ("behaviour", "policy"):
            given = getattr(self, name)
            if given is not None:
                sound = min(given) >= 0 and abs(sum(given) - 1.0) < 1e-6
                require(sound, name, "probabilities that sum to 1", given)
