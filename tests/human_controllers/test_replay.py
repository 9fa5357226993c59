import dataclasses

import numpy as np
import pytest

from human_controllers.replay import ReplayHuman
from teaching import (
    Choice,
    Correction,
    Demonstration,
    Evaluation,
    Human,
    Intervention,
    Kind,
    Preference,
    Ranking,
    Segments,
    Teacher,
    UserError,
    Utterance,
    View,
)
from teaching.log import FeedbackLog


class Scripted(Teacher):
    """Steers, judges and speaks now and then, in each world at moments of its own."""

    name = "scripted"
    kinds = frozenset({Kind.INTERVENTION, Kind.EVALUATION, Kind.UTTERANCE})

    def __init__(self):
        self.rng = np.random.default_rng(5)

    def _record(self, view):
        n = len(view.step)
        when = {"human": self.name, "step": view.step, "wall_time": 1.0}
        return {**when, "human_seconds": self.rng.random(n)}, self.rng.random(n) < 0.4

    def intervene(self, view):
        record, mask = self._record(view)
        action = self.rng.random(view.proposed_action.shape).astype(np.float32)
        return Intervention(**record, mask=mask, action=action)

    def evaluate(self, view):
        record, mask = self._record(view)
        value = self.rng.normal(size=len(mask)).astype(np.float32)
        return Evaluation(**record, mask=mask, value=value, about=view.step - 2)

    def speak(self, view):
        record, mask = self._record(view)
        return Utterance(**record, text=tuple("left" if m else "" for m in mask))


def views(num_worlds, length):
    rng = np.random.default_rng(1)
    for step in range(length):
        yield View(
            obs=rng.random((num_worlds, 4)),
            proposed_action=rng.random((num_worlds, 2)).astype(np.float32),
            step=np.full(num_worlds, step),
            episode_start=np.zeros(num_worlds, bool),
            dt=0.1,
        )


def record(path, human, num_worlds, length, positions=None):
    """What the human gave; where the log stood after each step goes to `positions`."""
    given = []
    with FeedbackLog(path, durable=False) as log:
        for view in views(num_worlds, length):
            signals = human.intervene(view), human.evaluate(view), human.speak(view)
            for kind, signal in zip(
                (Kind.INTERVENTION, Kind.EVALUATION, Kind.UTTERANCE), signals, strict=True
            ):
                log.append(kind, signal)
            given.append(signals)
            if positions is not None:
                positions.append(log.position())
    return given


def test_a_recorded_human_gives_the_same_signals_again(tmp_path):
    given = record(tmp_path / "f", Scripted(), 3, 50)
    replay = ReplayHuman(tmp_path / "f")
    assert isinstance(replay, Human)
    assert replay.kinds == Scripted.kinds
    for view, (steered, judged, spoken) in zip(views(3, 50), given, strict=True):
        intervention = replay.intervene(view)
        mask = steered.mask
        np.testing.assert_array_equal(intervention.mask, mask)
        assert intervention.action.dtype == steered.action.dtype
        assert intervention.action[mask].tobytes() == steered.action[mask].tobytes()
        np.testing.assert_array_equal(
            intervention.human_seconds, np.where(mask, steered.human_seconds, 0.0)
        )
        np.testing.assert_array_equal(intervention.step, view.step)
        evaluation = replay.evaluate(view)
        np.testing.assert_array_equal(evaluation.mask, judged.mask)
        for name in ("value", "about"):
            again, before = getattr(evaluation, name), getattr(judged, name)
            np.testing.assert_array_equal(again[judged.mask], before[judged.mask])
        assert replay.speak(view).text == spoken.text


def test_a_replay_depends_on_the_step_alone_so_that_it_resumes_anywhere(tmp_path):
    given = record(tmp_path / "f", Scripted(), 2, 20)
    replay = ReplayHuman(tmp_path / "f")
    assert replay.state_dict() == {}
    for i, view in reversed(list(enumerate(views(2, 20)))):
        np.testing.assert_array_equal(replay.intervene(view).mask, given[i][0].mask)


def test_past_the_end_of_the_log_the_human_is_silent(tmp_path):
    record(tmp_path / "f", Scripted(), 2, 5)
    replay = ReplayHuman(tmp_path / "f")
    late = dataclasses.replace(next(views(2, 1)), step=np.array([5, 1000]))
    assert not replay.intervene(late).mask.any()
    assert not replay.evaluate(late).mask.any()
    assert replay.speak(late).text == ("", "")
    assert replay.intervene(late).human_seconds.tolist() == [0.0, 0.0]


