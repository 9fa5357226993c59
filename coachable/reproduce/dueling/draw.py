"""Pictures of the reproductions of learning from comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.files import make_folder

COLOURS = ("#7a7a7a", "#1b6ca8", "#5fb0e5", "#d1762c", "#8a4fa3", "#2f8f5b", "#b8434e")


def panels(
    count: int, width: float = 4.6, height: float = 3.5, **keywords: Any
) -> tuple[Any, list[Any]]:
    """A figure with so many panels side by side."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, count, figsize=(width * count, height), squeeze=False, **keywords
    )
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, list(axes.flat)


def save(figure: Any, path: Path) -> None:
    """As PNG, whole or not at all."""

    figure.tight_layout()
    make_folder(path.parent)
    save_figure(figure, path)


def ticks(axis: Any, values: Sequence[int]) -> None:
    """Mark these values of a logarithmic x axis, and no others."""
    from matplotlib.ticker import NullFormatter

    axis.set_xticks(values, [f"{value:,}" for value in values])
    axis.xaxis.set_minor_formatter(NullFormatter())


def band(axis: Any, x: np.ndarray, rows: np.ndarray, label: str, colour: str) -> None:
    """The mean of rows [seeds, M] over x, and from the least to the most."""
    axis.plot(x, rows.mean(axis=0), color=colour, lw=1.6, label=label)
    if len(rows) > 1:
        axis.fill_between(x, rows.min(axis=0), rows.max(axis=0), color=colour, alpha=0.18, lw=0)


def regret_curves(
    rows: Sequence[dict[str, Any]],
    strong: Sequence[dict[str, Any]],
    grown: Mapping[str, np.ndarray],
    path: Path,
) -> str:
    """Regret at the worst ‖w*‖ over rounds, and at one large ‖w*‖; what the picture shows."""
    figure, (left, right) = panels(2)
    for method, colour in zip(grown, COLOURS, strict=False):
        mine = [row for row in rows if row["method"] == method]
        worst = np.array([np.mean(row["regret"], axis=2).max(axis=1) for row in mine])
        label = f"{method}: T^{grown[method].mean():.2f}"
        band(left, np.array(mine[0]["at"]), worst, label, colour)
    left.set(xscale="log", yscale="log", xlabel="rounds", ylabel="regret, worst ‖w*‖")
    left.legend(frameon=False, fontsize=8)
    methods = [*dict.fromkeys(row["method"] for row in strong)]
    colours = dict(zip(grown, COLOURS, strict=False))
    for method in methods:
        mine = [row for row in strong if row["method"] == method]
        middle = np.array([np.median(row["regret"], axis=1) for row in mine])
        band(right, np.array(mine[0]["at"]), middle, method, colours.get(method, COLOURS[6]))
    right.set(xscale="log", yscale="log", xlabel="rounds", ylabel="median regret, ‖w*‖ = 4")
    right.legend(frameon=False, fontsize=8)
    save(figure, path)
    return "regret over rounds: at the worst ‖w*‖ (left), and at ‖w*‖ = 4 (right)"
