"""Questions that wait for people: who is asked what, for how long, and whether they agree."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from teaching import Kind
from teaching.questions import Question


class NotYours(Exception):
    """An answer that cannot be taken: the question is closed, or is not this person's."""


def ticket(question: Question) -> int:
    """What pages call a question: the same only for the same question about the same thing.

    After a run was cut off and went back, another question may have the number of one that a page
    still has an answer to.
    """
    segments = question.segments
    about = question.kind.encode() + segments.ids.tobytes() + segments.action.tobytes()
    return (question.number % 2**20) * 2**32 + zlib.crc32(about)


@dataclass(slots=True)
class _Waiting:
    question: Question
    born: float
    asked: dict[str, float] = field(default_factory=dict)  # who has it before them, until when
    done: dict[str, Any] = field(default_factory=dict)  # who has answered or passed, and what


class Line:
    """Questions in the order in which they came.

    A question is before as many people as are to answer it, and comes back to the line when one of
    them leaves or takes longer than the lease. It is closed when it has all its answers, or when
    its life is over. Pages know it
    by its `ticket`. Not safe for threads: its owner holds a lock.

    Args:
        answers: how many people each question is to go to.
        lifetime: of a question, seconds.
        lease: seconds for which it waits for one person.
        clock: seconds.

    """

    def __init__(self, answers: int, lifetime: float, lease: float, clock: Callable[[], float]):
        self._answers, self._lifetime, self._lease = answers, lifetime, lease
        self._clock = clock
        self._waiting: dict[int, _Waiting] = {}
        self._agreed = [0.0, 0]
        self.answered = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def agreement(self) -> float | None:
        """Share of the pairs of people asked the same who said the same; None before one."""
        agreed, pairs = self._agreed
        return agreed / pairs if pairs else None

    def post(self, questions: Iterable[Question]) -> None:
        """Put questions at the end of the line."""
        for question in questions:
            self._waiting[ticket(question)] = _Waiting(question, self._clock())

    def find(self, number: int) -> Question | None:
        """The open question of that ticket."""
        waiting = self._waiting.get(number)
        return None if waiting is None else waiting.question

    def left(self, number: int) -> float:
        """Seconds of life that an open question has left."""
        return self._waiting[number].born + self._lifetime - self._clock()

    def next_for(self, person: str, kinds: frozenset[Kind] | None = None) -> Question | None:
        """The question that is before `person` now: the one they have, or the next in the line."""
        now = self._clock()
        for waiting in self._waiting.values():
            if waiting.asked.get(person, 0.0) > now:
                return waiting.question
        for waiting in self._waiting.values():
            if person in waiting.done or (kinds and waiting.question.kind not in kinds):
                continue
            held = sum(until > now for until in waiting.asked.values())
            if held + len(waiting.done) < self._answers:
                waiting.asked[person] = now + self._lease
                return waiting.question
        return None

    def renew(self, person: str) -> None:
        """Let whoever is at work on a question keep it for another lease."""
        now = self._clock()
        for waiting in self._waiting.values():
            if waiting.asked.get(person, 0.0) > now:
                waiting.asked[person] = now + self._lease

    def may_answer(self, number: int, person: str) -> Question:
        """The question that `person` is about to answer.

        Raises:
            NotYours: it is closed, was never before them, or they have answered it.

        """
        waiting = self._waiting.get(number)
        if waiting is None:
            raise NotYours("this question is closed")
        if person in waiting.done:
            raise NotYours("you have answered this question")
        if person not in waiting.asked:
            raise NotYours("this question was not put to you")
        return waiting.question

    def take(self, number: int, person: str, answer: Any) -> bool:
        """Note an answer, None for a pass; whether the question is closed by it."""
        waiting = self._waiting[number]
        waiting.asked.pop(person, None)
        if answer is not None:
            self.answered += 1
            self._compare(waiting.question.kind, answer, waiting.done.values())
        waiting.done[person] = answer
        if len(waiting.done) < self._answers:
            return False
        del self._waiting[number]
        return True

    def take_out(self, kinds: frozenset[Kind]) -> list[Question]:
        """Close the questions of these kinds, for somebody who answers them all at once."""
        found = [w.question for w in self._waiting.values() if w.question.kind in kinds]
        for question in found:
            del self._waiting[ticket(question)]
        return found

    def leave(self, person: str) -> None:
        """Give what was before `person` back to the line."""
        for waiting in self._waiting.values():
            waiting.asked.pop(person, None)

    def expired(self) -> list[int]:
        """Close the questions whose life is over; their numbers."""
        now = self._clock()
        late = [n for n, waiting in self._waiting.items() if now - waiting.born > self._lifetime]
        return [self._waiting.pop(number).question.number for number in late]

    def _compare(self, kind: Kind, answer: Any, others: Iterable[Any]) -> None:
        if kind is Kind.CORRECTION:
            return
        for other in others:
            if other is not None:
                same = concordance(answer, other) if kind is Kind.RANKING else answer == other
                self._agreed[0] += float(same)
                self._agreed[1] += 1


def concordance(one: list[int], other: list[int]) -> float:
    """Share of the pairs that two orders have the same way round: (1 + Kendall's τ) / 2."""
    place = {item: i for i, item in enumerate(other)}
    pairs = list(itertools.combinations(one, 2))
    return sum(place[a] < place[b] for a, b in pairs) / len(pairs)
