import socket
import sqlite3
from copy import deepcopy

import gymnasium as gym
import h5py
import minari
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from minari_sets import cartpole_expert, control, edit, foreign, obs_at

from coachable.cli import main
from coachable.config import load
from coachable.train import train
from teaching import Demonstration, Evaluation, Intervention, Kind
from teaching.log import FeedbackLog, read_log

NUMBERS = st.one_of(
    hnp.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
    hnp.integer_dtypes(endianness="="),
    hnp.unsigned_integer_dtypes(endianness="="),
    hnp.boolean_dtypes(),
)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=2, min_side=1, max_side=3)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)


def command(*arguments):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setattr("sys.argv", ["coachable", *map(str, arguments)])
        main()
    return stop.value.code


def export(log, *more):
    return command("export", log, "--format", "minari", "--dataset", "ours-v0", *more)


def database(path, kinds="intervention demonstration"):
    """Rows of these kinds, but for their ids."""
    with sqlite3.connect(path) as rows:
        every = rows.execute("SELECT * FROM feedback ORDER BY id").fetchall()
    return [row[1:] for row in every if row[1] in kinds.split()]


def loaded(root, monkeypatch):
    """The dataset as Minari itself loads it."""
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(root))
    return minari.load_dataset("ours-v0")


@st.composite
def signals(draw):
    """Arguments of `FeedbackLog.append` for up to three worlds, of one task, with gaps."""
    n = draw(st.integers(1, 3))
    obs_type, action_type = draw(NUMBERS), draw(NUMBERS)
    obs_shape, action_shape = draw(SHAPES), draw(SHAPES)
    calls, step = [], draw(st.integers(-5, 2**40))
    for _ in range(draw(st.integers(1, 6))):
        step += draw(st.integers(0, 2))
        action = draw(hnp.arrays(action_type, (n, *action_shape)))
        obs = draw(hnp.arrays(obs_type, (n, *obs_shape)))
        who = {
            "human": draw(WORDS),
            "step": np.full(n, step),
            "wall_time": draw(st.floats(allow_nan=False)),
            "human_seconds": draw(
                hnp.arrays(np.float64, n, elements=st.floats(0, 5) | st.just(np.nan))
            ),
        }
        seen = {
            "obs": obs,
            "proposed_action": draw(st.none() | hnp.arrays(action_type, (n, *action_shape))),
            "episode_start": draw(hnp.arrays(bool, n)),
            "asked": draw(st.none() | hnp.arrays(np.int64, n)),
        }
        kind = draw(st.sampled_from([Kind.INTERVENTION, Kind.DEMONSTRATION]))
        if kind is Kind.INTERVENTION:
            record = Intervention(**who, mask=draw(hnp.arrays(bool, n)), action=action)
        else:
            record = Demonstration(**who, obs=obs, action=action)
            seen["obs"] = draw(st.none() | st.just(obs))
        calls.append((kind, record, seen))
    return calls


@given(signals())
@settings(max_examples=30, deadline=None)
def test_what_is_exported_and_imported_is_the_same_row_for_row(tmp_path_factory, given):
    folder = tmp_path_factory.mktemp("logs")
    with FeedbackLog(folder / "feedback.sqlite", durable=False) as log:
        for kind, record, seen in given:
            log.append(kind, record, **seen)
    before = database(folder / "feedback.sqlite")
    assert export(folder) == (0 if before else 2)
    if before:
        dataset = folder / "minari" / "ours-v0"
        assert command("import", dataset, "--out", folder / "again.sqlite") == 0
        assert database(folder / "again.sqlite") == before


