"""Settings of the learner from reward-rational choices."""

from __future__ import annotations

from dataclasses import dataclass

from algorithms.core.config import require

PRAISE = ("sign", "number")


@dataclass
class RewardRationalConfig:
    """One belief about a linear reward, from whatever a person does about it (Jeon et al. 2020).

    Attributes:
        name: the registry entry.
        prior_variance: of each weight before anything was heard, in squared points of reward.
        rationality: β of choices, for each point of reward.
        praise: sign, where praise and blame say that an action beats or trails the learner's
            average, or number, where they are the reward itself, said aloud.
        unit: points of reward that a rating of 1 stands for; of number.
        noise_variance: of a rating about the reward, in squared points; of number.
        let_pass: whether what a human who could have taken over lets happen counts as their choice.
        draws: weights drawn from the belief at each step; the policy is how often each action is
            the best among them.

    """

    name: str = "reward_rational"
    prior_variance: float = 25.0
    rationality: float = 0.3
    praise: str = "sign"
    unit: float = 1.0
    noise_variance: float = 10.0
    let_pass: bool = True
    draws: int = 32

    def __post_init__(self) -> None:
        """Refuse what cannot be learned with."""
        for name in ("prior_variance", "rationality", "unit", "noise_variance"):
            require(getattr(self, name) > 0, name, "> 0", getattr(self, name))
        require(self.praise in PRAISE, "praise", f"one of {', '.join(PRAISE)}", self.praise)
        require(self.draws >= 1, "draws", "≥ 1", self.draws)
