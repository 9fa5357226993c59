"""A label that a page was told is saved survives a SIGKILL, once; and the count would tell."""

import sqlite3

import numpy as np
import pytest

from coachable.reproduce.durability.page import Page
from coachable.reproduce.durability.run import claims, count, series
from teaching import Evaluation, Kind, Utterance
from teaching.log import FeedbackLog


def test_kills_during_bursts_lose_nothing_that_was_acknowledged(tmp_path):
    found = series(tmp_path / "run", seed=3, kills=3)
    assert found["acknowledged"] > 0
    assert (found["lost"], found["doubled"], found["altered"]) == (0, 0, 0)
    assert found["acknowledged"] <= found["stored"]


@pytest.fixture
def told(tmp_path):
    """A page that was told that two labels are saved, and a log that holds them."""
    page = Page(0)
    page.saved = {
        "praise": {"t": "judge", "value": 1.0},
        "words": {"t": "say", "text": "slower"},
    }
    common = {"human": "Ada", "step": np.zeros(1, int), "wall_time": 0.0}
    common |= {"human_seconds": np.zeros(1)}
    praise = Evaluation(
        **common, mask=np.ones(1, bool), value=np.ones(1, np.float32), about=np.zeros(1, int)
    )
    with FeedbackLog(tmp_path / "log", durable=True) as log:
        log.append_once("praise", Kind.EVALUATION, praise)
        log.append_once("words", Kind.UTTERANCE, Utterance(**common, text=("slower",)))
    return tmp_path / "log", page


def holds(path, page):
    found = {"kills": 0, "underway": 0, **count(path, page)}
    return [claim.holds for claim in claims([found])][1:4]


def test_the_count_finds_nothing_wrong_where_nothing_is(told):
    assert holds(*told) == [True, True, True]


def test_the_count_finds_what_was_lost_doubled_and_altered(told):
    path, page = told
    page.saved["more"] = {"t": "judge", "value": 1.0}
    assert holds(path, page) == [False, True, True]
    del page.saved["more"]
    page.saved["praise"]["value"] = -1.0
    assert holds(path, page) == [True, True, False]
    page.saved["praise"]["value"] = 1.0
    with sqlite3.connect(path) as database:
        database.execute(
            "INSERT INTO feedback(kind, human, world, step, wall_time, human_seconds, payload)"
            " SELECT kind, human, world, step, wall_time, human_seconds, payload FROM feedback"
            " WHERE id = 1"
        )
    assert holds(path, page) == [True, False, True]
