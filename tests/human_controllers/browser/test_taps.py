"""A tap that is over before its step is due is one step all the same."""

import json
import time

import pytest

connect = pytest.importorskip("websockets.sync.client", reason="needs websockets").connect


def test_a_tap_is_one_step_however_short_it_was(lessons):
    lesson = lessons(numbered=True)
    with connect(lesson.address.replace("http", "ws").replace("/?", "/ws?")) as person:

        def say(**message):
            person.send(json.dumps(message))

        say(t="hello", name="Ada", wants=[])
        say(t="control", on=True)
        until(lambda: lesson.infos and lesson.executed()[-3:].tolist() == [0, 0, 0])
        before = len(lesson.infos)
        for action in (2, 1):
            say(t="steer", action=action, frame=0)
            say(t="steer", action=None, frame=0)
            until(lambda tap=action: tap in lesson.executed()[before:].tolist())
        # Held over several steps, and told again at each picture.
        for _ in range(4):
            say(t="steer", action=3, frame=0)
            steps = len(lesson.infos)
            until(lambda steps=steps: len(lesson.infos) > steps)
        say(t="steer", action=None, frame=0)
        until(lambda: lesson.executed()[-3:].tolist() == [0, 0, 0])
        done = lesson.executed()[before:].tolist()
    assert done.count(2) == done.count(1) == 1
    assert 3 <= done.count(3) <= 5


def until(holds):
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)
