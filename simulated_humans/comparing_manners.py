"""The corrector: compares how a student does it with how the expert does, and says what matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulated_humans.correction_phrases import (
    COMPARATIVE,
    COMPLAINT,
    CONTENT,
    SIZES,
    USELESS_THINGS,
    WANTING,
    WRONG_THINGS,
)
from simulated_humans.phrases import Phrases
from simulated_humans.sentences import mistyped, pick
from teaching.manner import Manner, Trajectory

EVERYWHERE = -1
"""The context of what holds everywhere."""

NO_QUALITY = -1
"""The quality of a correction that is about what was taken."""

LITTLE, MUCH = 0.6, 1.8
"""Spreads of a deviation from which on it is more than a bit, and much."""

_WRONG = 1 / 3
"""The spread of the share of things that were wrong: from three in five on it is much."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to change, before it is put into words.

    Attributes:
        quality: index of it in `Manner.named`, or `NO_QUALITY` where the wrong things were taken.
        direction: 1 for more, -1 for less, 0 where nothing is to change.
        size: little, some or much.
        context: index of where, or `EVERYWHERE`.
        taken: the wrong things.
        wanted: what should have been taken instead, or "".

    """

    quality: int
    direction: int
    size: str
    context: int = EVERYWHERE
    taken: str = ""
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Noticed:
    """A deviation, of whatever kind.

    Attributes:
        correction: what would be said of it.
        urgency: spreads, by which what is spoken of is chosen.

    """

    correction: Correction
    urgency: float


def deviations(
    manner: Manner,
    student: Trajectory,
    expert: Trajectory,
) -> np.ndarray:
    """How far a student's trajectory is from the expert's.

    Args:
        manner: of the task.
        student: observations [T, O...] and actions [T, A...].
        expert: the same of the expert, from the same start.

    Returns:
        [1 + 2C, Q] mean of the student less mean of the expert, in spreads: everywhere first, then
        in each context, then outside each; NaN where one of the two was never there.

    """
    means = []
    for obs, action in (student, expert):
        amounts, there = manner.measure(obs, action), manner.holds(obs)
        masks = [np.ones(len(obs), bool), *there.T, *~there.T]
        means.append(np.stack([_mean(amounts[mask]) for mask in masks]))
    return (means[0] - means[1]) / manner.spreads


def choose(
    deviation: np.ndarray,
    content: float,
    temperature: float,
    rng: np.random.Generator,
    contexts: bool = False,
) -> Correction:
    """The deviation to speak of.

    With contexts, the one with the largest deviation is named where outside of it there is less
    than half as much: a car that takes curves too fast is too fast for a while after them.

    Args:
        deviation: [1 + 2C, Q] of `deviations`.
        content: spreads under which everything is as it should be.
        temperature: τ; a deviation is chosen ∝ exp(|dev|/τ), the largest where it is 0.
        rng: of the choice.
        contexts: whether contexts are spoken of.

    """
    return spoken(of_qualities(deviation, contexts), content, temperature, rng)


def of_qualities(deviation: np.ndarray, contexts: bool) -> list[Noticed]:
    """One of each quality; arguments as for `choose`."""
    every = np.nan_to_num(np.abs(deviation))
    size = every[: 1 + len(every) // 2 if contexts else 1]
    noticed = []
    for quality in range(size.shape[1]):
        where = int(size[:, quality].argmax())
        urgency = float(size[where, quality])
        if where and every[where + len(every) // 2, quality] > size[where, quality] / 2:
            where = 0
        found = np.nan_to_num(deviation[where, quality])
        correction = Correction(quality, -int(np.sign(found)), size_of(abs(found)), where - 1)
        noticed.append(Noticed(correction, urgency))
    return noticed


def of_marks(manner: Manner, student: Trajectory, expert: Trajectory) -> list[Noticed]:
    """One of each mark of which there is something to tell."""
    noticed = []
    for k, mark in enumerate(manner.marks):
        found = mark.beside(student, expert) / mark.quality.spread
        if not np.isnan(found):
            quality = len(manner.qualities) + k
            correction = Correction(quality, -int(np.sign(found)), size_of(abs(found)))
            noticed.append(Noticed(correction, abs(found)))
    return noticed


def of_things(manner: Manner, student: Trajectory, expert: Trajectory) -> list[Noticed]:
    """One if the student took what the expert did not take, or not as often."""
    if manner.things is None:
        return []
    taken, wanted = (np.asarray(manner.things.handled(t), float) for t in (student, expert))
    surplus, missing = np.maximum(taken - wanted, 0), np.maximum(wanted - taken, 0)
    if not surplus.any():
        return []
    names = manner.things.names
    found = float(surplus.sum() / taken.sum() / _WRONG)
    better = names[int(missing.argmax())] if missing.any() else ""
    worse = names[int(surplus.argmax())]
    correction = Correction(NO_QUALITY, -1, size_of(found), taken=worse, wanted=better)
    return [Noticed(correction, found)]


def spoken(
    noticed: Sequence[Noticed], content: float, temperature: float, rng: np.random.Generator
) -> Correction:
    """What is spoken of among what was noticed; `content` and `temperature` as for `choose`."""
    urgency = np.array([one.urgency for one in noticed])
    if not len(urgency) or urgency.max() < content:
        return Correction(0, 0, "some")
    return noticed[_drawn(urgency, temperature, rng)].correction


def size_of(spreads: float) -> str:
    """Of a deviation of so many spreads, at least 0."""
    return "little" if spreads < LITTLE else "much" if spreads > MUCH else "some"


def say(
    correction: Correction,
    manner: Manner,
    phrasing: str,
    rng: np.random.Generator,
    typos: float = 0.0,
) -> str:
    """A correction in words of known, held-out or all sentences."""
    if correction.direction == 0:
        return _one(CONTENT, phrasing, rng)
    if correction.quality == NO_QUALITY:
        forms_of = WRONG_THINGS if correction.wanted else USELESS_THINGS
        size = _one(SIZES[correction.size], phrasing, rng)
        text = _one(forms_of, phrasing, rng).format(
            taken=correction.taken, wanted=correction.wanted, size=size
        )
        return mistyped(text, typos, rng) if typos else text
    quality, up = manner.named[correction.quality], correction.direction > 0
    forms = [COMPARATIVE, COMPARATIVE, COMPLAINT]
    if correction.size == "some":
        forms.append(WANTING)
    text = _one(pick(forms, rng), phrasing, rng).format(
        more=pick(quality.more if up else quality.less, rng),
        too=pick(quality.low if up else quality.high, rng),
        not_enough=pick(quality.high if up else quality.low, rng),
        size=_one(SIZES[correction.size], phrasing, rng),
    )
    if correction.context != EVERYWHERE:
        place = pick(manner.contexts[correction.context].words, rng)
        text = f"{text} {place}" if rng.random() < 0.5 else f"{place} {text}"
    return mistyped(text, typos, rng) if typos else text


def _one(phrases: Phrases, phrasing: str, rng: np.random.Generator) -> str:
    choices = {
        "known": phrases.known,
        "held_out": phrases.held_out,
        "all": phrases.known + phrases.held_out,
    }
    return pick(choices[phrasing], rng)


def _drawn(size: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    if not temperature:
        return int(size.argmax())
    chance = np.exp((size - size.max()) / temperature)
    return int(rng.choice(len(size), p=chance / chance.sum()))


def _mean(amounts: np.ndarray) -> np.ndarray:
    """[T, Q] -> [Q]; NaN where no step says anything."""
    said = ~np.isnan(amounts)
    with np.errstate(invalid="ignore"):
        return np.where(said, amounts, 0.0).sum(axis=0) / said.sum(axis=0)
