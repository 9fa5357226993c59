import json
import signal

import numpy as np
import pytest
from same_runs import last, same, signals

from coachable.config import load
from coachable.events import EventWriter, has_hparams, read_scalars
from coachable.progress import Silent
from coachable.run_folder import RunFolder
from coachable.stopping import Interrupted
from coachable.train import train
from teaching import UserError

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


def test_a_run_killed_before_it_wrote_its_settings_for_the_board_writes_them_when_resumed(
    tmp_path, monkeypatch
):
    def kill(self, values):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(EventWriter, "write_hparams", kill)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path)
    assert not has_hparams(tmp_path / "run")
    with pytest.raises(Interrupted):
        run(tmp_path, "resume=true", progress=StopAt(130))
    assert has_hparams(tmp_path / "run")
    # Once is enough: from here on it would fail.
    monkeypatch.setattr(EventWriter, "write_hparams", kill)
    run(tmp_path, "resume=true")


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


@pytest.mark.parametrize("algorithm", ["pvp", "hg_dagger", "dqn"])
def test_views_as_images_go_through_convolutions_and_resume_to_the_same_end(tmp_path, algorithm):
    views = ["env.flat=false", f"algorithm={algorithm}", "total_steps=160", "eval_every=0"]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    result = run(whole, *views)
    with pytest.raises(Interrupted):
        run(parts, *views, progress=StopAt(75))
    resumed = run(parts, *views, "resume=true")
    assert same(last(whole), last(parts))
    assert {**resumed, "wall_seconds": 0} == {**result, "wall_seconds": 0}
    kernels = {
        value.shape
        for part in last(whole)["learner"]["torch"].values()
        for name, value in part.items()
        if name.endswith("network.0.weight")
    }
    # The first layer: 16 kernels of 3 × 3 over 4 frames of 7 planes.
    assert kernels == {(16, 28, 3, 3)}


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
