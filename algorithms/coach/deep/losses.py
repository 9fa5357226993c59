"""Deep COACH's update (Arumugam et al. 2019, Algorithm 1) as the gradient of a scalar."""

from __future__ import annotations

import torch as th


def trace_weights(window: int, decay: float) -> th.Tensor:
    """[L] λ^(L−1−k): what a step still counts when the trace e ← λe + … reaches the last one."""
    powers = th.arange(window - 1, -1, -1, dtype=th.float32)
    return th.full((window,), decay) ** powers


def fed_back(
    log_prob: th.Tensor,
    old_log_prob: th.Tensor,
    weight: th.Tensor,
    feedback: th.Tensor,
    importance_ratio: bool,
) -> th.Tensor:
    """The scalar whose gradient is the mean over windows of F e.

    e is the trace e ← λe + [π(a|s) / π_old(a|s)] ∇ log π(a|s) at a window's end. Since
    ρ ∇ log π = ∇ρ with ρ = π/π_old, F e is the gradient of F Σ_k λ^(L−1−k) ρ_k; without the ratio
    it is that of F Σ_k λ^(L−1−k) log π(a_k|s_k).

    Args:
        log_prob: [m, L], log π(a_k|s_k) of the policy as it is.
        old_log_prob: [m, L], the same of the policy that acted.
        weight: [m, L], λ^(L−1−k), and 0 where there is no step or it was not the learner's.
        feedback: [m], F.
        importance_ratio: whether ρ counts.

    """
    merit = th.exp(log_prob - old_log_prob) if importance_ratio else log_prob
    return (feedback * (weight * merit).sum(dim=1)).mean()
