"""COACH's update (MacGlashan et al. 2017, Algorithm 1; Shah et al. 2021 for γᵗ)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def decayed(trace: np.ndarray, decay: np.ndarray, score: np.ndarray) -> np.ndarray:
    """e ← λ e + ∇ log π(a|s), for every trace.

    Args:
        trace: [L, N, P].
        decay: [L], λ.
        score: [N, P], 0 where there is nothing to remember yet.

    Returns:
        [L, N, P].

    """
    return decay[:, None, None] * trace + score


def answering(feedback: np.ndarray, strengths: Sequence[float]) -> np.ndarray:
    """[N] which trace answers: the last one whose least strength |f| reaches; `feedback` [N]."""
    return np.searchsorted(np.asarray(strengths), np.abs(feedback), side="right") - 1


def ascent(feedback: np.ndarray, weight: np.ndarray, trace: np.ndarray) -> np.ndarray:
    """The ascent direction γᵗ f e of each world; NaN feedback is silence.

    Args:
        feedback: [N], f.
        weight: [N], γᵗ.
        trace: [N, P], the trace that answers.

    Returns:
        [N, P].

    """
    return (weight * np.nan_to_num(feedback))[:, None] * trace
