"""Which delay it was: the posterior over candidates, by sampling which step each signal is about.

`delay_evidence.compare` takes a signal for the mean of what the steps deserve that it may be about.
That is right on average and loses most of what there is to know: a signal is about one step, and
says −1 or +1 rather than something between. Two unlike delays then explain it about as well, and
the sharper one wins, for it has the smaller mean: means of wide delays come out too short. Here a
signal is about one step, unknown which,

    h_t = f(s_{t−k}, a_{t−k}) + noise, with k drawn from the candidate's lags,

and the posterior is sampled by turns (Gibbs): the candidate given f, all k left open; each k; f, a
Gaussian process; the noise. What is counted is the probability of each candidate given f, averaged
over the turns (Rao and Blackwell).

When something is said tells of the delay as well: none of an episode's first steps is answered
before the delay can have passed (`log_timing`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import cho_solve
from scipy.special import gammainc, gammaincinv, logsumexp

from algorithms.core.delay_evidence import Candidate, Heard, alikeness, lags, matching, spoken_lags

TURNS, WARM_UP = 120, 40
"""Of the sampler, and how many of them are not counted."""
LEAST_NOISE = 0.35
"""Least variance of a signal about what f says, as a share of the signals' mean square.

People's words are coarse and f is a rough model. Without a bound f comes to fit ±1 exactly, and
then the widest delay wins, with which there is a step to fit for every signal.
"""
ODD = 0.01
"""Share of steps in which something is said, or not said, against all expectation."""
SPOKEN = np.linspace(0.05, 1.0, 20)
"""Shares of the steps that are judged at all; how likely each is, is left open."""


def log_timing(lag: np.ndarray, said: np.ndarray, silent: np.ndarray) -> float:
    """Log-likelihood of when something was said, given how old the episode was.

    With judgements of a share ρ of the steps, something is said in step a of an episode with the
    probability 1 − Π_{k ≤ a} (1 − ρ p_k); averaged over ρ in `SPOKEN`.

    Args:
        lag: [K], p.
        said: [A] how many steps of age a had a signal.
        silent: [A] how many had none.

    """
    possible = np.zeros(len(said))
    possible[: len(lag)] = lag[: len(said)]
    quiet = np.cumprod(1.0 - SPOKEN[:, None] * possible, axis=1)
    quiet = ODD + (1.0 - 2.0 * ODD) * quiet
    found = np.log1p(-quiet) @ said + np.log(quiet) @ silent
    return float(logsumexp(found) - np.log(len(SPOKEN)))


class _Signals:
    """What the sampler needs of each candidate: where a signal may come from, and how likely."""

    def __init__(self, heard: Heard, among: Sequence[Candidate], rate: float):
        steps, place = len(heard.action), np.arange(len(heard.at))
        shares = [spoken_lags(lags(candidate), rate) for candidate in among]
        # What lies beyond has less than a thousandth of any candidate's mass.
        longest = max(int(np.searchsorted(share.cumsum(), 0.999)) + 1 for share in shares)
        self.rows = np.maximum(heard.at[:, None] - np.arange(longest), 0)  # [n, K]
        # [C, n, K], 0 everywhere where a signal comes before any delay can have passed.
        self.prior = np.stack(
            [
                matching(share[:longest], heard.at, heard.age, steps)[place[:, None], self.rows]
                * (np.arange(longest) <= heard.age[:, None])
                for share in shares
            ]
        )
        self.early = self.prior.sum(axis=2) == 0

    def log_likelihood(self, likely: np.ndarray, unmatched: np.ndarray) -> np.ndarray:
        """[C] from the density of each signal at each step [n, K], and at no step of these [n]."""
        found = np.einsum("cnk,nk->cn", self.prior, likely)
        return np.log(np.maximum(np.where(self.early, unmatched, found), 1e-300)).sum(axis=1)

    def draw(
        self, which: int, likely: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Which signals are about a step, and the rows of these steps."""
        weight = self.prior[which] * likely
        matched = np.flatnonzero(weight.sum(axis=1) > 0)
        below = weight[matched].cumsum(axis=1)
        lag = (below < rng.random((len(matched), 1)) * below[:, -1:]).sum(axis=1)
        return matched, self.rows[matched, lag]


def posterior(
    heard: Heard,
    among: Sequence[Candidate],
    rate: float,
    before: np.ndarray,
    start: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """[C] probabilities of the candidates, given what was said.

    f is as in `delay_evidence.compare`; signals and f have a mean square of 1 each.

    Args:
        heard: steps and signals.
        among: the candidates.
        rate: share of steps with a signal.
        before: [C] log of how likely they are without it, up to a constant: see `log_timing`.
        start: the candidate to begin with.
        rng: of the sampler.

    """
    if len(among) == 1:
        return np.ones(1)
    value = heard.value / max(float(np.sqrt(np.mean(heard.value**2))), 1e-12)
    alike = alikeness(heard)
    alike /= max(float(alike.diagonal().mean()), 1e-12)
    root = np.linalg.cholesky(alike + 1e-6 * np.eye(len(alike)))
    signals, noise = _Signals(heard, among, rate), 0.5
    share = matching(spoken_lags(lags(among[start]), rate), heard.at, heard.age, len(alike))
    mean = share @ alike
    f = mean.T @ np.linalg.solve(mean @ share.T + noise * np.eye(len(value)), value)
    total = np.zeros(len(among))
    for turn in range(TURNS):
        likely = np.exp(-0.5 * (value[:, None] - f[signals.rows]) ** 2 / noise)
        unmatched = np.sqrt(noise) * np.exp(-0.5 * value**2)  # N(0, 1), in the same units
        score = before + signals.log_likelihood(likely, unmatched)
        chance = np.exp(score - logsumexp(score))
        if turn >= WARM_UP:
            total += chance
        which = int(rng.choice(len(chance), p=chance / chance.sum()))
        matched, rows = signals.draw(which, likely, rng)
        f = _judgements(alike, root, rows, value[matched], noise, rng)
        noise = _noise(value[matched] - f[rows], rng)
    return total / total.sum()


def _judgements(
    alike: np.ndarray,
    root: np.ndarray,
    rows: np.ndarray,
    value: np.ndarray,
    noise: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw f [S] given what was said of some steps: a draw from the prior, put right (Matheron)."""
    f = root @ rng.standard_normal(len(root))
    if len(rows) == 0:
        return f
    missing = value - f[rows] - np.sqrt(noise) * rng.standard_normal(len(rows))
    near = np.linalg.cholesky(alike[np.ix_(rows, rows)] + noise * np.eye(len(rows)))
    return f + alike[:, rows] @ cho_solve((near, True), missing)


def _noise(error: np.ndarray, rng: np.random.Generator) -> float:
    """Draw σ² given the errors [n]: 1/σ² ~ Gamma(1, ½) before, cut off at 1/`LEAST_NOISE`."""
    shape, rate = 1 + len(error) / 2, 0.5 + 0.5 * float(error @ error)
    below = gammainc(shape, rate / LEAST_NOISE) * rng.random()
    precision = gammaincinv(shape, below) / rate
    if not 0 < precision < np.inf:  # all of its mass lies beyond the bound
        return LEAST_NOISE
    return float(max(1 / precision, LEAST_NOISE))
