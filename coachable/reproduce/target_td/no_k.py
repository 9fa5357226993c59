"""Problems with a certificate that no period of the target converges: does one, after all?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.target_td import prediction
from algorithms.target_td.problem import LinearProblem
from algorithms.target_td.rules import TargetRule
from coachable.figures import save_figure
from coachable.files import make_folder
from coachable.reproduce.direct import present
from coachable.reproduce.spec import Claim, Direct, at_least, at_most
from coachable.reproduce.target_td import bridge
from coachable.reproduce.target_td.cells import settle
from envs.finite.counterexamples import w_to_2w

DISCOUNT = 0.99
SHARE = 0.5
"""α times the largest eigenvalue of H."""
PERIODS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)
DEMANDED, TRIED, QUICK_TRIED = 30, 600, 40
"""Certified random MDPs at least, and seeds that are looked at."""


def alpha_of(problem: LinearProblem) -> float:
    """The step size at which a problem is tried."""
    return SHARE / float(problem.eigen[0][-1])


def certified(seeds: range) -> dict[str, LinearProblem]:
    """w → 2w at three discounts, and random MDPs of which no k can converge."""
    found = {f"w → 2w, γ = {g:g}": bridge.of_chain(w_to_2w(g)) for g in (0.9, 0.99, 1.0)}
    for seed, problem in bridge.random_problems(seeds, DISCOUNT).items():
        if prediction.no_period(problem, alpha_of(problem)) is not None:
            found[f"random {seed}"] = problem
    return found


def slopes(problem: LinearProblem) -> list[float]:
    """Measured slopes a step with each k, and of fitted evaluation a step of the target."""
    alpha = alpha_of(problem)
    found = [settle(problem, alpha, TargetRule.every(k)) for k in PERIODS]
    error = problem.eigen[1].T @ np.random.default_rng(0).normal(size=problem.width)
    values, vectors = problem.eigen
    fit = (vectors.T @ problem.delta_jacobian @ vectors) / values[:, None]
    logs = []
    for _ in range(4000):
        error = fit @ error
        size = float(np.linalg.norm(error))
        logs.append(math.log(size))
        error /= size
    return [*found, float(np.mean(logs[2000:]))]


def claims(rows: Sequence[dict[str, Any]], quick: bool) -> list[Claim]:
    """None converges, of enough problems; where k could not be ruled out, some do."""
    proved = [row for row in rows if row["certificate"]]
    converged = sum(slope <= 0 for row in proved for slope in row["slopes"])
    random = sum(row["problem"].startswith("random") for row in proved)
    return [
        at_most("certified problems and periods, fitted included, that converged", converged, 0),
        at_least("certified random MDPs", random, 1 if quick else DEMANDED),
        at_least(
            "w → 2w: smallest measured slope over all k, × 10⁻⁵ a step",
            1e5 * min(min(r["slopes"]) for r in proved if r["problem"].startswith("w")),
            1e-9,
        ),
    ]


def markdown(rows: Sequence[dict[str, Any]], others: dict[str, int]) -> str:
    """How many problems, by certificate, and how slowly the slowest grows."""
    lines = [
        f"α is {SHARE:g} over the largest eigenvalue of H, γ = {DISCOUNT:g} unless it says so;",
        f"k from {PERIODS[0]} to {PERIODS[-1]:,}, and fitted evaluation.",
        "",
        "| problems | certificate | how many | converged | least slope × k |",
        "|---|---|--:|--:|--:|",
    ]
    groups = sorted({(r["problem"].startswith("random"), r["certificate"]) for r in rows})
    for random, certificate in groups:
        group = [
            r
            for r in rows
            if (r["problem"].startswith("random"), r["certificate"]) == (random, certificate)
        ]
        converged = sum(slope <= 0 for r in group for slope in r["slopes"])
        scale = [*PERIODS, 1]
        least = min(s * k for r in group for s, k in zip(r["slopes"], scale, strict=True))
        label = "random MDPs" if random else "w → 2w, γ = 0.9, 0.99, 1"
        lines.append(f"| {label} | {certificate} | {len(group)} | {converged} | {least:.2g} |")
    unproved = others["td"] - others["proved"]
    return "\n".join(
        [
            *lines,
            "",
            f"Of {others['all']} random MDPs TD diverges on {others['td']}; {others['proved']} of "
            f"these have a certificate. Of the other {unproved} some k converges on "
            f"{others['some_k']}, no k but a slow Polyak average on {others['polyak']}, and "
            f"neither on {others['none']}: the certificates are sufficient, not necessary.",
        ]
    )


def without_certificate(seeds: range) -> dict[str, int]:
    """What becomes of the random MDPs on which TD diverges."""
    counts = dict.fromkeys(("all", "td", "proved", "some_k", "polyak", "none"), 0)
    for problem in bridge.random_problems(seeds, DISCOUNT).values():
        alpha = alpha_of(problem)
        counts["all"] += 1
        if prediction.stable(problem, alpha, TargetRule.td()):
            continue
        counts["td"] += 1
        if prediction.no_period(problem, alpha) is not None:
            counts["proved"] += 1
        elif prediction.smallest_stable_period(problem, alpha, 50_000) is not None:
            counts["some_k"] += 1
        else:
            counts["polyak" if prediction.slowest_targets_stable(problem) else "none"] += 1
    return counts


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    tried = range(QUICK_TRIED if quick else TRIED)
    rows = [
        {
            "problem": label,
            "certificate": prediction.no_period(problem, alpha_of(problem)),
            "slopes": slopes(problem),
        }
        for label, problem in certified(tried).items()
    ]
    text = markdown(rows, without_certificate(tried))
    caption = "growth from one target to the next, of every certified problem"
    return present(name, folder, seeds, quick, rows, claims(rows, quick), text, draw, caption)


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """ln of the growth from one target to the next, over k: all above 0."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(6.5, 4))
    for row in rows:
        ours = row["problem"].startswith("w")
        grown = [s * k for s, k in zip(row["slopes"], PERIODS, strict=False)]
        style: Any = {"color": "#c8442f", "lw": 1.8} if ours else {"color": "#2f6fb0", "lw": 0.7}
        axis.plot(PERIODS, grown, alpha=1.0 if ours else 0.5, **style)
    axis.plot([], [], color="#c8442f", lw=1.8, label="w → 2w")
    axis.plot([], [], color="#2f6fb0", lw=0.7, label="random off-policy MDPs")
    axis.set(xscale="log", yscale="log", xlabel="copy every k steps")
    axis.set_ylabel("measured ln growth from target to target")
    axis.set_title("all of them grow, whatever k", fontsize=10)
    axis.legend(fontsize=9)
    axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(title="No period converges", run=run, seeds=(0,))
