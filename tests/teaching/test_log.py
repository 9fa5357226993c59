import dataclasses
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from teaching import (
    Choice,
    Correction,
    Demonstration,
    Evaluation,
    Intervention,
    Kind,
    Preference,
    Ranking,
    UserError,
    Utterance,
)
from teaching.log import FeedbackLog, read_log

rng = np.random.default_rng(0)
WHO = {
    "human": "Ada",
    "step": np.array([7, 8, 9]),
    "wall_time": 1.7e9 + 0.1,
    "human_seconds": np.array([0.1, np.inf, np.nan]),
}
MASK = np.array([True, False, True])
RECORDS = {
    Kind.INTERVENTION: Intervention(**WHO, mask=MASK, action=rng.random((3, 2)).astype(np.float32)),
    Kind.DEMONSTRATION: Demonstration(
        **WHO, obs=rng.integers(0, 255, (3, 2, 2), np.uint8), action=np.array([1, 2, 3])
    ),
    Kind.EVALUATION: Evaluation(
        **WHO, mask=MASK, value=np.array([1, 0, -0.5], np.float32), about=np.array([6, 7, 8])
    ),
    Kind.PREFERENCE: Preference(
        **WHO,
        segments=np.array([[1, 2], [3, 4], [5, 6]]),
        choice=np.array([Choice.FIRST, Choice.SKIP, Choice.EQUAL], np.int8),
    ),
    Kind.RANKING: Ranking(
        **WHO, segments=np.arange(12).reshape(3, 4), order=np.array([[3, 1, 0, 2]] * 3, np.int8)
    ),
    Kind.CORRECTION: Correction(
        **WHO,
        segments=np.array([4, 5, 6]),
        action=np.asfortranarray(rng.random((3, 5, 2))),
        length=np.array([5, 0, 2]),
    ),
    Kind.UTTERANCE: Utterance(**WHO, text=("mind the\nkerb – 🚧", "", "x\x00\ud800")),
}


def one_row(record, i):
    """The record with a batch of one: row i."""
    cut = {
        f.name: getattr(record, f.name)[i : i + 1]
        for f in dataclasses.fields(record)
        if isinstance(getattr(record, f.name), np.ndarray | tuple)
    }
    return dataclasses.replace(record, **cut)


def assert_same(a, b):
    assert type(a) is type(b)
    for field in dataclasses.fields(a):
        x, y = getattr(a, field.name), getattr(b, field.name)
        assert type(x) is type(y), field.name
        if isinstance(x, np.ndarray):
            assert (x.dtype, x.shape) == (y.dtype, y.shape), field.name
            assert x.tobytes() == y.tobytes(), field.name
        else:
            assert x == y, field.name


def intervention(step, worlds=1):
    return Intervention(
        human="h",
        step=np.full(worlds, step),
        wall_time=0.5,
        human_seconds=np.full(worlds, 0.1),
        mask=np.ones(worlds, bool),
        action=np.full((worlds, 2), step, np.float32),
    )


def steps(log, **which):
    return [int(row.record.step[0]) for row in log.read(**which)]


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_comes_back_bit_for_bit(tmp_path, kind, durable):
    record = RECORDS[kind]
    given = [0, 2] if kind in (Kind.INTERVENTION, Kind.EVALUATION, Kind.UTTERANCE) else [0, 1, 2]
    with FeedbackLog(tmp_path / "f.sqlite", durable) as log:
        log.append(kind, record)
        assert log.count() == log.count(kind) == len(given)
    rows = list(read_log(tmp_path / "f.sqlite"))
    assert [row.world for row in rows] == given
    for row, i in zip(rows, given, strict=True):
        assert row.kind is kind
        assert row.obs is None and row.proposed_action is None
        assert_same(row.record, one_row(record, i))


def test_what_the_human_saw_is_kept_beside_the_signal(tmp_path):
    obs, proposed = rng.random((3, 4)).astype(np.float32), rng.random((3, 2))
    with FeedbackLog(tmp_path / "f", False) as log:
        for kind, record in RECORDS.items():
            log.append(kind, record, obs=obs, proposed_action=proposed)
        for row in log.read():
            np.testing.assert_array_equal(row.obs, obs[row.world])
            np.testing.assert_array_equal(row.proposed_action, proposed[row.world])
            assert row.obs.dtype == np.float32
        demonstration = next(log.read(Kind.DEMONSTRATION)).record
        np.testing.assert_array_equal(demonstration.obs[0], RECORDS[Kind.DEMONSTRATION].obs[0])


