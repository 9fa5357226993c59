"""Hear an utterance about an action: clause by clause, what it is about and how it is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from algorithms.verbal.listening.category import shipped
from algorithms.verbal.listening.clauses import split, tokens
from algorithms.verbal.listening.grounding import (
    Lexicon,
    Similarity,
    normalised,
    reference,
)
from algorithms.verbal.listening.sentiment import literal, pragmatic
from teaching.words import Words


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """One clause.

    Attributes:
        clause: its text.
        category: one of `CATEGORIES`.
        literal: sentiment as the words have it, from -1 to 1.
        pragmatic: sentiment as it is likely meant.
        about: what it names, in words.
        reference: [K] with a sum of 1, the features that it is about; None where it is about
            nothing that the task has.

    """

    clause: str
    category: str
    literal: float
    pragmatic: float
    about: str
    reference: np.ndarray | None


class Listens(Protocol):
    """Anything that understands utterances."""

    def hear(self, text: str, obs: np.ndarray, action: np.ndarray) -> list[Heard]:
        """Take an utterance apart; obs [O...] and action [A...] are what it was said about."""


class Classifies(Protocol):
    """Anything that tells what a clause is, whose declared words are masked."""

    def category(self, masked: Sequence[str]) -> str:
        """The likeliest label."""

    def knows(self, word: str) -> bool:
        """Whether it is an ordinary word, not to be taken for a declared one's misspelt."""


class Listener:
    """Lexicon, classifier and VADER."""

    def __init__(
        self,
        words: Words,
        classifier: Classifies | None = None,
        similarity: Similarity | None = None,
    ):
        """`similarity` is that of words which nobody knows; see `grounding.Lexicon`."""
        self.words = words
        self.classifier: Classifies = classifier or shipped()
        self.lexicon = Lexicon(words, self.classifier.knows, similarity)

    def hear(self, text: str, obs: np.ndarray, action: np.ndarray) -> list[Heard]:
        """See `Listens`."""
        return [self._hear_clause(clause, obs, action) for clause in split(text)]

    def _hear_clause(self, clause: str, obs: np.ndarray, action: np.ndarray) -> Heard:
        found = self.lexicon.find(tokens(clause))
        category = self.classifier.category(found.masked)
        plain = literal(clause)
        if not plain and not any(map(self.classifier.knows, found.masked)):
            about, vector = NOTHING, None
        else:
            about, vector = refer(self.words, category, found.terms, found.places, obs, action)
        return Heard(clause, category, plain, pragmatic(clause), about, vector)


NOTHING = "nothing that is known here"


def refer(
    words: Words,
    category: str,
    terms: Sequence[str],
    places: Sequence[int],
    obs: np.ndarray,
    action: np.ndarray,
) -> tuple[str, np.ndarray | None]:
    """What a clause of a category is about, in words, and the features [K] that it refers to.

    Args:
        words: of the task.
        category: one of `CATEGORIES`.
        terms: names of those that it names.
        places: indices of those that it names.
        obs: [O...] what the learner saw.
        action: [A...] what it did.

    """
    if category == "evaluative":
        return "what was done", normalised(words.count(obs[None], action[None])[0])
    if places and (category == "imperative" or not terms):
        rows = np.repeat(np.asarray(obs)[None], len(places), axis=0)
        counts = words.count_at(rows, np.array(places)).sum(axis=0)
        return " and ".join(words.places[p].name for p in places), normalised(counts)
    if terms:
        return " ".join(terms), reference(words, terms)
    return NOTHING, None


def meaning(heard: Heard, sentiment: float) -> str:
    """One clause as a learner understood it, for people to read."""
    if heard.reference is None:
        return f'"{heard.clause}": not understood ({heard.category}, about {heard.about})'
    judgement = "good" if sentiment > 0 else "bad" if sentiment < 0 else "worth nothing"
    return f'"{heard.clause}": {heard.category}, {heard.about} is {judgement} ({sentiment:+.2f})'