def test_a_stretch_of_control_is_an_episode(tmp_path, monkeypatch):
    """World 0 is steered at 3, 4, 5 and 8, world 1 at 4 and 5, where an episode starts at 5."""
    takeovers = {3: {0}, 4: {0, 1}, 5: {0, 1}, 8: {0}}
    control(tmp_path / "feedback.sqlite", takeovers, starts={(1, 5)})
    assert export(tmp_path) == 0
    dataset = loaded(tmp_path / "minari", monkeypatch)
    assert [(e.infos["world"][1], e.infos["step"][1:].tolist()) for e in dataset] == [
        (0, [3, 4, 5]),
        (1, [4]),
        (1, [5]),
        (0, [8]),
    ]
    assert dataset.total_steps == 6
    first = dataset[0]
    assert first.observations.dtype == np.float32 and first.observations.shape == (4, 3)
    np.testing.assert_array_equal(first.observations[:3], [obs_at(0, step) for step in (3, 4, 5)])
    assert np.isnan(first.observations[3]).all()  # what came after step 5 was never written down
    np.testing.assert_array_equal(first.actions, [[3, 0], [4, 0], [5, 0]])
    assert np.isnan(first.rewards).all()
    assert not first.terminations.any()
    assert first.truncations.tolist() == [False, False, True]
    assert first.infos["next_obs_logged"].tolist() == [False, True, True, False]
    np.testing.assert_array_equal(first.infos["proposed_action"][1:], [[3, 3], [4, 4], [5, 5]])
    assert first.infos["wall_time"][1:].tolist() == [1003.0, 1004.0, 1005.0]
    assert first.infos["human_seconds"][1:].tolist() == [0.1] * 3
    assert first.infos["human"].tolist() == [b"", b"Ada", b"Ada", b"Ada"]
    # World 1's step 5 is of another episode: step 4 did not lead there.
    assert np.isnan(dataset[1].observations[1]).all()


def test_what_an_action_led_to_is_taken_from_the_next_stretch_if_it_is_there(tmp_path, monkeypatch):
    control(tmp_path / "feedback.sqlite", {1: {0}, 2: {0}})
    with FeedbackLog(tmp_path / "feedback.sqlite", durable=False) as log:
        log.append(
            Kind.DEMONSTRATION,
            Demonstration(
                human="Bob",
                step=np.array([3]),
                wall_time=0.0,
                human_seconds=np.zeros(1),
                obs=obs_at(0, 3)[None],
                action=np.zeros((1, 2), np.float32),
            ),
        )
    assert export(tmp_path) == 0
    dataset = loaded(tmp_path / "minari", monkeypatch)
    assert len(dataset) == 2
    np.testing.assert_array_equal(dataset[0].observations[2], obs_at(0, 3))
    assert dataset[0].infos["next_obs_logged"].tolist() == [False, True, True]


def test_a_run_exports_with_its_circumstances_and_replays_from_the_dataset(tmp_path, monkeypatch):
    common = ["env=minigrid", "algorithm=hg_dagger", "total_steps=120", "progress=false"]
    common += ["final_episodes=1", "eval_every=0", "algorithm.batch_size=16", "name=run"]
    train(load([*common, f"runs={tmp_path}", "seed=3"]))
    run = tmp_path / "run"
    assert export(run) == 0
    dataset = loaded(run / "minari", monkeypatch)
    about = dataset.storage.metadata
    expected = {"run": "run", "task": "minigrid", "algorithm": "hg_dagger", "seed": 3}
    assert about["coachable"].items() >= expected.items()
    assert isinstance(dataset.action_space, gym.spaces.Discrete)
    for episode in dataset:
        assert all(dataset.observation_space.contains(obs) for obs in episode.observations[:-1])
        assert all(dataset.action_space.contains(action) for action in episode.actions)
    assert sum(episode.infos["episode_start"].sum() for episode in dataset) > 0
    assert command("import", run / "minari" / "ours-v0", "--out", tmp_path / "again.sqlite") == 0
    assert database(tmp_path / "again.sqlite") == database(run / "feedback.sqlite")
    replay = ["human=replay", f"human.log={tmp_path / 'again.sqlite'}", "seed=3"]
    train(load([*common, *replay, f"runs={tmp_path / 'replayed'}"]))
    steps = [
        [(row.world, int(row.record.step[0]), row.record.action.tolist()) for row in read_log(log)]
        for log in (run / "feedback.sqlite", tmp_path / "replayed" / "run" / "feedback.sqlite")
    ]
    assert steps[0] == steps[1] and len(steps[0]) > 10


def test_pictures_lose_nothing(tmp_path, monkeypatch):
    """Minari keeps pictures as JPEG unless it is told not to."""
    picture = np.random.default_rng(0).integers(0, 256, (1, 40, 40, 3), np.uint8)
    with FeedbackLog(tmp_path / "feedback.sqlite", durable=False) as log:
        who = {"human": "", "step": np.zeros(1, int), "wall_time": 0.0, "human_seconds": np.ones(1)}
        record = Intervention(**who, mask=np.ones(1, bool), action=np.zeros((1, 1)))
        log.append(Kind.INTERVENTION, record, obs=picture)
    assert export(tmp_path) == 0
    np.testing.assert_array_equal(
        loaded(tmp_path / "minari", monkeypatch)[0].observations[0], picture[0]
    )


