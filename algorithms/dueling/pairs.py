"""The pair of policies that differs most, ‖φ(π⁺) − φ(π⁻)‖_M, without listing the policies.

It is the maximum of a convex function over differences of occupancies. For an additive embedding
⟨c, φ(π)⟩ is maximised by backward induction, for any c; everything here is made of that.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np

from algorithms.dueling.problem import Problem

_SCREENED = 5
"""Random directions looked at for each climb."""
_SAME = 1e-10
"""By what share a square must grow to count as grown."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two policies and how they differ.

    Attributes:
        first: [H, S].
        second: [H, S].
        difference: [d], φ(π⁺) − φ(π⁻).
        square: ‖φ(π⁺) − φ(π⁻)‖²_M.

    """

    first: np.ndarray
    second: np.ndarray
    difference: np.ndarray
    square: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """How far a pair can be from the best one.

    Attributes:
        bound: no pair's square is larger.
        square: the pair's.
        nodes: boxes that were looked at.
        pair: a better one that was met on the way, or None.

    """

    bound: float
    square: float
    nodes: int
    pair: Pair | None = None

    def proves(self, tolerance: float = 1e-6) -> bool:
        """Whether the pair is the best one, up to a share of its square."""
        return self.bound <= self.square * (1.0 + tolerance) + 1e-12


def extreme(problem: Problem, direction: np.ndarray, metric: np.ndarray) -> Pair:
    """The pair that differs most along `direction` [d]."""
    first, _ = problem.best(direction)
    second, _ = problem.best(-direction)
    difference = problem.embed(first) - problem.embed(second)
    return Pair(first, second, difference, float(difference @ metric @ difference))


def climb(problem: Problem, metric: np.ndarray, start: np.ndarray, most: int = 50) -> Pair:
    """Alternate u ← φ(π⁺) − φ(π⁻) and π± ← the best for ±⟨Mu, φ⟩, until nothing is gained.

    The square grows at each step, for ⟨Mu, Δ⟩ is a tangent of it: it ends at a pair that is the
    farthest along its own difference, which need not be the best.
    """
    pair = extreme(problem, metric @ start, metric)
    for _ in range(most):
        better = extreme(problem, metric @ pair.difference, metric)
        if better.square <= pair.square * (1.0 + _SAME):
            break
        pair = better
    return pair


def search(
    problem: Problem, metric: np.ndarray, rng: np.random.Generator, restarts: int = 20
) -> Pair:
    """The best of several climbs, which start from the most promising of many pairs.

    Pairs that are extreme along M's eigenvectors and along `_SCREENED` random directions for each
    climb cost two backward inductions each; the best of them, as far as they differ, are climbed
    from.

    Args:
        problem: with additive features.
        metric: [d, d], M, symmetric and positive definite.
        rng: of the directions.
        restarts: climbs.

    """
    _, vectors = np.linalg.eigh(metric)
    drawn = rng.normal(size=(_SCREENED * restarts, problem.dim))
    pairs = [extreme(problem, metric @ u, metric) for u in (*vectors.T, *drawn)]
    # Pairs of one square are the same one, but for chance.
    distinct = {round(pair.square, 10): pair for pair in pairs}
    starts = [distinct[square] for square in sorted(distinct, reverse=True)[:restarts]]
    climbs = (climb(problem, metric, start.difference) for start in starts)
    return max(climbs, key=lambda pair: pair.square)


@dataclass(order=True, slots=True)
class _Box:
    """Differences with low ≤ ⟨v_i, Δ⟩ ≤ high; the most promising box comes first in a heap."""

    negative_bound: float
    number: int
    low: np.ndarray = field(compare=False)
    high: np.ndarray = field(compare=False)
    at: np.ndarray = field(compare=False)


def certify(
    problem: Problem, metric: np.ndarray, pair: Pair, tolerance: float = 1e-6, budget: int = 2000
) -> Certificate:
    """An upper bound on every pair's square, by branch and bound over boxes.

    With M = Σ λ_i v_i v_iᵀ and z_i = ⟨v_i, Δ⟩ the square is Σ λ_i z_i². In a box each z_i² is at
    most its secant (l_i + u_i) z_i − l_i u_i, so that a linear function of Δ, which two backward
    inductions maximise, bounds the square of all pairs in the box. The box is split where its
    secant is farthest from the square of the pair that attains the bound.

    Args:
        problem: with additive features.
        metric: [d, d], M.
        pair: whose square is to be certified.
        tolerance: share of the square within which a box is not looked into.
        budget: boxes; when it is used up, the largest bound that is left is the certificate.

    """
    values, vectors = np.linalg.eigh(metric)
    values, vectors = values[::-1], vectors[:, ::-1]
    reach = np.array([extreme(problem, v, metric).difference @ v for v in vectors.T])
    best, square = None, pair.square

    def bounded(low: np.ndarray, high: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal best, square
        found = extreme(problem, vectors @ (values * (low + high)), metric)
        if found.square > square * (1.0 + _SAME):
            best, square = found, found.square
        z = vectors.T @ found.difference
        secant = float((values * ((low + high) * z - low * high)).sum())
        corner = float((values * np.maximum(low**2, high**2)).sum())
        return min(secant, corner), z

    low, high = -reach, reach.copy()
    low[0] = 0.0  # of Δ and −Δ one is enough
    bound, z = bounded(low, high)
    heap, nodes, proved = [_Box(-bound, 0, low, high, z)], 1, 0.0
    while heap and nodes < budget:
        box = heapq.heappop(heap)
        if -box.negative_bound <= square * (1.0 + tolerance):
            proved = max(proved, -box.negative_bound)
            break  # and so are all that are left
        where, cut = _split(box, values)
        for side in (0, 1):
            low, high = box.low.copy(), box.high.copy()
            (high if side == 0 else low)[where] = cut
            bound, z = bounded(low, high)
            nodes += 1
            if bound > square * (1.0 + tolerance):
                # A part's bound is never worse than the whole's.
                heapq.heappush(heap, _Box(max(-bound, box.negative_bound), nodes, low, high, z))
            else:
                proved = max(proved, bound)
    left = max((-box.negative_bound for box in heap), default=0.0)
    return Certificate(max(left, proved, square), pair.square, nodes, best)


def _split(box: _Box, values: np.ndarray) -> tuple[int, float]:
    """Which side of a box is cut, and where: at the pair of its bound, if that is inside."""
    wide = box.high - box.low
    gap = values * np.clip(box.at - box.low, 0.0, None) * np.clip(box.high - box.at, 0.0, None)
    if gap.max() > 1e-3 * (values * wide**2).max():
        where = int(gap.argmax())
        cut = box.at[where]
        margin = 0.1 * wide[where]
        return where, float(np.clip(cut, box.low[where] + margin, box.high[where] - margin))
    where = int((values * wide**2).argmax())
    return where, float((box.low[where] + box.high[where]) / 2)
