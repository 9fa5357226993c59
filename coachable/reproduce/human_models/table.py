"""The rows as a table: for the terminal, and in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from coachable.reproduce.human_models.rows import Row

HEAD = "| model | statistic | expected | measured | n | SE | z |\n|---|---|--:|--:|--:|--:|--:|"


def markdown(rows: Iterable[Mapping[str, Any]], head: str = HEAD) -> str:
    """The rows of result.json as a table; a model is named on its first line alone."""
    lines, before = [head], None
    for row in rows:
        name = "" if row["model"] == before else f"`{row['model']}`"
        before = row["model"]
        cells = [name, row["statistic"].replace("|", "\\|"), *figures(row)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def figures(row: Mapping[str, Any]) -> list[str]:
    """Expected, measured, n, SE and z, in the digits that the standard error leaves meaning to."""
    se = row["se"]
    form = ",.4g" if se is None else f",.{max(0, 1 - math.floor(math.log10(se)))}f"
    return [
        format(row["expected"], form),
        format(row["measured"], form),
        f"{row['n']:,}",
        "exact" if se is None else f"{se:.2g}",
        "–" if row["z"] is None else f"{row['z']:+.2f}".replace("-", "−"),
    ]


def print_rows(measured: Mapping[str, list[Row]], title: str) -> None:
    """Print the table."""
    from rich.table import Table

    from coachable.tables import console

    table = Table(title=f"Human models, {title}", title_justify="left")
    for heading in ("model", "statistic"):
        table.add_column(heading)
    for heading in ("expected", "measured", "n", "SE", "z"):
        table.add_column(heading, justify="right")
    for name, rows in measured.items():
        for i, row in enumerate(rows):
            cells = figures(asdict(row))
            table.add_row(name if i == 0 else "", row.statistic, *cells)
        table.add_section()
    console().print(table)
