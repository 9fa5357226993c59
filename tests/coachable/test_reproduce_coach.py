import json

import numpy as np
import pytest

from coachable.reproduce.coach import episodic, gradient, gridworld, show
from coachable.reproduce.coach.gridworld import Part, carry_out
from envs.finite.problems import TIED_FEATURES, tied
from envs.finite.solve import expected_return


@pytest.fixture
def few(monkeypatch):
    """Five learners a cell instead of twenty."""
    monkeypatch.setattr("coachable.reproduce.coach.lessons.LEARNERS", 5)


def test_an_action_trainer_teaches_coach_the_shortest_safe_way(few):
    """9 steps; a random walk takes above 100, and 30 episodes are a fifth of the published ones."""
    row = carry_out(Part("trainers", "COACH", "action"), seed=7, episodes=30)
    assert np.mean(row["steps"]) < 15
    assert min(row["steps"]) >= 9
    # Watching and judging cost 0.5 s + 0.5 s or less a step of 0.5 s, hence at most one second.
    lengths = np.array(row["curve"])
    assert np.all(np.array(row["minutes"]) > 0.25 * lengths.sum() / 60)
    wrong = carry_out(Part("delays", "COACH", "action", (("delay", 0),), late=2), 7, 20)
    assert np.median(wrong["steps"]) > 100


def test_a_good_policy_keeps_under_advantage_feedback_with_coach_alone(few):
    coach, q = (
        np.mean(carry_out(Part("unlearning", m, "advantage"), 7, 30)["steps"])
        for m in ("COACH", "Q-learning")
    )
    assert coach < 20
    assert q > 100


def test_the_tables_name_what_they_hold():
    rows = [
        {
            "table": "delays",
            "method": "COACH",
            "trainer": "action",
            "settings": settings,
            "seed": 0,
            "steps": [9.0, 11.0],
            "minutes": [1.0, 2.0],
        }
        for settings in ({"delay": 2}, {"delay": 0, "lambdas": [0.9]})
    ]
    assert show.lines(rows, "delays") == [
        ["2", "COACH", "10.0 ± 1.4", "1.5"],
        ["0, λ = 0.9", "COACH", "10.0 ± 1.4", "1.5"],
    ]
    assert "| 2 | COACH | 10.0 ± 1.4 | 1.5 |" in show.markdown(rows)


def test_every_claim_is_about_a_cell_that_is_run():
    rows = [
        {
            "table": part.table,
            "method": part.method,
            "trainer": part.trainer,
            "settings": dict(part.settings),
            "steps": [1000.0],
        }
        for part in gridworld.parts()
    ]
    verdicts = [claim.holds for claim in gridworld.claims(rows)]
    assert all(np.isfinite(claim.value) for claim in gridworld.claims(rows))
    assert True in verdicts and False in verdicts  # 1,000 steps are many everywhere


@pytest.mark.parametrize("kind", ["table", "network"])
def test_the_gradient_agrees_and_a_wrong_sign_would_not(kind, monkeypatch):
    error, largest = gradient.errors(kind, seed=3)
    assert error < 1e-8 < largest
    from algorithms.coach import losses

    honest = losses.ascent
    monkeypatch.setattr(losses, "ascent", lambda f, w, e: honest(-f, w, e))
    assert gradient.errors(kind, seed=3)[0] > 1e-3


def test_the_return_of_tied_policies_is_that_of_the_mdp():
    mdp = tied(episodic.DISCOUNT)
    for lean in (-3.0, 0.0, 0.4, 5.0):
        policy = np.full((3, 2), 0.5)
        policy[:2, 1] = 1 / (1 + np.exp(-lean * TIED_FEATURES[:2, 0]))
        policy[:2, 0] = 1 - policy[:2, 1]
        assert episodic.discounted_return(np.array(lean)) == pytest.approx(
            expected_return(mdp, policy)
        )


def test_coach_and_ecoach_part_ways(tmp_path, capsys):
    episodic.run("ecoach", tmp_path, [0], 1, quick=True)
    result = json.loads((tmp_path / "result.json").read_text())
    ends = {(r["variant"], r["feedback"]): np.mean(r["return"]) for r in result["rows"]}
    start = float(episodic.discounted_return(np.array(0.0)))
    for feedback in episodic.FEEDBACK:
        assert ends["COACH", feedback] < start < ends["E-COACH", feedback]
    assert "return of COACH under advantage feedback" in capsys.readouterr().out
