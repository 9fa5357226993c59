"""Settings of the baselines; the defaults are Stable-Baselines3's unless a comment says why not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from algorithms.core.config import OffPolicyConfig, TargetConfig, check_target, require


@dataclass
class RewardConfig(OffPolicyConfig):
    """What TD3, SAC and DQN share.

    Attributes:
        target: how the target networks follow, instead of Stable-Baselines3's rule.

    """

    name: str = "reward"
    learning_rate: float = 3e-4
    batch_size: int = 256
    buffer_size: int = 1_000_000
    target: TargetConfig = field(default_factory=TargetConfig)


@dataclass
class TD3Config(RewardConfig):
    """TD3.

    Attributes:
        exploration_noise: standard deviation of the Gaussian noise on actions, in half-ranges.

    """

    name: str = "td3"
    learning_rate: float = 1e-3
    exploration_noise: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what TD3 has no form of."""
        super().__post_init__()
        check_target(self.target, "td3")


@dataclass
class SACConfig(RewardConfig):
    """SAC with an automatic entropy coefficient."""

    name: str = "sac"

    def __post_init__(self) -> None:
        """Refuse what SAC, which is regularised by itself, has no form of."""
        super().__post_init__()
        check_target(self.target, "sac")


@dataclass
class DQNConfig(RewardConfig):
    """DQN.

    Attributes:
        exploration_fraction: share of training over which ε falls from 1 to its last value.
        exploration_final_eps: the last value of ε.
        exploration_initial_eps: the first value of ε.
        target_update_interval: steps between updates of the target network.
        activation: of the hidden layers, tanh or relu.
        train_freq: environment steps from one round of `updates_per_step` updates to the next.
        loss: of a TD error δ, huber (Stable-Baselines3's) or squared.

    """

    name: str = "dqn"
    learning_rate: float = 1e-4
    batch_size: int = 32
    tau: float = 1.0
    exploration_fraction: float = 0.1
    exploration_final_eps: float = 0.05
    exploration_initial_eps: float = 1.0
    target_update_interval: int = 10_000
    activation: str = "tanh"
    train_freq: int = 1
    loss: str = "huber"

    def __post_init__(self) -> None:
        """Refuse what is no network and no loss."""
        super().__post_init__()
        known = self.activation in ("tanh", "relu")
        require(known, "activation", "tanh or relu", self.activation)
        require(self.train_freq >= 1, "train_freq", "≥ 1", self.train_freq)
        require(self.loss in ("huber", "squared"), "loss", "huber or squared", self.loss)

    def sb3_arguments(self) -> dict[str, Any]:
        """The settings under Stable-Baselines3's names, but for the networks."""
        return {**super().sb3_arguments(), "train_freq": self.train_freq}


@dataclass
class PPOConfig:
    """PPO.

    Attributes:
        learning_rate: of Adam.
        batch_size: transitions a minibatch.
        n_steps: steps of each world a rollout.
        n_epochs: passes over a rollout.
        net_arch: widths of the hidden layers.
        gamma: discount a step.
        gae_lambda: of the generalised advantage estimate.
        clip_range: of the probability ratio.
        ent_coef: weight of the entropy bonus.

    """

    name: str = "ppo"
    learning_rate: float = 3e-4
    batch_size: int = 64
    n_steps: int = 2048
    n_epochs: int = 10
    net_arch: list[int] = field(default_factory=lambda: [64, 64])
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip_range: float = 0.2
    ent_coef: float = 0.0