def test_the_first_step_of_an_episode_is_kept_and_the_others_cost_nothing(tmp_path):
    path = tmp_path / "log.sqlite"
    given = {
        "human": "Ada",
        "step": np.zeros(3, np.int64),
        "wall_time": 0.0,
        "human_seconds": np.zeros(3),
        "text": ("a", "", "c"),
    }
    with FeedbackLog(path, durable=True) as log:
        log.append(Kind.UTTERANCE, Utterance(**given), obs=np.ones((3, 2)))
        starts = np.array([True, True, False])
        log.append(Kind.UTTERANCE, Utterance(**given), obs=np.ones((3, 2)), episode_start=starts)
    rows = list(read_log(path))
    assert [(row.world, row.episode_start) for row in rows] == [
        (0, False),
        (2, False),
        (0, True),
        (2, False),
    ]
    assert [row.record.text for row in rows] == [("a",), ("c",)] * 2
    with sqlite3.connect(path) as database:
        sizes = [size for (size,) in database.execute("SELECT length(payload) FROM feedback")]
    assert sizes[3] == sizes[1] < sizes[2]


def test_nothing_is_kept_where_nobody_said_anything(tmp_path):
    with FeedbackLog(tmp_path / "f", True) as log:
        for kind in (Kind.INTERVENTION, Kind.EVALUATION):
            log.append(kind, dataclasses.replace(RECORDS[kind], mask=np.zeros(3, bool)))
        log.append(Kind.UTTERANCE, dataclasses.replace(RECORDS[Kind.UTTERANCE], text=("", "", "")))
        assert log.count() == 0


def test_rows_are_read_in_order_and_by_kind(tmp_path):
    with FeedbackLog(tmp_path / "f", False) as log:
        for step in (3, 1, 2):
            log.append(Kind.INTERVENTION, intervention(step))
            log.append(Kind.PREFERENCE, RECORDS[Kind.PREFERENCE])
        assert steps(log, kind=Kind.INTERVENTION) == [3, 1, 2]
        assert log.count(Kind.PREFERENCE) == 9
        assert log.count() == 12


def test_a_trim_sets_aside_what_came_later_and_deletes_nothing(tmp_path):
    with FeedbackLog(tmp_path / "f", False) as log:
        for step in range(5):
            log.append(Kind.INTERVENTION, intervention(step))
            if step == 2:
                position = log.position()
        log.trim_to(position)
        assert steps(log) == [0, 1, 2]
        log.append(Kind.INTERVENTION, intervention(3))
        assert steps(log) == [0, 1, 2, 3]
        assert steps(log, superseded=True) == [0, 1, 2, 3, 4, 3]
        assert (log.count(), log.count(superseded=True)) == (4, 6)


def test_going_back_to_a_position_is_exact_whatever_the_steps_say(tmp_path):
    with FeedbackLog(tmp_path / "f", False) as log:
        log.append(Kind.INTERVENTION, intervention(9))
        position = log.position()
        log.append(Kind.INTERVENTION, intervention(4))
        log.append(Kind.INTERVENTION, intervention(9))
    with FeedbackLog(tmp_path / "f", False) as log:
        log.trim_to(position)
        log.append(Kind.INTERVENTION, intervention(10))
        assert steps(log) == [9, 10]
        assert log.count(superseded=True) == 4


