"""The last steps of each world, and what a signal owes to each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from stable_baselines3.common.logger import Logger

from algorithms.core import credit
from algorithms.core.delay import DelayEstimator
from algorithms.core.state import restore
from algorithms.core.step import Step

NEGLIGIBLE = 1e-9
"""A share of a signal that is as good as none."""


class Credited(NamedTuple):
    """What was said to W worlds, and the K steps, the latest first, that any of it may be about.

    Shapes: worlds [W]; obs [W, K, D]; action [W, K, ...]; share [W, K], of the signal that belongs
    to each step; feedback [W], NaN for silence.
    """

    worlds: np.ndarray
    obs: np.ndarray
    action: np.ndarray
    share: np.ndarray
    feedback: np.ndarray


Learn = Callable[[Credited], None]


class CreditedSteps:
    """Remembers what a signal may be about, and shares it out (Knox and Stone 2009, Section 4.2).

    Attributes:
        estimator: of the human's reaction time, where it is not told.

    Args:
        of: [N] whose world each is.
        num_features: D.
        dt: seconds a step.
        delay: seconds, the mean; None to find it out.
        delay_form: how it is distributed, a key of `credit.DELAY_FORMS`.
        action_shape: () where actions are numbers, (A,) where they are half-ranges.
        action_dtype: of the actions.

    """

    _saved = ("_obs", "_action", "_duration")

    def __init__(
        self,
        of: np.ndarray,
        num_features: int,
        dt: float,
        delay: float | None,
        delay_form: str,
        action_shape: tuple[int, ...] = (),
        action_dtype: type = np.int64,
    ):
        self._dt, self._everyone = dt, np.arange(len(of))
        self.estimator: DelayEstimator | None = None
        if delay is None:
            self.estimator = DelayEstimator(of, num_features, dt, action_shape)
            length = self.estimator.window
        else:
            self._delay = credit.DELAY_FORMS[delay_form](delay)
            length = credit.window(delay_form, delay, dt)
        # The present step first.
        self._obs = np.zeros((len(of), length, num_features))
        self._action: np.ndarray = np.zeros((len(of), length, *action_shape), action_dtype)
        self._duration = np.zeros((len(of), length))

    def take_in(self, step: Step, learn: Learn, logger: Logger | None = None) -> None:
        """Remember the step, and learn where something was said.

        With the step by which a delay is found out, what was said before is learned from as well.
        """
        latest = (step.obs, step.action, self._dt)
        for past, now in zip((self._obs, self._action, self._duration), latest, strict=True):
            past[:, 1:] = past[:, :-1].copy()
            past[:, 0] = now
        feedback = step.feedback
        if self.estimator is not None:
            feedback = self.estimator.heed(step, logger)
            for was in self.estimator.recall(self._duration.shape[1]):
                share = self.estimator.credits(was.duration, was.worlds)
                _pass_on(Credited(was.worlds, was.obs, was.action, share, was.feedback), learn)
        if not np.isnan(feedback).all():
            said = Credited(self._everyone, self._obs, self._action, self._shares(), feedback)
            _pass_on(said, learn)
        self._duration[step.done] = 0.0

    def state_dict(self) -> dict[str, Any]:
        """The steps; what is known of the delay is the estimator's to save."""
        return {name: getattr(self, name).copy() for name in self._saved}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        restore(self, self._saved, state)

    def _shares(self) -> np.ndarray:
        if self.estimator is None:
            return credit.credits(self._duration, self._delay)
        return self.estimator.credits(self._duration)


def _pass_on(all_: Credited, learn: Learn) -> None:
    """Leave out the steps that nothing is about; nothing is passed on where that is all of them."""
    spoken = (all_.share > NEGLIGIBLE).any(axis=0)
    if spoken.any():  # else it is too early in the episodes for the delay that is believed
        obs, action, share = (part[:, spoken] for part in (all_.obs, all_.action, all_.share))
        learn(all_._replace(obs=obs, action=action, share=share))
