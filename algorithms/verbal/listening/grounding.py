"""What a clause is about: a task's terms and places, found by lexicon and by similarity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Generic, TypeVar

import numpy as np

from algorithms.verbal.listening.category import PLACE, TERM
from teaching.words import Words

T = TypeVar("T")

SIMILAR = 0.75
"""From this similarity on, a word that nobody knows is taken for one that the task declares."""

_SHORTEST = 4
"""Letters; shorter words are too close to too many others."""

Similarity = Callable[[str, Sequence[str]], np.ndarray]
"""(a word, M known ones) -> [M], up to 1."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a clause names.

    Attributes:
        terms: names of the terms, each once, in order.
        places: indices of the places.
        masked: the tokens, with `TERM` and `PLACE` for what was found.

    """

    terms: tuple[str, ...]
    places: tuple[int, ...]
    masked: tuple[str, ...]


class Finder(Generic[T]):
    """Finds entries of one word or several among the words of a clause."""

    def __init__(
        self,
        entries: Mapping[tuple[str, ...], T],
        known: Callable[[str], bool],
        similarity: Similarity | None = None,
        threshold: float = SIMILAR,
    ):
        """Prepare.

        Args:
            entries: words -> what they stand for.
            known: whether a word is an ordinary one, not to be taken for an entry's misspelt.
            similarity: of words that are neither; by default, how few slips of the keys lie
                between them.
            threshold: from which similarity on they are the same.

        """
        self._known = known
        self._similarity = similarity or spelling
        self._threshold = threshold
        self._entries = dict(entries)
        self._longest = max(map(len, self._entries), default=1)
        self._single = sorted({word for entry in self._entries for word in entry})

    def scan(self, tokens: Sequence[str]) -> list[tuple[T | None, str]]:
        """What stands in a clause, in order: an entry and its words, or None and a word."""
        tokens = [self._spelt(token) for token in tokens]
        found: list[tuple[T | None, str]] = []
        at = 0
        while at < len(tokens):
            for length in range(min(self._longest, len(tokens) - at), 0, -1):
                entry = self._entries.get(tuple(tokens[at : at + length]))
                if entry is not None:
                    found.append((entry, " ".join(tokens[at : at + length])))
                    at += length
                    break
            else:
                found.append((None, tokens[at]))
                at += 1
        return found

    def _spelt(self, token: str) -> str:
        """The entry's word that an unknown one is likest to; itself where none is."""
        if token in self._single or len(token) < _SHORTEST or self._known(token):
            return token
        scores = self._similarity(token, self._single)
        best = int(scores.argmax())
        return self._single[best] if scores[best] >= self._threshold else token


class Lexicon:
    """Finds a task's terms and places among the words of a clause."""

    def __init__(
        self, words: Words, known: Callable[[str], bool], similarity: Similarity | None = None
    ):
        """Prepare for what a task declares; `known` as in `Finder`.

        `similarity` is asked where nothing is found otherwise: who names one thing plainly does not
        mean another by a word for something else.
        """
        entries: dict[tuple[str, ...], tuple[str, int]] = {}
        for k, term in enumerate(words.terms):
            for said in term.words:
                for form in (said, plural(said)):
                    entries[tuple(form.split())] = TERM, k
        for k, place in enumerate(words.places):
            for said in place.words:
                entries[tuple(said.split())] = PLACE, k
        self._words = words
        self._finder = Finder(entries, known)
        self._further = Finder(entries, known, similarity) if similarity else None

    def find(self, tokens: Sequence[str]) -> Found:
        """The terms and places of a clause, and the clause without them."""
        scanned = self._finder.scan(tokens)
        if self._further and not any(entry for entry, _ in scanned):
            scanned = self._further.scan(tokens)
        entries = [entry for entry, _ in scanned if entry is not None]
        terms = dict.fromkeys(self._words.terms[k].name for kind, k in entries if kind == TERM)
        places = dict.fromkeys(k for kind, k in entries if kind == PLACE)
        masked = tuple(word if entry is None else entry[0] for entry, word in scanned)
        return Found(tuple(terms), tuple(places), masked)


def plural(word: str) -> str:
    """Of an English noun that forms it regularly."""
    return word + ("es" if word.endswith(("x", "s", "ch", "sh")) else "s")


def spelling(word: str, known: Sequence[str]) -> np.ndarray:
    """1 − (letters left out, added, replaced or swapped) / (length of the longer one)."""
    return np.array([1 - _slips(word, other) / max(len(word), len(other)) for other in known])


def _slips(a: str, b: str) -> int:
    """The optimal string alignment distance (Damerau 1964)."""
    two: list[int] = []
    one = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(one[j] + 1, row[j - 1] + 1, one[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, two[j - 2] + 1)
            row.append(best)
        two, one = one, row
    return one[-1]


def reference(words: Words, terms: Sequence[str]) -> np.ndarray | None:
    """The features that terms refer to, [K], with a sum of 1; None where they refer to none.

    Of several terms of one group each is meant with each term of the other groups: "pink and blue
    squares" are two features, and "pink" alone is one.
    """
    groups: dict[str, list[str]] = {}
    for term in words.terms:
        if term.name in terms:
            groups.setdefault(term.group, []).append(term.name)
    meant = {frozenset(combination) for combination in product(*groups.values())}
    found = np.array([frozenset(feature) in meant for feature in words.features], float)
    return found / found.sum() if found.any() else None


def normalised(counts: np.ndarray) -> np.ndarray | None:
    """Counts [K] with a sum of 1; None where there are none."""
    total = counts.sum()
    return counts / total if total > 0 else None
