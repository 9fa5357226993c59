"""What one run learned from words is where the next begins, by options alone."""

import signal

import numpy as np
import pytest

from algorithms.verbal.memory.store import open_memory
from coachable.config import load
from coachable.progress import Silent
from coachable.stopping import Interrupted
from coachable.train import train
from teaching import UserError

QUICK = ["progress=false", "eval_every=0", "final_episodes=1", "log_every=20"]
CAKE = "algorithm.task=take the wedding cake to the church"
GUESTS = "algorithm.task=bring the guests their wedding cake"
TASKS = {
    "collection": ["experiment=collection", "total_steps=20"],
    "arm": ["env=arm", "algorithm=corrections", "human=corrector", "env.horizon=20",
            "total_steps=90"],
}  # fmt: skip


def run(tmp_path, task, *overrides, progress=None):
    return train(load([*TASKS[task], *QUICK, f"runs={tmp_path}", *overrides]), progress)


@pytest.mark.parametrize("task", list(TASKS))
def test_a_second_run_goes_on_where_a_first_one_like_it_was_left(tmp_path, task):
    run(tmp_path, task, CAKE, "name=first")
    run(tmp_path, task, GUESTS, "name=second", f"algorithm.memory={tmp_path}/first")
    first, second = (open_memory(tmp_path / name).entries for name in ("first", "second"))
    assert len(first) == 1 and first[0].utterances > 0
    assert [e.text for e in second] == [CAKE.split("=")[1], GUESTS.split("=")[1]]
    for name, value in first[0].contents.items():
        assert np.array_equal(second[0].contents[name], value)


def test_a_run_without_a_task_keeps_nothing(tmp_path):
    run(tmp_path, "arm", "name=plain")
    assert not (tmp_path / "plain" / "memory.npz").exists()


class _StopAt(Silent):
    def update(self, tracker):
        if tracker.steps == 60:
            signal.raise_signal(signal.SIGINT)


def test_a_stopped_run_with_a_memory_resumes_to_the_same_end(tmp_path):
    run(tmp_path, "arm", CAKE, "name=first")
    recalled = f"algorithm.memory={tmp_path}/first"
    whole = run(tmp_path, "arm", GUESTS, recalled, "name=whole")
    with pytest.raises(Interrupted):
        run(tmp_path, "arm", GUESTS, recalled, "name=halved", progress=_StopAt())
    again = run(tmp_path, "arm", GUESTS, recalled, "name=halved", "resume=true")
    assert again["corrections_heard"] == whole["corrections_heard"]
    entries = [open_memory(tmp_path / name).entries[-1] for name in ("whole", "halved")]
    assert np.array_equal(*(e.contents["amounts"] for e in entries))


def test_what_is_missing_or_something_else_is_one_line(tmp_path):
    (tmp_path / "notes.npz").write_text("none")
    for memory, why in (("nowhere", "cannot be read"), ("notes.npz", "it is no npz file")):
        with pytest.raises(UserError, match=why) as error:
            run(tmp_path, "arm", CAKE, f"algorithm.memory={tmp_path}/{memory}", f"name={why[:2]}")
        assert "\n" not in str(error.value)
    with pytest.raises(UserError, match=r"algorithm\.task must be what the task is for"):
        run(tmp_path, "arm", f"algorithm.memory={tmp_path}/first", "name=third")