def run_and_kill(tmp_path, durable):
    """A writer that kills itself after saying how many rows were acknowledged."""
    code = f"""
        import os, signal, sys
        import numpy as np
        from teaching import Intervention, Kind
        from teaching.log import FeedbackLog

        log = FeedbackLog({str(tmp_path / "f")!r}, {durable}, batch=8)
        for step in range(1, 30):
            log.append(Kind.INTERVENTION, Intervention(
                human="h", step=np.array([step, step]), wall_time=0.0,
                human_seconds=np.zeros(2), mask=np.array([True, True]),
                action=np.full((2, 1), step)))
        print(step, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return int(done.stdout)


def test_a_kill_loses_no_acknowledged_signal_of_a_person(tmp_path):
    last = run_and_kill(tmp_path, durable=True)
    expected = [(step, world) for step in range(1, last + 1) for world in (0, 1)]
    rows = read_log(tmp_path / "f")  # straight from what the kill left, nobody having opened it
    assert [(int(row.record.step[0]), row.world) for row in rows] == expected
    with FeedbackLog(tmp_path / "f", True) as log:
        log.append(Kind.INTERVENTION, intervention(last + 1))
        assert log.count() == len(expected) + 1


def test_a_kill_loses_at_most_the_open_batch_of_a_simulated_human(tmp_path):
    last = run_and_kill(tmp_path, durable=False)
    # Two rows a step in batches of eight: 58 rows are seven whole batches and two rows.
    assert last * 2 % 8 == 2
    rows = [(int(row.record.step[0]), row.world) for row in read_log(tmp_path / "f")]
    expected = [(step, world) for step in range(1, last + 1) for world in (0, 1)]
    assert rows == expected[: len(rows)]
    assert len(rows) >= last * 2 - 2


@pytest.mark.long
def test_a_kill_at_any_moment_leaves_a_log_that_goes_on(tmp_path):
    code = f"""
        import numpy as np, sys
        from teaching import Intervention, Kind
        from teaching.log import FeedbackLog
        log = FeedbackLog({str(tmp_path / "f")!r}, True)
        step = log.count()
        while True:
            log.append(Kind.INTERVENTION, Intervention(
                human="h", step=np.array([step]), wall_time=0.0, human_seconds=np.zeros(1),
                mask=np.ones(1, bool), action=np.ones((1, 1))))
            print(step, flush=True)
            step += 1
    """
    for round_ in range(20):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
        )
        child.stdout.readline()
        time.sleep(0.003 * round_)
        child.send_signal(signal.SIGKILL)
        acknowledged = [line for line in child.stdout.read().split("\n") if line]
        child.wait()
        child.stdout.close()
        logged = [int(row.record.step[0]) for row in read_log(tmp_path / "f")]
        assert logged == list(range(len(logged)))
        if acknowledged:
            assert len(logged) > int(acknowledged[-1]) - 1


def test_a_second_writer_is_refused_in_one_line_and_a_reader_is_not(tmp_path):
    with FeedbackLog(tmp_path / "f", True) as log:
        log.append(Kind.INTERVENTION, intervention(1))
        with pytest.raises(UserError, match="in use by another process") as caught:
            FeedbackLog(tmp_path / "f", True)
        assert "\n" not in str(caught.value)
        assert len(list(read_log(tmp_path / "f"))) == 1
    FeedbackLog(tmp_path / "f", True).close()


def damaged(tmp_path):
    """Files that are no feedback logs, by what is wrong with them."""
    with FeedbackLog(tmp_path / "good", False) as log:
        for step in range(400):
            log.append(Kind.INTERVENTION, intervention(step))
    good = (tmp_path / "good").read_bytes()
    for name, application_id, version in (("other", 0, 0), ("newer", 0x636F6163, 99)):
        database = sqlite3.connect(tmp_path / name)
        database.execute("CREATE TABLE notes(x)")
        database.execute(f"PRAGMA application_id={application_id}")
        database.execute(f"PRAGMA user_version={version}")
        database.commit()
        database.close()
    return {
        "text": b"dear diary, this is not a database at all" * 100,
        "cut": good[: len(good) // 2],
        "scratched": good[:4096] + b"\xff" * 4096 + good[8192:],
        "other": (tmp_path / "other").read_bytes(),
        "newer": (tmp_path / "newer").read_bytes(),
    }


def test_a_file_that_is_no_whole_log_is_refused_and_left_untouched(tmp_path):
    for name, content in damaged(tmp_path).items():
        path = tmp_path / f"{name}.sqlite"
        path.write_bytes(content)
        with pytest.raises(UserError) as caught:
            FeedbackLog(path, True)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)
        with pytest.raises(UserError):
            list(read_log(path))
        assert path.read_bytes() == content


def test_an_unwritable_or_missing_place_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "missing" / "f", tmp_path / "file" / "f", tmp_path):
        with pytest.raises(UserError) as caught:
            FeedbackLog(path, True)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="there is no feedback log"):
        list(read_log(tmp_path / "missing"))
    (tmp_path / "born").write_bytes(b"")  # killed at birth: a log without signals
    assert list(read_log(tmp_path / "born")) == []
    with FeedbackLog(tmp_path / "born", True) as log:
        assert log.count() == 0


def test_a_failed_write_keeps_the_rows_for_another_try(tmp_path):
    with FeedbackLog(tmp_path / "f", False) as log:
        log.append(Kind.INTERVENTION, intervention(1))
        other = sqlite3.connect(tmp_path / "f", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        log._database.execute("PRAGMA busy_timeout=0")
        with pytest.raises(UserError, match="cannot be written"):
            log.commit()
        other.execute("ROLLBACK")
        other.close()
        assert log.count() == 1


def test_objects_are_refused(tmp_path):
    with FeedbackLog(tmp_path / "f", False) as log:
        record = dataclasses.replace(intervention(1), action=np.array([[None]]))
        with pytest.raises(TypeError, match="plain arrays"):
            log.append(Kind.INTERVENTION, record)
        assert log.count() == 0


def test_the_log_is_in_wal_mode_with_full_synchronisation(tmp_path):
    with FeedbackLog(tmp_path / "f", True) as log:
        assert log._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert log._database.execute("PRAGMA synchronous").fetchone() == (2,)
        assert os.path.exists(tmp_path / "f.lock")


def test_a_gathered_signal_costs_microseconds(tmp_path):
    records = [intervention(step) for step in range(5_000)]
    obs, proposed = np.zeros((1, 40), np.float32), np.zeros((1, 2), np.float32)
    with FeedbackLog(tmp_path / "f", False) as log:
        start = time.process_time()
        for record in records:
            log.append(Kind.INTERVENTION, record, obs=obs, proposed_action=proposed)
        # 7 µs is usual; the bound leaves room for a slow machine.
        assert (time.process_time() - start) / len(records) < 100e-6
