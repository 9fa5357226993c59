import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from coachable.run_folder import RunFolder, run_name
from teaching import UserError

CONFIG = {"env": {"name": "driving", "dt": 1e-5}, "seed": 3, "tags": ["a", None]}


def tree(path: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def test_a_new_run_is_running_and_says_with_what(tmp_path):
    run = RunFolder.create(
        tmp_path / "runs" / run_name("pvp", "driving", "expert", 3), CONFIG, seed=3
    )
    assert run.path.name == "pvp__driving__expert__s3"
    assert not run.resumed
    manifest = RunFolder.open(run.path).manifest()
    assert RunFolder.open(run.path).status == "running"
    assert manifest["seed"] == 3
    assert manifest["pid"] == os.getpid()
    assert manifest["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"torch", "numpy", "coachable"} <= set(manifest["versions"])
    assert manifest["ended"] is None
    assert run.checkpoints.is_dir()
    assert run.config() == CONFIG
    run.finish()
    assert RunFolder.open(run.path).status == "finished"
    assert run.manifest()["ended"] is not None


def test_asking_for_versions_does_not_import_torch(tmp_path):
    code = (
        "import sys; from coachable.run_folder import RunFolder;"
        f"RunFolder.create({str(tmp_path / 'r')!r}, {{}}, seed=0).finish();"
        "assert 'torch' not in sys.modules and 'stable_baselines3' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("error", "status"),
    [(None, "finished"), (KeyboardInterrupt(), "interrupted"), (ValueError("odd"), "failed")],
)
def test_the_context_manager_writes_down_how_the_run_ended(tmp_path, error, status):
    try:
        with RunFolder.create(tmp_path / "r", CONFIG, seed=3) as run:
            if error is not None:
                raise error
    except (KeyboardInterrupt, ValueError) as caught:
        assert caught is error
    assert run.status == status
    assert run.manifest()["error"] == ("ValueError: odd" if status == "failed" else None)


def test_a_finished_run_is_left_alone_unless_overwritten(tmp_path):
    with RunFolder.create(tmp_path / "r", CONFIG, seed=3) as run:
        run.write_result({"success": 1.0})
        (run.checkpoints / "step-000000001.ckpt").write_bytes(b"x")
    before = tree(run.path)
    for if_exists in ("refuse", "resume"):
        with pytest.raises(UserError, match=r"finished run: give another name=… or overwrite=true"):
            RunFolder.create(run.path, CONFIG, seed=3, if_exists=if_exists)
    assert tree(run.path) == before
    with RunFolder.create(run.path, {"seed": 4}, seed=4, if_exists="overwrite") as run:
        assert not run.resumed
        assert not run.result_file.exists()
        assert list(run.checkpoints.iterdir()) == []
        assert run.manifest()["seed"] == 4
        assert run.config() == {"seed": 4}


def test_an_interrupted_run_resumes_with_the_same_config_only(tmp_path):
    run = RunFolder.create(tmp_path / "r", CONFIG, seed=3)
    run.finish("interrupted")
    before = tree(run.path)
    with pytest.raises(UserError, match=r"unfinished run \(interrupted\): .* resume=true"):
        RunFolder.create(run.path, CONFIG, seed=3)
    other = {**CONFIG, "env": {"name": "driving", "dt": 2e-5}}
    with pytest.raises(UserError, match=r"env\.dt was 1e-05, now 2e-05") as caught:
        RunFolder.create(run.path, other, seed=3, if_exists="resume")
    assert "\n" not in str(caught.value)
    assert tree(run.path) == before
    with RunFolder.create(run.path, CONFIG, seed=3, if_exists="resume") as again:
        assert again.resumed
        assert again.status == "running"
        assert len(again.manifest()["resumed"]) == 1
    assert again.manifest()["started"] == run.manifest()["started"]


def test_resume_begins_where_there_is_nothing_to_resume(tmp_path):
    with RunFolder.create(tmp_path / "r", CONFIG, seed=3, if_exists="resume") as run:
        assert not run.resumed


def test_a_live_run_is_held_by_its_process_and_a_killed_one_is_resumable(tmp_path):
    code = (
        "import time; from coachable.run_folder import RunFolder;"
        f"run = RunFolder.create({str(tmp_path / 'r')!r}, {{'a': 1}}, seed=0);"
        "print('ready', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "ready\n"
        assert RunFolder.open(tmp_path / "r").status == "running"
        for if_exists in ("refuse", "resume", "overwrite"):
            with pytest.raises(UserError, match="in use by another process"):
                RunFolder.create(tmp_path / "r", {"a": 1}, seed=0, if_exists=if_exists)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    assert RunFolder.open(tmp_path / "r").status == "interrupted"
    with pytest.raises(UserError, match=r"unfinished run \(killed\)"):
        RunFolder.create(tmp_path / "r", {"a": 1}, seed=0)
    with RunFolder.create(tmp_path / "r", {"a": 1}, seed=0, if_exists="resume") as run:
        assert run.resumed


def test_a_run_killed_before_its_manifest_was_written_starts_anew(tmp_path):
    (tmp_path / "r" / "checkpoints").mkdir(parents=True)
    (tmp_path / "r" / "config.yaml").write_text("a: 1\n")
    (tmp_path / "r" / ".manifest.json.0123abcd.whole.tmp").write_text("{")
    with RunFolder.create(tmp_path / "r", CONFIG, seed=3) as run:
        assert run.config() == CONFIG


def test_a_folder_with_other_files_is_not_touched(tmp_path):
    (tmp_path / "thesis.tex").write_text("dear")
    for if_exists in ("refuse", "resume", "overwrite"):
        with pytest.raises(UserError, match="not a run's"):
            RunFolder.create(tmp_path, CONFIG, seed=3, if_exists=if_exists)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_place_that_cannot_be_a_folder_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(UserError, match="cannot make the folder") as caught:
            RunFolder.create(path, CONFIG, seed=3)
        assert "\n" not in str(caught.value)


def test_damaged_files_are_user_errors(tmp_path):
    with pytest.raises(UserError, match=r"no manifest\.json"):
        RunFolder.open(tmp_path)
    run = RunFolder.create(tmp_path / "r", CONFIG, seed=3)
    run.finish("interrupted")
    run.config_file.write_text("a: [1,\n")
    with pytest.raises(UserError, match="cannot read") as caught:
        RunFolder.create(run.path, CONFIG, seed=3, if_exists="resume")
    assert "\n" not in str(caught.value)
    run.manifest_file.write_text(json.dumps([]))
    with pytest.raises(UserError, match="damaged"):
        _ = run.status
    with pytest.raises(UserError, match="cannot read"):
        run.result()
