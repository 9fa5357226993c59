"""How late a human is, found out while learning from what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from stable_baselines3.common.logger import Logger

from algorithms.core.credit import DELAY_FORMS, credits
from algorithms.core.delay_evidence import candidates, compare, lags
from algorithms.core.delay_memory import Memory, Recalled
from algorithms.core.delay_posterior import log_timing, posterior
from algorithms.core.step import Step

MILESTONES = (40, 80, 150, 300)
"""Numbers of signals after which a learner looks again; the last is the most that are used."""
SURE = 0.95
"""Probability of what is within a step of the estimate, from which on it is used."""
NEGLIGIBLE = 0.01
"""A candidate that is no likelier gets no credit."""
HOPELESS = 25.0
"""How far behind in log evidence, of the regression and of timing, one is no longer looked at."""


class DelayEstimator:
    """Finds out each learner's delay, from the first 300 signals that it gets.

    Until an estimate is `ready` nothing should be learned from signals, and the learner keeps
    trying things out; what was said meanwhile is in `recall`. It is ready as soon as
    everything that is more than a step away is twenty times less likely, at the latest with the
    last of `MILESTONES`. Credit is not given by the likeliest delay but by all of them, each as far
    as it is likely.

    Attributes:
        form: [R] int, number of the likeliest form in `DELAY_FORMS`.
        mean: [R] steps: the posterior's mean to a tenth, or where the likeliest form is fixed, its
            mean over fixed delays to the step.
        chance: [R, C] probabilities of the candidates.
        ready: [R] bool.
        fresh: [R] bool, who became ready with the last step, and has `recall` to learn from.

    Args:
        of: [N] whose world each is.
        num_features: D.
        dt: seconds a step.
        action_shape: () where actions are numbers, (A,) where they are half-ranges.

    """

    _saved = ("form", "mean", "chance", "ready", "_score", "_looks", "_signals")

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
        self.chance = np.zeros((learners, len(self._all)))
        self.chance[:, 0] = 1.0
        self.ready = np.zeros(learners, bool)
        self.fresh = np.zeros(learners, bool)
        self._score = np.zeros((learners, len(self._all)))
        self._looks = np.zeros(learners, np.int64)
        self._signals = np.zeros(learners, np.int64)
        self._memory = Memory(worlds, num_features, dt, action_shape)

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

    def credits(self, durations: np.ndarray, worlds: np.ndarray | None = None) -> np.ndarray:
        """[W, K] the share of a signal that belongs to each step; see `credit.credits`.

        Args:
            durations: [W, K], as there.
            worlds: [W] which they are; None for all of them.

        """
        share = np.zeros_like(durations)
        weight = np.where(self.chance > NEGLIGIBLE, self.chance, 0.0)
        of = self._of if worlds is None else self._of[worlds]
        weight = (weight / weight.sum(axis=1, keepdims=True))[of]
        for which in np.flatnonzero(weight.any(axis=0)):
            likely, candidate = np.flatnonzero(weight[:, which]), self._all[which]
            delay = DELAY_FORMS[candidate.form](candidate.mean * self._dt)
            share[likely] += weight[likely, which, None] * credits(durations[likely], delay)
        return share

    def heed(self, step: Step, logger: Logger | None) -> np.ndarray:
        """Take in a step; the feedback [N] to learn from, NaN where no estimate was ready before.

        What was said up to the step with which it became ready is in `recall`.
        """
        before = self.ready.copy()
        anew = self.take_in(step.obs, step.action, step.feedback, step.done, ~step.takeover)
        if logger is not None and anew.any():
            logger.record("human/delay_estimate", float(self.seconds.mean()))
        return np.where(before[self._of], step.feedback, np.nan)

    def recall(self, steps: int) -> Iterator[Recalled]:
        """What was said before they were ready to those who are so now, oldest first.

        Args:
            steps: K.

        """
        return self._memory.recall(np.flatnonzero(self.fresh[self._of]), steps)

    def take_in(
        self,
        obs: np.ndarray,
        action: np.ndarray,
        feedback: np.ndarray,
        done: np.ndarray,
        own: np.ndarray | None = None,
    ) -> np.ndarray:
        """Remember a step and look again where it is time to.

        Args:
            obs: [N, D].
            action: [N] or [N, A].
            feedback: [N], NaN for silence.
            done: [N] bool, the episode ended with this step.
            own: [N] bool, the learner did it; None for all.

        Returns:
            [R] bool, whose estimate was made anew.

        """
        self.fresh[:] = False
        anew = np.zeros(len(self.ready), bool)
        open_ = self._looks < len(MILESTONES)
        if not open_.any():
            return anew
        self._memory.add(obs, action, feedback, own)
        np.add.at(self._signals, self._of, ~np.isnan(feedback))
        due = np.array([*MILESTONES, np.iinfo(np.int64).max])[self._looks]
        anew = self._signals >= due
        for learner in np.flatnonzero(anew):
            self._look(int(learner))
        self._memory.go_on(done)
        return anew

    def make_do(self) -> None:
        """Estimate from what was heard, however little: there will be no more of it."""
        for learner in np.flatnonzero(~self.ready):
            if self._signals[learner]:
                self._look(int(learner))
        self.ready[:] = True

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides the estimates."""
        own = {name: getattr(self, name).copy() for name in self._saved}
        return {**own, "memory": self._memory.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        for name in self._saved:
            setattr(self, name, np.array(state[name]))
        self._memory.load_state_dict(state["memory"])

    def _look(self, learner: int) -> None:
        worlds = np.flatnonzero(self._of == learner)
        heard, rate = self._memory.heard(worlds, MILESTONES[-1], self.window)
        score = self._score[learner]
        hopeful = np.flatnonzero(score > score.max() - HOPELESS)
        among = [self._all[i] for i in hopeful]
        timing = np.array([log_timing(lags(c), heard.said, heard.silent) for c in among])
        found = compare(heard, among, rate) + timing
        score[:] = -np.inf
        score[hopeful] = found - found.max()
        kept = found - found.max() > -HOPELESS
        hopeful, timing = hopeful[kept], timing[kept]
        among = [self._all[i] for i in hopeful]
        # The sampler leaves a delay that never varies for one that does less readily than back.
        start = int((score[hopeful] - HOPELESS * (self._forms[hopeful] == 0)).argmax())
        rng = np.random.default_rng([learner, len(heard.value)])
        chance = self.chance[learner]
        chance[:] = 0.0
        chance[hopeful] = posterior(heard, among, rate, timing, start, rng)
        by_form = np.bincount(self._forms, chance, len(DELAY_FORMS))
        form = int(by_form.argmax())
        fixed = self._forms == 0
        self.form[learner] = form
        self.mean[learner] = (
            round(float(chance[fixed] @ self._means[fixed] / by_form[0]))
            if form == 0
            else round(float(chance @ self._means), 1)
        )
        self._looks[learner] = np.searchsorted(MILESTONES, self._signals[learner], side="right")
        out_of_time = self._looks[learner] == len(MILESTONES)
        near = chance[np.abs(self._means - self.mean[learner]) <= 1].sum()
        self.fresh[learner] = not self.ready[learner] and bool(out_of_time or near > SURE)
        self.ready[learner] |= self.fresh[learner]
