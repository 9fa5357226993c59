import itertools

import numpy as np
import pytest

from coachable.reproduce import delay_estimation, delay_picture, tamer
from coachable.reproduce.delay_estimation import Part, carry_out


@pytest.fixture
def few(monkeypatch):
    """Four learners a cell instead of twenty."""
    monkeypatch.setattr("coachable.reproduce.coach.lessons.LEARNERS", 4)


def made_up(steps, estimate):
    """A row for each cell, with figures of two learners."""
    rows = []
    for part in delay_estimation.parts():
        row = {name: getattr(part, name) for name in ("task", "form", "delay", "method", "told")}
        row |= {"seed": 0, "steps": steps(part), "minutes": [1.0, 3.0]}
        if part.told == "estimated":
            row |= {"estimates": estimate(part), "forms": [part.form] * 2}
        rows.append(row)
    return rows


def test_a_learner_who_is_not_told_of_a_delay_learns_as_one_who_is(few):
    """The shortest safe way has 9 steps; who is told wrong walks about until the cut-off at 100."""
    known, estimated, wrong = (
        carry_out(Part("coach_grid", "fixed", 2, "COACH", told), seed=7, episodes=30)
        for told in ("known", "estimated", "a step more")
    )
    assert estimated["estimates"] == [2.0] * 4 and estimated["forms"] == ["fixed"] * 4
    assert "estimates" not in known
    assert np.mean(estimated["steps"]) < 1.3 * np.mean(known["steps"]) < 20
    assert np.mean(wrong["steps"]) > 40


def test_the_claims_hold_of_perfect_estimates_and_fail_of_bad_ones():
    perfect = made_up(
        lambda part: [50.0, 52.0] if part.told in delay_estimation.WRONG else [9.0, 11.0],
        lambda part: [float(part.delay)] * 2,
    )
    assert all(claim.holds for claim in delay_estimation.claims(perfect))
    # One learner of two in each cell is two steps off and walks twice as far, told or not.
    bad = made_up(
        lambda part: [9.0, 31.0] if part.told == "estimated" else [9.0, 11.0],
        lambda part: [part.delay, part.delay + 2.0],
    )
    found = delay_estimation.claims(bad)
    assert not any(claim.holds for claim in found)
    assert found[0].value == 0.5
    assert {2.0} < {claim.value for claim in found}  # (9 + 31) / (9 + 11)


def test_the_table_shows_each_cell_and_leaves_empty_what_was_not_run(tmp_path):
    rows = made_up(lambda part: [9.0, 11.0], lambda part: [part.delay, part.delay + 2.0])
    lines = delay_estimation.lines(rows)
    run = "10.0 ± 1.4 (2 min)"
    told = ["coach_grid", "fixed, 3", "COACH", run, run, run, run, "4.0", "50%"]
    assert told in lines
    assert ["grid", "gamma, 5", "TAMER", run, run, "", "", "6.0", "50%"] in lines
    assert len(lines) == len({tuple(line[:3]) for line in lines})
    delay_picture.draw(rows, tmp_path / "success.png")
    assert (tmp_path / "success.png").read_bytes().startswith(b"\x89PNG")


def test_credit_is_shared_out_whole_over_forms_means_and_steps(monkeypatch):
    """Of gamma delays, what lies beyond ten means is (1 + 20) e⁻²⁰ = 4 in 10⁸."""
    assert tamer.worst_sum() < 21 * np.exp(-20) * 1.01 + 1e-12
    monkeypatch.setattr("algorithms.core.credit.window", lambda form, mean, dt: 1)
    assert tamer.worst_sum() > 0.5


def test_the_claims_of_tamer_are_about_both_ways():
    def rows(weighted, unweighted):
        figures = {"weighted": weighted, "unweighted": unweighted}
        return [
            {"way": way, "delay": delay, "steps": figures[way], "minutes": [1.0]}
            for way, delay in itertools.product(tamer.WAYS, tamer.DELAYS)
        ]

    # Variances 2 and 8 of two learners each: (70 - 10) / √(2/2 + 8/2) = 26.8 standard errors.
    found = tamer.claims(rows([9.0, 11.0], [68.0, 72.0]))
    assert all(claim.holds for claim in found)
    assert found[2].value == pytest.approx(60 / np.sqrt(5))
    verdicts = [claim.holds for claim in tamer.claims(rows([68.0, 72.0], [9.0, 11.0]))]
    assert verdicts == [True, False, False, False, False]
    assert "| 1.0 s | weighted | 10.0 ± 1.4 | 1.0 |" in tamer.markdown(
        rows([9.0, 11.0], [68.0, 72.0])
    )


def test_weighted_tamer_learns_under_a_gamma_delay(few):
    weighted, unweighted = (
        np.mean(carry_out_tamer(way)["steps"]) for way in ("weighted", "unweighted")
    )
    assert weighted < 0.7 * unweighted


def carry_out_tamer(way):
    return tamer.carry_out(way, 2, seed=7, episodes=30)