def test_what_does_not_fit_the_log_is_one_line(tmp_path):
    record(tmp_path / "f", Scripted(), 3, 5)
    replay = ReplayHuman(tmp_path / "f")
    with pytest.raises(UserError, match="recorded in 3 worlds"):
        replay.intervene(next(views(2, 1)))
    view = dataclasses.replace(next(views(3, 1)), proposed_action=np.zeros(3, np.int64))
    with pytest.raises(UserError, match=r"shape \(2,\), this task's have \(\)"):
        for step in range(5):
            replay.intervene(dataclasses.replace(view, step=np.full(3, step)))
    with pytest.raises(NotImplementedError):
        replay.demonstrate(view)
    with FeedbackLog(tmp_path / "empty", False):
        pass
    with pytest.raises(UserError, match="nothing to replay"):
        ReplayHuman(tmp_path / "empty")
    with pytest.raises(UserError, match="there is no feedback log"):
        ReplayHuman(tmp_path / "missing")


def test_what_was_set_aside_is_not_replayed(tmp_path):
    positions = []
    given = record(tmp_path / "f", Scripted(), 1, 10, positions)
    with FeedbackLog(tmp_path / "f", False) as log:
        log.trim_to(positions[4])
    replay = ReplayHuman(tmp_path / "f")
    for step, view in enumerate(views(1, 10)):
        expected = bool(given[step][0].mask[0]) and step <= 4
        assert bool(replay.intervene(view).mask[0]) == expected


def test_answers_and_demonstrations_are_found_again_by_what_was_asked(tmp_path):
    who = {
        "human": "Ada",
        "step": np.array([10, 10]),
        "wall_time": 1.0,
        "human_seconds": np.array([5.0, 6.0]),
    }
    pairs = np.array([[1, 2], [3, 4]])
    triples = np.array([[1, 2, 3], [4, 5, 6]])
    order = np.array([[2, 0, 1], [0, 1, 2]], np.int8)
    better = np.arange(8.0).reshape(2, 2, 2)
    shown = np.array([[1.0, 2.0], [3.0, 4.0]])
    with FeedbackLog(tmp_path / "f", True) as log:
        log.append(
            Kind.PREFERENCE,
            Preference(**who, segments=pairs, choice=np.array([1, 2], np.int8)),
        )
        log.append(Kind.RANKING, Ranking(**who, segments=triples, order=order))
        log.append(
            Kind.CORRECTION,
            Correction(**who, segments=np.array([8, 9]), action=better, length=np.array([2, 1])),
        )
        log.append(Kind.DEMONSTRATION, Demonstration(**who, obs=shown + 1, action=shown))
    replay = ReplayHuman(tmp_path / "f")
    assert replay.kinds == {
        Kind.PREFERENCE, Kind.RANKING, Kind.CORRECTION, Kind.DEMONSTRATION,
    }  # fmt: skip

    def ask(ids):
        empty = np.zeros((*ids.shape, 1, 1))
        length = np.ones(ids.shape, int)
        step = np.full(len(ids), 10)
        return Segments(ids=ids, obs=empty, action=empty, length=length, dt=0.1, step=step)

    swapped = replay.prefer(ask(np.array([[3, 4], [1, 2], [1, 9]])))
    assert swapped.choice.tolist() == [Choice.EQUAL, Choice.SECOND, Choice.SKIP]
    assert swapped.human_seconds.tolist() == [6.0, 5.0, 0.0]
    np.testing.assert_array_equal(replay.rank(ask(triples[::-1])).order, order[::-1])
    with pytest.raises(UserError, match=r"no ranking of the segments \[1, 2, 9\]"):
        replay.rank(ask(np.array([[1, 2, 9]])))
    correction = replay.correct(ask(np.array([[8], [9]])))
    np.testing.assert_array_equal(correction.action, better)
    assert correction.length.tolist() == [2, 1]
    view = dataclasses.replace(next(views(2, 1)), step=np.array([10, 10]))
    demonstration = replay.demonstrate(view)
    np.testing.assert_array_equal(demonstration.action, shown)
    np.testing.assert_array_equal(demonstration.obs, shown + 1)
    with pytest.raises(UserError, match="no demonstration of world 0 at step 0"):
        replay.demonstrate(next(views(2, 1)))
