"""Of corrected manners: what is kept is how much of each quality the teacher was content with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from algorithms.verbal.corrections.manners import CorrectedManner
from algorithms.verbal.memory.store import Entry, Memory
from teaching.manner import Manner

_SHARE = 0.15
"""Of a task's steps in a context: a clear difference between two tasks."""


def kind(manner: Manner) -> str:
    """Which amounts can stand in for one another: those of the same qualities and contexts."""
    qualities = ", ".join(quality.name for quality in manner.named)
    return f"manner: {qualities}; {', '.join(c.name for c in manner.contexts) or 'everywhere'}"


def scene(manner: Manner, shown: Sequence[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """[C + Q] what a task looks like to somebody who does it once or a few times, uncorrected.

    Args:
        manner: of the task.
        shown: trajectories, observations [T, O...] and actions [T, A...].

    Returns:
        How much of the time is spent in each context, in units of 15 %, and the mean of each
        quality, in spreads; 0 for a quality of which no step says anything.

    """
    rows = []
    for obs, action in shown:
        measured = manner.measure(obs, action)
        said = ~np.isnan(measured)
        mean = np.where(said, measured, 0.0).sum(axis=0) / np.maximum(said.sum(axis=0), 1)
        share = manner.holds(obs).mean(axis=0)
        rows.append(np.concatenate([share / _SHARE, mean / manner.spreads]))
    return np.mean(rows, axis=0)


def keep(
    memory: Memory, learner: CorrectedManner, text: str, scene: np.ndarray, utterances: int
) -> None:
    """Distil: of all that was said, the amounts that it came to."""
    contents = {"amounts": learner.amounts.copy()}
    memory.entries.append(Entry(kind(learner.manner), text, scene.copy(), contents, utterances))


def reuse(
    memory: Memory, learner: CorrectedManner, text: str, scene: np.ndarray
) -> list[tuple[float, Entry]]:
    """Begin with what was wanted in tasks like this one, weighted by similarity squared.

    Returns:
        What was recalled, most alike first; where it is empty the learner begins as ever.

    """
    found = [
        (alike, entry)
        for alike, entry in memory.recall(kind(learner.manner), text, scene)
        if entry.contents["amounts"].shape == learner.amounts.shape
    ]
    if found:
        weights = np.array([alike for alike, _ in found]) ** 2
        amounts = np.stack([entry.contents["amounts"] for _, entry in found])
        learner.begin(np.tensordot(weights / weights.sum(), amounts, axes=1), found[0][0])
    return found
