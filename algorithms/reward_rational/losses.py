"""Likelihoods of what a person does whose reward is w·φ, as pure functions.

Each is −log P up to a constant, with its gradient and Hessian, in the weights w [K]. They are sums
over observations, and convex. Source: Jeon, Milli and Dragan 2020, who take every kind of feedback
for a choice c among options C, P(c) = exp(β r(c)) / Σ_{c' ∈ C} exp(β r(c')) (Eq. 1).
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_softmax

Term = tuple[float, np.ndarray, np.ndarray]
"""The loss, its gradient [K] and its Hessian [K, K]."""


def prior(w: np.ndarray, variance: float) -> Term:
    """Of w ~ N(0, variance·I)."""
    return float(w @ w) / (2 * variance), w / variance, np.eye(len(w)) / variance


def comparisons(w: np.ndarray, x: np.ndarray, y: np.ndarray, rationality: float) -> Term:
    """A choice between two: P(first) = σ(β x·w).

    Args:
        w: [K].
        x: [n, K], φ(first) − φ(second); for praise, φ(action) less its mean under the policy.
        y: [n], 1 for the first, 0 for the second, ½ for neither.
        rationality: β.

    """
    z = rationality * (x @ w)
    p = expit(z)
    loss = float((np.logaddexp(0.0, z) - y * z).sum())
    slope = rationality**2 * p * (1 - p)
    return loss, rationality * (x.T @ (p - y)), (x * slope[:, None]).T @ x


def choices(w: np.ndarray, options: np.ndarray, chosen: np.ndarray, rationality: float) -> Term:
    """A choice among J: a demonstration, or an action taken instead of another.

    Args:
        w: [K].
        options: [n, J, K], φ of each action that there was.
        chosen: [n] int, which it was.
        rationality: β.

    """
    logs = log_softmax(rationality * (options @ w), axis=1)  # [n, J]
    rows = np.arange(len(chosen))
    p = np.exp(logs)
    mean = np.einsum("nj,njk->nk", p, options)
    gradient = rationality * (mean - options[rows, chosen]).sum(axis=0)
    flat = (options * p[:, :, None]).reshape(-1, len(w))
    second = flat.T @ options.reshape(-1, len(w))
    hessian = rationality**2 * (second - mean.T @ mean)
    return -float(logs[rows, chosen].sum()), gradient, hessian


def ratings(w: np.ndarray, x: np.ndarray, y: np.ndarray, noise: float) -> Term:
    """The reward said aloud: y ~ N(x·w, noise).

    Args:
        w: [K].
        x: [n, K], φ of the action.
        y: [n], what was said, in points of reward.
        noise: variance.

    """
    off = x @ w - y
    return float(off @ off) / (2 * noise), x.T @ off / noise, x.T @ x / noise


def draw(mean: np.ndarray, precision: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """[D, K] from N(mean, precision⁻¹): with CCᵀ the precision, mean + C⁻ᵀz for z [D, K]."""
    root = np.linalg.cholesky(precision)
    return mean + np.linalg.solve(root.T, normal.T).T
