"""The table and the picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.reproduce.preference.cells import (
    CELLS,
    COLLECTION,
    COMPARED,
    CORRECTED,
    GUESSED,
    PENDULUM,
    POINTS,
    RANKED,
    TASKS,
    TEACHERS,
    TEST_EPISODES,
    TRUE,
    found,
)

Rows = Sequence[Mapping[str, Any]]
COLOURS = {
    TRUE: "black",
    COMPARED: "#1b6ca8",
    RANKED: "#4a7a3a",
    CORRECTED: "#d1762c",
    GUESSED: "#999999",
}
PUBLISHED = -250.0
"""Mean return of the peer: 200 comparisons, 50,000 steps."""


def _told(rows: Rows, key: str, task: str, method: str, digits: int) -> str:
    values = found(rows, key, task, method)
    if np.isnan(values).any():
        return "–"
    spread = f" ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{values.mean():.{digits}f}{spread}"


def markdown(rows: Rows) -> str:
    """One line a cell."""
    lines = [
        f"Return over {TEST_EPISODES} test episodes, mean ± standard deviation over seeds. The "
        "accuracy is on the last questions, which are those that the models disagreed about most.",
        "",
        "| task | taught by | return | human minutes | answers | accuracy | correlation |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    columns = {"return": 1, "human_minutes": 1, "answers": 0, "accuracy": 2, "correlation": 2}
    for cell in CELLS:
        told = [_told(rows, key, cell.task, cell.method, n) for key, n in columns.items()]
        name = f"{cell.method} teacher" if cell.method in TEACHERS else cell.method
        lines.append(f"| {cell.task} | {name} | {' | '.join(told)} |")
    return "\n".join(lines)


def draw(rows: Rows, path: Path) -> None:
    """Pendulum over time, its erring teachers, and the second task."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(11, 3.2), gridspec_kw={"width_ratios": [1.3, 1, 1]}
    )
    for method, colour in COLOURS.items():
        curves = np.array(
            [r["curve"] for r in rows if (r["task"], r["method"]) == (PENDULUM, method)]
        )
        steps, height = curves[0, :, 0], curves[:, :, 1]
        left.plot(steps, height.mean(axis=0), color=colour, lw=1.5, label=method)
        if len(height) > 1:
            low, high = height.min(axis=0), height.max(axis=0)
            left.fill_between(steps, low, high, color=colour, alpha=0.12, lw=0)
    left.axhline(PUBLISHED, color="black", lw=0.8, ls=":")
    first = TASKS[PENDULUM].steps / POINTS
    left.text(first, PUBLISHED, "peer, 50,000 steps", va="bottom", size=7)
    left.set(xlabel="environment step", ylabel="return", title="Pendulum, 17 human minutes")
    left.legend(frameon=False, fontsize=7, loc=(0.62, 0.4))
    _dots(middle, rows, PENDULUM, [TRUE, COMPARED, *TEACHERS])
    middle.set_title("Pendulum, people who err")
    _dots(right, rows, COLLECTION, [*COLOURS])
    right.set_title("Collection, 17 human minutes")
    for axis in (left, middle, right):
        axis.spines[["top", "right"]].set_visible(False)
        axis.title.set_fontsize(10)
    figure.tight_layout()
    save_figure(figure, path)


def _dots(axis: Any, rows: Rows, task: str, methods: Sequence[str]) -> None:
    """A dot a seed and a bar at the mean."""
    for place, method in enumerate(methods):
        values = found(rows, "return", task, method)
        colour = COLOURS.get(method, "#1b6ca8")
        axis.plot(values, np.full(len(values), place), "o", color=colour, ms=4, alpha=0.5, mew=0)
        axis.plot([values.mean()] * 2, [place - 0.3, place + 0.3], color=colour, lw=2)
    axis.set_yticks(range(len(methods)), methods, fontsize=8)
    axis.invert_yaxis()
    axis.set_xlabel("return")
