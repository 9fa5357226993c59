"""Learning from comparisons and rankings that are all there from the start."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.special import expit

from algorithms.dueling.losses import (
    logistic_derivatives,
    plackett_luce_derivatives,
)

_NEWTON = 60


def bounded_mle(x: np.ndarray, wins: np.ndarray, losses: np.ndarray, bound: float) -> np.ndarray:
    """argmax of the Bradley–Terry likelihood over ‖w‖ ≤ bound, for R data sets at once.

    The maximum under a ridge μ shrinks in μ; it is halved down to the ridge at which it fits.

    Source: Zhu, Jiao and Jordan (2023), the maximum-likelihood estimator over Θ_B.

    Args:
        x: [m, d], the different comparisons, φ(first) − φ(second).
        wins: [R, m], how often the first was preferred.
        losses: [R, m], and the second.
        bound: B.

    Returns:
        [R, d].

    """
    plays = wins + losses
    share = np.where(plays > 0, wins / np.maximum(plays, 1.0), 0.5)
    rows = np.broadcast_to(x, (len(wins), *x.shape))
    w = np.zeros((len(wins), x.shape[1]))
    low, high = np.full(len(wins), -30.0), np.full(len(wins), np.log(plays.sum(axis=1).max() + 1))
    for _ in range(60):
        ridge = np.exp((low + high) / 2)
        w = _ridge(rows, share, plays, ridge, w)
        outside = np.linalg.norm(w, axis=1) > bound
        low = np.where(outside, (low + high) / 2, low)
        high = np.where(outside, high, (low + high) / 2)
    return _ridge(rows, share, plays, np.exp(high), w)


def _ridge(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, ridge: np.ndarray, w: np.ndarray
) -> np.ndarray:
    """[R, d], Newton's method for one ridge [R] each, from w on, no step longer than 1."""
    for _ in range(_NEWTON):
        gradient, hessian = logistic_derivatives(w, x, y, weight, 0.0)
        gradient = gradient + ridge[:, None] * w
        hessian = hessian + ridge[:, None, None] * np.eye(w.shape[1])
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        step /= np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1.0)
        w = w - step
        if np.abs(step).max() < 1e-9:
            break
    return w


def pessimistic_values(
    w: np.ndarray, phi: np.ndarray, sigma: np.ndarray, radius: float, reference: np.ndarray
) -> np.ndarray:
    """min over the confidence ball of ⟨w', φ − ν⟩: ⟨w, φ − ν⟩ − r·‖φ − ν‖_{Σ⁻¹}.

    Source: Zhu, Jiao and Jordan (2023), pessimistic MLE.

    Args:
        w: [R, d].
        phi: [N, d], what can be chosen.
        sigma: [d, d], (1/n)·Σ x xᵀ + λI.
        radius: r.
        reference: [d], ν.

    Returns:
        [R, N].

    """
    off = phi - reference
    length = np.sqrt(np.einsum("nc,cd,nd->n", off, np.linalg.inv(sigma), off))
    return w @ off.T - radius * length


def plackett_luce_mle(ranked: np.ndarray, start: np.ndarray) -> np.ndarray:
    """[d], the maximum of the Plackett–Luce likelihood of ranked [n, K, d], from `start` on."""
    w = start.copy()
    for _ in range(_NEWTON):
        gradient, hessian = plackett_luce_derivatives(w, ranked)
        step = np.linalg.solve(hessian, gradient)
        w = w - step / max(float(np.linalg.norm(step)), 1.0)
        if np.abs(step).max() < 1e-8:
            break
    return w


def split_mle(ranked: np.ndarray, start: np.ndarray) -> np.ndarray:
    """[d], the maximum of the likelihood of all K(K − 1)/2 pairs of each ranking, as if they were
    independent comparisons; ranked [n, K, d].
    """
    first, second = np.triu_indices(ranked.shape[1], 1)
    x = (ranked[:, first] - ranked[:, second]).reshape(1, -1, ranked.shape[2])
    ones = np.ones(x.shape[:2])
    return _ridge(x, ones, ones, np.zeros(1), start[None].copy())[0]


def plackett_luce_fisher(phi: np.ndarray, w: np.ndarray) -> np.ndarray:
    """[d, d], the information of one ranking of phi [K, d], exact.

    It is Σ over sets A of P(A is what is left at some stage)·Cov_A φ, the covariance under the
    choice among A.
    """
    arms, chance = len(phi), {frozenset(range(len(phi))): 1.0}
    worth, total = np.exp(phi @ w - (phi @ w).max()), np.zeros((phi.shape[1],) * 2)
    for _ in range(arms - 1):
        following: dict[frozenset[int], float] = {}
        for left, p in chance.items():
            members = np.array(sorted(left))
            pick = worth[members] / worth[members].sum()
            mean = pick @ phi[members]
            total += p * ((pick[:, None] * phi[members]).T @ phi[members] - np.outer(mean, mean))
            for member, q in zip(members.tolist(), pick.tolist(), strict=True):
                rest = left - {member}
                following[rest] = following.get(rest, 0.0) + p * q
        chance = following
    return total


def split_sandwich(phi: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """H and J [d, d] of the split likelihood of one ranking of phi [K, d], by all K! rankings.

    H is the expected Hessian, J the variance of the score; the estimator's covariance is
    H⁻¹ J H⁻¹ / n, where n rankings were made.
    """
    arms = len(phi)
    orders = np.array(list(itertools.permutations(range(arms))), np.int8)
    u = phi @ w
    ranked = u[orders]
    rest = np.logaddexp.accumulate(ranked[:, ::-1], axis=1)[:, ::-1]
    chance = np.exp((ranked - rest).sum(axis=1))
    place = np.argsort(orders, axis=1)
    score, hessian = np.zeros((len(orders), phi.shape[1])), np.zeros((phi.shape[1],) * 2)
    for i, j in itertools.combinations(range(arms), 2):
        x, p = phi[i] - phi[j], expit(u[i] - u[j])
        hessian += p * (1 - p) * np.outer(x, x)
        score += np.where(place[:, i] < place[:, j], 1.0 - p, -p)[:, None] * x
    mean = chance @ score
    return hessian, (chance[:, None] * score).T @ score - np.outer(mean, mean)
