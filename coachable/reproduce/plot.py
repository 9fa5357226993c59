"""Success against what it cost the human, one panel a condition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.reproduce.spec import Row


def plot(rows: Sequence[Row], title: str, path: Path) -> None:
    """Draw, for each method, the course of success over human steps, averaged over the seeds.

    Where nobody is ever in control, as with humans who only judge, it is over human minutes.
    Methods without a human have no place on that axis: their success at the end is a dashed line,
    as is the expert's by itself. A condition in which no method has a human is drawn as return
    over steps.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    key, unit, label = measure(rows)
    conditions = list(dict.fromkeys(row["condition"] for row in rows))
    methods = list(dict.fromkeys(row["method"] for row in rows))
    colours = {method: f"C{i % 10}" for i, method in enumerate(methods)}
    columns = min(len(conditions), 3)
    lines = math.ceil(len(conditions) / columns)
    figure, axes = plt.subplots(lines, columns, figsize=(4.5 * columns, 3.5 * lines), squeeze=False)
    for axis, condition in zip(axes.flat, conditions, strict=False):
        here = [row for row in rows if row["condition"] == condition]
        taught = any(row.get("human_seconds") or row.get(key) for row in here)
        axis.set_title(condition)
        axis.set_xlabel(label if taught else "steps")
        axis.locator_params(axis="x", nbins=5)
        if taught:
            axis.set_ylim(-0.03, 1.03)
        if not taught or axis in axes[:, 0]:
            axis.set_ylabel("success on test episodes" if taught else "return on test episodes")
        for method in methods:
            group = [r for r in here if r["method"] == method and r.get("success") is not None]
            if taught:
                courses = [course(r, key, unit) for r in group]
            else:
                courses = [course(r, "step", what="return", last="total_steps") for r in group]
            if courses:
                _draw(axis, courses, method, colours[method])
    for axis in list(axes.flat)[len(conditions) :]:
        axis.set_visible(False)
    axes.flat[0].legend(fontsize="small")
    figure.suptitle(title)
    figure.tight_layout()
    save_figure(figure, path, dpi=120)


def measure(rows: Sequence[Row]) -> tuple[str, float, str]:
    """What the human's part is measured by: the key of a row, how much one unit is, its name."""
    if any(row.get("human_steps") for row in rows):
        return "human_steps", 1.0, "human steps"
    return "human_seconds", 60.0, "human minutes"


def _draw(axis: Any, courses: Sequence[np.ndarray], method: str, colour: str) -> None:
    ends = np.array([c[-1] for c in courses])
    if not ends[:, 0].any():
        axis.axhline(ends[:, 1].mean(), color=colour, linestyle="--", linewidth=1, label=method)
        return
    points = min(len(c) for c in courses)
    middle = np.mean([c[-points:] for c in courses], axis=0)
    axis.plot(middle[:, 0], middle[:, 1], color=colour, marker="o", markersize=3, label=method)
    axis.scatter(ends[:, 0], ends[:, 1], color=colour, s=10, alpha=0.5)


def course(
    row: Row,
    key: str = "human_steps",
    unit: float = 1.0,
    what: str = "success",
    last: str | None = None,
) -> np.ndarray:
    """[points, 2] of `what` over `key`, from the evaluations in training to the last one.

    Args:
        row: of a run.
        key: of the points of its curve.
        unit: what to divide it by.
        what: is looked at.
        last: what `key` is called in the row itself, if otherwise.

    """
    points = [(p[key] / unit, p[what]) for p in row.get("curve", ()) if p[what] is not None]
    points.append((row.get(last or key, 0) / unit, row[what]))
    return np.array(points, float)
