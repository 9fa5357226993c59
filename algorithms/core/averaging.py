"""Policies that act with a moving average of the weights that learn.

The last gradient steps push a policy about, and with it what the human has to correct: averaging
over the last few thousand takes that out (Polyak and Juditsky 1992; of cloned policies, Block et
al. 2024, "Butterfly Effects of SGD Noise").
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch as th
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from stable_baselines3.td3.policies import Actor, TD3Policy
from torch import nn

from algorithms.core.mlp import follow


class Average(nn.Module):
    """The moving average of a network, a copy of its own.

    The average of the first updates is over all of them, so that it does not hold on to where the
    weights began: the decay after t updates is the smaller of `decay` and t / (t + 9).
    """

    updates: th.Tensor

    def __init__(self, network: Actor | QNetwork, decay: float):
        super().__init__()
        self.network = deepcopy(network)
        self.decay = decay
        self.register_buffer("updates", th.zeros((), dtype=th.int64))

    @th.no_grad()
    def update(self, network: nn.Module) -> None:
        """Take in the weights as they are now."""
        self.updates += 1
        t = int(self.updates)
        decay = min(self.decay, t / (t + 9))
        follow(list(self.network.parameters()), list(network.parameters()), 1.0 - decay)


class AveragedTD3Policy(TD3Policy):
    """TD3's networks and an averaged actor."""

    average: Average

    def __init__(self, *args: Any, decay: float, **kwargs: Any):
        self._decay = decay
        super().__init__(*args, **kwargs)

    def _build(self, lr_schedule: Schedule) -> None:
        super()._build(lr_schedule)
        self.average = Average(self.actor, self._decay)

    def _predict(self, observation: PyTorchObs, deterministic: bool = False) -> th.Tensor:
        return self.average.network._predict(observation)


class AveragedDQNPolicy(DQNPolicy):
    """DQN's networks and an averaged network of values."""

    average: Average

    def __init__(self, *args: Any, decay: float, **kwargs: Any):
        self._decay = decay
        super().__init__(*args, **kwargs)

    def _build(self, lr_schedule: Schedule) -> None:
        super()._build(lr_schedule)
        self.average = Average(self.q_net, self._decay)

    def _predict(self, obs: PyTorchObs, deterministic: bool = True) -> th.Tensor:
        return self.average.network._predict(obs, deterministic)


def take_in(policy: BasePolicy, network: nn.Module) -> None:
    """Let the weights that act follow an update of `network`, where they are an average."""
    if isinstance(policy, AveragedTD3Policy | AveragedDQNPolicy):
        policy.average.update(network)
