import json
import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from coachable.cli import main
from teaching import (
    Correction,
    Demonstration,
    Evaluation,
    Intervention,
    Kind,
    Preference,
    Ranking,
    Utterance,
)
from teaching.log import FeedbackLog

REAL = hnp.floating_dtypes(endianness="=", sizes=(16, 32, 64))
NUMBERS = st.one_of(REAL, hnp.integer_dtypes(endianness="="), hnp.unsigned_integer_dtypes())


def arrays(dtypes, rows, **more):
    """[rows, ...] of any numbers; NaN as JSON has it, with no bits of its own."""
    shape = hnp.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)
    made = st.tuples(dtypes, shape).flatmap(lambda pair: hnp.arrays(pair[0], (rows, *pair[1])))
    return made.map(_plain_nan)


def _plain_nan(array):
    return (
        np.where(np.isnan(array), array.dtype.type("nan"), array)
        if array.dtype.kind == "f"
        else array
    )


@st.composite
def signals(draw):
    """(kind, record, what was on view) of one to three worlds or queries."""
    n = draw(st.integers(1, 3))
    whole = hnp.arrays(np.int64, n)
    who = {
        "human": draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)),
        "step": draw(whole),
        "wall_time": draw(st.floats(allow_nan=False)),
        "human_seconds": draw(hnp.arrays(np.float64, n).map(_plain_nan)),
    }
    mask = draw(hnp.arrays(bool, n))
    anything = arrays(NUMBERS, n)
    kind, record = draw(
        st.sampled_from(
            [
                (Kind.INTERVENTION, lambda: Intervention(**who, mask=mask, action=draw(anything))),
                (
                    Kind.DEMONSTRATION,
                    lambda: Demonstration(**who, obs=draw(anything), action=draw(anything)),
                ),
                (
                    Kind.EVALUATION,
                    lambda: Evaluation(
                        **who,
                        mask=mask,
                        value=draw(hnp.arrays(np.float32, n).map(_plain_nan)),
                        about=draw(whole),
                    ),
                ),
                (
                    Kind.PREFERENCE,
                    lambda: Preference(
                        **who,
                        segments=draw(hnp.arrays(np.int64, (n, 2))),
                        choice=draw(hnp.arrays(np.int8, n)),
                    ),
                ),
                (
                    Kind.RANKING,
                    lambda: Ranking(
                        **who,
                        segments=draw(hnp.arrays(np.int64, (n, 4))),
                        order=draw(hnp.arrays(np.int8, (n, 4))),
                    ),
                ),
                (
                    Kind.CORRECTION,
                    lambda: Correction(
                        **who, segments=draw(whole), action=draw(anything), length=draw(whole)
                    ),
                ),
                (
                    Kind.UTTERANCE,
                    lambda: Utterance(
                        **who, text=tuple(draw(st.lists(st.text(), min_size=n, max_size=n)))
                    ),
                ),
            ]
        )
    )
    seen = st.one_of(st.none(), anything)
    view = {"obs": draw(seen), "proposed_action": draw(seen)}
    return kind, record(), view | {"episode_start": draw(hnp.arrays(bool, n))}


def database(path):
    with sqlite3.connect(path) as rows:
        return rows.execute("SELECT * FROM feedback ORDER BY id").fetchall()


def command(*arguments):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setattr("sys.argv", ["coachable", *map(str, arguments)])
        main()
    return stop.value.code


@given(st.lists(signals(), max_size=5))
@settings(max_examples=40, deadline=None)
def test_what_is_exported_and_imported_is_the_same_log_row_for_row(tmp_path_factory, given):
    folder = tmp_path_factory.mktemp("logs")
    with FeedbackLog(folder / "feedback.sqlite", durable=False) as log:
        for kind, record, view in given:
            log.append(kind, record, **view)
    assert command("export", folder) == 0
    assert command("import", folder / "feedback.jsonl", "--out", folder / "again.sqlite") == 0
    assert database(folder / "again.sqlite") == database(folder / "feedback.sqlite")


@pytest.fixture
def run(tmp_path):
    """A run's folder, whose log has two worlds."""
    with FeedbackLog(tmp_path / "feedback.sqlite", durable=False) as log:
        for step in range(3):
            log.append(
                Kind.EVALUATION,
                Evaluation(
                    human="Ada",
                    step=np.full(2, step),
                    wall_time=0.5,
                    human_seconds=np.full(2, np.nan),
                    mask=np.array([step == 1, True]),
                    value=np.array([1.0, -0.1], np.float32),
                    about=np.full(2, step),
                ),
            )
    return tmp_path


