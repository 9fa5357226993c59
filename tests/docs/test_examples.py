import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import envs  # noqa: F401  # registers Driving
from envs.driving.task import DRIVING
from teaching import HumanInTheLoop

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PAGE = (ROOT / "docs" / "adding.md").read_text()
WHOLE = {
    "an environment": ["dock.py"],
    "a human": ["strict.py"],
    "an algorithm": ["median/__init__.py", "median/agent.py", "median/config.py"],
}
ROOMS = ("algorithms", "coachable", "configs", "envs", "human_controllers", "simulated_humans")
QUICK = ["total_steps=200", "eval_every=0", "final_episodes=2", "progress=false"]


def blocks(language):
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [code for kind, code in found if kind == language]


def documented(start):
    """The arguments of the one command on the page that begins so."""
    (line,) = [x for code in blocks("") for x in code.splitlines() if x.startswith(start)]
    return shlex.split(line)[1:]


def registry_entry():
    (change,) = blocks("diff")
    return change.removeprefix("+")


def coachable(folder, *arguments, path=ROOT):
    return subprocess.run(
        [sys.executable, "-c", "from coachable.cli import main; main()", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def folder(tmp_path):
    """A folder of a user's own, with the examples in it."""
    for name in ("dock.py", "strict.py"):
        shutil.copy(EXAMPLES / name, tmp_path)
    return tmp_path


@pytest.mark.parametrize("what", WHOLE)
def test_it_takes_under_forty_lines(what):
    lines = sum(len((EXAMPLES / name).read_text().splitlines()) for name in WHOLE[what])
    if what == "an algorithm":
        lines += len((registry_entry() + blocks("yaml")[0]).splitlines())
    assert lines < 40


def test_the_page_shows_the_files_as_they_are():
    shown = blocks("python")
    for name in ("dock.py", "strict.py", "median/agent.py", "median/config.py"):
        assert (EXAMPLES / name).read_text() in shown, name


def test_an_environment_of_ones_own_keeps_the_contract_and_trains(folder):
    done = coachable(folder, *documented("coachable check env=gymnasium env.id=dock"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout and done.stdout.count("ok ") == 7
    done = coachable(folder, *documented("coachable train env=gymnasium env.id=dock"), *QUICK)
    assert done.returncode == 0, done.stderr
    assert list((folder / "runs").glob("pvp__gymnasium__expert__*/result.json"))


def test_its_expert_always_docks(folder, monkeypatch):
    monkeypatch.syspath_prepend(folder)
    import dock

    env = gym.make("Dock-v0")
    for seed in range(20):
        obs, _ = env.reset(seed=seed)
        ended = False
        while not ended:
            action = np.clip(dock.expert(obs), -1.0, 1.0)
            obs, _, terminated, truncated, info = env.step(action)
            ended = terminated or truncated
        assert info["is_success"]


def test_a_human_of_ones_own_keeps_the_contract_and_teaches(folder):
    done = coachable(folder, *documented("coachable check human=own"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok    it answers a view in the right shapes" in done.stdout
    done = coachable(folder, *documented("coachable train human=own"), *QUICK)
    assert done.returncode == 0, done.stderr
    assert list((folder / "runs").glob("pvp__driving__own__*/result.json"))


def test_the_strict_human_keeps_the_controls_for_as_long_as_it_says(folder, monkeypatch):
    monkeypatch.syspath_prepend(folder)
    from strict import Strict

    road = gym.make("coachable/Driving-v0")
    oracle = DRIVING.oracle(road, road.unwrapped.config)
    env = HumanInTheLoop(road, Strict(oracle, road.action_space, seconds=0.5))
    obs, _ = env.reset(seed=0)
    right = oracle.action(obs[None])[0]
    wrong = np.where(right > 0, right - 0.8, right + 0.8).astype(np.float32)
    held = []
    for step in range(8):
        proposed = wrong if step == 0 else oracle.action(obs[None])[0]
        obs, _, _, _, info = env.step(proposed)
        held.append(info["takeover"])
    # A slip sets 0.5 s; at 0.1 s a step that is the step itself and four more.
    assert held == [True] * 5 + [False] * 3


def test_an_algorithm_of_ones_own_trains_after_the_documented_steps(tmp_path):
    lab = tmp_path / "lab"
    for room in (*ROOMS, "teaching"):
        shutil.copytree(ROOT / room, lab / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(EXAMPLES / "median", lab / "algorithms" / "median")
    registry = lab / "algorithms" / "registry.py"
    text = registry.read_text()
    assert text.count("    for entry in (\n") == 1
    registry.write_text(
        text.replace("    for entry in (\n", f"    for entry in (\n{registry_entry()}")
    )
    (lab / "configs" / "algorithm" / "median.yaml").write_text(blocks("yaml")[0])

    train = documented("coachable train algorithm=median")
    done = coachable(tmp_path, *train, *QUICK, path=lab)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "runs").glob("median__driving__noisy_expert__*/result.json"))
    done = coachable(tmp_path, "list", path=lab)
    assert "algorithm=median" in done.stdout
