import dataclasses

import gymnasium as gym
import numpy as np
import pytest
from tiny import Scripted

from teaching import Kind, UserError
from teaching.session import Session

BOX = gym.spaces.Box(np.array([-1.0, -2.0]), np.array([1.0, 3.0]), dtype=np.float32)
DISCRETE = gym.spaces.Discrete(3, start=5)
OBS = np.zeros((2, 4), np.float32)


class Pages(list):
    """A log that is a list."""

    def append(self, kind, record, *, obs=None, proposed_action=None, episode_start=None):
        super().append((kind, record, obs, proposed_action, episode_start))


def session(human, space=BOX, log=None, num_worlds=2, dt=0.5):
    made = Session(human, log, space, num_worlds, dt)
    made.reset(np.ones(num_worlds, bool))
    return made


def steering(*masks, action=None):
    """A human who is in control as `masks` say, one a step."""
    script = iter(masks)
    actions = np.full((2, 2), 0.5, np.float32) if action is None else action
    return Scripted(lambda view: (np.array(next(script)), actions))


PROPOSED = np.array([[0.1, 0.2], [0.3, 0.4]], np.float32)


def test_the_human_overrules_only_the_worlds_in_the_mask():
    moment = session(steering([False, True])).decide(OBS, PROPOSED)
    np.testing.assert_array_equal(
        moment.executed_action, np.array([[0.1, 0.2], [0.5, 0.5]], np.float32)
    )
    np.testing.assert_array_equal(moment.proposed_action, PROPOSED)
    np.testing.assert_array_equal(
        PROPOSED, np.array([[0.1, 0.2], [0.3, 0.4]], np.float32)
    )  # the learner's own array is left alone
    assert moment.executed_action.dtype == np.float32


def test_a_takeover_starts_once_and_an_episode_end_ends_it():
    made = session(steering([True, False], [True, True], [True, True], [False, True]))
    moments = [made.decide(OBS, PROPOSED) for _ in range(2)]
    made.reset(np.array([True, False]))  # world 0 begins an episode; the human holds on
    moments += [made.decide(OBS, PROPOSED) for _ in range(2)]
    starts = [moment.takeover_start.tolist() for moment in moments]
    assert starts == [[True, False], [False, True], [True, False], [False, False]]
    assert [m.takeover.tolist() for m in moments] == [
        [True, False], [True, True], [True, True], [False, True],
    ]  # fmt: skip


def test_the_view_counts_steps_and_marks_first_views():
    human = steering(*[[False, False]] * 4)
    made = session(human, dt=0.25)
    made.decide(OBS, PROPOSED)
    made.decide(OBS, PROPOSED)
    made.reset(np.array([False, True]))
    made.decide(OBS, PROPOSED)
    made.decide(OBS, PROPOSED)
    assert [view.step.tolist() for view in human.views] == [[0, 0], [1, 1], [2, 2], [3, 3]]
    assert [view.episode_start.tolist() for view in human.views] == [
        [True, True], [False, False], [False, True], [False, False],
    ]  # fmt: skip
    assert {view.dt for view in human.views} == {0.25}
    assert [r.tolist() for r in human.resets] == [[True, True], [False, True]]


def test_the_human_is_not_told_of_a_reset_where_no_episode_begins():
    human = steering()
    session(human).reset(np.zeros(2, bool))
    assert len(human.resets) == 1


def test_the_prices_of_all_kinds_add_up():
    human = Scripted(
        lambda view: (np.array([True, False]), np.zeros((2, 2))),
        values=lambda view: np.array([np.nan, 1.0]),
        words=lambda view: ("go left now", ""),
    )
    moment = session(human).decide(OBS, PROPOSED)
    # World 0: 2 · 0.5 s steering + 0.25 takeover + 3 words at 0.4; world 1: 0.5 s watching + 0.5.
    np.testing.assert_allclose(moment.human_seconds, [1.0 + 0.25 + 1.2, 0.5 + 0.5])
    np.testing.assert_array_equal(moment.feedback, np.array([np.nan, 1.0], np.float32))
    assert moment.utterance == ("go left now", "")


