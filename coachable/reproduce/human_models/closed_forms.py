"""Closed forms that several models share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import comb
from scipy.stats import gamma, norm, uniform


def reaction(form: str, delay: float, dt: float, steps: int) -> np.ndarray:
    """[steps] distribution of a reaction time of mean `delay`, rounded to whole steps.

    P(k) = F((k + ½)dt) − F((k − ½)dt). Uniform from 0.4 to 1.6 means (HIPPO Gym, Taylor et al.
    2021: 0.2 to 0.8 s); Gamma(2, mean/2) (TAMER, Knox and Stone 2009).
    """
    edges = (np.arange(steps + 1) - 0.5) * dt
    if form == "fixed":
        return np.diff((edges > delay).astype(float))
    if form == "uniform":
        return np.diff(uniform(0.4 * delay, 1.2 * delay).cdf(edges))
    return np.diff(gamma(2, scale=delay / 2).cdf(edges))


def run_of(chance: float, length: int) -> tuple[float, float]:
    """Mean and variance of the trials until `length` successes in a row (Feller 1968, XIII.7)."""
    p, q = chance, 1 - chance
    middle = (1 - p**length) / (q * p**length)
    spread = 1 / (q * p**length) ** 2 - (2 * length + 1) / (q * p**length) - p / q**2
    return middle, spread


def clipped_normal(sigma: float, limit: float) -> tuple[float, float]:
    """Second and fourth moment of σz cut off at ±limit, what lies beyond heaped on the ends.

    With c = limit/σ: E[z²; |z|<c] = (2Φ(c) − 1) − 2cφ(c), and E[z⁴; |z|<c] is three times that,
    less 2c³φ(c).
    """
    c = limit / sigma
    inside, beyond = 2 * norm.cdf(c) - 1 - 2 * c * norm.pdf(c), 2 * norm.sf(c)
    fourth = 3 * inside - 2 * c**3 * norm.pdf(c)
    return sigma**2 * (inside + c**2 * beyond), sigma**4 * (fourth + c**4 * beyond)


def between(sigma: float, limit: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return the distribution function of σz where it lies within ±limit."""
    tail = norm.cdf(-limit / sigma)
    return lambda x: (norm.cdf(x / sigma) - tail) / (1 - 2 * tail)


def staying(share: float, spell: float, dt: float) -> float:
    """Probability of still watching a step later, for who watches a share of the time in spells.

    A two-state Markov process whose rates out are 1/spell and share/((1 − share)·spell) forgets at
    their sum Λ = 1/(spell·(1 − share)): share + (1 − share)·exp(−Λ·dt).
    """
    return share + (1 - share) * np.exp(-dt / (spell * (1 - share)))


def mean_of_correlated(variance: float, correlation: float, steps: int) -> float:
    """Variance of the mean of `steps` values whose correlation is ρ^lag."""
    rho, n = correlation, steps
    whole = (1 + rho) / (1 - rho) - 2 * rho * (1 - rho**n) / (n * (1 - rho) ** 2)
    return variance / n * whole


def said_in_the_end(delay: np.ndarray, spoken: float) -> float:
    """Share of the judgements formed at every step that is spoken, where one is said at a time.

    A judgement with delay d is lost where one that was formed k steps later, k = 1 … d, comes due
    on the same step, that is, has the delay d − k. They are independent, so it survives with
    probability Π_{j<d} (1 − spoken·P(j)); before that it was spoken at all.
    """
    survives = np.cumprod(np.concatenate([[1.0], 1 - spoken * delay[:-1]]))
    return spoken * float(delay @ survives)


def logistic(x: np.ndarray | float) -> np.ndarray:
    """σ(x)."""
    return 1 / (1 + np.exp(-np.asarray(x, float)))


def unequal(parts: int, share: float) -> float:
    """P(the greatest of the spacings of parts − 1 points on a line reaches a share of it).

    By inclusion and exclusion (Feller 1971, I.9): Σ_k (−1)^{k+1}·C(parts, k)·(1 − k·share)₊^{n−1}.
    """
    k = np.arange(1, parts + 1)
    left = np.maximum(1 - k * share, 0.0) ** (parts - 1)
    return float(((-1.0) ** (k + 1) * comb(parts, k) * left).sum())
