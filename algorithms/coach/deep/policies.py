"""Networks that act: softmax over discrete actions, Gaussian over continuous ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch as th
from torch import nn

from algorithms.core.actions import HalfRanges, Numbers

LOWEST_STD, HIGHEST_STD = 0.05, 1.0
"""In half-ranges. The entropy of a Gaussian knows no bound, so its width must."""


def network(num_inputs: int, widths: Sequence[int], num_outputs: int, seed: int) -> nn.Sequential:
    """A perceptron with tanh units, hidden weights N(0, 1/fan-in), whose output begins at zero."""
    generator = th.Generator().manual_seed(seed)
    layers: list[nn.Module] = []
    for below, above in pairwise([num_inputs, *widths]):
        linear = nn.Linear(below, above)
        nn.init.normal_(linear.weight, 0.0, below**-0.5, generator)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.Tanh()]
    last = nn.Linear([num_inputs, *widths][-1], num_outputs)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return nn.Sequential(*layers, last)


class Softmax(nn.Module):
    """π(·|s), a softmax over discrete actions; uniform at first."""

    def __init__(self, num_features: int, num_actions: int, widths: Sequence[int], seed: int):
        super().__init__()
        self.logits = network(num_features, widths, num_actions, seed)

    def log_probs(self, obs: th.Tensor) -> th.Tensor:
        """[..., actions] of obs [..., D]."""
        return th.log_softmax(self.logits(obs), dim=-1)

    def log_prob(self, obs: th.Tensor, action: th.Tensor) -> th.Tensor:
        """log π(a|s), [...] of obs [..., D] and actions [...]."""
        return self.log_probs(obs).gather(-1, action[..., None])[..., 0]

    def entropy(self, obs: th.Tensor) -> th.Tensor:
        """H(π(·|s)) in nats, [...]."""
        log_probs = self.log_probs(obs)
        return -(log_probs.exp() * log_probs).sum(dim=-1)

    @th.no_grad()
    def likeliest(self, obs: th.Tensor) -> np.ndarray:
        """[...]."""
        return self.logits(obs).argmax(dim=-1).numpy()

    def within_bounds(self) -> None:
        """Its weights know none."""


class Gaussian(nn.Module):
    """Normal actions in half-ranges about a mean that depends on s, with a width that does not.

    Its density is that of the draw; what is drawn beyond the ends of the space is executed there.
    """

    def __init__(
        self, num_features: int, num_actions: int, widths: Sequence[int], seed: int, std: float
    ):
        super().__init__()
        self.mean = network(num_features, widths, num_actions, seed)
        self.log_std = nn.Parameter(th.full((num_actions,), math.log(std)))

    def log_prob(self, obs: th.Tensor, action: th.Tensor) -> th.Tensor:
        """log π(a|s), [...] of obs [..., D] and actions [..., A]."""
        z = (action - self.mean(obs)) / self.log_std.exp()
        return -(0.5 * z**2 + self.log_std + 0.5 * math.log(2 * math.pi)).sum(dim=-1)

    def entropy(self, obs: th.Tensor) -> th.Tensor:
        """H(π(·|s)) in nats, the same in every state: [...]."""
        nats = (self.log_std + 0.5 * math.log(2 * math.pi * math.e)).sum()
        return nats.expand(obs.shape[:-1])

    @th.no_grad()
    def likeliest(self, obs: th.Tensor) -> np.ndarray:
        """[..., A], the mean."""
        return self.mean(obs).numpy()

    @th.no_grad()
    def within_bounds(self) -> None:
        """Put a width that an update has led out of its bounds back on them."""
        self.log_std.clamp_(math.log(LOWEST_STD), math.log(HIGHEST_STD))


def policy_for(
    form: Numbers | HalfRanges, num_features: int, widths: Sequence[int], seed: int, std: float
) -> Softmax | Gaussian:
    """The policy for a form of actions."""
    if isinstance(form, Numbers):
        return Softmax(num_features, form.count, widths, seed)
    return Gaussian(num_features, form.count, widths, seed, std)
