import pytest
from same_runs import last, same, signals

from coachable.cli import main
from coachable.config import load
from coachable.train import train
from teaching import UserError

SMALL = ["algorithm.batch_size=16", "algorithm.net_arch=[16]", "algorithm.learning_starts=10"]
COMMON = ["progress=false", "name=run", "final_episodes=2", "eval_every=0"]
RUNS = {
    "continuous": ["env=driving", "algorithm=pvp", "total_steps=300", "human=realistic", *SMALL],
    "discrete": ["env=minigrid", "algorithm=hg_dagger", "total_steps=200", *SMALL],
    "worlds": ["env=driving", "algorithm=iwr", "num_envs=3", "total_steps=300", *SMALL],
    "praise": ["env=coach_grid", "algorithm=coach", "human=coach", "total_steps=300"],
}


def learned(folder):
    """The last checkpoint, but for the human's own state and the price of merely watching."""
    state = last(folder)
    state["learner"].pop("env", None)
    return state["learner"]


@pytest.mark.parametrize("kind", RUNS)
def test_a_recorded_human_teaches_the_same_again_bit_for_bit(tmp_path, kind):
    first, again = tmp_path / "first", tmp_path / "again"
    overrides = [*RUNS[kind], *COMMON]
    train(load([*overrides, f"runs={first}"]))
    fresh = [one for one in overrides if not one.startswith("human=")]
    replay = ["human=replay", f"human.log={first / 'run'}"]
    train(load([*fresh, *replay, f"runs={again}"]))
    assert same(learned(first), learned(again))
    if kind != "praise":
        assert len(signals(first)) > 10
        assert signals(first) == signals(again)


def test_another_seed_is_another_course(tmp_path):
    """So that the test above is not one of a learner that would do the same without a human."""
    overrides = [*RUNS["praise"], *COMMON]
    train(load([*overrides, f"runs={tmp_path / 'first'}"]))
    replay = ["human=replay", f"human.log={tmp_path / 'first' / 'run'}", "seed=1"]
    train(load([*overrides, *replay, f"runs={tmp_path / 'other'}"]))
    assert not same(learned(tmp_path / "first"), learned(tmp_path / "other"))


@pytest.mark.parametrize(
    ("log", "message"),
    [
        ("", "say which: human.log=runs/NAME"),
        ("nowhere.sqlite", "there is no feedback log at nowhere.sqlite"),
        (".", "there is no feedback log at feedback.sqlite"),
    ],
)
def test_a_recording_that_is_not_there_is_one_line(tmp_path, monkeypatch, capsys, log, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "sys.argv", ["coachable", "train", "env=driving", "human=replay", f"human.log={log}"]
    )
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    assert message in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_a_recording_of_another_kind_of_feedback_is_refused(tmp_path):
    train(load([*RUNS["praise"], *COMMON, f"runs={tmp_path}"]))
    replay = ["human=replay", f"human.log={tmp_path / 'run'}", f"runs={tmp_path / 'other'}"]
    with pytest.raises(UserError, match="gives evaluation, and algorithm=pvp learns from interv"):
        train(load(["env=driving", "algorithm=pvp", *replay]))


def test_a_recording_of_another_task_is_refused(tmp_path):
    train(load([*RUNS["discrete"], *COMMON, f"runs={tmp_path}"]))
    replay = ["human=replay", f"human.log={tmp_path / 'run'}", f"runs={tmp_path / 'other'}"]
    with pytest.raises(UserError, match="replay the log on the task it was recorded on"):
        train(load(["env=driving", "algorithm=pvp", "progress=false", *replay]))