def test_a_human_is_asked_only_for_the_kinds_it_gives():
    moment = session(Scripted(words=lambda view: ("", ""))).decide(OBS, PROPOSED)
    assert not moment.takeover.any()
    assert np.isnan(moment.feedback).all()
    assert moment.executed_action is PROPOSED


def test_the_log_holds_each_signal_with_what_was_seen_and_proposed_and_no_silence():
    log = Pages()
    human = Scripted(
        lambda view: (np.array([view.step[0] == 1, False]), np.zeros((2, 2))),
        values=lambda view: np.array([1.0 if view.step[0] == 1 else np.nan, np.nan]),
        words=lambda view: ("", "stop" if view.step[0] == 1 else ""),
    )
    made = session(human, log=log)
    made.decide(OBS, PROPOSED)
    assert log == []
    made.reset(np.array([False, True]))
    made.decide(OBS + 1, PROPOSED)
    assert [entry[0] for entry in log] == [Kind.INTERVENTION, Kind.EVALUATION, Kind.UTTERANCE]
    for _, record, obs, proposed, start in log:
        np.testing.assert_array_equal(obs, OBS + 1)
        np.testing.assert_array_equal(proposed, PROPOSED)
        assert start.tolist() == [False, True]
        np.testing.assert_array_equal(record.step, [1, 1])


@pytest.mark.parametrize(
    ("space", "action", "executed"),
    [
        (BOX, [[-5.0, -5.0], [5.0, 5.0]], [[-1.0, -2.0], [1.0, 3.0]]),
        (BOX, [[0.25, 2.5], [0.0, 0.0]], [[0.25, 2.5], [0.0, 0.0]]),
        (DISCRETE, [5, 7], [5, 7]),
        (DISCRETE, [6.0, 7.0], [6, 7]),
        (gym.spaces.MultiDiscrete([3, 3]), [[1, 2], [0, 0]], [[1, 2], [0, 0]]),
    ],
)
def test_a_continuous_action_is_clipped_to_the_space_and_a_whole_one_taken_as_it_is(
    space, action, executed
):
    proposed = np.array([space.sample(), space.sample()])
    human = steering([True, True], action=np.array(action))
    moment = session(human, space).decide(OBS, proposed)
    np.testing.assert_array_equal(moment.executed_action, executed)
    assert moment.executed_action.dtype == proposed.dtype
    for row in moment.executed_action:
        assert space.contains(row)


