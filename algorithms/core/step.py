"""What happened to N worlds in one step, as learners see it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """What happened to N worlds in one step.

    Attributes:
        obs: [N, D] what was seen, flattened.
        action: what was done, in the learner's form (`algorithms.core.actions`): [N] int64 numbers
            from 0 on, or [N, A] float64 half-ranges.
        takeover: [N] bool, the human did it.
        feedback: [N] float64, praise or blame that was given meanwhile; NaN for silence.
        utterance: [N] str, what was said of it; empty for silence.
        reward: [N] float64, the true reward: only for learners that say so.
        next_obs: [N, D] what is seen after it, at the end of an episode its last observation.
        terminated: [N] bool, the episode ended and nothing comes after it.
        done: [N] bool, the episode ended or was cut off.
        log_prob: [N] log-likelihood of the action when it was drawn, where the learner keeps it.

    """

    obs: np.ndarray
    action: np.ndarray
    takeover: np.ndarray
    feedback: np.ndarray
    reward: np.ndarray
    next_obs: np.ndarray
    terminated: np.ndarray
    done: np.ndarray
    utterance: np.ndarray = field(default_factory=lambda: np.zeros(0, str))
    log_prob: np.ndarray | None = None
