"""What a target rule does to a linear problem, known before the first step.

Between two targets the weights go w ← (I − αH') w + α(J_δ w̄ + b), H' = H + ηI. So k steps are
w_k = A^k w + S_k (J_δ w̄ + b), A = I − αH' and S_k = α Σ_{i<k} A^i, and a copy every k steps
multiplies the error by M_k = A^k + S_k J_δ = I + S_k J_TD (η = 0): TD preconditioned by S_k, which
is αI at k = 1 and H⁻¹ at k = ∞, where M_∞ = H⁻¹ J_δ is the J_FPE of Fellows et al. (2023).

All is taken on range(H): what lies outside of it has no value, and no step ever moves it.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from algorithms.target_td.rules import TargetRule

_MARGIN = 1e-12
"""How far from 1 a radius, or from 0 a determinant, must be to be told from rounding."""


_FLAT = 1e-9
"""α k λ below which a direction is flat to within rounding."""


_OVERWHELMING = 200.0
"""ln of the growth in a period from which on nothing but the inner loop is looked at."""


class Problem(Protocol):
    """What a prediction needs: a `LinearProblem` has it, and so has the tangent of a network."""

    @property
    def eigen(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues of H that count, [r] ascending, and their vectors [d, r].

        Those are the positive ones where H is of a sum of squares: outside of range(H) nothing
        moves. A network's whole Hessian has negative ones, too.
        """

    @property
    def delta_jacobian(self) -> np.ndarray:
        """J_δ [d, d]."""


def composite(problem: Problem, alpha: float, rule: TargetRule) -> np.ndarray:
    """One period of the error (w, w̄, w̄ before that), in the eigenvectors of H: [3r, 3r].

    For a copy without momentum its non-zero eigenvalues are those of M_k.
    """
    values, coupling = _reduced(problem, rule)
    keep, gain = _inner(values, alpha, rule.period)
    size = len(values)
    none, one = np.zeros((size, size)), np.eye(size)
    learned = np.hstack([np.diag(keep), gain[:, None] * coupling, none])
    old = np.hstack([none, (1.0 - rule.tau + rule.momentum) * one, -rule.momentum * one])
    return np.vstack([learned, rule.tau * learned + old, np.hstack([none, one, none])])


def radius(problem: Problem, alpha: float, rule: TargetRule) -> float:
    """Spectral radius of one period: the error shrinks just where it is below 1."""
    if rule.tau == 1.0 and rule.momentum == 0.0:  # M_k has all that `composite` has, and is small
        values, coupling = _reduced(problem, rule)
        keep, gain = _inner(values, alpha, rule.period)
        matrix = np.diag(keep) + gain[:, None] * coupling
        return float(np.abs(np.linalg.eigvals(matrix)).max())
    return float(np.abs(np.linalg.eigvals(composite(problem, alpha, rule))).max())


def growth(problem: Problem, alpha: float, rule: TargetRule) -> float:
    """ln ρ / k, the slope of the error's logarithm over gradient steps; of fitted, over targets."""
    steps = rule.period if math.isfinite(rule.period) else 1
    return float(np.log(radius(problem, alpha, rule))) / steps


def growth_of(problem: Problem, alpha: float, rule: TargetRule, averaged: float = 0.0) -> float:
    """`growth` of a network's tangent, which may have left the numbers: NaN then.

    Args:
        problem: the tangent.
        alpha: α.
        rule: with a finite period.
        averaged: β₁, where steps go along m ← β₁ m + (1 − β₁) gradient, as Adam's do. On a fixed
            target they are then stable up to α λ = 2 (1 + β₁) / (1 − β₁), not 2.

    """
    if not (np.isfinite(problem.delta_jacobian).all() and len(problem.eigen[0])):
        return math.nan
    values, coupling = _reduced(problem, rule)
    single = _averaged_step(values, alpha, averaged)
    inner = float(np.log(np.abs(np.linalg.eigvals(single[:, :2, :2])).max() + 1e-300))
    if inner * rule.period > _OVERWHELMING:  # whatever the target does
        return inner
    if averaged == 0.0:
        return growth(problem, alpha, rule)
    size = len(values)
    power = np.linalg.matrix_power(single, int(rule.period))
    none, one = np.zeros((size, size)), np.eye(size)
    (ww, wu, ws), (uw, uu, us) = (tuple(power[:, i, j] for j in range(3)) for i in range(2))
    weights = np.hstack([np.diag(ww), np.diag(wu), ws[:, None] * coupling, none])
    motion = np.hstack([np.diag(uw), np.diag(uu), us[:, None] * coupling, none])
    old = np.hstack(
        [none, none, (1.0 - rule.tau + rule.momentum) * one, -rule.momentum * one],
    )
    kept = np.hstack([none, none, one, none])
    whole = np.vstack([weights, motion, rule.tau * weights + old, kept])
    return float(np.log(np.abs(np.linalg.eigvals(whole)).max())) / rule.period


def _averaged_step(values: np.ndarray, alpha: float, averaged: float) -> np.ndarray:
    """[r, 3, 3], a step of (w, u, 1) along each eigenvector: u is the last move, 1 the target's.

    u ← β₁ u + (1 − β₁) α (1 − λ w), w ← w + u.
    """
    pull = (1.0 - averaged) * alpha
    found = np.zeros((len(values), 3, 3))
    found[:, 0] = np.stack(np.broadcast_arrays(1.0 - pull * values, averaged, pull), axis=1)
    found[:, 1] = np.stack(np.broadcast_arrays(-pull * values, averaged, pull), axis=1)
    found[:, 2, 2] = 1.0
    return found


