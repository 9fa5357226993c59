"""Settings that off-policy learners share, so that comparisons are fair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from teaching import UserError


@dataclass
class OffPolicyConfig:
    """Networks and optimisation of a learner with a replay buffer.

    Attributes:
        name: the registry entry.
        learning_rate: of Adam, for every network.
        batch_size: transitions an update.
        buffer_size: transitions kept; of the human and of the novice each, where both are.
        learning_starts: steps with random actions or proposals before the first update.
        updates_per_step: gradient steps after each environment step.
        net_arch: widths of the hidden layers (ReLU for continuous actions, tanh for discrete).
        gamma: discount a step.
        tau: Polyak step of the target networks.

    """

    name: str = "off_policy"
    learning_rate: float = 1e-4
    batch_size: int = 128
    buffer_size: int = 50_000
    learning_starts: int = 100
    updates_per_step: int = 1
    net_arch: list[int] = field(default_factory=lambda: [256, 256])
    gamma: float = 0.99
    tau: float = 0.005

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        require(self.learning_rate > 0, "learning_rate", "> 0", self.learning_rate)
        require(self.batch_size >= 2, "batch_size", "≥ 2", self.batch_size)
        require(
            self.buffer_size >= self.batch_size, "buffer_size", "≥ batch_size", self.buffer_size
        )
        require(self.learning_starts >= 0, "learning_starts", "≥ 0", self.learning_starts)
        require(self.updates_per_step >= 0, "updates_per_step", "≥ 0", self.updates_per_step)
        require(0 <= self.gamma <= 1, "gamma", "in [0, 1]", self.gamma)
        require(0 < self.tau <= 1, "tau", "in (0, 1]", self.tau)

    @property
    def target_networks(self) -> bool:
        """Whether values are learned with target networks, which the stability monitor watches."""
        return True

    def sb3_arguments(self) -> dict[str, Any]:
        """The settings under Stable-Baselines3's names, but for the networks."""
        return {
            "learning_rate": self.learning_rate,
            "buffer_size": self.buffer_size,
            "learning_starts": self.learning_starts,
            "batch_size": self.batch_size,
            "tau": self.tau,
            "gamma": self.gamma,
            "train_freq": 1,
            "gradient_steps": self.updates_per_step,
            "device": "cpu",
        }


def check_target(target: TargetConfig, base: str) -> None:
    """Refuse a rule of the target that a base has no form of: PPO and SARSA have no target at all.

    Args:
        target: the rule.
        base: dqn, td3, ddpg, sac, ppo or sarsa.

    """
    needs: list[tuple[str, tuple[str, ...]]] = [("double=true", ("dqn",))] * target.double
    if target.rule == "kl":
        needs.append(("rule=kl", ("dqn", "td3")))
    elif target.rule != "own":
        needs.append((f"rule={target.rule}", ("dqn", "td3", "ddpg", "sac")))
    for what, bases in needs:
        if base not in bases:
            raise UserError(
                f"algorithm.target.{what} needs {' or '.join(bases)}, and this learns by {base}"
            )


TARGET_RULES = ("own", "hard", "polyak", "momentum", "none", "kl")


@dataclass
class TargetConfig:
    """How the target networks follow. ``own`` leaves the learner its own rule.

    Attributes:
        rule: ``own``; ``hard``, a copy every `period` gradient updates; ``polyak``, a share `tau`
            of the weights at every update; ``momentum``, a copy every `period` updates and
            `momentum` times the last move of the target on top; ``none``, no target network at
            all; ``kl``, the learner's own rule with KL-regularised targets (Munchausen).
        period: gradient updates from one copy to the next.
        tau: of ``polyak``.
        momentum: of ``momentum``.
        double: whether the online network chooses the next action (DQN and PVP's discrete form).
        kl_weight: α of ``kl``.
        temperature: τ of ``kl``, in units of value.
        log_floor: the least that τ ln π may count in ``kl``.

    """

    rule: str = "own"
    period: int = 500
    tau: float = 0.005
    momentum: float = 0.01
    double: bool = False
    kl_weight: float = 0.9
    temperature: float = 0.03
    log_floor: float = -1.0

    def __post_init__(self) -> None:
        """Refuse what is no rule."""
        rules = ", ".join(TARGET_RULES)
        require(self.rule in TARGET_RULES, "target.rule", f"one of {rules}", self.rule)
        require(self.period >= 1, "target.period", "≥ 1", self.period)
        require(0 < self.tau <= 1, "target.tau", "in (0, 1]", self.tau)
        require(-1 < self.momentum < 1, "target.momentum", "in (-1, 1)", self.momentum)
        require(0 <= self.kl_weight <= 1, "target.kl_weight", "in [0, 1]", self.kl_weight)
        require(self.temperature > 0, "target.temperature", "> 0", self.temperature)
        require(self.log_floor <= 0, "target.log_floor", "≤ 0", self.log_floor)
        allowed = not (self.double and self.rule == "kl")
        require(allowed, "target.double", "false with target.rule=kl", self.double)


@dataclass
class InterventionConfig(OffPolicyConfig):
    """What every learner from interventions shares; the defaults are PVP's published ones.

    Attributes:
        average: decay, an update of the policy, of the moving average of its weights that proposes
            actions, in training and in evaluation; 0 acts with the weights of the moment, as
            published.

    """

    name: str = "interventions"
    average: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        super().__post_init__()
        require(0 <= self.average < 1, "average", "in [0, 1)", self.average)


def require(holds: bool, name: str, bound: str, value: object) -> None:
    """Raise the lab's one-line error where a setting is out of bounds."""
    if not holds:
        raise UserError(f"algorithm.{name} must be {bound}, got {value}")
