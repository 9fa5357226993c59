"""Deep TAMER's loss (Warnell et al. 2018)."""

from __future__ import annotations

import torch as th


def weighted_error(liking: th.Tensor, feedback: th.Tensor, weight: th.Tensor) -> th.Tensor:
    """Mean over pairs of w (Ĥ(s, a) − h)².

    Args:
        liking: [B], Ĥ(s, a).
        feedback: [B], h.
        weight: [B], w, the mass of the delay's density over the time that the step was on show.

    """
    return (weight * (liking - feedback) ** 2).mean()


def likings_gradient(
    likings: th.Tensor, action: th.Tensor, feedback: th.Tensor, weight: th.Tensor
) -> th.Tensor:
    """[B, A], the gradient of `weighted_error` in Ĥ(s, ·): 2 w (Ĥ(s, a) − h) / B at a, else 0.

    Args:
        likings: [B, A], Ĥ(s, ·).
        action: [B] int64, what was done.
        feedback: [B], h.
        weight: [B], w.

    """
    column = action[:, None]
    error = likings.gather(1, column)[:, 0] - feedback
    gradient = th.zeros_like(likings)
    return gradient.scatter_(1, column, (2 * weight * error / len(error))[:, None])
