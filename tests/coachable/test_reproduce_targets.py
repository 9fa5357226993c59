import json
import math

import numpy as np
import pytest
import torch as th

from algorithms.target_td.rules import TargetRule
from coachable.reproduce.target_td import (
    baird,
    bridge,
    cartpole,
    cells,
    neural_prediction,
    no_k,
    phase_diagram,
    target_rules,
)
from coachable.reproduce.target_td.many_dqn import ManyDQN
from envs.finite.counterexamples import baird as star
from envs.finite.counterexamples import w_to_2w


def test_baird_writes_its_table_and_its_claims_can_fail(tmp_path):
    assert baird.run("baird", tmp_path, [0, 1, 2], 1, False)
    result = json.loads((tmp_path / "result.json").read_text())
    assert all(c["holds"] for c in result["claims"]) and "| 77 |" in result["markdown"]
    assert (tmp_path / "success.png").stat().st_size > 0
    rows = [{**row, "sampled": [1.05 * s for s in row["sampled"]]} for row in result["rows"]]
    assert [c.holds for c in baird.claims(rows)].count(False) == len(baird.CLAIMED)


def test_a_cell_is_measured_without_the_prediction_and_knows_its_boundary():
    problem = bridge.of_chain(star(0.99))
    for k, sign in ((60, 1), (90, -1)):
        assert np.sign(cells.settle(problem, 0.01, TargetRule.every(k))) == sign
    cell = cells.Cell(problem="star", discount=0.99, alpha=0.01, rule=TargetRule.every(77))
    near = cells.neighbours(cell)
    assert {n.rule.period for n in near} == {77, 75, 79}
    assert sorted({round(n.alpha, 6) for n in near}) == [0.0098, 0.01, 0.0102]
    outcome = cells.carry_out(problem, cell, [1e-5, -1e-5], 0)
    assert outcome.at_boundary and outcome.agrees and math.isnan(outcome.sampled)


def test_a_wrong_cell_off_the_boundary_makes_the_diagrams_claim_fail():
    row = {"at_boundary": False, "agrees": True, "sampled": None, "predicted": 1.0}
    rows = [{**row, "problem": f"{kind} 1"} for kind in ("star", "random") for _ in range(600)]
    rows += [{**r, "predicted": -1.0} for r in rows]
    assert all(c.holds for c in phase_diagram.claims(rows, 10.0, False))
    rows[0] = {**rows[0], "agrees": False}
    assert not all(c.holds for c in phase_diagram.claims(rows, 10.0, False))
    rows[0] = {**rows[0], "at_boundary": True}
    assert all(c.holds for c in phase_diagram.claims(rows, 10.0, False))
    assert not all(c.holds for c in phase_diagram.claims(rows, 400.0, False))


def test_w_to_2w_grows_with_every_k_and_below_its_threshold_it_would_not():
    assert min(no_k.slopes(bridge.of_chain(w_to_2w(0.99)))) > 0
    assert max(no_k.slopes(bridge.of_chain(w_to_2w(0.8)))) < 0


def test_early_and_false_warnings_are_counted():
    rows = [
        {"grown_at": 100, "warned_at": 60},
        {"grown_at": 100, "warned_at": 100},
        {"grown_at": 100, "warned_at": None},
        {"grown_at": None, "warned_at": 30},
        {"grown_at": None, "warned_at": None},
    ]
    assert neural_prediction.counts(rows) == {"diverge": 3, "early": 1, "others": 2, "false": 1}


READING = next(iter(cartpole.READINGS))


def test_a_cell_on_cartpole_is_kept_and_not_done_again(tmp_path):
    place = (str(tmp_path), READING, cartpole.WITH, 1e-3, "squared", [0, 1], 12)
    rows = cartpole.cell(*place)
    assert [(row["seed"], row["steps"]) for row in rows] == [(0, 60), (1, 60)]
    (path,) = (tmp_path / "cells").iterdir()
    path.write_text(json.dumps([{**row, "return": -1.0} for row in rows]))
    assert {row["return"] for row in cartpole.cell(*place)} == {-1.0}


