"""400 small networks: is divergence predicted before the value error has grown tenfold?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.files import make_folder
from coachable.reproduce.direct import conclude, kept, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

RUNS, QUICK_RUNS, A_BATCH = 400, 20, 100
STEPS = 2700
"""Of 900, as many runs again as diverge are on their way to it at the end."""

FIRST = 50_000
"""Seeds of the runs; the warning was chosen on others, from 20,000 to 20,599."""


def batch(folder: str, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """The rows of a batch that was done before, or else of one that is done and kept now."""
    path = Path(folder) / "cells" / f"{seeds[0]}_{seeds[-1]}_{STEPS}.json"
    return kept(path, lambda: carry_out_batch(seeds))


def carry_out_batch(seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Train one network a seed; when each had grown tenfold and when the warning came."""
    from algorithms.target_td.warning import EarlyWarning
    from coachable.reproduce.target_td import neural_runs
    from coachable.train import one_thread

    one_thread()
    by_kind: dict[tuple[int, str], list[neural_runs.Run]] = {}
    for run in map(neural_runs.draw_run, seeds):
        by_kind.setdefault((run.hidden, run.activation), []).append(run)
    rows = []
    for runs in by_kind.values():
        for course in neural_runs.carry_out(runs, STEPS):
            rows.append(
                {
                    "seed": course.run.seed,
                    "hidden": course.run.hidden,
                    "period": course.run.period,
                    "alpha": course.run.alpha,
                    "grown_at": _steps(course.grown_at, neural_runs.EVERY),
                    "warned_at": _steps(course.warned_at(EarlyWarning()), neural_runs.EVERY),
                    "error": np.nan_to_num(course.error, nan=1e9, posinf=1e9).tolist(),
                    "growth": np.nan_to_num(course.growth, nan=1e9, posinf=1e9).tolist(),
                }
            )
    return rows


def _steps(reading: int | None, every: int) -> int | None:
    return None if reading is None else reading * every


def counts(rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How many diverge, of these warned in time; how many do not, of these warned."""
    diverge = [r for r in rows if r["grown_at"] is not None]
    others = [r for r in rows if r["grown_at"] is None]
    early = [r for r in diverge if r["warned_at"] is not None and r["warned_at"] < r["grown_at"]]
    return {
        "diverge": len(diverge),
        "early": len(early),
        "others": len(others),
        "false": sum(r["warned_at"] is not None for r in others),
    }


def claims(rows: Sequence[dict[str, Any]], quick: bool) -> list[Claim]:
    """Warned in time, not warned in vain, of enough of either kind."""
    n = counts(rows)
    return [
        at_least("runs", len(rows), QUICK_RUNS if quick else RUNS),
        at_least("runs that diverge", n["diverge"], 1 if quick else 20),
        at_least("diverging runs warned in time", n["early"] / max(n["diverge"], 1), 0.9),
        at_most("other runs that were warned of", n["false"] / max(n["others"], 1), 0.05),
    ]


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Counts, by period."""
    lines = [
        "Networks of one hidden layer of tanh evaluate policies of random MDPs, off-policy, for",
        f"{STEPS:,} expected gradient steps, γ = 0.99. Divergence: the value error grows tenfold.",
        "",
        "| k | runs | diverge | warned in time | steps of notice, median | false alarms |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for period in sorted({r["period"] for r in rows}):
        group = [r for r in rows if r["period"] == period]
        n = counts(group)
        notice = [
            r["grown_at"] - r["warned_at"]
            for r in group
            if r["grown_at"] is not None and r["warned_at"] is not None
        ]
        told = f"{np.median(notice):.0f}" if notice else "–"
        lines.append(
            f"| {period} | {len(group)} | {n['diverge']} | {n['early']} | {told} | {n['false']} |"
        )
    return "\n".join(lines)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    first = FIRST + seeds[0] * RUNS
    numbers = list(range(first, first + (QUICK_RUNS if quick else RUNS)))
    firsts = range(0, len(numbers), A_BATCH)
    batches = [(str(folder), numbers[i : i + A_BATCH]) for i in firsts]
    rows = [row for part in side_by_side(name, batch, batches, jobs) for row in part]
    text = markdown(rows)
    draw(rows, folder / "success.png")
    print(text)
    return conclude(
        name,
        folder,
        seeds,
        quick,
        claims(rows, quick),
        rows=[{k: v for k, v in row.items() if k not in ("error", "growth")} for row in rows],
        markdown=text,
        caption="value errors with their warnings, and predicted against measured growth",
    )


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Courses of the error with the warnings on them; predicted growth against what came."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    for row in rows:
        error = np.clip(row["error"], 1e-3, 1e4)
        every = STEPS / (len(error) - 1)
        grows = row["grown_at"] is not None
        colour = "#c8442f" if grows else "#9fb6cd"
        left.plot(every * np.arange(len(error)), error, color=colour, lw=0.8, alpha=0.7)
        if row["warned_at"] is not None:
            at = round(row["warned_at"] / every)
            left.plot(row["warned_at"], error[at], "k." if grows else "kx", ms=6)
        measured = np.diff(np.log(error)) / every
        right.plot(row["growth"][:-1], measured, ".", ms=2, color=colour, alpha=0.4)
    left.axhline(10, color="black", lw=0.8, ls=":")
    left.plot([], [], "k.", label="warning, and it diverges")
    left.plot([], [], "kx", label="false alarm")
    left.set(yscale="log", xlabel="gradient steps", ylabel="value error over its first")
    left.legend(fontsize=8)
    right.plot([-0.1, 0.1], [-0.1, 0.1], color="black", lw=0.7)
    right.axhline(0, color="grey", lw=0.5)
    right.axvline(0, color="grey", lw=0.5)
    right.set_xlim(-0.02, 0.03)
    right.set_ylim(-0.02, 0.03)
    right.set_xlabel("predicted slope of ln error a step")
    right.set_ylabel("slope to the next reading")
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(title="Divergence of networks, predicted", run=run, seeds=(0,))
