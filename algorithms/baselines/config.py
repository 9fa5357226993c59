"""Settings of the baselines; the defaults are Stable-Baselines3's unless a comment says why not."""

from __future__ import annotations

from dataclasses import dataclass, field

from algorithms.core.config import OffPolicyConfig


@dataclass
class RewardConfig(OffPolicyConfig):
    """What TD3, SAC and DQN share."""

    name: str = "reward"
    learning_rate: float = 3e-4
    batch_size: int = 256
    buffer_size: int = 1_000_000


@dataclass
class TD3Config(RewardConfig):
    """TD3.

    Attributes:
        exploration_noise: standard deviation of the Gaussian noise on actions, in half-ranges.

    """

    name: str = "td3"
    learning_rate: float = 1e-3
    exploration_noise: float = 0.1


@dataclass
class SACConfig(RewardConfig):
    """SAC with an automatic entropy coefficient."""

    name: str = "sac"


@dataclass
class DQNConfig(RewardConfig):
    """DQN.

    Attributes:
        exploration_fraction: share of training over which ε falls from 1 to its last value.
        exploration_final_eps: the last value of ε.
        target_update_interval: steps between updates of the target network.

    """

    name: str = "dqn"
    learning_rate: float = 1e-4
    batch_size: int = 32
    tau: float = 1.0
    exploration_fraction: float = 0.1
    exploration_final_eps: float = 0.05
    target_update_interval: int = 10_000


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
