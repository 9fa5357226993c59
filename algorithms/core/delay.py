"""How late a human is, found out from what was done and what was said.

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
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular
from stable_baselines3.common.logger import Logger

from algorithms.core.credit import DELAY_FORMS, credits, window
from algorithms.core.online import Step

LONGEST = 4.0
"""Seconds: the longest mean delay that is looked for."""
MILESTONES = (40, 80, 150, 300)
"""Numbers of signals after which a learner looks again; the last is the most that are used."""
SURE = np.log(20.0)
"""Lead in log evidence, over what differs by more than a step, from which an estimate is used."""
HOPELESS = 25.0
"""How far behind in log evidence a candidate is no longer looked at."""
STRENGTHS = (0.3, 3.0, 30.0)
"""Prior variances of the weights, as shares of the noise's; all three are tried, equally likely."""
BY_MISTAKE = 0.05
"""Likelihood of a signal that comes before the delay can have passed."""
CAPACITY = 1500
"""Steps of each world that are kept."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A distribution of delays: a form of `DELAY_FORMS` and its mean in steps."""

    form: str
    mean: float


def candidates(dt: float) -> tuple[Candidate, ...]:
    """All that are compared: every whole mean up to 8 steps, and then a fifth more each."""
    last = max(int(LONGEST / dt + 1e-9), 2)
    means = [0]
    while means[-1] < last:
        means.append(min(means[-1] + max(1, means[-1] // 5), last))
    late = [(form, mean) for form in ("uniform", "gamma") for mean in means[1:]]
    return tuple(Candidate(*c) for c in [*(("fixed", mean) for mean in means), *late])


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
        action: [S].
        at: [n] rows in which a signal came.
        age: [n] how many rows before it belong to its episode.
        value: [n].

    """

    obs: np.ndarray
    action: np.ndarray
    at: np.ndarray
    age: np.ndarray
    value: np.ndarray


def compare(heard: Heard, among: Sequence[Candidate], rate: float) -> np.ndarray:
    """[C] log evidence of each candidate; `rate` is the share of steps with a signal.

    Features are an offset, one for each action, and the observation for each action; so the
    inner product of two steps is 1 + 1[a = a'] (1 + s·s'), with s of length 1 on average.
    """
    norm = max(np.einsum("sd,sd->", heard.obs, heard.obs) / len(heard.obs), 1e-12)
    same = heard.action[:, None] == heard.action
    alike = 1.0 + same * (1.0 + heard.obs @ heard.obs.T / norm)
    value = heard.value / max(float(np.sqrt(np.mean(heard.value**2))), 1e-12)
    scores = []
    for candidate in among:
        share = matching(spoken_lags(lags(candidate), rate), heard.at, heard.age, len(heard.action))
        early = int((share.sum(axis=1) == 0).sum())
        evidence = log_evidence(share @ alike @ share.T, value)
        scores.append(evidence + early * np.log(BY_MISTAKE))
    return np.array(scores)


class DelayEstimator:
    """Finds out each learner's delay, from the first 300 signals that it gets.

    Until an estimate is `ready` nothing should be learned from signals: what was said meanwhile
    serves the estimate alone, and the learner keeps trying things out. It is ready as soon as
    everything that is more than a step away is twenty times less likely, at the latest with the
    last of `MILESTONES`.

    Attributes:
        form: [R] int, number of the form in `DELAY_FORMS`.
        mean: [R] steps, to a tenth.
        ready: [R] bool.

    Args:
        of: [N] whose world each is.
        num_features: D.
        dt: seconds a step.

    """

    _saved = ("form", "mean", "ready", "_score", "_looks", "_age", "_signals")
    _rows = ("_obs", "_action", "_ages", "_value")

    def __init__(self, of: np.ndarray, num_features: int, dt: float):
        learners, worlds = int(of.max()) + 1, len(of)
        self._of, self._dt = of, dt
        self._all = candidates(dt)
        self._forms = np.array([list(DELAY_FORMS).index(c.form) for c in self._all])
        self._means = np.array([c.mean for c in self._all], np.float64)
        self.form = np.zeros(learners, np.int64)
        self.mean = np.zeros(learners)
        self.ready = np.zeros(learners, bool)
        self._score = np.zeros((learners, len(self._all)))
        self._looks = np.zeros(learners, np.int64)
        self._signals = np.zeros(learners, np.int64)
        self._age = np.zeros(worlds, np.int64)
        self._count = 0
        self._obs = np.zeros((CAPACITY, worlds, num_features), np.float32)
        self._action = np.zeros((CAPACITY, worlds), np.int64)
        self._ages = np.zeros((CAPACITY, worlds), np.int64)
        self._value = np.zeros((CAPACITY, worlds))

    @property
    def longest(self) -> int:
        """Steps: no estimated mean is longer."""
        return int(self._means.max())

    @property
    def seconds(self) -> np.ndarray:
        """[R] mean delays."""
        return self.mean * self._dt

    @property
    def window(self) -> int:
        """How many steps, the present one included, a signal may speak of."""
        return max(len(lags(candidate)) for candidate in self._all)

    def credits(self, durations: np.ndarray) -> np.ndarray:
        """[N, K] the share of a signal that belongs to each step; see `credit.credits`."""
        share = np.zeros_like(durations)
        settings = np.stack([self.form, self.seconds], axis=1)[self._of]
        for form, mean in np.unique(settings, axis=0):
            here = (settings == (form, mean)).all(axis=1)
            delay = DELAY_FORMS[list(DELAY_FORMS)[int(form)]](mean)
            share[here] = credits(durations[here], delay)
        return share

    def heed(self, step: Step, logger: Logger) -> np.ndarray:
        """Take in a step; the feedback [N] to learn from, NaN where no estimate is ready."""
        if self.take_in(step.obs, step.action, step.feedback, step.done).any():
            logger.record("human/delay_estimate", float(self.seconds.mean()))
        return np.where(self.ready[self._of], step.feedback, np.nan)

    def take_in(
        self, obs: np.ndarray, action: np.ndarray, feedback: np.ndarray, done: np.ndarray
    ) -> np.ndarray:
        """Remember a step and look again where it is time to.

        Args:
            obs: [N, D].
            action: [N].
            feedback: [N], NaN for silence.
            done: [N] bool, the episode ended with this step.

        Returns:
            [R] bool, whose estimate was made anew.

        """
        anew = np.zeros(len(self.ready), bool)
        open_ = self._looks < len(MILESTONES)
        if not open_.any():
            return anew
        if self._count == CAPACITY:
            self._drop(CAPACITY // 2)
        row = self._count
        self._obs[row], self._action[row] = obs, action
        self._ages[row], self._value[row] = self._age, feedback
        self._count += 1
        np.add.at(self._signals, self._of, ~np.isnan(feedback))
        due = np.array([*MILESTONES, np.iinfo(np.int64).max])[self._looks]
        anew = self._signals >= due
        for learner in np.flatnonzero(anew):
            self._look(int(learner))
        self._age = np.where(done, 0, self._age + 1)
        return anew

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides the estimates."""
        kept = {name: getattr(self, name)[: self._count].copy() for name in self._rows}
        return {**{name: getattr(self, name).copy() for name in self._saved}, **kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        for name in self._saved:
            setattr(self, name, np.array(state[name]))
        self._count = len(state["_value"])
        for name in self._rows:
            getattr(self, name)[: self._count] = state[name]

    def _drop(self, rows: int) -> None:
        kept = self._count - rows
        for name in self._rows:
            array = getattr(self, name)
            array[:kept] = array[rows : self._count].copy()
        self._count = kept

    def _heard(self, learner: int) -> tuple[Heard, float]:
        """Its steps, world after world, its latest signals, and the share of steps with one."""
        worlds, rows = np.flatnonzero(self._of == learner), self._count
        value = self._value[:rows, worlds].T.ravel()
        age = self._ages[:rows, worlds].T.ravel()
        row = np.tile(np.arange(rows), len(worlds))
        # What began before the rows that are kept cannot be matched.
        at = np.flatnonzero(~np.isnan(value) & (age <= row))
        latest = at[np.argsort(row[at], kind="stable")][-MILESTONES[-1] :]
        # Only steps that a signal may be about matter.
        first = row[latest].min(initial=rows) - max(map(len, map(lags, self._all)))
        kept = np.flatnonzero(row >= max(first, 0))
        place = np.searchsorted(kept, latest)
        heard = Heard(
            obs=self._obs[:rows, worlds].swapaxes(0, 1).reshape(len(row), -1)[kept].astype(float),
            action=self._action[:rows, worlds].T.ravel()[kept],
            at=place,
            age=np.minimum(age[latest], row[latest] - max(first, 0)),
            value=value[latest],
        )
        return heard, float((~np.isnan(value)).mean())

    def _look(self, learner: int) -> None:
        heard, rate = self._heard(learner)
        score = self._score[learner]
        hopeful = np.flatnonzero(score > score.max() - HOPELESS)
        found = compare(heard, [self._all[i] for i in hopeful], rate)
        score[:] = -np.inf
        score[hopeful] = found - found.max()
        chance = np.exp(score) / np.exp(score).sum()
        by_form = np.bincount(self._forms, chance, len(DELAY_FORMS))
        form = int(by_form.argmax())
        ours = self._forms == form
        mean = float(chance[ours] @ self._means[ours] / by_form[form])
        self.form[learner] = form
        self.mean[learner] = round(mean) if form == 0 else round(mean, 1)
        others = score[np.abs(self._means - self._means[score.argmax()]) > 1]
        self._looks[learner] = np.searchsorted(MILESTONES, self._signals[learner], side="right")
        out_of_time = self._looks[learner] == len(MILESTONES)
        self.ready[learner] |= out_of_time or others.max(initial=-np.inf) < -SURE
