"""Of rewards from language: what is kept is what words added to the belief about the weights."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from algorithms.verbal.memory.store import Entry, Memory
from teaching.words import Words

_NOWHERE = np.zeros(0)
"""No looks: what is worth something cannot be seen, and only the words for the task tell."""


class Believes(Protocol):
    """A learner with a belief about the weights of features."""

    words: Words
    precision: np.ndarray
    shift: np.ndarray

    @property
    def heard(self) -> int:
        """Utterances so far."""

    @property
    def learned_from_words(self) -> tuple[np.ndarray, np.ndarray]:
        """[K, K] and [K]: what words have added to Λ and Λμ here."""


def kind(words: Words) -> str:
    """Which beliefs can stand in for one another: those about the same features."""
    return f"reward: {', '.join(words.names)}"


def reuse(memory: Memory, learner: Believes, task: str) -> list[tuple[float, Entry]]:
    """Begin with what was said in tasks like this one, to the power of how alike they are.

    This is the power prior (Ibrahim and Chen 2000): what was observed elsewhere counts for the
    share a₀ of what it would count for here. Of a normal it is the share of its precision.

    Returns:
        What was recalled, most alike first.

    """
    found = memory.recall(kind(learner.words), task, _NOWHERE)
    for alike, entry in found:
        share = min(alike, 1.0)
        learner.precision += share * entry.contents["precision"]
        learner.shift += share * entry.contents["shift"]
    return found


def keep(memory: Memory, learner: Believes, task: str) -> None:
    """Distil: what words added here, without what was recalled."""
    precision, shift = learner.learned_from_words
    contents = {"precision": precision, "shift": shift}
    memory.entries.append(Entry(kind(learner.words), task, _NOWHERE, contents, learner.heard))
