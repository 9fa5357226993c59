import numpy as np
import pytest

from coachable.reproduce.preference import cells, run, show
from coachable.reproduce.preference.cells import CELLS, COLLECTION, CORRECTED, GUESSED, TASKS, TRUE
from teaching import Prices


def made_up(worth):
    """Two seeds a cell, a point apart."""
    return [
        {"task": c.task, "method": c.method, "seed": s, "return": worth(c) + s, "human_minutes": 16}
        for c in CELLS
        for s in (0, 1)
    ]


def published(cell):
    if cell.task == COLLECTION:
        return {TRUE: 100.0, GUESSED: 10.0, CORRECTED: 60.0}.get(cell.method, 50.0)
    return {TRUE: -140.0, GUESSED: -1200.0}.get(cell.method, -155.0)


def test_the_claims_hold_of_what_was_published_and_fail_of_its_opposite():
    assert all(claim.holds for claim in run.claims(made_up(published)))

    def opposite(cell):
        better = 60.0 if cell.task == COLLECTION else -1200.0
        return {TRUE: 0.0, GUESSED: better, CORRECTED: 40.0}.get(cell.method, better)

    assert not any(claim.holds for claim in run.claims(made_up(opposite)))


def test_the_table_has_a_line_a_cell():
    lines = [line for line in show.markdown(made_up(published)).splitlines() if "16.0" in line]
    assert len(lines) == len(CELLS)
    assert lines[0] == "| pendulum | true reward | -139.5 ± 0.7 | 16.0 ± 0.0 | – | – | – |"


def test_all_kinds_of_question_cost_about_as_much_of_the_human_as_there_is():
    prices = Prices()
    for task in TASKS.values():
        assert task.questions[cells.COMPARED] * prices.compare == cells.HUMAN_SECONDS
        ranked = task.questions[cells.RANKED] * 4 * prices.rank
        assert 0.98 * cells.HUMAN_SECONDS < ranked < cells.HUMAN_SECONDS
        most = (prices.watch + prices.correct) * task.segment  # every step edited
        assert task.questions[CORRECTED] * most < 1.01 * cells.HUMAN_SECONDS


def test_the_rest_of_the_questions_falls_due_in_the_first_half():
    from algorithms.preference.config import PreferenceConfig

    for task in TASKS.values():
        config = PreferenceConfig(**cells.settings(task, cells.COMPARED, quick=False))
        assert config.asked_by(task.steps // 2) == pytest.approx(config.questions)


@pytest.mark.parametrize("method", [TRUE, CORRECTED])
def test_a_quick_cell_is_trained_and_tested(method):
    (cell,) = [c for c in CELLS if (c.task, c.method) == (COLLECTION, method)]
    row = cells.carry_out(cell, seed=5, quick=True)
    assert len(row["curve"]) == cells.POINTS
    assert np.isfinite(row["return"])
    assert (row["human_minutes"] > 0) == (method == CORRECTED)
