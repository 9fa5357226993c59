"""Likelihoods of answers that are linear in features: comparisons and rankings.

Shapes: G learners side by side, n answers, d features, K alternatives. A comparison with the
difference x = φ(τ¹) − φ(τ²) says y = 1 if the first was preferred, 0 if the second, ½ if neither.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit, logsumexp


def probability(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """P(τ¹ ≻ τ²) = σ(⟨φ(τ¹) − φ(τ²), w⟩); [..., d], [..., d] -> [...].

    Source: Pacchiano, Saha and Lee (2021), the model of Section 2.
    """
    return expit((x * w).sum(axis=-1))


def logistic_loss(
    w: np.ndarray, x: np.ndarray, y: np.ndarray, weight: np.ndarray, ridge: float
) -> np.ndarray:
    """Regularised negative log-likelihood, −Σ weight·log P(y) + ridge/2·‖w‖².

    Args:
        w: [G, d].
        x: [G, n, d].
        y: [G, n] in [0, 1].
        weight: [G, n]; 0 leaves a comparison out.
        ridge: λ.

    Returns:
        [G].

    """
    margin = np.matmul(x, w[:, :, None])[:, :, 0]
    told = weight * (y * log_expit(margin) + (1.0 - y) * log_expit(-margin))
    return -told.sum(axis=1) + 0.5 * ridge * (w**2).sum(axis=1)


def logistic_derivatives(
    w: np.ndarray, x: np.ndarray, y: np.ndarray, weight: np.ndarray, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient [G, d] and Hessian [G, d, d] of `logistic_loss`; the Hessian is the Fisher matrix.

    g = Σ weight·(σ(x·w) − y)·x + λw and F = Σ weight·σ'(x·w)·x xᵀ + λI.
    """
    p = expit(np.matmul(x, w[:, :, None])[:, :, 0])
    gradient = np.matmul((weight * (p - y))[:, None, :], x)[:, 0] + ridge * w
    curved = (weight * p * (1.0 - p))[:, :, None] * x
    hessian = np.matmul(curved.transpose(0, 2, 1), x) + ridge * np.eye(x.shape[2])
    return gradient, hessian


def plackett_luce_loss(w: np.ndarray, ranked: np.ndarray) -> float:
    """Negative log-likelihood of rankings, −Σ Σ_k [u_k − log Σ_{j ≥ k} exp u_j] with u = ⟨φ, w⟩.

    Source: Zhu, Jiao and Jordan (2023), the K-wise model.

    Args:
        w: [d].
        ranked: [n, K, d], features with the best alternative first.

    """
    u = ranked @ w
    return float(-(u - _log_rest(u))[:, :-1].sum())


def plackett_luce_derivatives(w: np.ndarray, ranked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient [d] and Hessian [d, d] of `plackett_luce_loss`.

    Stage k chooses among what is left with P(j) ∝ exp u_j: its gradient is E φ − φ_k, its Hessian
    Cov φ, both under P.
    """
    u = ranked @ w
    gradient, hessian = np.zeros_like(w), np.zeros((len(w), len(w)))
    for k in range(ranked.shape[1] - 1):
        left = ranked[:, k:]
        p = np.exp(u[:, k:] - logsumexp(u[:, k:], axis=1, keepdims=True))
        mean = np.einsum("nk,nkd->nd", p, left)
        gradient += (mean - left[:, 0]).sum(axis=0)
        weighted = (p[:, :, None] * left).reshape(-1, len(w))
        hessian += weighted.T @ left.reshape(-1, len(w)) - mean.T @ mean
    return gradient, hessian


def _log_rest(u: np.ndarray) -> np.ndarray:
    """[n, K] -> [n, K], log Σ_{j ≥ k} exp u_j."""
    return np.logaddexp.accumulate(u[:, ::-1], axis=1)[:, ::-1]
