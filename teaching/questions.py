"""Questions about segments on their way to a human, and the answers on their way back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np

from teaching.clips import Clip, Clips, film
from teaching.errors import UserError
from teaching.feedback import Correction, Feedback, Kind, Preference, Ranking
from teaching.human import Human, Segments
from teaching.recorder import Log

QUESTIONS: dict[Kind, str] = {
    Kind.PREFERENCE: "prefer",
    Kind.RANKING: "rank",
    Kind.CORRECTION: "correct",
}
"""The kinds of feedback that are asked for, and the human's method that answers at once."""

_POLL = 0.01
"""Seconds between two looks for an answer that is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to a human who answers when they find the time.

    Attributes:
        number: no other question of the run has it.
        kind: of answer that is wanted.
        segments: the K segments that it is about, a batch of one; without a `clip` of their own.
        clips: K films of them; None where the task has no picture.

    """

    number: int
    kind: Kind
    segments: Segments
    clips: tuple[Clip, ...] | None = None


@runtime_checkable
class AnswersLater(Protocol):
    """A human who answers questions while training goes on: people, and recordings of them."""

    def post(self, questions: Sequence[Question]) -> None:
        """Take questions in, and return at once."""

    def collect(self, step: int, closing: bool) -> list[tuple[int, Feedback | None]]:
        """Hand over what was answered since the last call.

        Args:
            step: environment steps taken; the answers belong to this step.
            closing: whether what comes from now on belongs to the next step.

        Returns:
            (question's number, record with a batch of one), in the order in which they came. None
            instead of a record closes the question: it has its answers, or its life is over.

        """


