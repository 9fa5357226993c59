"""The corrector: compares how a student does it with how the expert does, and says what matters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulated_humans.correction_phrases import COMPARATIVE, COMPLAINT, CONTENT, SIZES, WANTING
from simulated_humans.phrases import Phrases
from simulated_humans.sentences import mistyped, pick
from teaching.manner import Manner

EVERYWHERE = -1
"""The context of what holds everywhere."""

_LITTLE, _MUCH = 0.6, 1.8
"""Spreads of a deviation from which on it is more than a bit, and much."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to change, before it is put into words.

    Attributes:
        quality: index of it.
        direction: 1 for more, -1 for less, 0 where nothing is to change.
        size: little, some or much.
        context: index of where, or `EVERYWHERE`.

    """

    quality: int
    direction: int
    size: str
    context: int = EVERYWHERE


def deviations(
    manner: Manner,
    student: tuple[np.ndarray, np.ndarray],
    expert: tuple[np.ndarray, np.ndarray],
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
    every = np.nan_to_num(np.abs(deviation))
    size = every[: 1 + len(every) // 2 if contexts else 1]
    if size.max() < content:
        return Correction(0, 0, "some")
    quality = _drawn(size.max(axis=0), temperature, rng)
    where = int(size[:, quality].argmax())
    if where and every[where + len(every) // 2, quality] > size[where, quality] / 2:
        where = 0
    found = deviation[where, quality]
    much = abs(found)
    name = "little" if much < _LITTLE else "much" if much > _MUCH else "some"
    return Correction(quality, -int(np.sign(found)), name, where - 1)


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
    quality, up = manner.qualities[correction.quality], correction.direction > 0
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
