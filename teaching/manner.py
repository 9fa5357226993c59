"""How a task is done: what can be more or less of it, where, and what an agent does about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from teaching.words import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """A side of how something is done, with words for more and for less of it.

    Attributes:
        name: what it is called: "speed".
        more: comparatives: "faster".
        less: their contraries: "slower".
        high: adjectives: "fast".
        low: their contraries: "slow".
        spread: how much of it is a clear difference between two people, as it is measured.

    """

    name: str
    more: tuple[str, ...]
    less: tuple[str, ...]
    high: tuple[str, ...]
    low: tuple[str, ...]
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """The Q qualities of a task, and its C contexts.

    Attributes:
        qualities: what can be more or less.
        contexts: where it can be; several may hold at once, or none.
        holds: [M, O...] -> [M, C] bool.
        measure: ([T, O...], [T, A...]) -> [T, Q], of one trajectory; NaN where a step says nothing.
        adjust: ([M, O...], [M, A...], the actions before [M, A...], [M, Q] amounts in spreads) ->
            [M, A...], actions with so much more of each quality.

    """

    qualities: tuple[Quality, ...]
    contexts: tuple[Term, ...]
    holds: Callable[[np.ndarray], np.ndarray]
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray]
    adjust: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]

    @property
    def spreads(self) -> np.ndarray:
        """[Q] of the qualities."""
        return np.array([quality.spread for quality in self.qualities])
