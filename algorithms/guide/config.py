"""Settings of GUIDE."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import get_args

from algorithms.core.config import OffPolicyConfig, TargetConfig, check_target, require
from algorithms.guide.losses import Base
from teaching import UserError


@dataclass
class GUIDEConfig(OffPolicyConfig):
    """The base learner, the reward that it is given, and the model of the human's judgement.

    Attributes:
        base: ddpg, td3 or sac.
        exploration_noise: of ddpg and td3: standard deviation of the noise on actions, half-ranges.
        entropy: of sac: the weight of the policy's entropy; null tunes it, as Haarnoja et al.
        reward_scale: weight of the task's reward.
        reward_shift: added to it on every step.
        feedback_weight: weight of the human's judgement, which counts from −1 to 1.
        delay: seconds from a step to the word about it; null finds it out, see
            `algorithms.core.delay`.
        human_seconds: human time after which nobody is listened to any more.
        simulate: whether a model of the human's judgement then takes over.
        simulator_arch: widths of its hidden layers.
        simulator_learning_rate: of Adam.
        simulator_batch: judgements a step of Adam.
        simulator_patience: passes over the judgements without gain on held-out ones, after which
            its training ends.
        target: how the target networks of the base follow, instead of its own rule.

    """

    name: str = "guide"
    base: str = "td3"
    batch_size: int = 240
    exploration_noise: float = 0.1
    entropy: float | None = None
    reward_scale: float = 1.0
    reward_shift: float = 0.0
    feedback_weight: float = 1.0
    delay: float | None = 0.0
    human_seconds: float = 600.0
    simulate: bool = True
    simulator_arch: list[int] = field(default_factory=lambda: [256, 256])
    simulator_learning_rate: float = 1e-4
    simulator_batch: int = 16
    simulator_patience: int = 5
    target: TargetConfig = field(default_factory=TargetConfig)

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        super().__post_init__()
        if self.base not in get_args(Base):
            names = ", ".join(get_args(Base))
            raise UserError(f"algorithm.base must be one of {names}, got {self.base!r}")
        check_target(self.target, self.base)
        known = 0.0 if self.delay is None else self.delay
        require(0 <= known < math.inf, "delay", "≥ 0 s, or null", self.delay)
        for name in ("exploration_noise", "human_seconds", "feedback_weight"):
            require(getattr(self, name) >= 0, name, "≥ 0", getattr(self, name))
        require(self.entropy is None or self.entropy >= 0, "entropy", "≥ 0, or null", self.entropy)
        require(
            self.simulator_learning_rate > 0,
            "simulator_learning_rate",
            "> 0",
            self.simulator_learning_rate,
        )
        require(self.simulator_batch >= 1, "simulator_batch", "≥ 1", self.simulator_batch)
        require(self.simulator_patience >= 1, "simulator_patience", "≥ 1", self.simulator_patience)
