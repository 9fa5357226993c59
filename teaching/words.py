"""What can be spoken of in a task: the same for who speaks and for who listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Something that has a word: a colour, a shape, a place.

    Attributes:
        name: the task's own word.
        synonyms: other words for it that a listener is told of.
        group: terms of one group exclude one another, as colours do.
        noun: whether it stands by itself ("circles"); otherwise one says "pink ones".

    """

    name: str
    synonyms: tuple[str, ...] = ()
    group: str = ""
    noun: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The name and the synonyms."""
        return (self.name, *self.synonyms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The features of a task that words speak about, and where one can be sent.

    The true reward is taken to be linear in the features, with weights that only the task knows.

    Attributes:
        terms: what features are made of.
        features: of each of the K features, the names of the terms that it is the conjunction of.
        places: where one can be sent.
        count: ([M, O...], [M, A...]) -> [M, K], how much of each feature an action brings about.
        count_at: ([M, O...], [M] places) -> [M, K], how much of it there is at a place.
        place_of: ([M, O...], [M, A...]) -> [M], the place that an action goes to.
        options: [M, O...] -> [M, J, K], the counts of each of the J actions.

    """

    terms: tuple[Term, ...]
    features: tuple[tuple[str, ...], ...]
    places: tuple[Term, ...]
    count: Callable[[np.ndarray, np.ndarray], np.ndarray]
    count_at: Callable[[np.ndarray, np.ndarray], np.ndarray]
    place_of: Callable[[np.ndarray, np.ndarray], np.ndarray]
    options: Callable[[np.ndarray], np.ndarray]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the K features, as one would say them."""
        return tuple(" ".join(terms) for terms in self.features)

    @property
    def finest(self) -> tuple[int, ...]:
        """Indices of the features that are part of no other: the nine pairs of colour and shape."""
        sets = [frozenset(terms) for terms in self.features]
        return tuple(k for k, terms in enumerate(sets) if not any(terms < other for other in sets))
