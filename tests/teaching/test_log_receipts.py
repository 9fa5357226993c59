"""Signals that may come twice, answers to questions that are put again, and threads."""

import threading

import numpy as np

from teaching import Choice, Evaluation, Kind, Preference
from teaching.log import FeedbackLog, read_log
from teaching.log_json import lines_of, rows_from


def word(value=1.0, step=3, transit=None):
    return Evaluation(
        human="Ada",
        step=np.array([step]),
        wall_time=0.5,
        human_seconds=np.zeros(1),
        mask=np.ones(1, bool),
        value=np.array([value], np.float32),
        about=np.array([step - 1]),
        transit=None if transit is None else np.array([transit]),
    )


def answer(segments, step=5, choice=Choice.FIRST):
    return Preference(
        human="Ada",
        step=np.array([step]),
        wall_time=0.5,
        human_seconds=np.ones(1),
        segments=np.array([segments]),
        choice=np.array([choice], np.int8),
    )


def test_the_same_token_is_kept_once_also_after_the_log_was_opened_again(tmp_path):
    with FeedbackLog(tmp_path / "log", durable=True) as log:
        assert log.append_once("one", Kind.EVALUATION, word(1.0))
        assert not log.append_once("one", Kind.EVALUATION, word(-1.0))
    with FeedbackLog(tmp_path / "log", durable=True) as log:
        assert not log.append_once("one", Kind.EVALUATION, word(-1.0))
        assert log.append_once("two", Kind.EVALUATION, word(-1.0))
        assert [row.record.value[0] for row in log.read()] == [1.0, -1.0]


def test_a_token_is_known_also_where_what_it_brought_was_superseded(tmp_path):
    with FeedbackLog(tmp_path / "log", durable=True) as log:
        log.append_once("one", Kind.EVALUATION, word())
        log.trim_to(0)
        assert not log.append_once("one", Kind.EVALUATION, word())
        assert (log.count(), log.count(superseded=True)) == (0, 1)


def test_an_answer_counts_again_when_its_question_is_put_again(tmp_path):
    with FeedbackLog(tmp_path / "log", durable=True) as log:
        log.append_once("kept", Kind.PREFERENCE, answer([1, 2]), asked=np.array([4]))
        position = log.position()
        log.append_once("a", Kind.PREFERENCE, answer([3, 4], step=9), asked=np.array([6]))
        log.append_once("b", Kind.PREFERENCE, answer([5, 6], step=9), asked=np.array([8]))
        log.trim_to(position)
        (row,) = log.reinstate(Kind.PREFERENCE, np.array([3, 4]), step=7)
        assert row.record.segments.tolist() == [[3, 4]]
        assert log.reinstate(Kind.PREFERENCE, np.array([1, 2]), step=7) == []
        counted = [(r.record.segments[0].tolist(), int(r.record.step[0])) for r in log.read()]
    assert counted == [([1, 2], 5), ([3, 4], 7)]


def test_when_a_question_was_put_and_what_wires_took_travel_as_json_lines(tmp_path):
    with FeedbackLog(tmp_path / "log", durable=True) as log:
        log.append_once("a", Kind.PREFERENCE, answer([3, 4], step=9), asked=np.array([6]))
        log.append(Kind.EVALUATION, word(transit=0.15))
        log.append(Kind.EVALUATION, word())
    rows = list(rows_from(lines_of(read_log(tmp_path / "log")), "feedback"))
    assert rows[0].asked == 6
    assert rows[1].record.transit.tolist() == [0.15]
    assert rows[2].record.transit is None
    with FeedbackLog(tmp_path / "again", durable=False) as log:
        for row in rows:
            log.append_row(row)
        assert [row.asked for row in log.read()] == [6, None, None]
        assert [row.record.transit for row in log.read(Kind.EVALUATION)] == [np.array([0.15]), None]


def test_threads_share_a_log(tmp_path):
    with FeedbackLog(tmp_path / "log", durable=True) as log:

        def speak(who):
            for number in range(20):
                log.append_once(f"{who}-{number}", Kind.EVALUATION, word(who + 1, number))

        threads = [threading.Thread(target=speak, args=(who,)) for who in range(4)]
        for thread in threads:
            thread.start()
        for number in range(20):
            log.append(Kind.EVALUATION, word(9, number))
            log.position()
        for thread in threads:
            thread.join()
        said = [(float(row.record.value[0]), int(row.record.step[0])) for row in log.read()]
    assert len(said) == 100
    for who in (1, 2, 3, 4, 9):
        assert [step for value, step in said if value == who] == list(range(20))
