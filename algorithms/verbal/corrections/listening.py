"""From a sentence to what should be otherwise: which quality, which way, how much, and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from algorithms.verbal.listening.category import shipped
from algorithms.verbal.listening.clauses import tokens
from algorithms.verbal.listening.grounding import Finder, Similarity
from algorithms.verbal.listening.listener import Classifies
from teaching.manner import Manner

DIRECTIONS = ("less", "content", "more")
SIZES = ("little", "some", "much")
_KINDS = ("more", "less", "high", "low")
_WHERE = "WHERE"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sentence asks for.

    Attributes:
        quality: index of it in `Manner.named`, or None where none is named.
        direction: 1 for more, -1 for less, 0 for nothing.
        size: one of `SIZES`.
        contexts: indices of those that are named; empty for everywhere.

    """

    quality: int | None
    direction: int
    size: str
    contexts: tuple[int, ...]


class ListensToCorrections(Protocol):
    """Anything that understands corrections."""

    def hear(self, text: str) -> Asked:
        """Understand one correction."""


class CorrectionListener:
    """Finds a task's qualities and contexts, and classifies what is left by its n-grams.

    A word of a quality is masked by what it is, a comparative or an adjective of much or little of
    it. So "too HIGH" asks for less whatever the task is.
    """

    def __init__(
        self,
        manner: Manner,
        direction: Classifies | None = None,
        size: Classifies | None = None,
        similarity: Similarity | None = None,
    ):
        """The classifiers are the shipped ones unless others are given; see `grounding.Finder`."""
        self._direction = direction or shipped("direction")
        self._size = size or shipped("size")
        self._finder = finder(
            manner, lambda word: self._direction.knows(word) or self._size.knows(word), similarity
        )
        self._manner = manner

    def hear(self, text: str) -> Asked:
        """Understand one correction."""
        found = self._finder.scan(tokens(text))
        masked = mask(found)
        entries = [entry for entry, _ in found if entry is not None]
        named = [k for kind, k in entries if kind != _WHERE]
        contexts = dict.fromkeys(k for kind, k in entries if kind == _WHERE)
        direction = DIRECTIONS.index(self._direction.category(masked)) - 1
        if not named:
            direction = 0
        return Asked(
            quality=named[0] if named else None,
            direction=direction,
            size=self._size.category(masked),
            contexts=tuple(contexts),
        )

    def meaning(self, asked: Asked) -> str:
        """What was understood, for people to read."""
        return meaning(self._manner, asked)


def meaning(manner: Manner, asked: Asked) -> str:
    """What was understood, for people to read."""
    if asked.quality is None or not asked.direction:
        return "nothing is to change"
    name = manner.named[asked.quality].name
    where = " and ".join(manner.contexts[c].name for c in asked.contexts) or "everywhere"
    way = "more" if asked.direction > 0 else "less"
    return f"{way} {name}, {asked.size}, {where}"


def finder(
    manner: Manner, known: Callable[[str], bool], similarity: Similarity | None = None
) -> Finder[tuple[str, int]]:
    """Of what a task declares: (kind, index of the quality or the context)."""
    entries: dict[tuple[str, ...], tuple[str, int]] = {}
    for k, quality in enumerate(manner.named):
        for kind in _KINDS:
            for said in getattr(quality, kind):
                entries[tuple(said.split())] = kind.upper(), k
    for k, context in enumerate(manner.contexts):
        for said in context.words:
            entries[tuple(said.split())] = _WHERE, k
    return Finder(entries, known, similarity)


def mask(found: Sequence[tuple[tuple[str, int] | None, str]]) -> list[str]:
    """The tokens of a clause, with kinds for what the task declares; where it is, is left out."""
    kinds = [word if entry is None else entry[0] for entry, word in found]
    return [kind for kind in kinds if kind != _WHERE]
