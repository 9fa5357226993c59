"""The phase diagram as a picture: measured cells, and the boundary that was predicted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.target_td import prediction
from algorithms.target_td.rules import TargetRule
from coachable.figures import save_figure
from coachable.reproduce.target_td import bridge
from envs.finite.counterexamples import baird

GROWS, SHRINKS = "#c8442f", "#2f6fb0"
_POINTS = 90

Predict = Callable[[float, float], float]
"""From a point of a panel to the predicted slope."""


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Three cuts through the star's diagram, and the slopes of all random MDPs."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(10, 8))
    star = [r for r in rows if r["problem"] == "star"]
    copies = [r for r in star if r["tau"] == 1.0]
    near = baird(0.99)
    problem = bridge.of_chain(near)
    _panel(
        axes[0, 0],
        [(r["alpha"], r["period"], r["measured"]) for r in copies if r["discount"] == 0.99],
        lambda a, k: prediction.growth(problem, a, TargetRule.every(round(k))),
        ("step size α", "copy every k steps", "Baird's star, γ = 0.99"),
    )
    closest = min({r["alpha"] for r in copies}, key=lambda alpha: abs(alpha - 0.01))
    _panel(
        axes[0, 1],
        [(1 - r["discount"], r["period"], r["measured"]) for r in copies if r["alpha"] == closest],
        lambda g, k: prediction.growth(
            bridge.of_chain(baird(1 - g)), closest, TargetRule.every(round(k))
        ),
        ("1 − γ", "copy every k steps", f"Baird's star, α = {closest:g}"),
    )
    _panel(
        axes[1, 0],
        [
            (r["alpha"], r["tau"], r["measured"])
            for r in star
            if r["tau"] < 1.0 and r["discount"] == 0.99
        ],
        lambda a, tau: prediction.growth(problem, a, TargetRule.polyak(min(tau, 1.0))),
        ("step size α", "Polyak τ", "Baird's star, γ = 0.99"),
    )
    _slopes(axes[1, 1], [r for r in rows if r["problem"] != "star"])
    figure.tight_layout()
    save_figure(figure, path)


def _panel(
    axis: Any,
    cells: Sequence[tuple[float, float, float]],
    predict: Predict,
    labels: tuple[str, str, str],
) -> None:
    x, y, slope = np.array(cells).T
    xs = np.geomspace(x.min() / 1.3, x.max() * 1.3, _POINTS)
    ys = np.geomspace(max(y.min() / 1.3, 1.0 if y.max() > 1 else 0.0), y.max() * 1.3, _POINTS)
    field = np.array([[predict(a, b) for a in xs] for b in ys])
    axis.contourf(xs, ys, field > 0, levels=[-0.5, 0.5, 1.5], colors=["#dfeaf5", "#f8e2dd"])
    axis.contour(xs, ys, field, levels=[0.0], colors="black", linewidths=1.4)
    for verdict, colour, mark, label in (
        (slope > 0, GROWS, "x", "grows, measured"),
        (slope <= 0, SHRINKS, "o", "shrinks, measured"),
    ):
        axis.scatter(x[verdict], y[verdict], c=colour, marker=mark, s=26, lw=1.3, label=label)
    axis.plot([], [], color="black", lw=1.4, label="predicted boundary")
    axis.set(xscale="log", yscale="log", xlabel=labels[0], ylabel=labels[1])
    axis.set_xlim(xs[0], xs[-1])
    axis.set_ylim(ys[0], ys[-1])
    axis.set_title(labels[2], fontsize=10)
    axis.legend(fontsize=8, loc="upper right", framealpha=0.9)


def _slopes(axis: Any, rows: Sequence[dict[str, Any]]) -> None:
    predicted = np.array([r["predicted"] for r in rows])
    measured = np.array([r["measured"] for r in rows])
    polyak = np.array([r["tau"] < 1.0 for r in rows])
    ends = (-1.0, 1.0)
    axis.plot(ends, ends, color="black", lw=0.8)
    for chosen, mark, label in ((~polyak, "o", "copy every k"), (polyak, "^", "Polyak τ")):
        axis.scatter(
            predicted[chosen], measured[chosen], s=12, marker=mark, alpha=0.6, lw=0, label=label
        )
    axis.axhline(0, color="grey", lw=0.6)
    axis.axvline(0, color="grey", lw=0.6)
    axis.set_xscale("symlog", linthresh=1e-5)
    axis.set_yscale("symlog", linthresh=1e-5)
    axis.set_xticks([-1e-1, -1e-3, 0, 1e-3, 1e-1])
    axis.set_yticks([-1e-1, -1e-3, 0, 1e-3, 1e-1])
    axis.set_xlabel("predicted slope of ln error a step")
    axis.set_ylabel("measured slope")
    axis.set_title("random off-policy MDPs, every cell", fontsize=10)
    axis.legend(fontsize=8, loc="upper left")
