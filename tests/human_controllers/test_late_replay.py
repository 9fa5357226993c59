"""Answers that came while training went on, given again at the steps at which they came."""

import numpy as np
from queries import show

from human_controllers.late_replay import LateReplay
from teaching import Choice, Kind, Preference
from teaching.log import FeedbackLog, read_log
from teaching.questions import Question


def answer(segments, step, choice=Choice.FIRST):
    return Preference(
        human="Ada",
        step=np.array([step]),
        wall_time=0.5,
        human_seconds=np.ones(1),
        segments=np.array([segments]),
        choice=np.array([choice], np.int8),
    )


def question(number):
    """About segments 2n and 2n + 1."""
    segments = show(np.zeros((1, 2)), ids=2 * number + np.arange(2)[None])
    return Question(number=number, kind=Kind.PREFERENCE, segments=segments)


def replay(tmp_path, *records):
    with FeedbackLog(tmp_path / "log", durable=True) as log:
        for record in records:
            log.append(Kind.PREFERENCE, record, asked=np.zeros(1, int))
    return LateReplay(read_log(tmp_path / "log"))


def came(human, step):
    """(question, choice) of what comes at a step; None where the question is closed."""
    found = human.collect(step, closing=True)
    return [(number, None if r is None else int(r.choice[0])) for number, r in found]


def test_answers_come_at_their_steps_in_the_order_in_which_they_were_given(tmp_path):
    human = replay(tmp_path, answer([4, 5], 3, 1), answer([0, 1], 3, 0), answer([2, 3], 7, 2))
    human.post([question(n) for n in (0, 1, 2)])
    assert [came(human, step) for step in range(2, 9)] == [
        [],
        [(2, 1), (2, None), (0, 0), (0, None)],
        *([[]] * 3),
        [(1, 2), (1, None)],
        [],
    ]


def test_several_answers_to_a_question_come_before_it_is_closed(tmp_path):
    human = replay(tmp_path, answer([0, 1], 2, 0), answer([0, 1], 4, 1))
    human.post([question(0)])
    assert came(human, 2) == [(0, 0)]
    assert came(human, 4) == [(0, 1), (0, None)]


def test_what_was_never_answered_is_closed_at_once(tmp_path):
    human = replay(tmp_path, answer([0, 1], 2))
    human.post([question(5)])
    assert came(human, 0) == [(5, None)]
