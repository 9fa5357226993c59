"""From rating to word: ratings the wrong way round, kindness and silence."""

from __future__ import annotations

import numpy as np

SILENCES = ("all", "wrong", "right")


def mistake(rating: np.ndarray, rate: float, uniform: np.ndarray) -> np.ndarray:
    """Praise for blame and blame for praise, with a fixed probability.

    Source: B-Pref (Lee et al. 2021), where a teacher's choice is flipped with ε = 0.1.

    Args:
        rating: [N].
        rate: probability ε.
        uniform: [N] in [0, 1).

    Returns:
        [N] ratings.

    """
    return np.where(uniform < rate, -rating, rating)


def be_kind(
    rating: np.ndarray, spare_blame: float, praise_neutral: float, uniform: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """More praise than blame: some blame is kept back, some neutral ratings come out as praise.

    Source: Thomaz and Breazeal (2008) saw people reward more than they punish; the form is ours.

    Args:
        rating: [N].
        spare_blame: probability that blame is kept back.
        praise_neutral: probability that a rating of 0 becomes one of 1.
        uniform: [N] in [0, 1).

    Returns:
        [N] ratings, and [N] bool, kept back.

    """
    kind = np.where((rating == 0) & (uniform < praise_neutral), 1.0, rating)
    return kind, (rating < 0) & (uniform < spare_blame)


def speaks(
    rating: np.ndarray, silence: float, about: str, alertness: np.ndarray, uniform: np.ndarray
) -> np.ndarray:
    """Whether the human says what it thinks.

    Silence about one side only means something: who is mostly silent about what is wrong lets the
    learner conclude from silence. Source: Cederborg et al. (2015), after Loftin et al. (2014);
    that people tire is our own.

    Args:
        rating: [N].
        silence: probability of saying nothing.
        about: all, wrong (ratings under 0) or right (ratings over 0).
        alertness: [N], probability that a human this tired has something to say at all.
        uniform: [N] in [0, 1).

    Returns:
        [N] bool, with probability (1 − silence)·alertness, or alertness where the silence is
        about the other side.

    """
    if about == "all":
        return uniform < (1.0 - silence) * alertness
    touched = rating < 0 if about == "wrong" else rating > 0
    return uniform < (1.0 - silence * touched) * alertness
