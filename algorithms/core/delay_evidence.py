"""How well a delay explains what was said: the evidence by which delays are compared.

A signal is noise to a learner that takes it for a word about another step, and is predicted best
where each signal is matched with the step that it is about. So for every candidate, a form of delay
and its mean, the signals are regressed on what was seen and done that long before, and candidates
are compared by the marginal likelihood of that regression: how well each signal was predicted by
those before it (Dawid 1984). It needs no penalty for the number of cells: a candidate under which
there are more things to learn pays for learning them.

What is taken for granted: judgements are made of single steps, a step's judgement depends on
observation and action, signals die with their episode, and one thing is said at a time, the latest
where several are due. A judgement that depends on the learner's policy as well is noisier, no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.linalg import solve_triangular

from algorithms.core.credit import DELAY_FORMS, credits, window

LONGEST = 4.0
"""Seconds: the longest mean delay that is looked for."""
FARTHEST = 50
"""Steps: no longer one is looked for where steps are short."""
STRENGTHS = (0.3, 3.0, 30.0)
"""Prior variances of the weights, as shares of the noise's; all three are tried, equally likely."""
BY_MISTAKE = 0.05
"""Likelihood of a signal that comes before the delay can have passed."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A distribution of delays: a form of `DELAY_FORMS` and its mean in steps."""

    form: str
    mean: float


def candidates(dt: float) -> tuple[Candidate, ...]:
    """All that are compared: every whole fixed delay; of the others, means a fifth apart."""
    last = max(min(int(LONGEST / dt + 1e-9), FARTHEST), 2)
    means = [1]
    while means[-1] < last:
        means.append(min(means[-1] + max(1, means[-1] // 5), last))
    late = [(form, mean) for form in ("uniform", "gamma") for mean in means]
    return tuple(Candidate(*c) for c in [*(("fixed", d) for d in range(last + 1)), *late])


@cache
def lags(candidate: Candidate) -> np.ndarray:
    """[K] probability of a delay of 0, 1, … steps, rounded to whole ones."""
    steps = window(candidate.form, candidate.mean, 1.0)
    share = credits(np.ones(steps), DELAY_FORMS[candidate.form](candidate.mean))
    return share / share.sum()


def spoken_lags(lag: np.ndarray, rate: float) -> np.ndarray:
    """[K] how late the signals are that are said, where of those due at once the latest is.

    A judgement of the step k before is said if none of a later step is due as well. With judgements
    of a share ρ of the steps, signals come in a share 1 − Π_k (1 − ρ p_k) of them, which yields ρ.

    Args:
        lag: [K], p.
        rate: share of the steps in which there is a signal.

    """
    low, high = 0.0, 1.0
    for _ in range(30):
        spoken = (low + high) / 2
        low, high = (spoken, high) if 1 - np.prod(1 - spoken * lag) < rate else (low, spoken)
    alone = np.concatenate([[1.0], np.cumprod(1 - high * lag)[:-1]])
    return lag * alone / (lag * alone).sum()


def log_evidence(gram: np.ndarray, value: np.ndarray) -> float:
    """Log p(value) of Bayesian linear regression, up to a constant that depends on n alone.

    value = X w + noise, w ~ N(0, κ σ²), σ² ~ InverseGamma(1, ½), averaged over κ in `STRENGTHS`.

    Args:
        gram: [n, n], X Xᵀ.
        value: [n].

    """
    n = len(value)
    terms = []
    for strength in STRENGTHS:
        root = np.linalg.cholesky(np.eye(n) + strength * gram)
        white = solve_triangular(root, value, lower=True)
        terms.append(
            -np.log(root.diagonal()).sum() - (1 + n / 2) * np.log(0.5 + 0.5 * white @ white)
        )
    return float(np.logaddexp.reduce(terms) - np.log(len(terms)))


def matching(lag: np.ndarray, at: np.ndarray, age: np.ndarray, steps: int) -> np.ndarray:
    """[n, steps] how likely each signal is about each step, of its own episode.

    Args:
        lag: [K], as `spoken_lags`.
        at: [n] the row of the step in which each signal came.
        age: [n] steps of its episode before that.
        steps: rows in all.

    Returns:
        Rows that sum to 1, or to 0 where the signal comes before any delay can have passed.

    """
    back = np.arange(len(lag))
    share = np.where(back <= age[:, None], lag, 0.0)
    total = share.sum(axis=1, keepdims=True)
    share = np.divide(share, total, out=np.zeros_like(share), where=total > 1e-6)
    found = np.zeros((len(at), steps))
    rows, columns = np.nonzero(share)
    found[rows, at[rows] - columns] = share[rows, columns]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What one learner has to go by: S steps, n signals among them.

    Attributes:
        obs: [S, D].
        action: [S] numbers, or [S, A] half-ranges.
        at: [n] rows in which a signal came.
        age: [n] how many rows before it belong to its episode.
        value: [n].
        said: [A] how many steps of age 0, 1, … in their episode had a signal.
        silent: [A] how many had none.

    """

    obs: np.ndarray
    action: np.ndarray
    at: np.ndarray
    age: np.ndarray
    value: np.ndarray
    said: np.ndarray
    silent: np.ndarray


def alikeness(heard: Heard) -> np.ndarray:
    """[S, S] inner products of the features of steps.

    Features are an offset, one for each action, and the observation for each action; so the
    inner product of two steps is 1 + 1[a = a'] (1 + s·s'), with s of length 1 on average. Where
    actions are continuous they take the place of the numbers: 1 + (1 + a·a') (1 + s·s').
    """
    norm = max(np.einsum("sd,sd->", heard.obs, heard.obs) / len(heard.obs), 1e-12)
    if heard.action.ndim == 1:
        same = (heard.action[:, None] == heard.action).astype(float)
    else:
        long = max(np.einsum("sa,sa->", heard.action, heard.action) / len(heard.action), 1e-12)
        same = 1.0 + heard.action @ heard.action.T / long
    return 1.0 + same * (1.0 + heard.obs @ heard.obs.T / norm)


def compare(heard: Heard, among: Sequence[Candidate], rate: float) -> np.ndarray:
    """[C] log evidence of each candidate; `rate` is the share of steps with a signal.

    See `alikeness` for the features.
    """
    alike = alikeness(heard)
    value = heard.value / max(float(np.sqrt(np.mean(heard.value**2))), 1e-12)
    scores = []
    for candidate in among:
        share = matching(spoken_lags(lags(candidate), rate), heard.at, heard.age, len(heard.action))
        early = int((share.sum(axis=1) == 0).sum())
        evidence = log_evidence(share @ alike @ share.T, value)
        scores.append(evidence + early * np.log(BY_MISTAKE))
    return np.array(scores)
