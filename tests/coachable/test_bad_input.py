"""Bad input is one clear line and exit code 2, and what was there before stays as it was."""

import os
import sys

import pytest

from coachable import cli

SMALL = [
    "train",
    "env=gymnasium",
    "env.id=Pendulum-v1",
    "human.expert=my_expert:expert",
    "total_steps=250",
    "checkpoint_every=100",
    "eval_every=0",
    "final_episodes=1",
    "algorithm.batch_size=8",
    "algorithm.learning_starts=10",
    "algorithm.net_arch=[8]",
    "progress=false",
    "name=run",
]

GOOD = "import numpy as np\n\ndef expert(obs):\n    return np.array([-np.sign(obs[2])])\n"
NAN = "import numpy as np\n\ndef expert(obs):\n    return np.array([np.nan])\n"
SHAPE = "import numpy as np\n\ndef expert(obs):\n    return np.zeros(3)\n"


@pytest.fixture
def lab(tmp_path, monkeypatch, capsys):
    """Calls ``coachable`` in a folder of its own; returns exit code and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["coachable", *arguments])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return stop.value.code, capsys.readouterr().err

    def write(text):
        # A new module each time: the interpreter would keep the old one.
        sys.modules.pop("my_expert", None)
        (tmp_path / "my_expert.py").write_text(text)
        for cached in tmp_path.glob("__pycache__/my_expert*"):
            cached.unlink()

    call.write = write
    write(GOOD)
    return call


def contents(folder):
    return {
        path: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
    }


def refused(outcome, *words):
    code, errors = outcome
    assert code == 2, errors
    assert errors.startswith("coachable: ") and errors.count("\n") == 1, errors
    for word in words:
        assert word in errors


def test_unknown_key_and_wrong_type_leave_no_folder(lab, tmp_path):
    refused(lab(*SMALL, "human.dealy=1"), "human.dealy", "did you mean human.delay?")
    refused(lab(*SMALL, "human.delay=late"), "human.delay must be a number")
    assert not (tmp_path / "runs").exists()


def test_a_missing_expert_leaves_no_folder(lab, tmp_path):
    refused(lab(*SMALL, "human.expert=nowhere:expert"), "nowhere")
    refused(lab(*SMALL, "human.expert=my_expert:nobody"), "nobody")
    refused(lab(*SMALL, "human.expert=policy.zip"), "policy.zip")
    alone = ["env.id=Pusher-v5" if word.startswith("env.id") else word for word in SMALL]
    refused(lab(*alone, "human.expert=task"), "human.expert", "train-expert")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(("text", "word"), [(NAN, "finite"), (SHAPE, "shape (3,)")])
def test_a_human_who_gives_nonsense_is_named_and_earlier_runs_stay(lab, tmp_path, text, word):
    lab(*SMALL, "name=earlier")
    earlier = contents(tmp_path / "runs" / "earlier")
    assert earlier
    lab.write(text)
    refused(lab(*SMALL), "my_expert:expert", word)
    assert contents(tmp_path / "runs" / "earlier") == earlier


def test_a_taken_folder_is_refused_and_stays_as_it_is(lab, tmp_path):
    assert lab(*SMALL)[0] == 0
    before = contents(tmp_path)
    refused(lab(*SMALL), "runs/run")
    refused(lab(*SMALL, "seed=1", "resume=true"), "another config")
    assert contents(tmp_path) == before


def test_damaged_checkpoints_are_refused_and_stay_as_they_are(lab, tmp_path):
    assert lab(*SMALL)[0] == 0
    for path in (tmp_path / "runs" / "run" / "checkpoints").iterdir():
        path.write_bytes(path.read_bytes()[:-10])
    before = contents(tmp_path)
    refused(lab("evaluate", "runs/run", "--episodes", "1"), "damaged", ".ckpt")
    assert contents(tmp_path) == before


def test_a_run_with_damaged_checkpoints_does_not_resume(lab, tmp_path, monkeypatch):
    from coachable.training import Training

    def fail(self, figures):
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(Training, "_record_evaluation", fail)
        patch.setattr(sys, "argv", ["coachable", *SMALL])
        with pytest.raises(RuntimeError):
            cli.main()
    folder = tmp_path / "runs" / "run"
    for path in (folder / "checkpoints").iterdir():
        path.write_bytes(b"nonsense")
    kept = {path: path.read_bytes() for path in folder.glob("checkpoints/*")}
    refused(lab(*SMALL, "resume=true"), "damaged", ".ckpt")
    assert {path: path.read_bytes() for path in folder.glob("checkpoints/*")} == kept


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_named(lab, tmp_path):
    (tmp_path / "runs").mkdir(mode=0o500)
    refused(lab(*SMALL), "runs/run", "Permission denied")


def test_a_folder_that_cannot_be_made_is_named(lab):
    refused(lab(*SMALL, "runs=/proc/nowhere"), "/proc/nowhere/run")


def test_a_file_in_the_folders_place_is_named_and_stays(lab, tmp_path):
    (tmp_path / "runs").write_text("mine")
    refused(lab(*SMALL), "runs/run")
    assert (tmp_path / "runs").read_text() == "mine"


def test_a_strangers_folder_is_refused_and_stays(lab, tmp_path):
    (tmp_path / "runs" / "run").mkdir(parents=True)
    (tmp_path / "runs" / "run" / "thesis.txt").write_text("mine")
    refused(lab(*SMALL), "runs/run")
    assert (tmp_path / "runs" / "run" / "thesis.txt").read_text() == "mine"
