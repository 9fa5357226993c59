"""A recorded human who answered questions while training went on, given again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import gymnasium as gym

from human_controllers.replay import ReplayHuman, segments_of
from human_controllers.replay_config import ReplayConfig
from teaching import Feedback, Oracle, UserError
from teaching.log import FILE_NAME, read_log
from teaching.log_rows import LoggedFeedback
from teaching.questions import Question


class LateReplay(ReplayHuman):
    """Answers each question at the step at which it was answered.

    A question belongs to the segments that it is about. One that was never answered is closed at
    once; one that was is closed with the last of its answers.
    """

    def __init__(self, rows: Iterable[LoggedFeedback]):
        """Give `rows` again."""
        rows = list(rows)
        super().__init__(rows)
        self._recorded: dict[tuple[int, ...], list[Feedback]] = {}
        for row in rows:
            if row.asked is not None:
                self._recorded.setdefault(segments_of(row.record), []).append(row.record)
        # In the order in which the answers were given, which is that of the log.
        self._place = {
            id(row.record): number for number, row in enumerate(rows) if row.asked is not None
        }
        self._due: dict[int, list[Feedback]] = {}

    def post(self, questions: Sequence[Question]) -> None:
        """Find out what was answered."""
        for question in questions:
            segments = tuple(question.segments.ids.ravel().tolist())
            self._due[question.number] = list(self._recorded.get(segments, ()))

    def collect(self, step: int, closing: bool) -> list[tuple[int, Feedback | None]]:
        """What was answered up to this step."""
        come = [
            (self._place[id(record)], number, record)
            for number, records in self._due.items()
            for record in records
            if record.step[0] <= step
        ]
        found: list[tuple[int, Feedback | None]] = []
        for _, number, record in sorted(come, key=lambda answer: answer[0]):
            found.append((number, record))
            self._due[number] = [other for other in self._due[number] if other is not record]
            if not self._due[number]:
                found.append((number, None))
                del self._due[number]
        over = [number for number, records in self._due.items() if not records]
        for number in over:
            found.append((number, None))
            del self._due[number]
        return found


def make_replay(
    config: ReplayConfig, oracle: Oracle, action_space: gym.Space, num_worlds: int, seed: int
) -> ReplayHuman:
    """The human whose signals `config.log` holds.

    Raises:
        UserError: it names no feedback log, or one without signals.

    """
    if not config.log:
        raise UserError("human=replay gives a recording again; say which: human.log=runs/NAME")
    path = Path(config.log)
    path = path / FILE_NAME if path.is_dir() else path
    rows = list(read_log(path))
    if not rows:
        raise UserError(f"nothing to replay: the feedback log {path} holds no signals")
    return LateReplay(rows) if any(row.asked is not None for row in rows) else ReplayHuman(rows)
