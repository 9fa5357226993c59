import subprocess
import sys

import pytest

from coachable import cli
from coachable.stopping import Interrupted


def call(monkeypatch, *arguments):
    """The exit code of ``coachable …``."""
    monkeypatch.setattr(sys, "argv", ["coachable", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code


def imported(*arguments):
    """The modules that ``coachable …`` leaves imported."""
    code = (
        f"import sys; sys.argv = ['coachable', *{arguments!r}]\n"
        "from coachable.cli import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "print('MODULES', *sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stderr.split("MODULES")[1].split())


def test_help_imports_nothing_heavy():
    modules = imported("--help")
    assert not modules & {"torch", "stable_baselines3", "gymnasium", "hydra", "numba"}


def test_list_imports_no_learner_and_no_simulator():
    modules = imported("list")
    assert not modules & {"torch", "stable_baselines3", "metadrive", "minigrid"}


def test_list_names_what_there_is(monkeypatch, capsys):
    assert call(monkeypatch, "list") == 0
    shown = capsys.readouterr().out
    for name in ("env=driving", "human=expert", "algorithm=pvp", "experiment=pvp_driving"):
        assert name in shown
    assert "coachable reproduce pvp_minigrid" in shown
    # Words for single ids share a line, so that the list stays short.
    assert "Classic control, one of: acrobot, cartpole" in shown
    assert "env=cartpole" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "human.dealy=1"],
        ["sweep", "humn=expert"],
        ["evaluate", "no/such/run"],
        ["evaluate", "no/such/expert.npz"],
        ["train-expert", "env=gymnasium", "env.id=CartPole-v9"],
        ["reproduce", "pvp_minigird"],
        ["reproduce"],
        ["reproduce", "pvp_minigrid", "--seeds", "one"],
        ["board", "--runs", "no/such/folder"],
        ["check", "env.horizn=1"],
    ],
)
def test_a_slip_is_one_line_and_exit_code_2(monkeypatch, capsys, arguments):
    assert call(monkeypatch, *arguments) == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("coachable: ") and shown.err.count("\n") == 1
    assert not shown.out


def test_an_unknown_verb_is_exit_code_2(monkeypatch, capsys):
    assert call(monkeypatch, "trian") == 2
    assert "trian" in capsys.readouterr().err


def test_an_interrupt_is_exit_code_130_and_says_how_to_go_on(monkeypatch, capsys):
    def stopped(config):
        raise Interrupted("runs/x", 120)

    monkeypatch.setattr("coachable.train.train", stopped)
    assert call(monkeypatch, "train", "env=minigrid", "seed=3") == 130
    shown = capsys.readouterr().err
    assert "runs/x is saved at step 120" in shown
    assert "coachable train env=minigrid seed=3 resume=true" in shown


def test_check_passes_for_what_comes_with_the_lab(monkeypatch, capsys):
    assert call(monkeypatch, "check", "env=minigrid", "human=realistic") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7 and all(line.startswith("ok") for line in lines)


BROKEN = """
import gymnasium as gym
import numpy as np

class Vague(gym.Env):
    observation_space = gym.spaces.Box(-1, 1, (1,), np.float32)
    action_space = gym.spaces.Box(-1, 1, (1,), np.float32)
    dt = 0.1

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.steps += 1
        return np.zeros(1, np.float32), 0.0, False, self.steps == 5, {"is_success": "yes"}

gym.register("Vague-v0", Vague)
"""


def test_check_names_what_an_environment_does_not_keep(monkeypatch, capsys, tmp_path):
    (tmp_path / "broken_world.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(tmp_path)
    assert call(monkeypatch, "check", "env=gymnasium", "env.id=broken_world:Vague-v0") == 1
    shown = capsys.readouterr().out
    failed = [line for line in shown.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 1 and "is_success" in failed[0]
