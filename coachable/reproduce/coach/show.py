"""The tables of COACH's gridworld, printed, as Markdown and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure

HEADINGS = {
    "trainers": "Mean steps over the last 20 of 150 episodes, by trainer",
    "unlearning": "A good policy meets advantage feedback",
    "delays": "The trainer is two steps late, and COACH believes it is by",
}


def lines(rows: Sequence[dict[str, Any]], table: str) -> list[list[str]]:
    """One line a cell: what it is, steps ± standard deviation over learners, human minutes."""
    places: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        if row["table"] == table:
            places.setdefault((_label(row), row["method"]), []).append(row)
    found = []
    for (label, method), cells in places.items():
        steps = np.concatenate([cell["steps"] for cell in cells])
        minutes = np.concatenate([cell["minutes"] for cell in cells])
        spread = f"{steps.mean():.1f} ± {steps.std(ddof=1):.1f}"
        found.append([label, method, spread, f"{minutes.mean():.1f}"])
    return found


def _label(row: dict[str, Any]) -> str:
    if row["table"] != "delays":
        return str(row["trainer"])
    decay = row["settings"].get("lambdas")
    return f"{row['settings']['delay']}" + (f", λ = {decay[0]}" if decay else "")


def print_tables(rows: Sequence[dict[str, Any]]) -> None:
    """Print all three."""
    from rich.console import Console
    from rich.table import Table

    for table, heading in HEADINGS.items():
        printed = Table(title=heading, title_justify="left")
        for column, justify in (("", "left"), ("learner", "left"), ("steps", "right")):
            printed.add_column(column, justify=justify)  # type: ignore[arg-type]
        printed.add_column("human\nminutes", justify="right")
        for line in lines(rows, table):
            printed.add_row(*line)
        Console().print(printed)


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """The same for a page."""
    text = []
    for table, heading in HEADINGS.items():
        text += [f"{heading}:", "", "| | learner | steps | human minutes |", "|---|---|--:|--:|"]
        text += ["| " + " | ".join(line) + " |" for line in lines(rows, table)] + [""]
    return "\n".join(text)


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Median steps over episodes, one panel a trainer."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    shown = [row for row in rows if row["table"] == "trainers" and row["seed"] == rows[0]["seed"]]
    trainers = list(dict.fromkeys(row["trainer"] for row in shown))
    figure, axes = plt.subplots(1, len(trainers), figsize=(2.4 * len(trainers), 2.7), sharey=True)
    colours = {"COACH": "#1b6ca8", "TAMER": "#d1762c", "Q-learning": "#7a7a7a"}
    for axis, trainer in zip(axes, trainers, strict=True):
        for row in shown:
            if row["trainer"] == trainer:
                axis.plot(row["curve"], color=colours[row["method"]], lw=1.6, label=row["method"])
        axis.axhline(9, color="black", lw=0.7, ls=":")
        axis.set_title(trainer, fontsize=10)
        axis.set_yscale("log")
        axis.set_yticks([9, 30, 100, 400], ["9", "30", "100", "400"])
        axis.minorticks_off()
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("steps to the goal (median)")
    axes[len(trainers) // 2].set_xlabel("episode")
    axes[0].legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0.0, 0.12))
    figure.tight_layout()
    save_figure(figure, path)