def test_neither_home_nor_the_network_is_touched(tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("the network")

    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("MINARI_DATASETS_PATH", raising=False)
    monkeypatch.setattr(socket, "socket", refuse)
    control(tmp_path / "feedback.sqlite", {1: {0}})
    assert export(tmp_path) == 0
    assert command("import", tmp_path / "minari" / "ours-v0", "--out", tmp_path / "a.sqlite") == 0
    assert not any(home.iterdir())


def test_other_kinds_stay_behind_and_that_is_said(tmp_path, capsys):
    control(tmp_path / "feedback.sqlite", {1: {0}})
    praise(tmp_path / "feedback.sqlite")
    assert export(tmp_path) == 0
    said = capsys.readouterr().out
    assert "1 steps in 1 episodes" in said and "1 signals of other kinds stay behind" in said


def praise(path):
    with FeedbackLog(path, durable=False) as log:
        who = {"human": "", "step": np.zeros(1, int), "wall_time": 0.0, "human_seconds": np.ones(1)}
        words = {"mask": np.ones(1, bool), "value": np.ones(1, np.float32), "about": who["step"]}
        log.append(Kind.EVALUATION, Evaluation(**who, **words))


def test_nothing_is_replaced_unasked(tmp_path, capsys):
    control(tmp_path / "feedback.sqlite", {1: {0}})
    assert export(tmp_path) == 0
    file = tmp_path / "minari" / "ours-v0" / "data" / "main_data.hdf5"
    before = file.read_bytes()
    control(tmp_path / "feedback.sqlite", {2: {0}})
    assert export(tmp_path) == 2
    assert "is there already; choose another --dataset, or --overwrite" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert export(tmp_path, "--overwrite") == 0
    assert file.read_bytes() != before
    assert [entry.name for entry in (tmp_path / "minari").iterdir()] == ["ours-v0"]


def test_only_a_dataset_is_replaced_by_one(tmp_path, capsys):
    control(tmp_path / "feedback.sqlite", {1: {0}})
    (tmp_path / "minari" / "ours-v0").mkdir(parents=True)
    (tmp_path / "minari" / "ours-v0" / "mine").write_text("mine")
    assert export(tmp_path, "--overwrite") == 2
    assert "is no Minari dataset, and is not replaced by one" in capsys.readouterr().err
    assert (tmp_path / "minari" / "ours-v0" / "mine").read_text() == "mine"


def test_an_export_that_fails_halfway_leaves_the_old_dataset(tmp_path, monkeypatch, capsys):
    from minari.dataset._storages.hdf5_storage import HDF5Storage

    control(tmp_path / "feedback.sqlite", {1: {0}})
    assert export(tmp_path) == 0
    file = tmp_path / "minari" / "ours-v0" / "data" / "main_data.hdf5"
    before = file.read_bytes()

    def fail(self, episodes):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(HDF5Storage, "update_episodes", fail)
    assert export(tmp_path, "--overwrite") == 2
    assert "No space left on device" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert [entry.name for entry in (tmp_path / "minari").iterdir()] == ["ours-v0"]


@pytest.mark.parametrize("name", ["ours", "../ours-v0", "a/b-v0", "", "ours-v", "-v0 "])
def test_a_name_that_is_no_id_is_refused(tmp_path, capsys, name):
    control(tmp_path / "feedback.sqlite", {1: {0}})
    code = command("export", tmp_path, "--format", "minari", "--dataset", name)
    assert code == (0 if name == "" else 2)  # an empty one is none, and the folder's name is taken
    if name:
        assert "--dataset must be letters, digits" in capsys.readouterr().err
        assert not (tmp_path / "minari").exists()


def test_logs_that_make_no_dataset_are_refused(tmp_path, capsys):
    praise(tmp_path / "feedback.sqlite")
    assert export(tmp_path) == 2
    assert "has no intervention or demonstration" in capsys.readouterr().err
    with FeedbackLog(tmp_path / "feedback.sqlite", durable=False) as log:
        who = {"human": "", "step": np.zeros(1, int), "wall_time": 0.0, "human_seconds": np.ones(1)}
        steered = Intervention(**who, mask=np.ones(1, bool), action=np.zeros((1, 1)))
        log.append(Kind.INTERVENTION, steered)
    assert export(tmp_path) == 2
    assert "was kept without what was on view" in capsys.readouterr().err
    assert not (tmp_path / "minari").exists()


def test_logs_of_two_tasks_are_refused(tmp_path, capsys):
    control(tmp_path / "feedback.sqlite", {1: {0}})
    with FeedbackLog(tmp_path / "feedback.sqlite", durable=False) as log:
        who = {"human": "", "step": np.zeros(1, int), "wall_time": 0.0, "human_seconds": np.ones(1)}
        shown = Demonstration(**who, obs=np.zeros((1, 5)), action=np.zeros((1, 2), np.float32))
        log.append(Kind.DEMONSTRATION, shown)
    assert export(tmp_path) == 2
    assert "the log has float32 (3,) and float64 (5,)" in capsys.readouterr().err


def test_a_name_is_only_for_minari(tmp_path, capsys):
    control(tmp_path / "feedback.sqlite", {1: {0}})
    assert command("export", tmp_path, "--dataset", "ours-v0") == 2
    assert "add --format minari" in capsys.readouterr().err


BOX, TWO = gym.spaces.Box(-np.inf, np.inf, (2,), np.float64), gym.spaces.Discrete(2)


def test_somebody_elses_dataset_comes_as_demonstrations(tmp_path):
    observations = [np.arange(8.0).reshape(4, 2), np.arange(6.0).reshape(3, 2) + 100]
    dataset = foreign(
        tmp_path / "them", observations, [np.array([0, 1, 1]), np.array([1, 0])], BOX, TWO
    )
    assert command("import", dataset, "--out", tmp_path / "log.sqlite") == 0
    rows = list(read_log(tmp_path / "log.sqlite"))
    assert {row.kind for row in rows} == {Kind.DEMONSTRATION}
    assert [int(row.record.step[0]) for row in rows] == [0, 1, 2, 3, 4]
    assert [int(row.record.action[0]) for row in rows] == [0, 1, 1, 1, 0]
    assert [row.episode_start for row in rows] == [True, False, False, True, False]
    np.testing.assert_array_equal(
        [row.record.obs[0] for row in rows], np.concatenate([seen[:-1] for seen in observations])
    )
    assert {row.record.human for row in rows} == {"them/expert-v0"}
    assert all(np.isnan([row.record.wall_time, row.record.human_seconds[0]]).all() for row in rows)


def test_dictionaries_come_flattened_as_gymnasium_flattens_them(tmp_path):
    space = gym.spaces.Dict(
        {"z": BOX, "a": gym.spaces.Dict({"image": gym.spaces.Box(0.0, 1.0, (2, 2), np.float64)})}
    )
    samples = [space.sample() for _ in range(3)]
    observations = {
        "z": np.stack([sample["z"] for sample in samples]),
        "a": {"image": np.stack([sample["a"]["image"] for sample in samples])},
    }
    dataset = foreign(tmp_path / "them", [observations], [np.array([0, 1])], space, TWO)
    assert command("import", dataset, "--out", tmp_path / "log.sqlite") == 0
    np.testing.assert_array_equal(
        [row.record.obs[0] for row in read_log(tmp_path / "log.sqlite")],
        [gym.spaces.flatten(space, sample) for sample in samples[:2]],
    )


@pytest.mark.parametrize(
    ("space", "values", "message"),
    [
        (gym.spaces.Text(3), ["a", "b"], "are no arrays of numbers"),
        (gym.spaces.Tuple((TWO,)), (np.array([0, 1]),), "are no arrays of numbers"),
        (gym.spaces.Dict({"a": TWO}), {"a": np.array([0, 1])}, "joins only Box and Dict"),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(tmp_path, capsys, space, values, message):
    dataset = foreign(tmp_path / "them", [values], [np.array([0])], space, TWO)
    assert command("import", dataset, "--out", tmp_path / "log.sqlite") == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "log.sqlite").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_format": "arrow"}, "holds its data as 'arrow', this lab reads 'hdf5'"),
        ({"observation_space": None}, "does not say what its observation_space is"),
        ({"observation_space": "{"}, "is damaged, or no dataset of numbers (JSONDecodeError"),
        ({"action_space": '{"type": "Pickle"}'}, "is damaged, or no dataset of numbers"),
        ({"total_episodes": 7}, "is damaged, or no dataset of numbers (KeyError"),
        ({"coachable": {"format": "coachable feedback", "version": 9}}, "of version 9"),
        ({"coachable": {}}, "is damaged, or no dataset of numbers (KeyError"),
        ({"coachable": 3}, "is damaged: not what Minari writes"),
    ],
)
def test_a_damaged_dataset_is_one_line_and_nothing_is_written(tmp_path, capsys, changes, message):
    control(tmp_path / "feedback.sqlite", {1: {0}, 2: {0}})
    assert export(tmp_path) == 0
    edit(tmp_path / "minari" / "ours-v0", **changes)
    capsys.readouterr()
    assert command("import", tmp_path / "minari" / "ours-v0", "--out", tmp_path / "a.sqlite") == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
    assert not (tmp_path / "a.sqlite").exists()