def stable(problem: Problem, alpha: float, rule: TargetRule) -> bool:
    """Whether the error vanishes from wherever it starts."""
    return radius(problem, alpha, rule) < 1.0 - _MARGIN


def inner_loop_stable(problem: Problem, alpha: float, ridge: float = 0.0) -> bool:
    """Whether gradient descent on a fixed target converges: α λ_max(H') < 2."""
    return alpha * (problem.eigen[0][-1] + ridge) < 2.0


def radii(problem: Problem, alpha: float, periods: np.ndarray) -> np.ndarray:
    """ρ(M_k) [K] of each period k [K]; `inf` is among those that may be asked for."""
    values, coupling = _reduced(problem, TargetRule())
    found = np.empty(len(periods))
    for start in range(0, len(periods), 4096):  # so that the batch stays in memory
        part = slice(start, start + 4096)
        keep = np.array([_inner(values, alpha, k)[0] for k in periods[part]])
        gain = (1.0 - keep) / values
        matrices = gain[:, :, None] * coupling
        index = np.arange(len(values))
        matrices[:, index, index] += keep
        found[part] = np.abs(np.linalg.eigvals(matrices)).max(axis=1)
    return found


def longest_that_matters(problem: Problem, alpha: float, accuracy: float = 1e-9) -> int:
    """The k from which on M_k is M_∞ to `accuracy`: the slowest mode of the inner loop is gone.

    Where the inner loop diverges, the k at which it has grown by 1 / `accuracy`.
    """
    slowest = np.abs(1.0 - alpha * problem.eigen[0]).max()
    if slowest in (0.0, 1.0):
        return 1
    return math.ceil(math.log(accuracy) / -abs(math.log(slowest)))


def smallest_stable_period(problem: Problem, alpha: float, longest: int = 1_000_000) -> int | None:
    """The first k for which a copy every k steps is stable; None if there is none up to `longest`.

    Every k is tried: the stable ones need not be an interval.
    """
    if no_period(problem, alpha) is not None:
        return None
    last = min(longest, longest_that_matters(problem, alpha))
    for start in range(1, last + 1, 4096):
        periods = np.arange(start, min(start + 4096, last + 1))
        below = radii(problem, alpha, periods) < 1.0 - _MARGIN
        if below.any():
            return int(periods[below.argmax()])
    return None


def largest_stable_tau(
    problem: Problem, alpha: float, smallest: float = 1e-6, points: int = 400
) -> float | None:
    """The τ up to which every Polyak average from `smallest` on is stable, to four digits.

    None where `smallest` itself is not. A grid of `points` values of τ finds the interval, and
    bisection its end.
    """
    taus = np.geomspace(smallest, 1.0, points)
    verdicts = [stable(problem, alpha, TargetRule.polyak(tau)) for tau in taus]
    if not verdicts[0]:
        return None
    if all(verdicts):
        return 1.0
    first = verdicts.index(False)
    low, high = taus[first - 1], taus[first]
    while high / low > 1.0 + 1e-5:
        middle = math.sqrt(low * high)
        if stable(problem, alpha, TargetRule.polyak(middle)):
            low = middle
        else:
            high = middle
    return float(low)


def slowest_targets_stable(problem: Problem) -> bool:
    """Whether Polyak averages are stable for τ → 0: Re λ < 1 for all eigenvalues of H⁻¹ J_δ.

    Weaker than |λ| < 1, which a copy after infinitely many steps needs.
    """
    values, coupling = _reduced(problem, TargetRule())
    return bool(np.linalg.eigvals(coupling / values[:, None]).real.max() < 1.0 - _MARGIN)


def no_period(problem: Problem, alpha: float) -> str | None:
    """Why no k is stable, where that can be proved without trying any; None where it cannot.

    H is symmetric and the inner loop stable, so S_k is positive definite on range(H) for every k.
    - The symmetric part of J_TD is positive definite: S_k J_TD is similar to S^½ J_TD S^½, whose
      eigenvalues then have positive real parts, and |1 + λ| > 1.
    - det(−J_TD) < 0: det(−S_k J_TD) < 0 too, so −S_k J_TD has a negative real eigenvalue and M_k a
      real one above 1. The characteristic polynomials of Polyak averages and of momentum have the
      same sign at 1, so that they do not converge either.
    """
    if not inner_loop_stable(problem, alpha):
        return None
    values, coupling = _reduced(problem, TargetRule())
    jacobian = coupling - np.diag(values)
    if np.linalg.eigvalsh(jacobian + jacobian.T)[0] > _MARGIN:
        return "the symmetric part of J_TD is positive definite"
    sign, size = np.linalg.slogdet(-jacobian / values.mean())
    if sign < 0 and size > math.log(_MARGIN):
        return "det(−J_TD) < 0"
    return None


def _reduced(problem: Problem, rule: TargetRule) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues [r] of H' and J_δ [r, r] in the eigenvectors of H that span range(H)."""
    values, vectors = problem.eigen
    return values + rule.ridge, vectors.T @ problem.delta_jacobian @ vectors


def _inner(values: np.ndarray, alpha: float, period: float) -> tuple[np.ndarray, np.ndarray]:
    """Diagonals [r] of A^k and S_k; where H does nothing, S_k is α k."""
    keep = (1.0 - alpha * values) ** period if math.isfinite(period) else np.zeros_like(values)
    flat = np.abs(values) * alpha * min(period, 1e300) < _FLAT
    return keep, np.where(flat, alpha * period, (1.0 - keep) / np.where(flat, 1.0, values))
