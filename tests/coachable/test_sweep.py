import os
import signal
import subprocess
import sys
import time

import pytest

from coachable.run_folder import RunFolder
from coachable.sweep import run_all, sweep
from coachable.sweep_progress import SweepProgress
from teaching import UserError

SMALL = [
    "env=minigrid",
    "env.id=MiniGrid-Empty-5x5-v0",
    "total_steps=60",
    "checkpoint_every=20",
    "eval_every=0",
    "final_episodes=1",
    "algorithm.batch_size=8",
    "algorithm.learning_starts=10",
    "algorithm.net_arch=[8]",
]

CRASHING = "import os\n\ndef expert(obs):\n    os._exit(9)\n"


class Quiet(SweepProgress):
    def __init__(self):
        super().__init__()
        self.to_do = None

    def begin(self, configs, finished):
        self.to_do = len(configs)

    def on_message(self, message):
        pass


def test_one_failing_and_one_crashing_run_do_not_stop_the_others(tmp_path, monkeypatch):
    (tmp_path / "crashing.py").write_text(CRASHING)
    monkeypatch.chdir(tmp_path)
    progress = Quiet()
    runs = [
        [*SMALL, "human.expert=nowhere:expert"],
        [*SMALL, "human.expert=crashing:expert"],
        [*SMALL, "seed=0"],
        [*SMALL, "seed=1"],
    ]
    outcomes = run_all(runs, 2, str(tmp_path / "runs"), progress)
    assert progress.to_do == 4
    assert "nowhere" in outcomes[0].error
    assert "died" in outcomes[1].error
    assert [o.result["total_steps"] for o in outcomes[2:]] == [60, 60]

    # What is finished is not done again, what failed is tried again.
    again = Quiet()
    repeated = run_all(runs[:1] + runs[2:], 1, str(tmp_path / "runs"), again)
    assert again.to_do == 1
    assert [o.result for o in repeated[1:]] == [o.result for o in outcomes[2:]]


def test_runs_that_come_to_the_same_are_done_once(tmp_path):
    progress = Quiet()
    dqn = [*SMALL, "algorithm=dqn"]
    outcomes = run_all([[*dqn, "human=expert"], [*dqn, "human=tired"]], 1, str(tmp_path), progress)
    assert progress.to_do == 1
    assert outcomes[0].result == outcomes[1].result is not None


def test_a_slip_in_any_run_starts_none(tmp_path):
    with pytest.raises(UserError, match=r"human\.dealy"):
        run_all([SMALL, [*SMALL, "human.dealy=1"]], 1, str(tmp_path / "runs"), Quiet())
    assert not (tmp_path / "runs").exists()


def test_the_verb_prints_a_table_and_says_1_where_a_run_failed(tmp_path, capsys):
    overrides = [*SMALL, f"runs={tmp_path}", "algorithm=pvp,td3", "algorithm.batch_size=8"]
    assert sweep(overrides, 2, quick=False) == 1
    shown = capsys.readouterr()
    assert "pvp__minigrid__expert__s0" in shown.out
    assert "td3 needs continuous actions" in shown.err


def test_an_interrupted_sweep_saves_its_runs_and_goes_on(tmp_path):
    long = [*SMALL, f"runs={tmp_path}", "total_steps=1000000", "seed=0,1"]
    code = (
        f"from coachable.cli import main; import sys; sys.argv[1:] = {['sweep', *long]!r}; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    while len(list(tmp_path.glob("*/checkpoints/*.ckpt"))) < 4 and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    folders = [RunFolder.open(path) for path in tmp_path.iterdir()]
    assert len(folders) == 2
    for folder in folders:
        assert folder.manifest()["status"] == "interrupted"