class Queries:
    """The questions of one learner to one human, and their answers, checked and kept.

    `ask` waits for the answers; `put` does not, and `take` hands over what has come since. A human
    who answers at once has answered when `put` returns. Elsewhere a question is open until the
    human closes it, and may get more than one answer (of several people), or none.

    Attributes:
        clips: where films of past segments are found, if anybody films.

    """

    def __init__(self, human: Human, log: Log | None):
        self.clips: Clips | None = None
        self._human = human
        self._log = log
        self._open: dict[int, Question] = {}
        self._ready: list[Feedback] = []
        self._next = 0
        self._step = 0
        self._seconds = 0.0
        self._answered = 0

    @property
    def open(self) -> int:
        """Questions that may still be answered."""
        return len(self._open)

    def put(self, kind: Kind, segments: Segments) -> None:
        """Put questions, and go on.

        Args:
            kind: preference, ranking or correction.
            segments: [B, K] of them.

        Raises:
            UserError: the human does not answer such questions, or not in the right form.

        """
        if kind not in self._human.kinds:
            able = ", ".join(sorted(self._human.kinds)) or "none"
            raise UserError(f"{self._human.name} gives no {kind} (kinds it gives: {able})")
        if isinstance(self._human, AnswersLater):
            questions = [self._question(kind, segments, row) for row in range(len(segments.ids))]
            self._open |= {question.number: question for question in questions}
            self._human.post(questions)
            return
        record = getattr(self._human, QUESTIONS[kind])(segments)
        self._check(kind, record, segments)
        if self._log is not None and len(record.step):
            self._log.append(kind, record)
        self._take_in(record)

    def ask(self, kind: Kind, segments: Segments) -> list[Feedback]:
        """Put questions, and wait for what is still open; arguments and errors as for `put`.

        Returns:
            The answers, as `take` has them.

        """
        self.put(kind, segments)
        while self._open:
            self.collect(closing=False)
            if self._open:
                time.sleep(_POLL)
        return self.take()

    def take(self) -> list[Feedback]:
        """Answers that came since the last call: records over one question or several each."""
        ready, self._ready = self._ready, []
        return ready

    def collect(self, closing: bool = True) -> None:
        """Fetch what was answered meanwhile; the session does so at each step."""
        if not isinstance(self._human, AnswersLater):
            return
        for number, record in self._human.collect(self._step, closing):
            question = self._open.get(number)
            if record is None:
                self._open.pop(number, None)
            elif question is not None:
                self._check(question.kind, record, question.segments)
                self._take_in(record)

    def cost(self) -> tuple[float, int]:
        """Human seconds and answers since the last call."""
        cost = self._seconds, self._answered
        self._seconds, self._answered = 0.0, 0
        return cost

    def at(self, step: int) -> None:
        """Hear how many environment steps were taken."""
        self._step = step

    def state_dict(self) -> dict[str, Any]:
        """The open questions, films included, and the answers that nobody took yet."""
        return {
            "next": self._next,
            "seconds": self._seconds,
            "answered": self._answered,
            "open": {str(number): _as_dict(q) for number, q in self._open.items()},
            "ready": {str(i): _record_as_dict(r) for i, r in enumerate(self._ready)},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned, and put the open questions again."""
        self._next = int(state["next"])
        self._seconds, self._answered = float(state["seconds"]), int(state["answered"])
        self._open = {
            int(number): _question_of(int(number), q) for number, q in state["open"].items()
        }
        self._ready = [_record_of(state["ready"][str(i)]) for i in range(len(state["ready"]))]
        if self._open:
            assert isinstance(self._human, AnswersLater)
            self._human.post(list(self._open.values()))

    def _question(self, kind: Kind, segments: Segments, row: int) -> Question:
        self._next += 1
        return Question(
            number=self._next,
            kind=kind,
            segments=replace(_row(segments, row), clip=None),
            clips=self._films(segments, row),
        )

    def _films(self, segments: Segments, row: int) -> tuple[Clip, ...] | None:
        """Films of the segments, of their own or from what was seen while they were lived."""
        alternatives = range(segments.ids.shape[1])
        if segments.clip is not None:
            return tuple(film(segments.clip(row, k)) for k in alternatives)
        if self.clips is None or segments.start is None:
            return None
        return tuple(
            self.clips.between(int(segments.start[row, k]), int(segments.length[row, k]))
            for k in alternatives
        )

    def _take_in(self, record: Feedback) -> None:
        self._ready.append(record)
        self._seconds += float(record.human_seconds.sum())
        self._answered += len(record.step)

    def _check(self, kind: Kind, record: Any, segments: Segments) -> None:
        """Refuse an answer that does not fit its question, saying how."""
        wrong = _what_is_wrong(kind, record, segments)
        if wrong:
            raise UserError(f"{self._human.name}: {kind}.{wrong}; mend the human")


def _what_is_wrong(kind: Kind, record: Any, segments: Segments) -> str | None:
    count = len(record.step)
    seconds = np.asarray(record.human_seconds)
    if seconds.shape != (count,) or not (np.isfinite(seconds) & (seconds >= 0)).all():
        return f"human_seconds must be [{count}], finite and ≥ 0, got {seconds.tolist()}"
    known = {tuple(ids) for ids in segments.ids.tolist()}
    told = np.reshape(record.segments, (count, -1)).tolist() if count else []
    if any(tuple(ids) not in known for ids in told):
        return f"segments must be those asked about, {sorted(known)}, got {told}"
    if isinstance(record, Preference) and not np.isin(record.choice, (0, 1, 2, 3)).all():
        return f"choice must be 0, 1, 2 or 3, got {record.choice.tolist()}"
    if isinstance(record, Ranking):
        wanted = list(range(segments.ids.shape[1]))
        if any(sorted(order) != wanted for order in record.order.tolist()):
            return f"order must hold each of {wanted} once, got {record.order.tolist()}"
    if isinstance(record, Correction) and not np.isfinite(record.action).all():
        return "action must be finite"
    return None


_ARRAYS = ("ids", "obs", "action", "length", "step")


def _row(segments: Segments, row: int) -> Segments:
    one = slice(row, row + 1)
    start = None if segments.start is None else segments.start[one]
    return replace(
        segments, start=start, **{name: getattr(segments, name)[one] for name in _ARRAYS}
    )


def _as_dict(question: Question) -> dict[str, Any]:
    segments = question.segments
    films = question.clips
    return {
        "kind": question.kind.value,
        "dt": segments.dt,
        **{name: getattr(segments, name) for name in _ARRAYS},
        "start": segments.start,
        "clips": None
        if films is None
        else {
            str(k): {str(i): np.frombuffer(frame, np.uint8) for i, frame in enumerate(clip)}
            for k, clip in enumerate(films)
        },
    }


def _question_of(number: int, state: dict[str, Any]) -> Question:
    clips = state["clips"]
    arrays: dict[str, Any] = {name: np.array(state[name]) for name in _ARRAYS}
    start = None if state["start"] is None else np.array(state["start"])
    return Question(
        number=number,
        kind=Kind(state["kind"]),
        segments=Segments(dt=float(state["dt"]), start=start, **arrays),
        clips=None
        if clips is None
        else tuple(
            tuple(np.asarray(clip[str(i)], np.uint8).tobytes() for i in range(len(clip)))
            for clip in (clips[str(k)] for k in range(len(clips)))
        ),
    )


_RECORDS: dict[str, type[Feedback]] = {
    "preference": Preference,
    "ranking": Ranking,
    "correction": Correction,
}


def _record_as_dict(record: Feedback) -> dict[str, Any]:
    kind = next(name for name, cls in _RECORDS.items() if isinstance(record, cls))
    names = [*type(record).__dataclass_fields__]
    return {"kind": kind, **{name: getattr(record, name) for name in names}}


def _record_of(state: dict[str, Any]) -> Feedback:
    cls = _RECORDS[state["kind"]]
    return cls(**{name: value for name, value in state.items() if name != "kind"})
