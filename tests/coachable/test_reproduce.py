import json
import sys
from importlib import import_module
from types import SimpleNamespace

import pytest

from coachable.config import load
from coachable.reproduce import REPRODUCTIONS, Reproduction
from coachable.reproduce.plot import course
from coachable.reproduce.report import table
from coachable.reproduce.runner import carry_out, reproduce
from coachable.reproduce.spec import (
    Spec,
    at_least,
    at_most,
    cloning_on_equal_human_steps,
    grid,
    mean,
    values,
)
from coachable.reproduce.target_td.target_rules import RULES

TRAINING = [name for name, reproduction in REPRODUCTIONS.items() if reproduction.trains]

SMALL = [
    "env=minigrid",
    "env.id=MiniGrid-Empty-5x5-v0",
    "total_steps=120",
    "checkpoint_every=60",
    "eval_every=60",
    "eval_episodes=1",
    "final_episodes=2",
    "algorithm.batch_size=8",
    "algorithm.learning_starts=10",
    "algorithm.net_arch=[8]",
]


def spec(bound):
    conditions = {"empty room": SMALL}

    def claims(rows):
        (pvp,) = values(rows, "human_steps", method="pvp", seed=0)
        (bc,) = values(rows, "human_steps", method="bc", seed=0)
        return [
            at_least("steps of PVP", mean(rows, "total_steps", method="pvp"), bound),
            at_most("human steps that cloning has more than PVP", bc - pvp, 0),
        ]

    cloning = cloning_on_equal_human_steps({"empty room": [*SMALL, "algorithm.updates=5"]})
    return Spec(
        title="a small one",
        stages=[grid(["pvp"], conditions), cloning],
        claims=claims,
        experts=conditions,
    )


def test_a_reproduction_writes_its_result_and_says_whether_its_claims_hold(tmp_path, capsys):
    folder = tmp_path / "small"
    assert carry_out(spec(120), "small", folder, [0], 1, quick=False)
    result = json.loads((folder / "result.json").read_text())
    assert result["name"] == "small" and result["quick"] is False and result["seeds"] == [0]
    assert [(r["method"], r["seed"]) for r in result["runs"]] == [
        ("pvp", 0),
        ("bc", 0),
        ("human", None),
    ]
    pvp, bc, human = result["runs"]
    # Cloning had a demonstrator at the controls all the time, for as many steps as PVP's human.
    assert bc["human_steps"] == bc["total_steps"] == pvp["human_steps"]
    assert human["success"] == 1.0
    assert [c["holds"] for c in result["claims"]] == [True, True]
    assert set(result["claims"][0]) == {"claim", "value", "bound", "holds"}
    assert (folder / "success.png").stat().st_size > 0
    assert "empty room" in capsys.readouterr().out

    # The same runs under a claim that does not hold: nothing is trained again.
    before = (folder / "result.json").stat().st_mtime_ns
    assert not carry_out(spec(121), "small", folder, [0], 1, quick=False)
    assert capsys.readouterr().err.count("0 runs to do, 1 finished before") == 2
    assert (folder / "result.json").stat().st_mtime_ns > before


