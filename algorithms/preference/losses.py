"""Losses of answers about segments, with their gradients written out.

Shapes: B answers, K segments each. R is the sum of modelled rewards over a segment.
"""

from __future__ import annotations

import torch as th
from torch.nn import functional


def bradley_terry(returns: th.Tensor, target: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
    """Cross-entropy of comparisons, −μ log p − (1 − μ) log(1 − p) with p = σ(R_1 − R_2).

    Source: Christiano et al. (2017, Eq. 1 and the loss below it).

    Args:
        returns: [B, 2].
        target: [B], μ: 1 where the first was preferred, 0 where the second was, ½ for equal.

    Returns:
        Loss [B] and its gradient [B, 2] with respect to `returns`.

    """
    difference = returns[:, 0] - returns[:, 1]
    loss = functional.softplus(difference) - target * difference
    slope = difference.sigmoid() - target
    return loss, th.stack([slope, -slope], dim=1)


def plackett_luce(returns: th.Tensor) -> tuple[th.Tensor, th.Tensor]:
    """−log Π_k exp(R_k) / Σ_{j ≥ k} exp(R_j), of segments in the order told, best first.

    Source: Plackett (1975), Luce (1959); with K = 2 it is `bradley_terry` with μ = 1.

    Args:
        returns: [B, K] in the order told.

    Returns:
        Loss [B] and its gradient [B, K] with respect to `returns`.

    """
    count = returns.shape[1]
    left = th.ones(count - 1, count, dtype=th.bool).triu()  # [k, j]: j has not been placed yet
    remaining = returns[:, None].expand(-1, count - 1, -1).masked_fill(~left, -th.inf)
    loss = remaining.logsumexp(dim=2).sum(dim=1) - returns[:, :-1].sum(dim=1)
    slope = remaining.softmax(dim=2).sum(dim=1)
    slope[:, :-1] -= 1.0
    return loss, slope


def disagreement(returns: th.Tensor) -> th.Tensor:
    """[B], how far the members are apart over an answer before it is given.

    For K ≥ 2 the standard deviation over members of P(i ≻ j), mean over pairs i < j (Christiano et
    al. 2017, section 2.2.4; PEBBLE, section 4.2). For one segment, that of its return.

    Args:
        returns: [E, B, K] of E members.

    """
    count = returns.shape[2]
    if count == 1:
        return returns[:, :, 0].std(dim=0, correction=0)
    first, second = th.triu_indices(count, count, offset=1)
    chance = (returns[:, :, first] - returns[:, :, second]).sigmoid()
    return chance.std(dim=0, correction=0).mean(dim=1)
