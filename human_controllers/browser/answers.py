"""From a page's answer to a feedback record: whatever does not fit its question is refused."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from human_controllers.browser.messages import CHOICES, Answer, Malformed
from teaching import Correction, Feedback, Kind, Preference, Ranking
from teaching.questions import Question


def content_of(answer: Answer, question: Question, space: gym.Space) -> Any:
    """What an answer says, as plain values; None where the person passes.

    Args:
        answer: of a page.
        question: that it answers.
        space: of one action.

    Returns:
        The number of a choice, a list of places (best first), or an array [T, A...].

    Raises:
        Malformed: it does not fit the question.

    """
    if answer.choice is answer.order is answer.action is None:
        if question.kind is Kind.PREFERENCE:
            raise Malformed("a comparison is answered by a choice; to pass is the choice skip")
        return None
    if question.kind is Kind.PREFERENCE:
        if answer.choice is None:
            raise Malformed("a comparison is answered by a choice")
        return CHOICES.index(answer.choice)
    if question.kind is Kind.RANKING:
        alternatives = question.segments.ids.shape[1]
        if answer.order is None or sorted(answer.order) != list(range(alternatives)):
            raise Malformed(f"a ranking is answered by an order of 0 to {alternatives - 1}")
        return list(answer.order)
    if answer.action is None:
        raise Malformed("a correction is answered by actions")
    return _actions(answer.action, question, space)


def record_of(
    content: Any, question: Question, *, human: str, step: int, wall_time: float, seconds: float
) -> Feedback:
    """The record, with a batch of one."""
    ids = question.segments.ids
    common: dict[str, Any] = {
        "human": human,
        "step": np.array([step], np.int64),
        "wall_time": wall_time,
        "human_seconds": np.array([seconds]),
    }
    if question.kind is Kind.PREFERENCE:
        return Preference(**common, segments=ids.copy(), choice=np.array([content], np.int8))
    if question.kind is Kind.RANKING:
        return Ranking(**common, segments=ids.copy(), order=np.array([content], np.int8))
    length = np.array([len(content)], np.int64)
    return Correction(**common, segments=ids[:, 0].copy(), action=content[None], length=length)


def _actions(
    rows: tuple[tuple[float, ...], ...], question: Question, space: gym.Space
) -> np.ndarray:
    original = question.segments.action[0, 0]
    length = int(question.segments.length[0, 0])
    if len(rows) != length:
        raise Malformed(f"this correction has {length} rows")
    width = int(np.prod(original.shape[1:], dtype=int))
    if any(len(row) != width for row in rows):
        raise Malformed(f"each row of this correction has {width} numbers")
    given = np.array(rows, np.float64).reshape(length, *original.shape[1:])
    if isinstance(space, gym.spaces.Discrete):
        if (given != np.floor(given)).any():
            raise Malformed("actions must be whole numbers")
        low, high = float(space.start), float(space.start + space.n - 1)
        within = (given >= low) & (given <= high)
    else:
        assert isinstance(space, gym.spaces.Box)
        # What a page sends back has been through decimal numbers.
        within = (given >= space.low - 1e-6) & (given <= space.high + 1e-6)
        given = np.clip(given, space.low, space.high)
    if not within.all():
        raise Malformed("an action lies outside of what the task has")
    return given.astype(original.dtype)