def test_a_quick_reproduction_leaves_the_full_one_alone_and_says_that_it_proves_nothing(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(REPRODUCTIONS, "small", Reproduction("", "small_reproduction"))
    monkeypatch.setitem(sys.modules, "small_reproduction", SimpleNamespace(SPEC=spec(12)))
    full = tmp_path / "runs" / "reproduce" / "small"
    full.mkdir(parents=True)
    (full / "result.json").write_text("{}")
    assert reproduce(["small"], False, "0", 1, True) == 0
    assert sorted(path.name for path in full.iterdir()) == ["quick", "result.json"]
    assert (full / "result.json").read_text() == "{}"
    result = json.loads((full / "quick" / "result.json").read_text())
    assert result["quick"] is True
    assert result["runs"][0]["quick"] is True and result["runs"][0]["total_steps"] == 12
    assert "no evidence" in capsys.readouterr().out
    # A claim that fails makes a quick run fail too.
    monkeypatch.setattr(sys.modules["small_reproduction"], "SPEC", spec(13))
    assert reproduce(["small"], False, "0", 1, True) == 1


def test_a_failed_run_leaves_the_earlier_result(tmp_path):
    (tmp_path / "result.json").write_text("{}")
    failing = Spec(
        title="",
        stages=[grid(["td3"], {"discrete actions": SMALL})],
        claims=lambda rows: [],
    )
    assert not carry_out(failing, "failing", tmp_path, [0], 1, quick=False)
    assert (tmp_path / "result.json").read_text() == "{}"


@pytest.mark.parametrize("name", TRAINING)
def test_every_reproduction_has_runs_whose_configs_are_sound(name):
    reproduction: Spec = import_module(REPRODUCTIONS[name].module).SPEC
    runs = reproduction.stages[0]([0, 1], [])
    assert {run.seed for run in runs} == {0, 1}
    for run in runs[: len(runs) // 2]:
        config = load([*reproduction.quick, *run.overrides])
        assert config.quick
        target = getattr(config.algorithm, "target", None)
        assert run.method in (config.choices["algorithm"], getattr(target, "rule", None))
    for overrides in reproduction.experts.values():
        load(list(overrides))


@pytest.mark.parametrize("name", TRAINING)
def test_every_reproductions_claims_can_hold_and_can_fail(name):
    reproduction: Spec = import_module(REPRODUCTIONS[name].module).SPEC

    def rows(success, cost):
        stages = [
            {"method": r.method, "condition": r.condition, "seed": r.seed}
            for r in reproduction.stages[0]([0], [])
        ]
        stages += [{"method": "human", "condition": c, "seed": None} for c in reproduction.experts]
        figures = {"human_steps": 10.0, "total_steps": 100.0, "human_rate_last_tenth": 0.0}
        figures |= {"human_seconds": 600.0, "simulator_error": 0.1, "mean_error": 0.2}
        taught = {"success": success, "return": 500 * success, "training_cost": cost, "curve": []}
        others = {"success": 0.0, "return": 0.0, "training_cost": 100.0, "curve": []}
        taught["residual_rise"], others["residual_rise"] = 1.0, 2.0
        figures["largest_value"] = 0.9
        good = ("pvp", "pvp4real", "deep_tamer", *(rule for rule in RULES if rule != "none"))
        # A human who never errs leaves the others nothing to be worse at. Where one method is taken
        # apart, what is whole is a condition.
        whole = ("clean", "Deep COACH", "GUIDE", "pushes of any size: how near")
        told, less = (": known", ": estimated"), ("unweighted", "told of")
        alike = [
            (r["method"] in good or r["condition"] in whole or r["condition"].endswith(told))
            and not any(word in r["condition"] for word in less)
            for r in stages
        ]
        late = {"Deep COACH, 3 steps": 1.5, "GUIDE, 1 step": 0.2}
        late = [late.get(r["condition"].split(":")[0], 0.5) for r in stages]
        stages = [{**r, "delay_estimate": d} for r, d in zip(stages, late, strict=True)]
        rows = [
            {**figures, **(taught if is_good else others), **r}
            for r, is_good in zip(stages, alike, strict=True)
        ]
        return [{**r, "success": 1.0} if r["method"] == "human" else r for r in rows]

    assert all(claim.holds for claim in reproduction.claims(rows(1.0, 1.0)))
    assert not all(claim.holds for claim in reproduction.claims(rows(-0.1, 90.0)))


def test_the_table_has_mean_and_spread_over_the_seeds():
    rows = [
        {"condition": "c", "method": "m", "seed": 0, "success": 0.5, "human_steps": 10},
        {"condition": "c", "method": "m", "seed": 1, "success": 1.0, "human_steps": 30},
        {"condition": "c", "method": "human", "seed": None, "success": 0.9},
    ]
    first, second = table(rows)
    assert (first["success"], first["human_steps"], first["seeds"]) == (0.75, 20, 2)
    # Two numbers d apart have the sample deviation d / √2.
    assert first["success_std"] == pytest.approx(0.5 / 2**0.5)
    assert second["success"] == 0.9
    assert second["success_std"] is None and second["human_steps"] is None


def test_a_course_ends_with_the_last_evaluation():
    row = {
        "curve": [{"human_steps": 5, "success": 0.2}, {"human_steps": 8, "success": None}],
        "human_steps": 9,
        "success": 0.7,
    }
    assert course(row).tolist() == [[5, 0.2], [9, 0.7]]


def test_where_nobody_teaches_return_is_drawn_over_steps(monkeypatch, tmp_path):
    from coachable.reproduce import plot as drawing

    curve = [{"step": 10.0, "human_steps": 0, "success": 0.0, "return": 3.0}]
    alone = {"condition": "alone", "method": "dqn", "human_steps": 0, "human_seconds": 0.0,
             "success": 0.0, "return": 7.0, "total_steps": 20, "curve": curve}  # fmt: skip
    taught = alone | {"condition": "taught", "human_steps": 5, "success": 0.5}
    drawn = []
    monkeypatch.setattr(drawing, "save_figure", lambda figure, path, **_: drawn.append(figure))
    drawing.plot([taught, alone], "both", tmp_path / "p.png")
    first, second = drawn[0].axes
    assert [a.get_ylabel().split()[0] for a in (first, second)] == ["success", "return"]
    assert first.lines[0].get_xydata().tolist() == [[0, 0], [5, 0.5]]
    assert second.lines[0].get_xydata().tolist() == [[10, 3], [20, 7]]
