"""SIGKILL at random moments; the drawn ones are the same each time, give or take a few steps."""

import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from same_runs import last, same, signals

from coachable.config import load
from coachable.events import read_scalars
from coachable.progress import Silent
from coachable.run_folder import RunFolder
from coachable.train import train

COMMON = [
    "final_episodes=2",
    "eval_episodes=2",
    "log_every=20",
    "algorithm=pvp",
    "algorithm.batch_size=16",
    "algorithm.net_arch=[16]",
    "progress=false",
    "name=run",
]
FORMS = {
    "continuous": [
        "env=driving",
        "total_steps=700",
        "checkpoint_every=50",
        "eval_every=300",
        "human=realistic",
    ],
    "discrete": [
        "env=minigrid",
        "total_steps=700",
        "checkpoint_every=50",
        "eval_every=300",
        "algorithm.learning_starts=10",
    ],
}
PATIENCE = 120.0


def start(overrides):
    arguments = ["train", *overrides]
    code = f"import sys; sys.argv[1:] = {arguments!r}; from coachable.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"}
    )


def saved_step(folder):
    """Of the newest checkpoint that is there; -1 before the run has begun."""
    names = [path.name for path in (folder / "run" / "checkpoints").glob("*.ckpt")]
    steps = [int(re.search(r"\d+", name)[0]) for name in names]
    return max(steps, default=0 if (folder / "run" / "manifest.json").exists() else -1)


def kill_past(process, folder, step, wait):
    """SIGKILL `wait` seconds after a checkpoint at `step` or later is there."""
    until = time.monotonic() + PATIENCE
    while saved_step(folder) < step:
        assert process.poll() is None, "it ended before its time"
        assert time.monotonic() < until
        time.sleep(0.005)
    time.sleep(wait)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


@pytest.mark.parametrize("form", FORMS)
def test_a_run_killed_at_random_moments_resumes_to_the_same_end(form, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    overrides = [*FORMS[form], *COMMON]
    config = load([*overrides, f"runs={whole}"])
    result = train(config, Silent())

    rng = np.random.default_rng([2, list(FORMS).index(form)])
    moments = np.sort(rng.uniform(0.0, 0.8, 2)) * config.total_steps
    for step in moments:
        process = start([*overrides, f"runs={parts}", "resume=true"])
        try:
            kill_past(process, parts, step, rng.uniform(0.0, 0.05))
        finally:
            process.kill()
        assert RunFolder.open(parts / "run").status == "interrupted"
    resumed = train(load([*overrides, f"runs={parts}", "resume=true"]), Silent())

    assert same(last(whole), last(parts))
    assert {**resumed, "wall_seconds": 0} == {**result, "wall_seconds": 0}
    assert signals(parts) == signals(whole)
    steps, _ = read_scalars(parts / "run")["human/steps"]
    assert steps.tolist() == read_scalars(whole / "run")["human/steps"][0].tolist()
