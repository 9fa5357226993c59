import logging
import math
import signal
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from coachable.checkpoint import latest, load, save, save_step
from teaching import UserError

STATE = {
    "generator": np.random.default_rng(3).bit_generator.state,
    "weights": {"w": np.arange(12, dtype=np.float32).reshape(3, 4), "b": np.float64(0.1)},
    "count": np.array(2**63 + 5, np.uint64),
    "mask": np.array([True, False]),
    "empty": np.zeros((0, 3), np.int16),
    "names": np.array(["a", "bcd"]),
    "date": np.datetime64("2026-01-02"),
    "pair": np.array([(1, 2.5)], [("x", "<i4"), ("y", "<f8")]),
    "flags": [True, None, "é", 2**200, -0.0, math.inf, 5e-324],
    "array": {"array": 0, "dict": {}, "scalar": 1},
}


def same(a, b) -> bool:
    """Equal in type, dtype, shape and every bit; a tuple is as good as a list."""
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray | np.generic):
        return (
            type(a) is type(b)
            and a.dtype == b.dtype
            and a.shape == b.shape
            and a.tobytes() == b.tobytes()
        )
    if isinstance(a, float):
        # Which NaN it is does not last; everything else of a float does.
        both_nan = isinstance(b, float) and a != a and b != b
        return both_nan or (isinstance(b, float) and struct.pack("d", a) == struct.pack("d", b))
    return type(a) is type(b) and a == b


def test_a_state_comes_back_as_it_was(tmp_path):
    save(tmp_path / "a", STATE)
    assert same(STATE, load(tmp_path / "a"))


arrays = npst.arrays(
    st.one_of(
        npst.boolean_dtypes(),
        npst.integer_dtypes(endianness="?"),
        npst.unsigned_integer_dtypes(endianness="?"),
        npst.floating_dtypes(endianness="?"),
        npst.complex_number_dtypes(),
        npst.unicode_string_dtypes(max_len=3),
        npst.datetime64_dtypes(),
    ),
    npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), arrays,
    st.integers(-(2**200), 2**200),
)  # fmt: skip
states = st.dictionaries(
    st.text(),
    st.recursive(leaves, lambda s: st.lists(s) | st.dictionaries(st.text(), s), max_leaves=8),
)


@settings(max_examples=60, deadline=None)
@given(state=states)
def test_any_state_comes_back_as_it_was(tmp_path_factory, state):
    path = tmp_path_factory.getbasetemp() / "any.ckpt"
    save(path, state)
    assert same(state, load(path))


def test_a_generator_goes_on_as_if_nothing_had_happened(tmp_path):
    rng = np.random.default_rng(7)
    rng.random(5)
    save(tmp_path / "a", {"rng": rng.bit_generator.state})
    ahead = rng.random(5)
    other = np.random.default_rng(0)
    other.bit_generator.state = load(tmp_path / "a")["rng"]
    np.testing.assert_array_equal(other.random(5), ahead)


def test_transposed_and_strided_arrays_are_saved_by_value(tmp_path):
    base = np.arange(24).reshape(2, 3, 4)
    save(tmp_path / "a", {"t": base.T, "s": base[:, ::2, 1:]})
    state = load(tmp_path / "a")
    np.testing.assert_array_equal(state["t"], base.T)
    np.testing.assert_array_equal(state["s"], base[:, ::2, 1:])
    state["t"][0] = 0  # writable


@pytest.mark.parametrize(
    ("leaf", "place"),
    [
        ({"b": np.array([None])}, r"state\['a'\]\['b'\]: an array of objects"),
        ([1, {2}], r"state\['a'\]\[1\]: a set"),
        ({3: 1}, r"state\['a'\]: keys must be strings"),
        (np.array([(None,)], [("x", "O")]), "objects"),
    ],
)
def test_what_cannot_be_saved_is_named_and_the_old_file_stays(tmp_path, leaf, place):
    save(tmp_path / "a", {"old": 1})
    with pytest.raises(TypeError, match=place):
        save(tmp_path / "a", {"a": leaf})
    assert load(tmp_path / "a") == {"old": 1}


def test_a_flipped_bit_is_noticed_in_every_byte(tmp_path):
    path = tmp_path / "a"
    save(path, {"w": np.arange(5.0), "step": 3, "mask": np.array([True])})
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(UserError, match="damaged") as caught:
            load(path)
        assert "\n" not in str(caught.value)


def test_every_truncation_and_any_extension_is_noticed(tmp_path):
    path = tmp_path / "a"
    save(path, {"w": np.arange(5.0), "step": 3})
    whole = path.read_bytes()
    for damaged in [whole[:n] for n in range(len(whole))] + [whole + b"\0"]:
        path.write_bytes(damaged)
        with pytest.raises(UserError, match="damaged"):
            load(path)


def test_a_missing_checkpoint_and_a_missing_folder_are_one_line(tmp_path):
    with pytest.raises(UserError, match="cannot read"):
        load(tmp_path / "none")
    with pytest.raises(UserError, match="cannot write"):
        save(tmp_path / "none" / "a", {})


def test_the_newest_two_are_kept_by_number_not_by_name(tmp_path):
    for step in (999_999_999, 5, 7, 1_000_000_000):
        save_step(tmp_path, step, {"step": step})
    # 5 went back to before 999,999,999, whose course it gave up; then 7 and 10⁹ joined it.
    names = ["step-000000007.ckpt", "step-1000000000.ckpt"]
    assert sorted(p.name for p in tmp_path.iterdir()) == names
    assert latest(tmp_path) == (tmp_path / "step-1000000000.ckpt", {"step": 1_000_000_000})


def test_a_damaged_newest_checkpoint_gives_way_to_an_earlier_one(tmp_path, caplog):
    assert latest(tmp_path / "none") is None
    assert latest(tmp_path) is None
    save_step(tmp_path, 10, {"step": 10})
    path = save_step(tmp_path, 20, {"step": 20})
    path.write_bytes(path.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING):
        assert latest(tmp_path) == (tmp_path / "step-000000010.ckpt", {"step": 10})
    (record,) = caplog.records
    assert "step-000000020.ckpt" in record.getMessage()
    assert "\n" not in record.getMessage()
    (tmp_path / "step-000000010.ckpt").write_bytes(b"")
    with pytest.raises(UserError, match=r"step-000000020\.ckpt is damaged"):
        latest(tmp_path)


def test_fifty_megabytes_take_no_noticeable_time(tmp_path):
    state = {"buffer": np.random.default_rng(0).random(50_000_000 // 8)}
    start = time.process_time()
    save(tmp_path / "a", state)
    back = load(tmp_path / "a")
    # Processor time, so that a busy disk or neighbour cannot fail it; some 0.1 s is usual.
    assert time.process_time() - start < 2.0
    assert same(state, back)


def test_a_save_killed_half_way_leaves_the_old_checkpoint_and_the_next_save_clears_up(tmp_path):
    code = (
        "import os, signal; from coachable import checkpoint;"
        f"checkpoint.save_step({str(tmp_path)!r}, 1, dict(a=1));"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL);"
        f"checkpoint.save_step({str(tmp_path)!r}, 2, dict(a=2))"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 2
    assert latest(tmp_path) == (tmp_path / "step-000000001.ckpt", {"a": 1})
    save_step(tmp_path, 2, {"a": 2})
    names = ["step-000000001.ckpt", "step-000000002.ckpt"]
    assert sorted(p.name for p in tmp_path.iterdir()) == names
