"""Cloning losses as pure functions."""

from __future__ import annotations

import torch as th
from torch.nn import functional as F


def cloning_loss_continuous(action: th.Tensor, target: th.Tensor) -> th.Tensor:
    """Mean squared distance between [B, A] actions, the Gaussian likelihood of fixed width."""
    return F.mse_loss(action, target)


def cloning_gradient_continuous(action: th.Tensor, target: th.Tensor) -> th.Tensor:
    """Derivative [B, A] of `cloning_loss_continuous` with respect to `action`."""
    return (2.0 / action.numel()) * (action - target)


def cloning_loss_discrete(logits: th.Tensor, target: th.Tensor) -> th.Tensor:
    """Cross-entropy of [B, 1] actions under [B, number of actions] logits."""
    return F.cross_entropy(logits, target.squeeze(1))