@pytest.mark.parametrize("damage", ["short", "cut", "nothing", "objects", "unknown", "huge"])
def test_damaged_data_is_one_line_and_nothing_is_written(tmp_path, capsys, damage):
    control(tmp_path / "feedback.sqlite", {1: {0}, 2: {0}})
    assert export(tmp_path) == 0
    dataset = tmp_path / "minari" / "ours-v0"
    file = dataset / "data" / "main_data.hdf5"
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:3000])
    elif damage == "nothing":
        file.unlink()
    else:
        with h5py.File(file, "a") as data:
            episode = data["episode_0"]
            if damage == "short":
                episode["actions"].resize((1, 2))
            elif damage == "unknown":
                episode["infos/kind"][1] = "applause"
            elif damage == "huge":
                del episode["observations"]
                shape = (1 << 40, 3)
                episode.create_dataset("observations", shape, np.float32, chunks=(1024, 3))
            else:
                del episode["actions"]
                episode["actions"] = ["a", "b"]
    capsys.readouterr()
    assert command("import", dataset, "--out", tmp_path / "a.sqlite") == 2
    err = capsys.readouterr().err
    assert "ours-v0" in err and err.count("\n") == 1
    assert not (tmp_path / "a.sqlite").exists()


def test_a_folder_that_is_no_dataset_is_one_line(tmp_path, capsys):
    assert command("import", tmp_path, "--out", tmp_path / "a.sqlite") == 2
    assert "is no Minari dataset" in capsys.readouterr().err