BAD = {
    "NaN": (BOX, [True, True], [[0.0, np.nan], [0.0, 0.0]], "action must be finite"),
    "infinite": (BOX, [True, True], [[0.0, np.inf], [0.0, 0.0]], "action must be finite"),
    "no worlds axis": (BOX, [True, True], [0.0, 0.0], r"shape \(2, 2\) \(worlds first\)"),
    "too wide": (BOX, [True, True], np.zeros((2, 3)), r"shape \(2, 2\)"),
    "mask of integers": (BOX, [1, 0], np.zeros((2, 2)), "mask must be bool .* got int64"),
    "mask of floats": (BOX, [1.0, 0.0], np.zeros((2, 2)), "mask must be bool .* got float64"),
    "mask too long": (BOX, [True] * 3, np.zeros((2, 2)), r"shape \(2,\), got bool of shape \(3,\)"),
    "over the last": (DISCRETE, [True, False], [8, 5], "whole number from 5 to 7, got"),
    "under the first": (DISCRETE, [False, True], [5, 4], "whole number from 5 to 7, got"),
    "half an action": (DISCRETE, [True, False], [5.5, 5], "whole number from 5 to 7, got"),
    "NaN, discrete": (DISCRETE, [True, False], [np.nan, 5], "action must be finite"),
    "one-hot": (DISCRETE, [True, False], np.eye(3)[:2], r"shape \(2,\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_from_a_human_is_one_line_that_names_it_and_nothing_is_executed_or_logged(case):
    space, mask, action, says = BAD[case]
    proposed = PROPOSED if space is BOX else np.array([5, 6])
    log = Pages()
    made = session(Scripted(lambda view: (np.array(mask), np.array(action))), space, log)
    with pytest.raises(UserError, match=says) as caught:
        made.decide(OBS, proposed)
    message = str(caught.value)
    assert message.startswith("scripted: ")
    assert "\n" not in message
    assert log == []


def test_what_stands_outside_the_mask_carries_no_meaning():
    human = steering([True, False], action=np.array([[0.5, 0.5], [np.nan, 9.0]]))
    moment = session(human).decide(OBS, PROPOSED)
    np.testing.assert_array_equal(moment.executed_action[1], PROPOSED[1])


def test_praise_must_be_finite():
    human = Scripted(values=lambda view: np.array([np.inf, np.nan]))
    with pytest.raises(UserError, match="evaluation must be finite"):
        session(human).decide(OBS, PROPOSED)


def replaced(make, **fields):
    """A human whose records differ from a sound one's in these fields."""
    human = Scripted(
        lambda view: (np.array([True, False]), np.zeros((2, 2))),
        values=lambda view: np.array([1.0, np.nan]),
        words=lambda view: ("stop", ""),
    )
    sound = getattr(human, make)
    setattr(human, make, lambda view: dataclasses.replace(sound(view), **fields))
    return human


BAD_RECORDS = {
    "seconds of one world": ("intervene", {"human_seconds": np.zeros(1)}, r"intervention\.human_"),
    "a bare number": ("speak", {"human_seconds": 1.0}, r"utterance\.human_seconds .* shape \(2,\)"),
    "negative seconds": ("evaluate", {"human_seconds": np.array([-1.0, 0])}, "finite and ≥ 0"),
    "endless seconds": ("intervene", {"human_seconds": np.array([np.inf, 0])}, "finite and ≥ 0"),
    "seconds in words": ("evaluate", {"human_seconds": ["a", "b"]}, "must be numbers of shape"),
    "too many values": ("evaluate", {"value": np.ones(3)}, r"evaluation\.value .* shape \(3,\)"),
    "values in a column": ("evaluate", {"value": np.ones((2, 1))}, r"evaluation\.value"),
    "about one world": ("evaluate", {"about": np.zeros(1, int)}, r"evaluation\.about"),
    "a bare string": ("speak", {"text": "go"}, "utterance.text must be 2 strings"),
    "one string too few": ("speak", {"text": ("go",)}, "utterance.text must be 2 strings"),
    "no strings": ("speak", {"text": (None, 1)}, "utterance.text must be 2 strings"),
    "nothing": ("speak", {"text": None}, "utterance.text must be 2 strings"),
}


@pytest.mark.parametrize("case", BAD_RECORDS)
def test_a_record_of_a_wrong_form_is_one_line_that_names_the_human_and_the_field(case):
    make, fields, says = BAD_RECORDS[case]
    with pytest.raises(UserError, match=says) as caught:
        session(replaced(make, **fields)).decide(OBS, PROPOSED)
    assert str(caught.value).startswith("scripted: ")
    assert "\n" not in str(caught.value)


def test_a_saved_session_goes_on_in_the_middle_of_a_takeover():
    def human():
        return steering([True, False], [True, True], [True, True])

    whole, part = session(human()), session(human())
    for _ in range(2):
        whole.decide(OBS, PROPOSED)
        part.decide(OBS, PROPOSED)
    rest = Session(part.human, None, BOX, 2, 0.5)
    rest.load_state_dict(part.state_dict())
    a, b = whole.decide(OBS, PROPOSED), rest.decide(OBS, PROPOSED)
    assert not a.takeover_start.any()
    for name, column in a.infos().items():
        np.testing.assert_array_equal(column, b.infos()[name])
    np.testing.assert_array_equal(part.human.views[-1].step, whole.human.views[-1].step)


def test_a_view_holds_the_learners_probabilities_where_it_has_them():
    human = steering([False, False], [False, False])
    made = session(human)
    made.decide(OBS, PROPOSED)
    made.action_probs = lambda obs: np.full((len(obs), 3), 1 / 3)
    made.decide(OBS, PROPOSED)
    assert human.views[0].action_probs is None
    assert human.views[1].action_probs.shape == (2, 3)
