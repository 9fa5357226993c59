import dataclasses
import json
import re
import shutil
import subprocess
import sys
from importlib.resources import files

import pytest

from algorithms.registry import ALGORITHMS
from coachable.compose import expand, options
from coachable.config import from_dict, load
from teaching import Kind, UserError


def test_every_file_of_every_group_makes_a_config():
    for group in ("env", "human", "experiment"):
        for name in options(group):
            assert load([f"{group}={name}"], fit=False).choices[group] == name
    for name in options("algorithm"):
        config = load([f"algorithm={name}"], fit=False)
        assert config.choices["algorithm"] == name
        learns_from = ALGORITHMS[config.algorithm.name].learns_from
        fits = {Kind.EVALUATION: "praising", Kind.UTTERANCE: "speaking"}
        human = next((who for kind, who in fits.items() if learns_from == {kind}), "expert")
        human = "comparing_oracle" if Kind.PREFERENCE in learns_from else human
        human = "correcting" if learns_from == {Kind.CORRECTION} else human
        load([f"algorithm={name}", *([f"human={human}"] if learns_from else [])])


def test_an_experiment_takes_every_learner_from_humans_and_td3():
    for name in ("pvp", "pvp4real", "pvp_labels_only", "bc", "hg_dagger", "iwr", "td3"):
        config = load(["experiment=pvp_driving", f"algorithm={name}"])
        assert config.algorithm.batch_size == 128


@pytest.mark.parametrize(
    "experiment",
    [
        name
        for name in options("experiment")
        if "batch_size" in (files("configs") / "experiment" / f"{name}.yaml").read_text()
    ],
)
def test_what_an_experiment_shares_out_is_no_concern_of_a_learner_that_has_no_such_setting(
    experiment,
):
    config = load([f"experiment={experiment}", "algorithm=ppo"])
    assert config.algorithm.batch_size == load([f"experiment={experiment}"]).algorithm.batch_size
    assert not hasattr(config.algorithm, "learning_starts")
    with pytest.raises(UserError, match=r"unknown key algorithm\.learning_starts \(command line\)"):
        load([f"experiment={experiment}", "algorithm=ppo", "algorithm.learning_starts=1"])


OWN_EXPERIMENT = """# @package _global_
# One of one's own.
defaults:
  - override /algorithm: pvp
algorithm:
  batch_size: 32
  learning_starts: 7
per_algorithm:
  pvp4real:
    learning_starts: 9
  td3:
    exploration_noise: 0.5
"""


