import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from coachable import checkpoint
from coachable.config import load
from coachable.events import read_scalars
from coachable.progress import Silent
from coachable.run_folder import RunFolder
from coachable.stopping import Interrupted
from coachable.train import train
from teaching import UserError
from teaching.log import read_log

SMALL = [
    "env=minigrid",
    "env.id=MiniGrid-Empty-5x5-v0",
    "total_steps=240",
    "checkpoint_every=40",
    "eval_every=80",
    "eval_episodes=2",
    "final_episodes=2",
    "log_every=20",
    "algorithm.batch_size=8",
    "algorithm.learning_starts=10",
    "algorithm.net_arch=[16]",
    "progress=false",
]


def run(folder, *overrides, progress=None):
    config = load([*SMALL, f"runs={folder}", "name=run", *overrides])
    return train(config, progress or Silent())


def last(folder):
    return checkpoint.latest(folder / "run" / "checkpoints")[1]


def same(first, second):
    """Whether two nested states agree bit for bit, wall time left out."""
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        return all(same(first[key], second[key]) for key in first if key != "seconds")
    if isinstance(first, np.ndarray):
        return first.dtype == second.dtype and first.tobytes() == second.tobytes()
    return first == second or (first != first and second != second)


def signals(folder):
    """What the log holds of a course, as bytes."""
    rows = read_log(folder / "run" / "feedback.sqlite")
    return [(int(r.record.step[0]), r.record.action.tobytes()) for r in rows]


class StopAt(Silent):
    """Sends this process a signal, as a terminal does, after so many steps."""

    def __init__(self, steps):
        self.steps = steps

    def update(self, tracker):
        if tracker.steps == self.steps:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, run(folder)


def test_a_run_leaves_all_that_its_folder_promises(whole):
    folder, result = whole
    run_folder = RunFolder.open(folder / "run")
    assert run_folder.status == "finished"
    assert json.loads((folder / "run" / "result.json").read_text()) == result
    assert result["total_steps"] == 240
    assert 0 < result["human_steps"] <= 240
    assert 0 < result["takeovers"] <= result["human_steps"]
    assert result["config_digest"] == load([*SMALL]).digest()
    assert len(signals(folder)) == result["human_steps"]
    scalars = read_scalars(folder / "run")
    steps, values = scalars["human/steps"]
    assert steps.tolist() == list(range(20, 241, 20))
    assert (np.diff(values) >= 0).all() and values[-1] == result["human_steps"]
    for tag in ("human/rate", "human/minutes", "rollout/cost", "eval/mean_reward"):
        assert tag in scalars
    assert scalars["eval/success_rate"][0][-1] == 240
    assert [point["step"] for point in result["curve"]] == sorted(
        point["step"] for point in result["curve"]
    )


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(whole, tmp_path):
    folder, result = whole
    again = run(tmp_path / "again")
    assert same(last(folder), last(tmp_path / "again"))
    assert {**again, "wall_seconds": 0} == {**result, "wall_seconds": 0}
    run(tmp_path / "other", "seed=1")
    assert not same(last(folder)["learner"]["torch"], last(tmp_path / "other")["learner"]["torch"])


def test_evaluating_leaves_no_trace_in_training(whole, tmp_path):
    folder, _ = whole
    run(tmp_path, "eval_every=0")
    assert same(last(folder)["learner"], last(tmp_path)["learner"])


@pytest.mark.parametrize("steps", [15, 130])
def test_a_run_stopped_by_ctrl_c_resumes_to_the_same_end(whole, tmp_path, steps):
    folder, result = whole
    with pytest.raises(Interrupted):
        run(tmp_path, progress=StopAt(steps))
    assert RunFolder.open(tmp_path / "run").status == "interrupted"
    resumed = run(tmp_path, "resume=true")
    assert same(last(folder), last(tmp_path))
    assert {**resumed, "wall_seconds": 0} == {**result, "wall_seconds": 0}
    assert signals(tmp_path) == signals(folder)
    steps, _ = read_scalars(tmp_path / "run")["human/steps"]
    assert steps.tolist() == list(range(20, 241, 20))


def test_a_run_that_was_killed_resumes_to_the_same_end(whole, tmp_path):
    folder, result = whole
    overrides = [*SMALL, f"runs={tmp_path}", "name=run"]
    arguments = ["train", *overrides]
    code = f"import sys; sys.argv[1:] = {arguments!r}; from coachable.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    while process.poll() is None:
        if len(list((tmp_path / "run" / "checkpoints").glob("*.ckpt"))) >= 2:
            process.send_signal(signal.SIGKILL)
        time.sleep(0.01)
    assert process.returncode == -signal.SIGKILL
    assert RunFolder.open(tmp_path / "run").status == "interrupted"
    resumed = run(tmp_path, "resume=true")
    assert same(last(folder), last(tmp_path))
    assert {**resumed, "wall_seconds": 0} == {**result, "wall_seconds": 0}
    assert signals(tmp_path) == signals(folder)


def test_a_finished_run_is_passed_over_when_resumed_and_refused_otherwise(whole):
    folder, result = whole
    before = (folder / "run" / "manifest.json").read_bytes()
    assert run(folder, "resume=true") == result
    with pytest.raises(UserError, match="finished"):
        run(folder)
    with pytest.raises(UserError, match="another config"):
        run(folder, "resume=true", "seed=5")
    assert (folder / "run" / "manifest.json").read_bytes() == before


def test_an_error_marks_the_run_failed(tmp_path, monkeypatch):
    from coachable.training import Training

    def fail(self, learner):
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr(Training, "on_boundary", fail)
    with pytest.raises(RuntimeError):
        run(tmp_path)
    folder = RunFolder.open(tmp_path / "run")
    assert folder.status == "failed"
    assert "the disk is on fire" in folder.manifest()["error"]


def test_a_learner_from_reward_needs_no_human(tmp_path):
    result = run(tmp_path, "algorithm=dqn", "algorithm.batch_size=8", "algorithm.net_arch=[16]")
    assert result["human"] is None
    assert result["human_steps"] == 0 and result["human_seconds"] == 0
    assert not (tmp_path / "run" / "feedback.sqlite").exists()


def test_worlds_side_by_side_resume_in_the_middle_of_their_episodes(tmp_path):
    """Also with a human whose delay, attention and unsteady hand have a memory."""
    worlds = [
        "experiment=pvp_driving",
        "human=realistic",
        "num_envs=4",
        "total_steps=600",
        "checkpoint_every=200",
        "eval_every=300",
        "eval_episodes=2",
        "final_episodes=2",
        "algorithm.batch_size=16",
        "algorithm.net_arch=[16]",
        "name=run",
    ]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    result = train(load([*worlds, f"runs={whole}"]), Silent())
    with pytest.raises(Interrupted):
        train(load([*worlds, f"runs={parts}"]), StopAt(436))
    resumed = train(load([*worlds, f"runs={parts}", "resume=true"]), Silent())
    assert same(last(whole), last(parts))
    assert signals(whole) == signals(parts)
    assert {**resumed, "wall_seconds": 0} == {**result, "wall_seconds": 0}
