"""How a task is done: what can be more or less of it, where, and what an agent does about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from teaching.words import Term

Trajectory = tuple[np.ndarray, np.ndarray]
"""Observations [T, O...] and actions [T, A...]."""


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
class Mark:
    """A side of a whole trajectory, which shows only beside another one: how early, how far.

    Attributes:
        quality: its words, and its spread.
        beside: (a trajectory, the one that it is held against) -> how much more of it the first
            has, as `quality.spread` counts it; NaN where there is nothing to tell.

    """

    quality: Quality
    beside: Callable[[Trajectory, Trajectory], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What can be handled, the right or the wrong of them.

    Attributes:
        names: of the n kinds of things, in words that stand by themselves: "pink circles".
        handled: a trajectory -> [n], how often each kind was.

    """

    names: tuple[str, ...]
    handled: Callable[[Trajectory], np.ndarray]


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
        marks: what shows of whole trajectories.
        things: what can be handled, or None where there is nothing to choose among.
        lead: ([M, O...], [M, A...], what was proposed before [M, A...], [M, marks] amounts in
            spreads) -> [M, A...], actions with so much more of each mark, or None where no action
            of the moment brings it about.

    """

    qualities: tuple[Quality, ...]
    contexts: tuple[Term, ...]
    holds: Callable[[np.ndarray], np.ndarray]
    measure: Callable[[np.ndarray, np.ndarray], np.ndarray]
    adjust: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    marks: tuple[Mark, ...] = ()
    things: Things | None = None
    lead: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray] | None = None

    @property
    def named(self) -> tuple[Quality, ...]:
        """The qualities of steps, then those of whole trajectories: [Q + marks]."""
        return (*self.qualities, *(mark.quality for mark in self.marks))

    @property
    def spreads(self) -> np.ndarray:
        """[Q] of the qualities."""
        return np.array([quality.spread for quality in self.qualities])