def load_with_experiment(folder, text, *overrides):
    """The algorithm's settings, or the error, under an experiment that is not among ours."""
    copy = folder / "configs"
    shutil.copytree(files("configs"), copy, dirs_exist_ok=True)
    (copy / "experiment" / "own.yaml").write_text(text)
    program = (
        "import dataclasses, json, sys; from coachable.config import load; from teaching import *\n"
        "try: print(json.dumps(dataclasses.asdict(load(sys.argv[1:]).algorithm)))\n"
        "except UserError as error: print(json.dumps(str(error)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "experiment=own", *overrides],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_file_that_is_no_yaml_is_one_line_that_says_where(tmp_path):
    error = load_with_experiment(tmp_path, "a: 1\nb: [2\nc: 3\n")
    assert re.search(r"configs/experiment/own\.yaml, line 3, column 2: no YAML: expected", error)
    assert "\n" not in error


def test_a_human_who_gives_nothing_that_the_learner_needs_is_refused_with_the_reason(monkeypatch):
    from coachable.humans import HUMANS

    talks = dataclasses.replace(HUMANS["intervening"], kinds=frozenset({Kind.UTTERANCE}))
    monkeypatch.setitem(HUMANS, "intervening", talks)
    with pytest.raises(UserError) as caught:
        load(["algorithm=pvp", "human=lapsing"])
    assert str(caught.value) == (
        "human=lapsing gives utterance, and algorithm=pvp learns from intervention; "
        "coachable list shows what fits"
    )
    assert load(["algorithm=td3", "human=lapsing"]).human is None


def test_every_learner_from_humans_says_what_it_learns_from():
    from algorithms.registry import ALGORITHMS

    rewarded = {name for name, entry in ALGORITHMS.items() if not entry.learns_from}
    assert rewarded == {"td3", "sac", "dqn", "ppo", "target_td"}


def test_a_human_goes_without_the_experiments_settings_that_it_does_not_have():
    own = ["human=own", "human.maker=coachable.config:RunConfig"]
    config = load(["experiment=pvp_driving", *own])
    assert config.human.name == "own" and not hasattr(config.human, "threshold")
    with pytest.raises(UserError, match=r"human\.threshold"):
        load(["experiment=pvp_driving", *own, "human.threshold=1"])


def test_settings_of_single_algorithms_go_before_the_shared_ones(tmp_path):
    def own(*overrides):
        return load_with_experiment(tmp_path, OWN_EXPERIMENT, *overrides)

    assert own()["learning_starts"] == 7
    real = own("algorithm=pvp4real")
    assert (real["learning_starts"], real["batch_size"], real["bc_weight"]) == (9, 32, 1.0)
    assert own("algorithm=pvp4real", "algorithm.learning_starts=1")["learning_starts"] == 1
    td3 = own("algorithm=td3")
    assert (td3["learning_starts"], td3["exploration_noise"]) == (7, 0.5)


@pytest.mark.parametrize(
    ("old", "new", "overrides", "words"),
    [
        ("learning_starts: 7", "learning_strats: 7", [], ["unknown key algorithm.learning_strats"]),
        ("learning_starts: 7", "learning_strats: 7", ["algorithm=ppo"], ["learning_strats"]),
        (
            "learning_starts: 9",
            "n_steps: 9",  # PPO has it; these lines are not for PPO
            ["algorithm=pvp4real"],
            ["unknown key algorithm.n_steps"],
        ),
        ("pvp4real:", "pvp4reel:", [], ["per_algorithm.pvp4reel", "pvp4real?"]),
    ],
)
def test_a_slip_in_an_experiment_is_found_whichever_algorithm_runs(
    tmp_path, old, new, overrides, words
):
    assert old in OWN_EXPERIMENT
    error = load_with_experiment(tmp_path, OWN_EXPERIMENT.replace(old, new), *overrides)
    assert isinstance(error, str)
    for word in words:
        assert word in error
    if "unknown key" in error:
        assert "configs/experiment/own.yaml" in error


def test_values_need_no_plus():
    config = load(
        [
            "algorithm=pvp",
            "env=gymnasium",
            "env.id=LunarLanderContinuous-v3",
            "human.expert=my_module:expert",
            "env.kwargs.gravity=-9.0",
        ]
    )
    assert config.env.id == "LunarLanderContinuous-v3"
    assert config.human.expert == "my_module:expert"
    assert config.env.kwargs == {"gravity": -9.0}


def test_the_command_line_goes_before_the_experiment_and_that_before_the_group():
    assert load(["experiment=pvp_minigrid"]).algorithm.batch_size == 32
    assert load(["experiment=pvp_minigrid", "algorithm.batch_size=64"]).algorithm.batch_size == 64
    assert load(["env=minigrid"]).algorithm.batch_size == 128
    assert load(["experiment=pvp_minigrid", "human=lapsing"]).human.lapse_rate == 0.3


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("human.dealy=1", ["unknown key human.dealy", "command line", "human.delay?"]),
        ("humn.delay=1", ["unknown key humn.delay", "did you mean human.delay?"]),
        ("delay=1", ["did you mean human.delay?"]),
        ("total_stps=1", ["did you mean total_steps?"]),
        ("human.delay=soon", ["human.delay must be a number", "'soon'", "command line"]),
        ("total_steps=1.5", ["total_steps must be a whole number", "1.5"]),
        ("total_steps=0", ["total_steps must be ≥ 1"]),
        ("human.delay=-1", ["human.delay must be ≥ 0 s", "-1"]),
        ("resume=3", ["resume must be true or false"]),
        ("algorithm.net_arch=3", ["algorithm.net_arch must be a list"]),
        ("env=drivng", ["did you mean env=driving?"]),
        ("experiment=pvp", ["no experiment is called 'pvp'", "pvp_driving"]),
        ("seed=0,1", ["several values", "sweep"]),
        ("nonsense", ["nonsense", "key=value"]),
        ("~seed", ["~seed", "key=value"]),
        ("human=null", ["human"]),
        ("env.name=elsewhere", ["env.name must be one of", "command line"]),
    ],
)
def test_a_slip_is_one_line_that_names_it_and_its_place(override, words):
    with pytest.raises(UserError) as error:
        load([override])
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_a_slip_in_a_file_names_the_file(tmp_path):
    values = load(["env=minigrid"]).identity()
    values["env"]["dtt"] = 1
    with pytest.raises(UserError, match=r"env\.dtt .*config\.yaml.*env\.dt\?"):
        from_dict(values, "runs/x/config.yaml")


def test_what_is_written_reads_back_equal():
    config = load(["experiment=pvp_lander", "algorithm.net_arch=[8,8]", "seed=4"])
    again = from_dict(config.identity(), "config.yaml")
    assert again.identity() == config.identity()
    assert again.digest() == config.digest()
    assert again.env == config.env and again.human == config.human
    assert again.algorithm == config.algorithm


def test_the_digest_knows_what_decides_the_outcome_and_nothing_else():
    base = load(["env=minigrid"])
    assert load(["env=minigrid", "runs=elsewhere", "resume=true"]).digest() == base.digest()
    assert load(["env=minigrid", "seed=1"]).digest() != base.digest()
    assert load(["env=minigrid", "human.delay=0.1"]).digest() != base.digest()


def test_a_learner_without_a_human_does_not_depend_on_one():
    first, second = load(["algorithm=td3", "human=expert"]), load(["algorithm=td3", "human=tired"])
    assert first.human is None
    assert first.name == second.name == "td3__driving__none__s0"
    assert first.digest() == second.digest()


def test_names_say_what_was_chosen_and_differ_where_settings_do():
    assert load(["human=lapsing", "seed=3"]).name == "pvp__driving__lapsing__s3"
    slow, slower = load(["human.delay=0.3"]).name, load(["human.delay=0.4"]).name
    assert slow.startswith("pvp__driving__expert__s0__") and slow != slower
    assert load(["name=mine"]).name == "mine"


def test_quick_is_a_tenth():
    config = load(["experiment=pvp_driving", "quick=true"])
    full = load(["experiment=pvp_driving"])
    assert config.total_steps * 10 == full.total_steps
    assert config.quick and not full.quick


def test_expand_gives_every_combination_in_order():
    points = expand(["env=minigrid", "algorithm=pvp,iwr", "seed=range(0,2)"])
    assert points == [
        ["env=minigrid", f"algorithm={algorithm}", f"seed={seed}"]
        for algorithm in ("pvp", "iwr")
        for seed in (0, 1)
    ]


def test_a_config_is_checked_without_torch():
    code = (
        "import sys; from coachable.config import load; load(['experiment=pvp_metadrive']);"
        "heavy = {'torch', 'stable_baselines3', 'metadrive', 'minigrid'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
