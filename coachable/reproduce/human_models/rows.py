"""A measured statistic beside its closed form, and how many standard errors lie between them.

Every standard error is that of the closed form, not an estimate from the sample, so that z is
standard normal where human and formula agree, and n needs no correction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, kstwobign, norm

KS_MEAN, KS_SD = math.sqrt(math.pi / 2) * math.log(2), 0.26033
"""Of √n·D under the hypothesis (Kolmogorov 1933): √(π/2)·ln 2, and √(π²/12 − π/2·ln² 2)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        statistic: what was measured.
        expected: by the closed form.
        measured: on the human.
        n: draws.
        se: standard error under the closed form; None where there is no chance in it, so that
            both must be the same.
        z: how many standard errors the two are apart; for tests of a whole distribution, the
            normal number of the same tail probability. None where there is no chance in it.

    """

    statistic: str
    expected: float
    measured: float
    n: int
    se: float | None = None
    z: float | None = None

    @property
    def agrees(self) -> bool:
        """Exactly, where there is no chance in it; otherwise always."""
        return self.se is not None or math.isclose(
            self.expected, self.measured, rel_tol=1e-6, abs_tol=1e-6
        )


def exact(statistic: str, expected: float, measured: float, n: int) -> Row:
    """No chance in it."""
    return Row(statistic, float(expected), float(measured), int(n))


def share(statistic: str, hits: np.ndarray, probability: float | np.ndarray) -> Row:
    """Share of `hits` [any shape] of independent chances, each with its own probability if need be.

    The standard error is √Σ p(1 − p) / n. It also holds where p depends on what came before: the
    sum of hits − p is a martingale.
    """
    hits = np.asarray(hits, bool)
    p = np.broadcast_to(probability, hits.shape)
    se = math.sqrt(float((p * (1 - p)).sum())) / hits.size
    return _row(statistic, float(p.mean()), float(hits.mean()), hits.size, se)


def mean(statistic: str, values: np.ndarray, expected: float, variance: float) -> Row:
    """Mean of independent values of known variance."""
    se = math.sqrt(variance / values.size)
    return _row(statistic, expected, float(values.mean(dtype=np.float64)), values.size, se)


def variance(
    statistic: str, values: np.ndarray, middle: float, expected: float, fourth: float | None = None
) -> Row:
    """Mean square about the known middle; `fourth` central moment, of a normal one by default."""
    square = (np.asarray(values, np.float64) - middle) ** 2
    fourth = 3 * expected**2 if fourth is None else fourth
    se = math.sqrt((fourth - expected**2) / square.size)
    return _row(statistic, expected, float(square.mean()), square.size, se)


def lasting(what: str, steps: np.ndarray, pmf: np.ndarray, unit: float = 1.0) -> list[Row]:
    """Mean, variance and whole distribution of durations in steps, `pmf` being that of 0, 1, …

    `unit` is the length of a step in seconds, for the figures to be in seconds.
    """
    k = np.arange(len(pmf))
    middle = float(pmf @ k)
    second, fourth = (float(pmf @ (k - middle) ** power) for power in (2, 4))
    return [
        mean(f"{what}, mean", steps * unit, middle * unit, second * unit**2),
        variance(
            f"{what}, variance", steps * unit, middle * unit, second * unit**2, fourth * unit**4
        ),
        fits_steps(f"{what}, KS", steps, pmf),
    ]


def fits_steps(statistic: str, steps: np.ndarray, pmf: np.ndarray) -> Row:
    """Kolmogorov–Smirnov for whole numbers 0, 1, …

    A uniform number spreads each step over its own stretch of the distribution function, so that
    what is tested is uniform and the test as exact as for continuous numbers (the randomised
    probability integral transform). What `pmf` rules out fails outright.
    """
    steps = np.asarray(steps).ravel()
    inside = (steps >= 0) & (steps < len(pmf))
    if not inside.all():
        return _row(statistic, KS_MEAN, 99.0, steps.size, KS_SD, 40.0)
    before = np.concatenate([[0.0], np.cumsum(pmf)[:-1]])
    spread = np.random.default_rng(steps.size).random(steps.size)
    return _uniform(statistic, before[steps] + spread * pmf[steps])


def fits(statistic: str, values: np.ndarray, cdf: Callable[[np.ndarray], np.ndarray]) -> Row:
    """Kolmogorov–Smirnov for continuous numbers: √n·D."""
    return _uniform(statistic, cdf(np.asarray(values, np.float64).ravel()))


def counts(statistic: str, seen: np.ndarray, probabilities: np.ndarray) -> Row:
    """Pearson's χ² of how often each of several outcomes was seen."""
    seen, p = np.asarray(seen, float).ravel(), np.asarray(probabilities, float).ravel()
    impossible, possible = seen[p <= 0].sum(), p > 0
    wanted = seen.sum() * p[possible]
    square = float(((seen[possible] - wanted) ** 2 / wanted).sum())
    freedom = int(possible.sum()) - 1
    z = 40.0 if impossible else _normal(float(chi2.logsf(square, freedom)))
    return _row(statistic, freedom, square, int(seen.sum()), math.sqrt(2 * freedom), z)


def recovered(statistic: str, truth: float, estimate: float, information: float, n: int) -> Row:
    """A maximum-likelihood estimate, with the Fisher information of the whole sample at truth."""
    return _row(statistic, truth, estimate, n, 1 / math.sqrt(information))


def most_likely(log_likelihood: Callable[[float], float], low: float, high: float) -> float:
    """Where a log-likelihood of one number is highest."""
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda x: -log_likelihood(x), bounds=(low, high), method="bounded", options={"xatol": 1e-9}
    )
    return float(found.x)


def _uniform(statistic: str, u: np.ndarray) -> Row:
    u, n = np.sort(u), u.size
    place = np.arange(n + 1) / n
    distance = float(max((place[1:] - u).max(), (u - place[:-1]).max()))
    root = math.sqrt(n)
    # Stephens (1970) brings the finite sample's distribution to Kolmogorov's.
    z = _normal(_log(float(kstwobign.sf(distance * (root + 0.12 + 0.11 / root)))))
    return _row(statistic, KS_MEAN, distance * root, n, KS_SD, z)


def _log(probability: float) -> float:
    return math.log(max(probability, 1e-300))


def _normal(log_tail: float) -> float:
    """The normal number with this upper tail, also where the tail is nearly all or nearly none."""
    if log_tail > -0.7:
        return float(-norm.ppf(math.exp(log_tail))) if log_tail < -1e-12 else -7.0
    from scipy.optimize import brentq

    return float(brentq(lambda x: float(norm.logsf(x)) - log_tail, -1.0, 60.0))


def _row(
    statistic: str, expected: float, measured: float, n: int, se: float, z: float | None = None
) -> Row:
    if not se:  # all probabilities are 0 or 1
        return exact(statistic, expected, measured, n)
    z = (measured - expected) / se if z is None else z
    return Row(statistic, float(expected), float(measured), int(n), float(se), float(z))
