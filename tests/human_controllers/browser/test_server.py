"""The server over real sockets: who gets in, what is refused, and that training never minds."""

import json
import threading
import time
import uuid
from urllib.parse import urlsplit

import gymnasium as gym
import httpx
import numpy as np
import pytest
from lesson import Field
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.scripted import socket_address
from human_controllers.browser.seat import Browser
from teaching import HumanInTheLoop, Kind, UserError


def enter(lesson, name="Ada", wants=("frames",), **how):
    socket = connect(socket_address(lesson.address), max_size=None, **how)
    say(socket, t="hello", name=name, wants=list(wants))
    return socket


def say(socket, **message):
    socket.send(json.dumps(message))


def hear(socket, kind, seconds=10.0):
    """The next message of this type."""
    end = time.monotonic() + seconds
    while True:
        message = socket.recv(timeout=max(end - time.monotonic(), 0.01))
        if isinstance(message, str) and (message := json.loads(message))["t"] == kind:
            return message


def end_of(socket, seconds=15.0):
    """The code with which the server closes."""
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            socket.recv(timeout=seconds)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
    raise AssertionError("the server did not close")


def token():
    return str(uuid.uuid4())


def goes_on(lesson, steps=20, seconds=20.0):
    """Whether training takes so many steps more."""
    target, end = len(lesson.infos) + steps, time.monotonic() + seconds
    while len(lesson.infos) < target and time.monotonic() < end:
        time.sleep(0.01)
    return len(lesson.infos) >= target


# Who gets in.


def test_the_page_needs_its_token_and_says_so(lessons):
    address = lessons().address
    assert httpx.get(address).status_code == 200
    wrong = httpx.get(address[:-1] + "b")
    assert wrong.status_code == 403 and "terminal" in wrong.text
    parts = urlsplit(address)
    assert httpx.get(f"http://{parts.netloc}/").status_code == 403


def test_another_host_or_origin_is_refused_everywhere(lessons):
    lesson = lessons()
    evil = {"Host": f"evil.example:{lesson.port}"}
    assert httpx.get(lesson.address, headers=evil).status_code == 421
    assert httpx.get(lesson.address, headers={"Origin": "http://evil.example"}).status_code == 403
    with connect(socket_address(lesson.address), origin="http://evil.example") as socket:
        assert end_of(socket) == 4401
    with connect(socket_address(lesson.address)[:-1] + "b") as socket:
        assert end_of(socket) == 4401


def test_every_answer_forbids_what_is_loaded_from_elsewhere(lessons):
    address = lessons().address
    base = address.split("?")[0]
    for url in (address, base, base + "static/app.js", base + "static/nothing.js"):
        headers = httpx.get(url).headers
        assert headers["content-security-policy"].startswith(
            "default-src 'none'; script-src 'self'"
        )
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["..%2f..%2fserver.py", "%2fetc%2fpasswd", "....//server.py", "%00"]
)
def test_no_path_of_a_page_s_leads_anywhere(lessons, path):
    base = lessons().address.split("?")[0]
    assert httpx.get(base + "static/" + path).status_code in (400, 404)


def test_films_need_the_token_and_an_open_question(lessons):
    lesson = lessons(asks=["preference"], speed=20.0)
    base, secret = lesson.address.split("?")
    with enter(lesson) as socket:
        asked = hear(socket, "question")
        film = httpx.get(f"{base}clip/{asked['question']}/0?{secret}")
        assert film.headers["content-type"] == "image/jpeg" and len(film.content) > 1000
        assert httpx.get(f"{base}clip/{asked['question']}/0?token=no").status_code == 403
        for place in ("5/0", f"{asked['question']}/2"):
            missing = httpx.get(f"{base}clip/{place}?{secret}")
            assert missing.status_code == 404
        assert httpx.get(f"{base}clip/x/0?{secret}").status_code == 422


