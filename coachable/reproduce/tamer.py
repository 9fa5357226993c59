"""What it is worth to TAMER to share a signal out over the steps that it may be about."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.files import make_folder
from coachable.reproduce.direct import present, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

EPISODES, QUICK_EPISODES, LATE = 150, 30, 20
DELAYS = (1, 2)
"""Means of the gamma delay, in steps; TAMER's own was .56 s."""
DT = 0.5
"""Seconds a step."""
WAYS = ("weighted", "unweighted")


def worst_sum() -> float:
    """The largest |1 - Σ c_k| of a window that covers the delays, over forms, means and steps."""
    from algorithms.core.credit import DELAY_FORMS, credits, window

    means, dts = (0.0, 0.05, 0.28, 0.5, 0.56, 1.0, 3.0), (0.02, 0.1, 0.25, 0.5, 2.0)
    return max(
        abs(1 - credits(np.full(window(form, mean, dt), dt), DELAY_FORMS[form](mean)).sum())
        for form, mean, dt in itertools.product(DELAY_FORMS, means, dts)
    )


def carry_out(way: str, delay: int, seed: int, episodes: int) -> dict[str, Any]:
    """Teach twenty learners; weighted ones know the distribution, the others of no delay."""
    from algorithms.tamer.agent import TAMER
    from algorithms.tamer.config import TAMERConfig
    from coachable.reproduce.coach.lessons import teach
    from envs.finite.task import FiniteConfig

    task = FiniteConfig(id="coach_grid", discount=0.95, horizon=100, dt=DT)
    late: dict[str, Any] = {"delay": delay * task.dt, "delay_form": "gamma"}
    known = late if way == "weighted" else {}
    lesson = teach(
        task,
        {"form": "action", **late},
        lambda env, s: TAMER(env, TAMERConfig(temperature=0.5, **known), s, independent=True),
        episodes,
        seed,
    )
    return {
        "way": way,
        "delay": delay,
        "seed": seed,
        "steps": lesson.late(LATE).tolist(),
        "minutes": lesson.minutes.tolist(),
        "curve": lesson.steps.mean(axis=0).tolist(),
    }


def pooled(rows: Sequence[dict[str, Any]], key: str, way: str, delay: int) -> np.ndarray:
    """The figures of all learners of a cell."""
    return np.concatenate([r[key] for r in rows if (r["way"], r["delay"]) == (way, delay)])


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """That credit is shared out whole, and that it pays."""
    found = [at_most("credit of a window that covers the delays: |1 - its sum|", worst_sum(), 1e-6)]
    for delay in DELAYS:
        weighted, unweighted = (pooled(rows, "steps", way, delay) for way in WAYS)
        error = np.sqrt(
            weighted.var(ddof=1) / len(weighted) + unweighted.var(ddof=1) / len(unweighted)
        )
        after = f"gamma delay, mean {DT * delay} s: "
        found += [
            at_most(after + "steps of weighted TAMER", float(weighted.mean()), 15),
            at_least(
                after + "steps that unweighted TAMER takes more, in standard errors",
                float((unweighted.mean() - weighted.mean()) / error),
                5,
            ),
        ]
    return found


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a cell."""
    lines = [
        "Mean steps over the last 20 of 150 episodes (the shortest safe way has 9):",
        "",
        "| mean gamma delay | TAMER | steps | human minutes |",
        "|---|---|--:|--:|",
    ]
    for delay, way in itertools.product(DELAYS, WAYS):
        steps, minutes = (pooled(rows, key, way, delay) for key in ("steps", "minutes"))
        spread = f"{steps.mean():.1f} ± {steps.std(ddof=1):.1f}"
        lines.append(f"| {DT * delay} s | {way} | {spread} | {minutes.mean():.1f} |")
    return "\n".join(lines)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    places = list(itertools.product(WAYS, DELAYS, seeds, [QUICK_EPISODES if quick else EPISODES]))
    rows = side_by_side(name, carry_out, places, jobs)
    caption = "mean steps to the goal, episode by episode"
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption)


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Mean steps over episodes, one panel a delay."""

    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(DELAYS), figsize=(7, 2.9), sharey=True)
    for axis, delay in zip(axes, DELAYS, strict=True):
        for way, colour in zip(WAYS, ("#1b6ca8", "#d1762c"), strict=True):
            curves = [r["curve"] for r in rows if (r["way"], r["delay"]) == (way, delay)]
            axis.plot(np.mean(curves, axis=0), color=colour, lw=1.6, label=way)
        axis.axhline(9, color="black", lw=0.7, ls=":")
        axis.set_title(f"gamma delay, mean {DT * delay} s", fontsize=10)
        axis.set_xlabel("episode")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylim(0)
    axes[0].set_ylabel("steps to the goal")
    axes[0].legend(frameon=False, fontsize=9)
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(title="Credit that is shared out, twenty learners a cell", run=run, seeds=(0,))
