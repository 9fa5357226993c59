"""What only a simulated human may know: the expert behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from teaching.errors import UserError
from teaching.manner import Manner, Trajectory
from teaching.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    """Callables bound to N worlds; a task hands them to a simulated human, never to a learner.

    The observations passed in are those of the worlds as they stand now, so an expert may read
    them or the worlds' own state, whichever it was built on.

    Attributes:
        action: [N, O...] -> [N, A...], the expert's action.
        log_prob: ([N, O...], [N, A...]) -> [N], log-likelihood of an action under the expert.
        risk: ([N, O...], [N, A...], horizon in seconds) -> [N] in [0, 1], how likely it is that
            repeating this action, or letting this learner go on, ends in failure within it.
        q_values: [N, O...] -> [N, number of actions], the expert's values of discrete actions.
        reward: ([M, O...], [M, A...]) -> [M], the true reward of an action where an observation was
            made. It is a function of the two, so that it also judges what lies in the past.
        progress: ([N, O...], [N, A...]) -> [N], how much nearer to the goal an action brings the
            world now, as a share of what a step brings the expert where nothing is in its way.
        plan: ([M, O...] first observations, [M, T, A...] proposed actions) -> [M, T, A...], the
            expert's best action sequence of the same length from there.
        utility: ([M, O...], [M, T, A...]) -> [M], the true return of executing those actions open
            loop from the state that the observation describes.
        words: what can be spoken of in the task.
        worth: () -> [N, K], the true weights of the features that words speak of.
        manner: how the task can be done otherwise.
        episode: world -> the expert's episode from where that world stands now, observations
            [T, O...] and actions [T, A...]; the world itself stays where it is.

    """

    action: Callable[[np.ndarray], np.ndarray]
    log_prob: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    risk: Callable[[np.ndarray, np.ndarray, float], np.ndarray] | None = None
    q_values: Callable[[np.ndarray], np.ndarray] | None = None
    reward: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    progress: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    plan: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    utility: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
    words: Words | None = None
    worth: Callable[[], np.ndarray] | None = None
    manner: Manner | None = None
    episode: Callable[[int], Trajectory] | None = None


def _nobody(_obs: np.ndarray) -> np.ndarray:
    raise UserError("this human has no expert behind it; ask a simulated human")


NOBODY = Oracle(action=_nobody)
"""What a real person is handed: people know what they know."""
