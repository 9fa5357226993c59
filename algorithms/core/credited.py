"""The last steps of each world, and what a signal owes to each of them."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from stable_baselines3.common.logger import Logger

from algorithms.core import credit
from algorithms.core.delay import DelayEstimator
from algorithms.core.step import Step
from teaching import UserError


class Learn(Protocol):
    """Learns from what was said to W worlds."""

    def __call__(
        self,
        feedback: np.ndarray,
        obs: np.ndarray,
        action: np.ndarray,
        share: np.ndarray,
        worlds: np.ndarray,
    ) -> None:
        """Learn.

        Args:
            feedback: [W], NaN for silence.
            obs: [W, K, D] of the last K steps, the present one first.
            action: [W, K, ...] of them.
            share: [W, K], of the signal that belongs to each; all 0 where it is too early.
            worlds: [W] which they are.

        """


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
        remembered = (
            (self._obs, step.obs),
            (self._action, step.action),
            (self._duration, self._dt),
        )
        for past, now in remembered:
            past[:, 1:] = past[:, :-1].copy()
            past[:, 0] = now
        feedback = step.feedback
        if self.estimator is not None:
            feedback = self.estimator.heed(step, logger)
            for was in self.estimator.recall(self._duration.shape[1]):
                share = self.estimator.credits(was.duration, was.worlds)
                learn(was.feedback, was.obs, was.action, share, was.worlds)
        if not np.isnan(feedback).all():
            learn(feedback, self._obs, self._action, self._shares(), self._everyone)
        self._duration[step.done] = 0.0

    def state_dict(self) -> dict[str, Any]:
        """The steps; what is known of the delay is the estimator's to save."""
        return {name: getattr(self, name).copy() for name in self._saved}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        for name in self._saved:
            value = np.array(state[name])
            if value.shape != getattr(self, name).shape:
                raise UserError(f"the saved {name} has the shape {value.shape}: of another task")
            setattr(self, name, value)

    def _shares(self) -> np.ndarray:
        if self.estimator is None:
            return credit.credits(self._duration, self._delay)
        return self.estimator.credits(self._duration)