def test_each_line_is_json_that_any_reader_takes(run):
    command("export", run)

    def refuse(constant):
        raise AssertionError(constant)

    lines = (run / "feedback.jsonl").read_text().splitlines()
    head, *rows = [json.loads(line, parse_constant=refuse) for line in lines]
    assert head == {"format": "coachable feedback", "version": 1}
    assert [(row["world"], row["step"]) for row in rows] == [(1, 0), (0, 1), (1, 1), (1, 2)]
    assert rows[0]["human_seconds"] == "nan"
    assert rows[0]["value"] == {"dtype": "<f4", "shape": [], "data": [float(np.float32(-0.1))]}


def test_a_log_that_is_being_written_can_be_exported(run):
    with FeedbackLog(run / "feedback.sqlite", durable=True):
        assert command("export", run, "--out", run / "now.jsonl") == 0
    assert len((run / "now.jsonl").read_text().splitlines()) == 5


def test_nothing_is_replaced_unasked(run, capsys):
    (run / "feedback.jsonl").write_text("mine")
    assert command("export", run) == 2
    assert "is there already; choose another --out, or --overwrite" in capsys.readouterr().err
    assert (run / "feedback.jsonl").read_text() == "mine"
    assert command("export", run, "--overwrite") == 0
    before = database(run / "feedback.sqlite")
    assert command("import", run / "feedback.jsonl", "--out", run / "feedback.sqlite") == 2
    assert (
        command("import", run / "feedback.jsonl", "--out", run / "feedback.sqlite", "--overwrite")
        == 0
    )
    assert database(run / "feedback.sqlite") == before


def test_a_log_with_a_writer_is_not_replaced_from_under_them(run, capsys):
    command("export", run)
    back = ("import", run / "feedback.jsonl", "--out", run / "feedback.sqlite", "--overwrite")
    with FeedbackLog(run / "feedback.sqlite", durable=True):
        assert command(*back) == 2
    assert "feedback log" in capsys.readouterr().err
    assert len(database(run / "feedback.sqlite")) == 4
    assert not list(run.glob(".feedback*"))


def test_an_import_that_fails_halfway_leaves_the_old_log(run, monkeypatch):
    command("export", run)
    before = database(run / "feedback.sqlite")

    def fail(self, row):
        raise OSError("no space left")

    monkeypatch.setattr(FeedbackLog, "append_row", fail)
    back = ["import", run / "feedback.jsonl", "--out", run / "feedback.sqlite", "--overwrite"]
    monkeypatch.setattr("sys.argv", ["coachable", *map(str, back)])
    with pytest.raises(OSError, match="no space left"):
        main()
    assert database(run / "feedback.sqlite") == before
    assert not list(run.glob(".feedback*"))


@pytest.mark.parametrize(
    ("line", "text", "message"),
    [
        (0, "{}", "is no feedback in JSON Lines: its first line does not say so"),
        (0, '{"format": "coachable feedback", "version": 7}', "has version 7, this lab reads 1"),
        (2, "not json", "line 3 is damaged (JSONDecodeError"),
        (2, '{"kind": "applause"}', "line 3 is damaged (ValueError"),
        (2, '{"kind": "utterance", "human": "Ada"}', "line 3 is damaged (KeyError"),
        (
            2,
            '{"kind": "utterance", "human": "Ada", "world": 0, "step": 1e999, "wall_time": 0, '
            '"human_seconds": 0, "text": "hm"}',
            "line 3 is damaged (OverflowError",
        ),
        (2, "[" * 100_000, "line 3 is damaged (RecursionError"),
    ],
)
def test_a_damaged_line_is_named_and_nothing_is_written(run, capsys, line, text, message):
    command("export", run)
    lines = (run / "feedback.jsonl").read_text().splitlines()
    lines[line] = text
    (run / "damaged.jsonl").write_text("\n".join(lines))
    assert command("import", run / "damaged.jsonl", "--out", run / "new.sqlite") == 2
    assert message in capsys.readouterr().err
    assert not (run / "new.sqlite").exists()


def test_an_array_of_objects_is_never_made(run, capsys):
    command("export", run)
    text = (run / "feedback.jsonl").read_text().replace('"<f4"', '"O"')
    (run / "objects.jsonl").write_text(text)
    assert command("import", run / "objects.jsonl", "--out", run / "new.sqlite") == 2
    assert "no array of numbers: dtype O" in capsys.readouterr().err


def test_a_log_that_is_not_there_is_one_line(tmp_path, capsys):
    assert command("export", tmp_path) == 2
    assert "there is no feedback log at" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
