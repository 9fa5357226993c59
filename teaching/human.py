"""What a human sees and what a human can do: the same for real and simulated people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from teaching.feedback import (
    Correction,
    Demonstration,
    Evaluation,
    Intervention,
    Kind,
    Preference,
    Ranking,
    Utterance,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What the human is shown of N worlds at one moment; never the environment itself.

    Attributes:
        obs: [N, O...] the observations that the learner acts on.
        proposed_action: [N, A...] what the learner is about to do.
        step: [N] int64, environment steps taken so far in each world.
        episode_start: [N] bool, True on the first view of an episode.
        dt: seconds of the task's own time that one step takes.
        action_probs: [N, number of actions] the learner's action probabilities, if it has them.
        frame: called with a world's index, returns a picture [height, width, 3] uint8.
        tell: called with a world's index, returns what there is and what is proposed, in words,
            where the task can say that.

    """

    obs: np.ndarray
    proposed_action: np.ndarray
    step: np.ndarray
    episode_start: np.ndarray
    dt: float
    action_probs: np.ndarray | None = None
    frame: Callable[[int], np.ndarray] | None = None
    tell: Callable[[int], str] | None = None

    def kept(self) -> dict[str, np.ndarray]:
        """What a feedback log keeps of it beside each signal."""
        return {
            "obs": self.obs,
            "proposed_action": self.proposed_action,
            "episode_start": self.episode_start,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """Trajectory pieces that a human is asked about.

    Attributes:
        ids: [B, K] int64; K is 1 for a correction, 2 for a comparison.
        obs: [B, K, T, O...].
        action: [B, K, T, A...].
        length: [B, K] int64, how many of the T rows count.
        dt: seconds a step.
        step: [B] int64, environment steps taken when the question was put.
        start: [B, K] int64, environment steps taken in its world before each segment began, where
            they were lived in the one world that the human looks at: its films are found by that.
        clip: called with a row and a column, returns frames [T, height, width, 3] uint8.

    """

    ids: np.ndarray
    obs: np.ndarray
    action: np.ndarray
    length: np.ndarray
    dt: float
    step: np.ndarray
    start: np.ndarray | None = None
    clip: Callable[[int, int], np.ndarray] | None = None


@runtime_checkable
class Human(Protocol):
    """A teacher, simulated or real, of N worlds.

    A human implements the method of every kind listed in `kinds`, and no other:

    ============== ====================================
    intervention   ``intervene(view) -> Intervention``
    demonstration  ``demonstrate(view) -> Demonstration``
    evaluation     ``evaluate(view) -> Evaluation``
    utterance      ``speak(view) -> Utterance``
    preference     ``prefer(pairs) -> Preference``
    ranking        ``rank(sets) -> Ranking``
    correction     ``correct(segments) -> Correction``
    ============== ====================================

    Subclass `Teacher` to get polite refusals for the kinds that are left out.
    """

    name: str
    kinds: frozenset[Kind]
    simulated: bool

    def reset(self, episode_start: np.ndarray) -> None:
        """Forget what belonged to the episodes that ended. [N] bool; all True at the very start."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides future behaviour, as arrays, numbers, strings and dicts."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""


@runtime_checkable
class ShowsBeforehand(Protocol):
    """A human whose demonstrations are all there before the first step: a recording."""

    def shown(self) -> Demonstration | None:
        """All of them, in their order; None where there are none."""


class Teacher:
    """A base for humans: refuses every kind that the subclass does not override."""

    name: str = "human"
    kinds: frozenset[Kind] = frozenset()
    simulated: bool = True
    keeps: frozenset[Kind] = frozenset()
    """Kinds whose signals the human puts into the feedback log itself, as they are given."""

    def reset(self, episode_start: np.ndarray) -> None:
        """Forget what belonged to the episodes that ended."""

    def state_dict(self) -> dict[str, Any]:
        """A human without memory has nothing to save."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """A human without memory has nothing to restore."""

    def intervene(self, view: View) -> Intervention:
        """Take over in some worlds."""
        raise self._cannot(Kind.INTERVENTION)

    def demonstrate(self, view: View) -> Demonstration:
        """Show what to do in every world."""
        raise self._cannot(Kind.DEMONSTRATION)

    def evaluate(self, view: View) -> Evaluation:
        """Praise or blame."""
        raise self._cannot(Kind.EVALUATION)

    def speak(self, view: View) -> Utterance:
        """Say something."""
        raise self._cannot(Kind.UTTERANCE)

    def prefer(self, pairs: Segments) -> Preference:
        """Compare two segments."""
        raise self._cannot(Kind.PREFERENCE)

    def rank(self, sets: Segments) -> Ranking:
        """Order K segments."""
        raise self._cannot(Kind.RANKING)

    def correct(self, segments: Segments) -> Correction:
        """Improve a segment."""
        raise self._cannot(Kind.CORRECTION)

    def _cannot(self, kind: Kind) -> NotImplementedError:
        able = ", ".join(sorted(self.kinds)) or "none"
        return NotImplementedError(f"{self.name} gives no {kind} (kinds it gives: {able})")
