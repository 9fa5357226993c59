"""The picture of `delay_estimation`: estimates by true delay, and steps beside known delays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.reproduce.delay_estimation import DELAYS, FORMS, METHODS, TASKS, pooled

COLOURS = {"known": "#7a7a7a", "estimated": "#1b6ca8", "none": "#d1762c", "a step more": "#a83232"}


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Estimates of each form to the left, steps of each learner under fixed delays to the right."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 5, figsize=(13, 3))
    for axis, form in zip(axes, FORMS, strict=False):
        _estimates(axis, rows, form)
    axes[0].set_ylabel("estimated mean delay, steps")
    for axis, method in zip(axes[len(FORMS) :], METHODS, strict=True):
        _steps(axis, rows, method)
    axes[len(FORMS)].set_ylabel("steps to the goal")
    for axis in axes:
        axis.set_xticks(DELAYS)
        axis.set_xlabel("true mean delay, steps")
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    save_figure(figure, path)


def _estimates(axis: Any, rows: Sequence[dict[str, Any]], form: str) -> None:
    rng = np.random.default_rng(0)
    axis.fill_between([0, 5], [-1, 4], [1, 6], color="#eeeeee", lw=0)
    axis.plot([0, 5], [0, 5], color="#999999", lw=0.8)
    for task, aside, colour in zip(TASKS, (-0.15, 0.15), ("#1b6ca8", "#d1762c"), strict=True):
        for i, delay in enumerate(DELAYS):
            guessed = pooled(rows, "estimates", told="estimated", task=task, form=form, delay=delay)
            spread = delay + aside + rng.uniform(-0.1, 0.1, len(guessed))
            label = None if i else task
            axis.scatter(spread, guessed, s=7, color=colour, alpha=0.5, lw=0, label=label)
    axis.set_title(f"{form} delays", fontsize=10)
    axis.set_ylim(-1, 8.2)
    if form == FORMS[0]:
        axis.legend(frameon=False, fontsize=8, loc="upper left")


def _steps(axis: Any, rows: Sequence[dict[str, Any]], method: str) -> None:
    for told, colour in COLOURS.items():
        where = {"task": "coach_grid", "form": "fixed", "method": method, "told": told}
        groups = [(d, pooled(rows, "steps", delay=d, **where)) for d in DELAYS]
        points = [(d, steps.mean()) for d, steps in groups if len(steps)]
        style = {"ls": "--", "lw": 3} if told == "known" else {"lw": 1.5}
        axis.plot(*zip(*points, strict=True), color=colour, marker=".", label=told, **style)
    axis.set_title(f"{method}, fixed, coach_grid", fontsize=10)
    axis.set_yscale("log")
    axis.set_yticks([9, 20, 50, 100], ["9", "20", "50", "100"])
    axis.minorticks_off()
    if method == METHODS[0]:
        axis.legend(frameon=False, fontsize=8, title="told", title_fontsize=8)
