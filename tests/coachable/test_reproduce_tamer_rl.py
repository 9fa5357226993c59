import numpy as np
import pytest

from coachable.reproduce import tamer_rl
from coachable.reproduce.tamer_rl import CELLS, Cell, carry_out
from envs import mountain_car


def made_up(early, late):
    """A row for each cell, with two learners a step apart."""
    rows = []
    for cell in CELLS:
        row = {"technique": cell.technique, "human": cell.human, "annealed": cell.annealed}
        row |= {"early": [early(cell), early(cell) + 1], "late": [late(cell), late(cell) + 1]}
        rows.append(row | {"minutes": [1.0, 3.0]})
    return rows


def test_the_claims_hold_of_what_was_published_and_fail_of_its_opposite():
    def helps(cell):
        return 199.0 if cell.human != "good" else 120.0

    def recovers(cell):
        return 180.0 if cell.human == "misled" and not cell.annealed else 120.0

    assert all(claim.holds for claim in tamer_rl.claims(made_up(helps, recovers)))
    opposite = made_up(lambda cell: 319 - helps(cell), lambda cell: 120.0 + 60 * cell.annealed)
    for row in opposite:
        if row["human"] == "none":
            row["late"] = [120.0, 121.0]
    assert not any(claim.holds for claim in tamer_rl.claims(opposite))


def test_the_table_has_a_line_a_cell_with_the_human_time():
    text = tamer_rl.markdown(made_up(lambda cell: 100.0, lambda cell: 90.0))
    lines = [line for line in text.splitlines() if line.endswith("| 2.0 |")]
    assert len(lines) == len(CELLS) == 13
    assert lines[0] == "| plain SARSA | – | – | 100.5 ± 0.7 | 90.5 ± 0.7 | 2.0 |"


def test_the_misled_human_is_wrong_left_of_the_bottom_and_right_elsewhere():
    obs = np.array([[-0.9, 0.02], [-0.2, 0.02]])
    told, true = tamer_rl.misled(obs), mountain_car.q_values(obs)
    assert told[0].argmax() == true[0].argmin()
    assert told[1].tolist() == true[1].tolist()


def test_a_cell_is_taught_for_its_minutes_and_the_plain_one_for_none(monkeypatch):
    """Two learners and a minute for each: 60 s of watching and of words, and not a step more."""
    monkeypatch.setattr(tamer_rl, "LEARNERS", 2)
    monkeypatch.setattr(tamer_rl, "TAUGHT_SECONDS", 60.0)
    row = carry_out(Cell("biasing", "good", True), seed=5, episodes=3)
    assert np.sum(row["minutes"]) == pytest.approx(2.0, abs=0.05)
    assert len(row["curve"]) == 3
    assert carry_out(CELLS[0], seed=5, episodes=2)["minutes"] == [0.0, 0.0]