def test_no_dataset_chooses_what_runs_here(tmp_path, capsys):
    """Without spaces Minari makes the environment that the file names, whatever that is."""
    dataset = foreign(tmp_path / "them", [np.zeros((2, 2))], [np.array([0])], BOX, TWO)
    spec = deepcopy(gym.spec("CartPole-v1"))
    spec.entry_point, spec.kwargs = "os:mkdir", {"path": str(tmp_path / "ran")}
    edit(dataset, env_spec=spec.to_json(), action_space=None)
    assert command("import", dataset, "--out", tmp_path / "log.sqlite") == 2
    assert "does not say what its action_space is" in capsys.readouterr().err
    assert not (tmp_path / "ran").exists()
    with pytest.raises(Exception, match=r"os:mkdir|NoneType|gymnasium.Env"):
        minari.MinariDataset(dataset / "data")
    assert (tmp_path / "ran").exists()  # so the above was no idle fear


def test_without_minari_it_is_said_what_to_install(tmp_path, monkeypatch, capsys):
    control(tmp_path / "feedback.sqlite", {1: {0}})
    monkeypatch.setitem(__import__("sys").modules, "minari.data_collector", None)
    assert export(tmp_path) == 2
    assert "pip install 'coachable[minari]'" in capsys.readouterr().err


def test_bc_balances_a_pole_after_somebody_elses_demonstrations(tmp_path):
    dataset = cartpole_expert(tmp_path / "them", episodes=4)
    log = tmp_path / "log.sqlite"
    assert command("import", dataset, "--out", log) == 0
    words = ["env=cartpole", "algorithm=bc", "human=replay", f"human.log={log}", f"runs={tmp_path}"]
    words += ["progress=false", "final_episodes=5", "algorithm.learning_rate=1e-3"]
    # 2,000 examples of a straight border: a few hundred batches find it; nobody balances by chance.
    cloned = train(load([*words, "name=cloned", "algorithm.updates=500"]))
    unlearned = train(load([*words, "name=unlearned", "algorithm.updates=1"]))
    assert cloned["total_steps"] == 0
    assert cloned["return"] > 300 > 100 > unlearned["return"]


def test_only_who_learns_from_demonstrations_takes_them(tmp_path, capsys):
    dataset = foreign(tmp_path / "them", [np.zeros((2, 4))], [np.array([0])], BOX, TWO)
    assert command("import", dataset, "--out", tmp_path / "log.sqlite") == 0
    words = ["env=cartpole", "algorithm=pvp", "human=replay", f"runs={tmp_path}"]
    assert command("train", *words, f"human.log={tmp_path / 'log.sqlite'}") == 2
    assert "human=replay gives demonstration, and algorithm=pvp learns" in capsys.readouterr().err
