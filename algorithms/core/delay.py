"""How late a human is, found out while learning from what it says."""

from __future__ import annotations

from typing import Any

import numpy as np
from stable_baselines3.common.logger import Logger

from algorithms.core.credit import DELAY_FORMS, credits
from algorithms.core.delay_evidence import Heard, candidates, compare, lags
from algorithms.core.stepwise import Step

MILESTONES = (40, 80, 150, 300)
"""Numbers of signals after which a learner looks again; the last is the most that are used."""
SURE = np.log(20.0)
"""Lead in log evidence, over what differs by more than a step, from which an estimate is used."""
HOPELESS = 25.0
"""How far behind in log evidence a candidate is no longer looked at."""
CAPACITY = 1500
"""Steps of each world that are kept."""


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
        action_shape: () where actions are numbers, (A,) where they are half-ranges.

    """

    _saved = ("form", "mean", "ready", "_score", "_looks", "_age", "_signals")
    _rows = ("_obs", "_action", "_ages", "_value")

    def __init__(
        self, of: np.ndarray, num_features: int, dt: float, action_shape: tuple[int, ...] = ()
    ):
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
        kind = np.float64 if action_shape else np.int64
        self._action = np.zeros((CAPACITY, worlds, *action_shape), kind)
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
            action: [N] or [N, A].
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

    def make_do(self) -> None:
        """Estimate from what was heard, however little: there will be no more of it."""
        for learner in np.flatnonzero(~self.ready):
            if self._signals[learner]:
                self._look(int(learner))
        self.ready[:] = True

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
            action=self._action[:rows, worlds]
            .swapaxes(0, 1)
            .reshape(len(row), *self._action.shape[2:])[kept],
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
