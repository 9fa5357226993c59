"""A reproduction's table: mean and standard deviation over the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from coachable.reproduce.spec import Claim, Row
from coachable.tables import with_minutes

FIGURES = {
    "success": "success",
    "return": "return",
    "cost": "test cost",
    "human_steps": "human steps",
    "total_steps": "steps",
    "takeovers": "takeovers",
    "human_rate_last_tenth": "human rate at the end",
    "training_cost": "training cost",
    "human_minutes": "human minutes",
    "fall": "return lost at the end",
    "residual_rise": "largest residual over first",
    "largest_value": "largest value over what rewards allow",
}
"""Key of a result -> heading."""


def table(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """One dict for each condition and method: the mean of each figure, and its spread as ``_std``.

    The spread is the standard deviation over seeds (n - 1 in the denominator), None for one seed.
    """
    rows = [with_minutes(row) for row in rows]
    places = dict.fromkeys((row["condition"], row["method"]) for row in rows)
    lines = []
    for condition, method in places:
        group = [r for r in rows if (r["condition"], r["method"]) == (condition, method)]
        line: dict[str, Any] = {"condition": condition, "method": method, "seeds": len(group)}
        for key in FIGURES:
            numbers = [row[key] for row in group if row.get(key) is not None]
            line[key] = float(np.mean(numbers)) if numbers else None
            line[f"{key}_std"] = float(np.std(numbers, ddof=1)) if len(numbers) > 1 else None
        lines.append(line)
    order = list(dict.fromkeys(condition for condition, _ in places))
    return sorted(lines, key=lambda line: order.index(line["condition"]))


def print_rows(lines: Sequence[dict[str, Any]], title: str) -> None:
    """Print the table."""
    from rich.table import Table

    from coachable.tables import print_fitting, shown

    def build(keys: Sequence[str], spread: bool) -> Table:
        printed = Table(title=title, title_justify="left")
        printed.add_column("condition")
        printed.add_column("method")
        for key in keys:
            printed.add_column(FIGURES[key].replace(" ", "\n", 1), justify="right")
        before = None
        for line in lines:
            if before not in (None, line["condition"]):
                printed.add_section()
            condition = "" if line["condition"] == before else line["condition"]
            before = line["condition"]
            cells = [shown(line[key], line[f"{key}_std"] if spread else None) for key in keys]
            printed.add_row(condition, line["method"], *cells)
        return printed

    print_fitting(build, [k for k in FIGURES if any(line[k] is not None for line in lines)])


def print_claims(claims: Sequence[Claim]) -> None:
    """Print each claim and whether it holds."""
    for claim in claims:
        verdict = "holds" if claim.holds else "FAILS"
        print(f"{verdict}  {claim.claim}: {figure(claim.value)} (bound {figure(claim.bound)})")


def figure(value: float, places: int = 3) -> str:
    """With so many places; what would vanish then, by its order of magnitude."""
    if value and abs(value) < 0.5 * 10**-places:
        return f"{value:.1e}"
    return f"{value:.{places}f}"
