"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

COLUMNS: dict[str, str] = {
    "success": "success",
    "return": "return",
    "cost": "test cost",
    "human_steps": "human steps",
    "total_steps": "steps",
    "takeovers": "takeovers",
    "judgements": "judgements",
    "answers": "answers",
    "training_cost": "training cost",
    "human_minutes": "human minutes",
}
"""Key of a result -> heading."""

_COUNTED = ("human_steps", "takeovers", "judgements", "answers")
"""Columns that are left out where nothing was counted: no human has all of them."""


def print_result(result: Mapping[str, Any], folder: str) -> None:
    """One run's figures, and where to look next."""
    print_table([with_minutes(result)], title=folder)
    console().print(f"everything about it: {folder}\ncurves: coachable board", highlight=False)


def print_table(rows: Sequence[Mapping[str, Any]], title: str, label: str = "name") -> None:
    """Rows of figures under the headings of `COLUMNS`; what a row lacks is shown as a dash."""
    from rich.table import Table

    def build(keys: Sequence[str], spread: bool) -> Table:
        table = Table(title=title, title_justify="left")
        table.add_column("", overflow="fold")
        for key in keys:
            table.add_column(COLUMNS[key].replace(" ", "\n"), justify="right")
        for row in rows:
            cells = [shown(row.get(key), row.get(f"{key}_se") if spread else None) for key in keys]
            table.add_row(str(row.get(label, "")), *cells)
        return table

    told = [key for key in COLUMNS if any(row.get(key) is not None for row in rows)]
    print_fitting(build, [k for k in told if k not in _COUNTED or any(row.get(k) for row in rows)])


def print_fitting(build: Callable[[Sequence[str], bool], Any], keys: Sequence[str]) -> None:
    """Print a table, in a narrow terminal without its spreads, and without its last columns.

    Args:
        build: (columns, whether with spreads) -> the table.
        keys: its columns, the most telling first.

    """
    from rich.measure import Measurement

    to = console()
    endless = to.options.update_width(10_000)
    for count, spread in [(len(keys), True), *((n, False) for n in range(len(keys), 0, -1))]:
        table = build(keys[:count], spread)
        if Measurement.get(to, endless, table).maximum <= to.width:
            break
    to.print(table)
    if count < len(keys):
        to.print("(a wider terminal shows more columns)", highlight=False)


def with_minutes(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result with its human seconds as minutes too."""
    seconds = result.get("human_seconds")
    return {**result, "human_minutes": None if seconds is None else seconds / 60}


def shown(value: Any, spread: float | None = None) -> str:
    """A figure in few digits, with ± its spread where it has one."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    if isinstance(value, int):
        digits = 0
    text = f"{value:,.{digits}f}"
    return text if spread is None else f"{text} ± {spread:,.{max(digits, 1)}f}"


def console() -> Any:
    """Where to print; a pipe gets room for whole tables."""
    from rich.console import Console

    console = Console()
    # A pipe has no width of its own: leave room for whole tables.
    return console if console.is_terminal else Console(width=160)
