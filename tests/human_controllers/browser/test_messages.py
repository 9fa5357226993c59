"""What a page may say, and that nothing else gets through."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from human_controllers.browser import messages as say

ID = "0123456789ab"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"t": "hello", "name": " Ada "}, say.Hello("Ada", frozenset({"frames"}))),
        ({"t": "shown", "frame": 3}, say.Shown(3)),
        ({"t": "looking", "at": "away"}, say.Looking("away")),
        ({"t": "control", "on": True}, say.Control(True)),
        ({"t": "steer", "axes": [0, -1.0], "frame": 3}, say.Steer((0.0, -1.0), None, 3)),
        ({"t": "steer", "action": None, "frame": 3}, say.Steer(None, None, 3)),
        ({"t": "pause", "on": False}, say.Pause(False)),
        ({"t": "step"}, say.OneStep()),
        ({"t": "judge", "id": ID, "value": -1, "frame": 0}, say.Judge(ID, -1.0, 0)),
        ({"t": "say", "id": ID, "text": " slower ", "frame": 0}, say.Say(ID, "slower", 0)),
        (
            {"t": "answer", "id": ID, "question": 4, "choice": "equal", "seconds": 2},
            say.Answer(ID, 4, "equal", None, None, 2.0),
        ),
        (
            {"t": "answer", "id": ID, "question": 4, "order": [1, 0], "seconds": 2},
            say.Answer(ID, 4, None, (1, 0), None, 2.0),
        ),
    ],
)
def test_what_the_protocol_knows_is_understood(sent, expected):
    assert say.parse(json.dumps(sent)) == expected


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "[]",
        "nonsense",
        "[" * 100_000,
        '{"t": ["hello"]}',
        '{"t": "eval", "code": "1"}',
        '{"t": "hello", "name": ""}',
        '{"t": "hello", "name": "a\\u0000b"}',
        json.dumps({"t": "hello", "name": "x" * 41}),
        '{"t": "hello", "name": "Ada", "wants": ["files"]}',
        '{"t": "steer", "axes": [1.5], "frame": 0}',
        '{"t": "steer", "axes": [NaN], "frame": 0}',
        '{"t": "steer", "axes": [1e999], "frame": 0}',
        '{"t": "steer", "action": true, "frame": 0}',
        '{"t": "steer", "action": -1, "frame": 0}',
        '{"t": "judge", "id": "short", "value": 1, "frame": 0}',
        json.dumps({"t": "judge", "id": ID, "value": 0, "frame": 0}),
        json.dumps({"t": "judge", "id": ID, "value": 5, "frame": 0}),
        json.dumps({"t": "judge", "id": ID, "value": 1, "frame": 1.5}),
        json.dumps({"t": "say", "id": ID, "text": "x" * 501, "frame": 0}),
        '{"t": "say", "id": "0123456789ab", "text": "\\ud800", "frame": 0}',
        json.dumps({"t": "answer", "id": ID, "question": 1, "choice": "third"}),
        json.dumps({"t": "answer", "id": ID, "question": 1, "choice": "first", "order": [0, 1]}),
        json.dumps({"t": "answer", "id": ID, "question": 1, "order": [0.5, 1]}),
        json.dumps({"t": "answer", "id": ID, "question": 1, "action": []}),
        json.dumps({"t": "answer", "id": ID, "question": 2**60, "choice": "first"}),
    ],
)
def test_what_it_does_not_know_is_refused(sent):
    with pytest.raises(say.Malformed):
        say.parse(sent)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["t", "id", "frame", "axes", "value", "text", "question", "order"]),
            inner,
        )
    ),
    max_leaves=12,
)


@given(PLAIN, st.sampled_from(["hello", "steer", "judge", "say", "answer", "looking", "zzz"]))
def test_nothing_that_is_sent_gets_past_unchecked_or_breaks_the_parser(content, kind):
    sent = {**content, "t": kind} if isinstance(content, dict) else content
    try:
        message = say.parse(json.dumps(sent))
    except say.Malformed:
        return
    assert isinstance(message, say.Message)