def test_fifty_come_and_as_many_as_may_stay(lessons):
    lesson = lessons(max_people=16)
    sockets = [connect(socket_address(lesson.address), max_size=None) for _ in range(50)]
    for number, socket in enumerate(sockets):
        say(socket, t="hello", name=f"P{number}")
    welcomed, refused = 0, 0
    for socket in sockets:
        try:
            hear(socket, "welcome")
            welcomed += 1
        except ConnectionClosed as closed:
            assert closed.rcvd.code == 1013
            refused += 1
    assert (welcomed, refused) == (16, 34)
    for socket in sockets:
        socket.close()
    assert goes_on(lesson)


def test_the_second_of_a_name_is_called_so(lessons):
    lesson = lessons()
    with enter(lesson, "Ada") as one, enter(lesson, "Ada") as two:
        assert hear(one, "welcome")["you"] == "Ada"
        assert hear(two, "welcome")["you"] == "Ada 2"


# What is refused.


def test_who_says_nothing_or_something_else_first_is_sent_away(lessons):
    lesson = lessons()
    with connect(socket_address(lesson.address)) as socket:
        say(socket, t="shown", frame=0)
        assert end_of(socket) == 4408


def test_nonsense_is_answered_and_in_the_end_the_door(lessons):
    lesson = lessons()
    with enter(lesson) as socket:
        socket.send("nonsense")
        assert "JSON" in hear(socket, "refused")["text"]
        for _ in range(25):
            socket.send('{"t": "judge", "id": 3}')
        assert end_of(socket) == 4429
    assert lesson.kept(Kind.EVALUATION) == []
    assert goes_on(lesson)


def test_what_is_too_large_or_no_text_ends_the_connection(lessons):
    lesson = lessons()
    with enter(lesson) as socket:
        socket.send('{"t": "say", "text": "' + "x" * 400_000 + '"}')
        assert end_of(socket) == 1009
    with enter(lesson) as socket:
        socket.send(b"\x00\x01")
        assert end_of(socket) == 4413
    assert goes_on(lesson)


def test_who_sends_too_fast_is_sent_away_and_training_goes_on(lessons):
    lesson = lessons()
    with enter(lesson) as socket, pytest.raises(ConnectionClosed):
        for _ in range(5_000):
            say(socket, t="looking", at="question")
        end_of(socket)
        socket.recv(timeout=0.1)
    assert goes_on(lesson)


def test_who_reads_nothing_holds_nobody_up(lessons):
    lesson = lessons(absent="continue", patience=0.0)
    slow = enter(lesson, "Slow", max_queue=1)
    assert goes_on(lesson, 10)
    with enter(lesson, "Ada") as socket:
        say(socket, t="judge", id=(name := token()), value=1, frame=0)
        assert hear(socket, "kept")["id"] == name
    # Two pictures are underway to the one that has shown none of them, and no more are sent.
    (guest,) = [guest for guest in lesson.seat.desk.guests if guest.name == "Slow"]
    assert guest.underway <= 2
    slow.socket.close()  # without good-byes


def test_plain_http_to_the_socket_s_door_is_refused(lessons):
    lesson = lessons()
    assert httpx.get(socket_address(lesson.address).replace("ws:", "http:")).status_code >= 400
    with pytest.raises(InvalidStatus):
        connect(f"ws://127.0.0.1:{lesson.port}/other")


# What is taken.


def test_a_word_is_on_the_disk_when_the_page_hears_so_and_once_however_often_it_comes(lessons):
    lesson = lessons()
    with enter(lesson) as socket:
        name = token()
        for _ in range(3):
            say(socket, t="judge", id=name, value=-1, frame=0)
            assert hear(socket, "kept")["id"] == name
            (row,) = lesson.kept(Kind.EVALUATION)
    assert (row.record.human, row.record.value[0]) == ("Ada", -1.0)
    assert goes_on(lesson, 3)
    said = [info["feedback"] for info in lesson.infos if "feedback" in info]
    assert said == [-1.0]
    (at,) = [n for n, info in enumerate(lesson.infos) if "feedback" in info]
    assert at == row.record.step[0]  # the step that the log names is the one that heard it


