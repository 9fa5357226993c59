"""From a judgement to a sentence: which level, which feature, which words, which slips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from simulated_humans.phrases import EVALUATIVE, HEDGES, IRONIES, LEVELS, Phrases
from teaching.words import Term, Words

T = TypeVar("T")

_STEPS = (-0.8, -0.3, 0.0, 0.3, 0.8)
_SHORTEST_TYPO = 4
_OPPOSITE = dict(zip(LEVELS, reversed(LEVELS), strict=True))


def pick(choices: Sequence[T], rng: np.random.Generator) -> T:
    """One of them, each as likely."""
    return choices[int(rng.integers(len(choices)))]


def level_of(share: float) -> str:
    """The judgement of something that is worth this share, from -1 to 1, of the most there is.

    worst < -0.8 ≤ bad < -0.3 ≤ poor < 0 = nothing < fair ≤ 0.3 < good ≤ 0.8 < best.
    """
    if share == 0:
        return "nothing"
    if share < 0:
        return LEVELS[int(np.searchsorted(_STEPS[:2], share, side="right"))]
    return LEVELS[4 + int(np.searchsorted(_STEPS[3:], share, side="left"))]


def opposite(level: str) -> str:
    """Best for worst, good for bad, and so on; nothing stays nothing."""
    return _OPPOSITE[level]


def feature_worth(words: Words, weights: np.ndarray) -> np.ndarray:
    """What each feature promises.

    Args:
        words: of the task.
        weights: [K], of the features in the true reward.

    Returns:
        [K], the mean worth of the finest features that a feature takes in; NaN where some of them
        are worth something and others the contrary, so that nothing can be said of it.

    """
    sets = [frozenset(terms) for terms in words.features]
    whole = np.array([sum(w for s, w in zip(sets, weights, strict=True) if s <= f) for f in sets])
    worth = np.full(len(sets), np.nan)
    for k, terms in enumerate(sets):
        parts = np.array([whole[m] for m in words.finest if terms <= sets[m]])
        if not ((parts > 0).any() and (parts < 0).any()):
            worth[k] = parts.mean()
    return worth


def said_of(words: Words, feature: int, rng: np.random.Generator) -> str:
    """A feature in the plural, in words of the speaker's: "magenta boxes", "pink ones"."""
    terms = [t for t in words.terms if t.name in words.features[feature]]
    said = [pick(term.words, rng) for term in terms]
    nouns = [k for k, term in enumerate(terms) if term.noun]
    if not nouns:
        return " ".join([*said, "ones"])
    last = nouns[-1]
    rest = [word for k, word in enumerate(said) if k != last]
    return " ".join([*rest, _plural(said[last])])


def place_name(place: Term, rng: np.random.Generator) -> str:
    """A place in words of the speaker's."""
    return pick(place.words, rng)


def one_of(words: Words, counts: np.ndarray, rng: np.random.Generator) -> str:
    """One of the finest features that there are some of, counts [K], as it is said; "" for none."""
    there = [k for k in words.finest if counts[k] > 0]
    return said_of(words, pick(there, rng), rng) if there else ""


def sentence(
    phrases: Phrases, phrasing: str, rng: np.random.Generator, things: str = "", place: str = ""
) -> str:
    """One of the sentences that this phrasing has; of all of them where it is "all".

    What is empty cannot be named, and sentences that name it are not said.
    """
    known, held_out = phrases.known, phrases.held_out
    choices = {"known": known, "held_out": held_out, "all": known + held_out}[phrasing]
    gaps = [gap for gap, said in (("{things}", things), ("{place}", place)) if not said]
    choices = tuple(text for text in choices if not any(gap in text for gap in gaps))
    return pick(choices, rng).format(things=things, place=place)


def ironic(phrasing: str, rng: np.random.Generator) -> str:
    """Praise that is meant as blame."""
    praise = sentence(EVALUATIVE["best"], phrasing, rng)
    return pick(IRONIES, rng).format(praise)


def hedged(clause: str, rng: np.random.Generator) -> str:
    """The same, less sure."""
    return pick(HEDGES, rng).format(clause)


def mistyped(text: str, rate: float, rng: np.random.Generator) -> str:
    """Each word of four letters or more with a slip, with a probability of `rate`."""
    return " ".join(
        _slip(word, rng)
        if len(word) >= _SHORTEST_TYPO and word.isalpha() and rng.random() < rate
        else word
        for word in text.split(" ")
    )


def _slip(word: str, rng: np.random.Generator) -> str:
    """Two neighbours swapped, a letter left out, or one doubled; the first letter stays."""
    at = int(rng.integers(1, len(word) - 1))
    form = int(rng.integers(3))
    if form == 0:
        swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return swapped if swapped != word else word[:at] + word[at + 1 :]
    if form == 1:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at] + word[at:]


def _plural(word: str) -> str:
    return word + ("es" if word.endswith(("x", "s", "ch", "sh")) else "s")
