"""The seven kinds of feedback: one frozen record each, arrays with a batch dimension first.

Shapes use N for worlds that one human teaches side by side, B for queries answered together,
K for alternatives in a ranking, T for time steps, and A... for the shape of one action.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

import numpy as np


class Kind(StrEnum):
    """What sort of signal a record carries."""

    INTERVENTION = "intervention"
    DEMONSTRATION = "demonstration"
    EVALUATION = "evaluation"
    PREFERENCE = "preference"
    RANKING = "ranking"
    CORRECTION = "correction"
    UTTERANCE = "utterance"


class Choice(IntEnum):
    """An answer to a comparison of two segments."""

    FIRST = 0
    SECOND = 1
    EQUAL = 2
    SKIP = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What every record carries: who, when, about what, at what price.

    Attributes:
        human: the name of the person or simulated person.
        step: [N] or [B] int64, environment steps of that world when the signal was given.
        wall_time: seconds since the epoch when the signal was given.
        human_seconds: [N] or [B] float64, the price in seconds of human time.

    """

    human: str
    step: np.ndarray
    wall_time: float
    human_seconds: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention(Feedback):
    """The human steers some of the worlds for one step.

    Attributes:
        mask: [N] bool, True where the human is in control.
        action: [N, A...] the human's action; rows outside the mask carry no meaning.

    """

    mask: np.ndarray
    action: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration(Feedback):
    """What the human would do in each world, asked for rather than imposed.

    Attributes:
        obs: [N, O...] what the human saw.
        action: [N, A...] the human's action.

    """

    obs: np.ndarray
    action: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(Feedback):
    """Praise and blame.

    Attributes:
        mask: [N] bool, False where the human said nothing.
        value: [N] float32, sign and strength of the judgement.
        about: [N] int64, the environment step that the human believes to be judging.
        transit: [N] float64 seconds of task time that passed between the picture that was judged
            and the step at which the word was taken in, where that is measured: the time that
            wires and screens took, which comes on top of the human's own.

    """

    mask: np.ndarray
    value: np.ndarray
    about: np.ndarray
    transit: np.ndarray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference(Feedback):
    """Which of two segments is better.

    Attributes:
        segments: [B, 2] int64 segment ids.
        choice: [B] int8, values of `Choice`.

    """

    segments: np.ndarray
    choice: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking(Feedback):
    """K segments from best to worst.

    Attributes:
        segments: [B, K] int64 segment ids.
        order: [B, K] int8, indices into each row of `segments`, best first.

    """

    segments: np.ndarray
    order: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(Feedback):
    """An improved version of a trajectory.

    Attributes:
        segments: [B] int64 ids of the segments that were corrected.
        action: [B, T, A...] the improved actions.
        length: [B] int64, how many of the T rows count.

    """

    segments: np.ndarray
    action: np.ndarray
    length: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance(Feedback):
    """Words; an empty string means silence.

    Attributes:
        text: N or B strings.

    """

    text: tuple[str, ...]


RECORDS: dict[Kind, type[Feedback]] = {
    Kind.INTERVENTION: Intervention,
    Kind.DEMONSTRATION: Demonstration,
    Kind.EVALUATION: Evaluation,
    Kind.PREFERENCE: Preference,
    Kind.RANKING: Ranking,
    Kind.CORRECTION: Correction,
    Kind.UTTERANCE: Utterance,
}