def test_an_answer_that_does_not_fit_is_refused_and_the_question_stays(lessons):
    lesson = lessons(asks=["ranking"], speed=20.0)
    with enter(lesson) as socket:
        asked = hear(socket, "question")
        for wrong in ({"choice": "first"}, {"order": [0, 0, 1, 2]}, {"order": [0, 1]}):
            say(socket, t="answer", id=token(), question=asked["question"], seconds=1, **wrong)
            assert hear(socket, "refused")["text"]
        say(socket, t="answer", id=token(), question=asked["question"] + 1, order=[3, 2, 1, 0])
        assert "closed" in hear(socket, "refused")["text"]
        say(socket, t="answer", id=(n := token()), question=asked["question"], order=[3, 1, 0, 2])
        assert hear(socket, "kept")["id"] == n
    (row,) = lesson.kept(Kind.RANKING)
    assert row.record.order.tolist() == [[3, 1, 0, 2]]
    assert goes_on(lesson)
    assert [answer.order.tolist() for answer in lesson.answers] == [[[3, 1, 0, 2]]]


def test_a_question_goes_to_the_next_person_when_its_first_one_leaves(lessons):
    lesson = lessons(asks=["preference"], speed=20.0)
    with enter(lesson, "Ada") as ada:
        first = hear(ada, "question")["question"]
    with enter(lesson, "Bob") as bob:
        assert hear(bob, "question")["question"] == first
        say(bob, t="answer", id=token(), question=first, choice="second", seconds=4)
        hear(bob, "kept")
    (row,) = lesson.kept(Kind.PREFERENCE)
    assert (row.record.human, row.record.human_seconds[0]) == ("Bob", 4.0)


def test_two_people_are_asked_the_same_and_their_agreement_is_told(lessons):
    lesson = lessons(asks=["preference"], speed=20.0, answers=2)
    with enter(lesson, "Ada") as ada, enter(lesson, "Bob") as bob:
        for socket, choice in ((ada, "first"), (bob, "second")):
            asked = hear(socket, "question")
            say(socket, t="answer", id=token(), question=asked["question"], choice=choice)
            hear(socket, "kept")
        state = hear(ada, "state")
        while state["agreement"] is None:
            state = hear(ada, "state")
        assert state["agreement"] == 0.0
    assert [row.record.human for row in lesson.kept(Kind.PREFERENCE)] == ["Ada", "Bob"]


def test_one_person_is_in_control_at_a_time_and_gives_back_by_leaving(lessons):
    lesson = lessons()
    with enter(lesson, "Ada") as ada, enter(lesson, "Bob") as bob:
        hear(bob, "welcome")
        say(ada, t="control", on=True)
        state = hear(ada, "state")
        while not state["in_control"]:
            state = hear(ada, "state")
        say(bob, t="control", on=True)
        assert "Ada is in control" in hear(bob, "refused")["text"]
        say(bob, t="steer", axes=[1.0, 1.0], frame=0)  # not theirs: passed over
        ada.close()
        while state["driver"] is not None:
            state = hear(bob, "state")
    assert all(row.record.human == "Ada" for row in lesson.kept(Kind.INTERVENTION))


def test_at_the_end_everybody_hears_so(lessons):
    lesson = lessons()
    with enter(lesson) as socket:
        hear(socket, "welcome")
        lesson.end()
        assert hear(socket, "end")["text"]


def test_a_port_that_is_taken_is_one_clear_line(lessons):
    taken = lessons().port
    with pytest.raises(UserError, match=rf"cannot listen at 127.0.0.1:{taken}.*human.port=0"):
        Browser(BrowserConfig(port=taken), gym.spaces.Discrete(2), 1).prepare("line")


def test_a_run_that_is_to_stop_waits_for_nobody(tmp_path):
    env = Field(numbered=False)
    seat = Browser(BrowserConfig(absent="wait", patience=0.0), env.action_space, 1)
    taught = HumanInTheLoop(env, seat)
    taught.reset(seed=0)
    asked = [False]
    seat.stopping = lambda: asked[0]
    threading.Timer(0.3, lambda: asked.__setitem__(0, True)).start()
    begun = time.monotonic()
    taught.step(np.zeros(2, np.float32))
    assert 0.25 < time.monotonic() - begun < 30