@pytest.mark.parametrize("loss", ["squared", "huber"])
@pytest.mark.parametrize("reading", cartpole.READINGS)
def test_many_dqn_at_once_are_the_labs_dqn_seed_by_seed(reading, loss):
    def make(seed):
        return cartpole.learner(reading, cartpole.WITH, 1e-3, loss, seed)

    many = ManyDQN(make, [0, 7])
    many.learn(150)
    for i, seed in enumerate([0, 7]):
        one = make(seed).learn(150)
        assert one.model._n_updates == many._updates > 0
        ours = many.learners[i].model.q_net.parameters()
        for p, q in zip(one.model.q_net.parameters(), ours, strict=True):
            assert th.allclose(p, q, atol=1e-5)
        buffer = one.model.replay_buffer
        assert np.array_equal(buffer.actions[:150, 0, 0], many._memory._action[i, :150])
        assert np.allclose(buffer.next_observations[:150, 0], many._memory._entered[i, :150])


def test_both_readings_of_the_published_settings_make_500_targets_of_5_gradient_steps():
    for reading, rounds in cartpole.READINGS.items():
        gradient_steps = cartpole.steps_of(reading) / rounds["train_freq"]
        gradient_steps *= rounds["updates_per_step"]
        assert gradient_steps == 500 * 5
    assert [cartpole.steps_of(r) for r in cartpole.READINGS] == [2500, 12_500]


@pytest.mark.parametrize(("better", "holds"), [(50.0, True), (0.0, False)])
def test_momentum_helps_only_beyond_what_the_seeds_make_of_it(better, holds):
    noise = np.random.default_rng(0).normal(scale=10.0, size=20)
    rows = [
        {
            "reading": reading,
            "rule": rule,
            "rate": rate,
            "loss": "squared",
            "return": 100.0 + (better + n if rule == cartpole.WITH else 0),
        }
        for reading in cartpole.READINGS
        for rule in cartpole.RULES
        for rate in cartpole.RATES
        for n in noise
    ]
    assert {c.holds for c in cartpole.claims(rows)} == {holds}


def test_target_rules_tell_what_was_lost_again_and_how_far_errors_and_values_went():
    residuals, sizes = [0.5, 2.0, 1.0, 1.0], [0.1, 2.7, 3.0, 0.2]
    readings = [
        {"step": 500 * i, "bellman_residual": r, "value_size": v}
        for i, (r, v) in enumerate(zip(residuals, sizes, strict=True))
    ]
    result = {
        "return": 100.0,
        "curve": [{"return": 40.0}, {"return": 450.0}],
        "stability": readings,
    }
    figures = {"fall": 350.0, "residual_rise": 4.0, "largest_value": 3.0, "beyond_at": 1000}
    assert target_rules.stability(result) == figures
    assert target_rules.stability({**result, "stability": readings[:2]})["beyond_at"] is None
    gone = [*readings[:1], {"step": 9, "bellman_residual": None, "value_size": None}]
    lost = target_rules.stability({**result, "stability": gone})
    assert lost["beyond_at"] == 9 and lost["residual_rise"] == np.inf
    assert target_rules.stability({"return": 1.0, "curve": [], "stability": []})["fall"] == 0.0


def test_a_rule_that_beats_the_own_one_by_much_makes_the_claim_fail():
    rows = [
        {
            "condition": name,
            "method": rule,
            "success": 0.7,
            "return": 200.0,
            "residual_rise": 3.0 if rule == "none" else 1.5,
            "largest_value": 1.5 if rule == "none" else 0.5,
        }
        for name in target_rules.CASES
        for rule in target_rules.RULES
    ]
    by_claim = {c.claim: c.holds for c in target_rules.claims(rows)}
    assert len(by_claim) == 13
    assert all(holds for claim, holds in by_claim.items() if "own" in claim or "errors" in claim)
    assert not any(holds for claim, holds in by_claim.items() if "mean of" in claim)
    better = [{**r, "return": 400.0} if r["method"] == "kl" else r for r in rows]
    fails = [c.claim for c in target_rules.claims(better) if "own" in c.claim and not c.holds]
    assert {claim.split(":")[0] for claim in fails} == {"DQN, CartPole", "TD3, HalfCheetah"}


def test_gains_count_from_what_random_actions_get():
    rows = [
        {
            "condition": n,
            "method": m,
            "success": 0.5,
            "return": case.untaught,
            "residual_rise": 1.0,
            "largest_value": 0.5,
        }
        for n, case in target_rules.CASES.items()
        for m in target_rules.RULES
    ]
    by_claim = {c.claim: c.value for c in target_rules.claims(rows)}
    assert all(v == 0.0 for claim, v in by_claim.items() if "beyond random" in claim)
