"""What the reproduction `memory` claims, tells and draws of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.reproduce.spec import Claim, at_least, at_most

TASKS = ("driving", "arm")
METHODS = {
    "driving": ("memory", "none", "everything", "words alone", "looks alone"),
    "arm": ("memory", "none", "everything"),
}
"""Recalled is what is alike in words and looks; nothing; all there is; what is alike in one. Tables
all look the same, and the arm goes by words."""
ROUNDS = ("first", "again", "strange")
LONGEST, QUICK_LONGEST = 12, 2
"""Lessons after which a person gives up."""


def mean(rows: Sequence[dict[str, Any]], task: str, method: str, name: str, key: str) -> float:
    """Of a figure over the errands of a round, all seeds."""
    return float(np.mean(every(rows, task, method, name, key)))


def every(
    rows: Sequence[dict[str, Any]], task: str, method: str, name: str, key: str
) -> np.ndarray:
    """[seeds, errands] of a figure."""
    mine = [r[name][key] for r in rows if (r["task"], r["method"]) == (task, method)]
    return np.array(mine, float)


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """That memory halves the words, that it alone does, and that it keeps out of strange tasks."""
    made = []
    for task in TASKS:

        def words(method: str, name: str, task: str = task) -> float:
            return mean(rows, task, method, name, "utterances")

        first, again, strange = ROUNDS
        shares = {
            "again over first": words("memory", again) / words("memory", first),
            "without": words("none", again) / words("none", first),
            "everything": words("everything", again) / words("none", again),
            "strange": words("memory", strange) / words("none", strange),
        }
        made += [
            at_most(f"{task}: utterances, again over first", shares["again over first"], 0.5),
            at_least(f"{task}: … without retrieval", shares["without"], 0.85),
            at_least(f"{task}: … all recalled, over without", shares["everything"], 0.75),
            at_most(f"{task}: strange errands, with memory over without", shares["strange"], 1.15),
            at_least(f"{task}: … and not below", shares["strange"], 0.85),
        ]
    return made


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a task and method: words and minutes of each round."""
    seeds = ", ".join(f"{t} {len(every(rows, t, 'none', 'first', 'utterances'))}" for t in TASKS)
    lines = [
        f"Utterances until content, at most {LONGEST}, and human minutes, watching included, for "
        f"one errand: mean ± standard error over seeds ({seeds}). `off`: how far the first try is "
        "from what is wanted, in spreads. The first round is the same for all.",
        "",
        "| task | recalled | first: words | again: words | minutes | off | strange: words "
        "| minutes |",
        f"|---|---|{'--:|' * 6}",
    ]
    for task in TASKS:
        for method in METHODS[task]:
            cells = [task, method]
            for name in ROUNDS:
                keys = ("utterances",) if name == "first" else ("utterances", "seconds")
                for key in keys:
                    cells.append(_told(every(rows, task, method, name, key), key))
                if name == "again":
                    cells.append(_told(every(rows, task, method, name, "off"), "off"))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _told(values: np.ndarray, key: str) -> str:
    means = values.mean(axis=1) / (60 if key == "seconds" else 1)
    error = means.std(ddof=1) / np.sqrt(len(means)) if len(means) > 1 else 0.0
    return f"{means.mean():.2f} ± {error:.2f}"


COLOURS = ("#1b6ca8", "#999999", "#d1762c", "#5aa469", "#8c6bb1")


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Utterances by round, a panel a task, a bar a method."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(TASKS), figsize=(8.5, 3), sharey=True)
    for axis, task in zip(axes, TASKS, strict=True):
        methods = METHODS[task]
        for k, method in enumerate(methods):
            at = np.arange(len(ROUNDS)) + 0.8 * (k - (len(methods) - 1) / 2) / len(methods)
            values = [every(rows, task, method, n, "utterances").mean(axis=1) for n in ROUNDS]
            error = [v.std(ddof=1) / np.sqrt(len(v)) if len(v) > 1 else 0.0 for v in values]
            axis.bar(at, [v.mean() for v in values], 0.75 / len(methods), yerr=error,
                     color=COLOURS[k], label=method, error_kw={"lw": 0.8})  # fmt: skip
        axis.set_title(task, fontsize=10)
        axis.set_xticks(range(len(ROUNDS)), ROUNDS)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("utterances until content")
    axes[0].legend(frameon=False, fontsize=8)
    figure.tight_layout()
    save_figure(figure, path)
