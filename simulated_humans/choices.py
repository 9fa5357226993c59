"""How people compare and rank: small models of choice, one function each.

Shapes: B queries, K alternatives each (2 in a comparison), T rows of a segment, F features. An
`order` is [B, K] int64, indices of alternatives, best first. `uniform` is in [0, 1).
"""

from __future__ import annotations

import numpy as np


def discounted_return(reward_t: np.ndarray, length: np.ndarray, discount: float) -> np.ndarray:
    """Σ_t γ^{H−1−t} r_t: the last moments of a segment count most.

    Source: the myopic teacher of B-Pref (Lee et al. 2021). Here t starts from 0, and the last row
    has the weight 1.

    Args:
        reward_t: [B, K, T], 0 in the padding.
        length: [B, K], H.
        discount: γ in (0, 1].

    Returns:
        [B, K].

    """
    to_go = length[..., None] - 1 - np.arange(reward_t.shape[2])
    return (discount ** np.maximum(to_go, 0) * reward_t).sum(axis=2)


def plackett_luce(
    utility: np.ndarray, rationality: np.ndarray | None, uniform: np.ndarray
) -> np.ndarray:
    """An order drawn from P(order) = Π_k exp(β u_k) / Σ_{j ≥ k} exp(β u_j), k in the order drawn.

    For K = 2 it is the Bradley–Terry model, P(first) = σ(β (u_1 − u_2)). Sorting β u + Gumbel noise
    draws from it (Yellott 1977). At β = ∞ the order is exact, and the noise breaks ties.

    Source: Luce (1959), Plackett (1975); for segments Christiano et al. (2017, Eq. 1).

    Args:
        utility: [B, K], u.
        rationality: [B], β, or None for ∞.
        uniform: [B, K].

    Returns:
        [B, K] order.

    """
    # From u in [0, 1): log1p(-u) is finite, and an infinite Gumbel number does no harm.
    with np.errstate(divide="ignore"):
        gumbel = -np.log(-np.log1p(-uniform))
    if rationality is None:
        return np.lexsort((-gumbel, -utility))
    worth = rationality[:, None] * (utility - utility.max(axis=1, keepdims=True))
    return np.argsort(-(worth + gumbel), axis=1, kind="stable")


def unit_distance(features: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Root mean square difference, each feature in units of its spread.

    Args:
        features: [B, K, F].
        spread: [B, F]; a feature without spread does not count.

    Returns:
        [B, K, K].

    """
    varies = (spread > 0)[:, None]
    unit = np.divide(
        features,
        spread[:, None],
        out=np.zeros_like(features),
        where=np.broadcast_to(varies, features.shape),
    )
    square = (unit[:, :, None] - unit[:, None]) ** 2
    return np.sqrt(square.sum(axis=3) / np.maximum(varies.sum(axis=2), 1)[:, None])


def confuse(
    order: np.ndarray, distance: np.ndarray, confusion: float, uniform: np.ndarray
) -> np.ndarray:
    """Down the order, two neighbours that look alike are mixed up.

    Two segments at distance d are taken for one another with probability exp(−d / confusion), and
    then either comes first with probability ½. In a comparison P(first) = ½ + (1 − e^{−d/c})(p − ½)
    where it was p.

    Source: the exponential law of generalisation (Shepard 1987); passing down an order is ours.

    Args:
        order: [B, K].
        distance: [B, K, K] between the alternatives.
        confusion: the distance at which the probability is 1/e.
        uniform: [B, K − 1].

    Returns:
        [B, K] order.

    """
    order = order.copy()
    query = np.arange(len(order))
    for place in range(order.shape[1] - 1):
        first, second = order[:, place].copy(), order[:, place + 1].copy()
        mixed = uniform[:, place] < 0.5 * np.exp(-distance[query, first, second] / confusion)
        order[:, place] = np.where(mixed, second, first)
        order[:, place + 1] = np.where(mixed, first, second)
    return order


def slip(order: np.ndarray, mistake: float, uniform: np.ndarray) -> np.ndarray:
    """With probability `mistake`, two neighbours in the order change places; in a pair, a flip.

    Source: the mistake teacher of B-Pref (Lee et al. 2021); which two of a ranking is ours: any.

    Args:
        order: [B, K].
        mistake: ε.
        uniform: [B, 2], whether and where.

    Returns:
        [B, K] order.

    """
    order = order.copy()
    query = np.flatnonzero(uniform[:, 0] < mistake)
    place = (uniform[query, 1] * (order.shape[1] - 1)).astype(np.int64)
    order[query, place], order[query, place + 1] = order[query, place + 1], order[query, place]
    return order


def not_worth_answering(returns: np.ndarray, usual: np.ndarray, skip: float) -> np.ndarray:
    """[B] bool: no segment of the query has any merit, max_k R_k < ε·R̄·H/T.

    Where the usual return is negative, ε times it would be more than nearly all returns. What is
    meant is a shortfall by the share 1 − ε of its size, so the limit is R̄ − (1 − ε)|R̄|, which is
    ε·R̄ wherever R̄ ≥ 0. Segments of different length are each held to their own limit.

    Source: the skipping teacher of B-Pref (Lee et al. 2021); the form for R̄ < 0 is ours.

    Args:
        returns: [B, K], R.
        usual: [B, K], R̄·H/T, what a segment of that length usually returns.
        skip: ε; at 0 nothing is skipped.

    """
    if not skip:
        return np.zeros(len(returns), bool)
    return (returns < usual - (1.0 - skip) * np.abs(usual)).all(axis=1)


def too_close_to_call(returns: np.ndarray, usual: np.ndarray, equal: float) -> np.ndarray:
    """[B] bool: two segments are as good as each other, |R_1 − R_2| < ε·|R̄|·H/T.

    Source: the teacher of B-Pref (Lee et al. 2021) that may call two segments equal.

    Args:
        returns: [B, 2].
        usual: [B, 2], R̄·H/T; where lengths differ, their mean counts.
        equal: ε.

    """
    return np.abs(returns[:, 0] - returns[:, 1]) < equal * np.abs(usual.mean(axis=1))
