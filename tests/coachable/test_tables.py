import pytest
from rich.console import Console

from coachable import tables
from coachable.tables import print_table

ROWS = [
    {
        "name": f"a_rather_long_name_of_a_run__s{seed}",
        "success": 0.5,
        "success_se": 0.25,
        "return": 123.0,
        "return_se": 4.5,
        "cost": 0.5,
        "human_steps": 1000,
        "total_steps": 20000,
        "takeovers": 300,
        "training_cost": 17.0,
        "human_minutes": 7.5,
    }
    for seed in range(2)
]


@pytest.mark.parametrize(
    ("width", "spread", "last_column"), [(160, True, True), (114, False, True), (80, False, False)]
)
def test_a_table_fits_the_terminal_and_cuts_no_figure_short(
    width, spread, last_column, monkeypatch, capsys
):
    monkeypatch.setattr(tables, "console", lambda: Console(width=width))
    print_table(ROWS, title="two runs")
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert ROWS[1]["name"] in text
    assert ("± 0.25" in text) == spread
    assert ("7.50" in text) == last_column
    assert ("wider terminal" in text) == (not last_column)
