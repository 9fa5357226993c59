"""Baird's star: the slope of the error that each period of the target gives, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.target_td import measure, prediction
from algorithms.target_td.rules import TargetRule
from coachable.figures import save_figure
from coachable.files import make_folder
from coachable.reproduce.direct import present
from coachable.reproduce.spec import Claim, Direct, at_least, at_most
from coachable.reproduce.target_td import bridge
from envs.finite.counterexamples import baird

DISCOUNT, ALPHA, STEPS = 0.99, 0.01, 50_000
PERIODS = (1, 5, 10, 40, 70, 76, 77, 90, 200, 500, 1000)
CLAIMED = (1, 10, 200, 500)
KNOWN, APART = 77, 1
"""The smallest stable k of an independent derivation, and how far off it may be."""
UNIT = 1e-5
"""Slopes are told in this per gradient step."""


def rows(seeds: Sequence[int]) -> list[dict[str, Any]]:
    """One row a period: predicted, with expected updates, and sampled in two ways."""
    example = baird(DISCOUNT)
    own, ratios = bridge.of_chain(example), bridge.with_ratios(example)
    found = []
    for k in PERIODS:
        rule = TargetRule.every(k)
        slopes = {
            name: [
                measure.sampled(
                    problem, ALPHA, rule, example.weights, STEPS, np.random.default_rng(seed)
                ).slope()
                for seed in seeds
            ]
            for name, problem in (("sampled", own), ("ratios", ratios))
        }
        found.append(
            {
                "k": k,
                "radius": prediction.radius(own, ALPHA, rule),
                "predicted": prediction.growth(own, ALPHA, rule),
                "expected": measure.expected(own, ALPHA, rule, example.weights, 8 * STEPS).slope(),
                **slopes,
            }
        )
    return found


def claims(found: Sequence[dict[str, Any]]) -> list[Claim]:
    """Slopes within 2 %, the threshold within one step of the known one."""
    by_k = {row["k"]: row for row in found}
    told = []
    for k in CLAIMED:
        off = abs(float(np.mean(by_k[k]["sampled"])) / by_k[k]["predicted"] - 1.0)
        told.append(at_most(f"k = {k}: measured slope over predicted slope, less 1", off, 0.02))
    problem = bridge.of_chain(baird(DISCOUNT))
    smallest = prediction.smallest_stable_period(problem, ALPHA) or 0
    grows = max(row["k"] for row in found if row["expected"] > 0)
    shrinks = min(row["k"] for row in found if row["expected"] < 0)
    return [
        *told,
        at_most("predicted smallest stable k, away from 77", abs(smallest - KNOWN), APART),
        at_least("largest k tried that grows with expected updates", grows, KNOWN - APART),
        at_most("smallest k tried that shrinks with expected updates", shrinks, KNOWN + APART),
    ]


def markdown(found: Sequence[dict[str, Any]]) -> str:
    """The table of slopes, and what else is known before the first step."""
    problem = bridge.of_chain(baird(DISCOUNT))
    values, vectors = problem.eigen
    fitted = (vectors.T @ problem.delta_jacobian @ vectors) / values[:, None]
    lines = [
        "Slope of ln error, × 10⁻⁵ a gradient step; γ = 0.99, α = 0.01. Sampled: states of the",
        "behaviour, next states of the target policy. With ratios: the behaviour's transitions,",
        "weighted by ρ = 7 or 0, whose noise is no longer small beside the step.",
        "",
        "| k | ρ(M_k) | predicted | expected updates | sampled | sampled, with ratios |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found:
        sampled, ratios = (
            f"{np.mean(row[name]) / UNIT:.2f} ± {np.std(row[name], ddof=1) / UNIT:.2f}"
            if len(row[name]) > 1
            else f"{row[name][0] / UNIT:.2f}"
            for name in ("sampled", "ratios")
        )
        lines.append(
            f"| {row['k']} | {row['radius']:.5f} | {row['predicted'] / UNIT:.2f} "
            f"| {row['expected'] / UNIT:.2f} | {sampled} | {ratios} |"
        )
    tau = prediction.largest_stable_tau(problem, ALPHA) or float("nan")
    smallest = prediction.smallest_stable_period(problem, ALPHA)
    return "\n".join(
        [
            *lines,
            "",
            f"Smallest stable k: {smallest}; largest stable Polyak τ: {tau:.4f}. J_FPE has "
            f"the spectral radius {prediction.radius(problem, ALPHA, TargetRule.fitted()):.2f} "
            f"and the norm {np.linalg.norm(fitted, 2):.2f}: it is the radius that decides.",
        ]
    )


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    found = rows(seeds)
    caption = "predicted and measured slopes, and the courses behind them"
    return present(name, folder, seeds, quick, found, claims(found), markdown(found), draw, caption)


def draw(found: Sequence[dict[str, Any]], path: Path) -> None:
    """Slopes over k with what was measured on them; courses of four periods."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    problem, start = bridge.of_chain(baird(DISCOUNT)), baird(DISCOUNT).weights
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    periods = np.unique(np.geomspace(1, 1500, 300).round())
    curve = np.log(prediction.radii(problem, ALPHA, periods)) / periods / UNIT
    left.plot(periods, curve, color="black", lw=1.2, label="predicted")
    places = [row["k"] for row in found]
    means = np.array([np.mean(row["sampled"]) for row in found]) / UNIT
    spread = np.array([np.std(row["sampled"]) for row in found]) / UNIT
    left.errorbar(
        places, means, spread, fmt="o", ms=5, color="#c8442f", capsize=2, label="measured, sampled"
    )
    left.axhline(0, color="grey", lw=0.7)
    left.axvline(KNOWN, color="grey", lw=0.9, ls=":")
    left.annotate(f"k = {KNOWN}", (KNOWN, 250), xytext=(6, 0), textcoords="offset points")
    left.set_xscale("log")
    left.set_yscale("symlog", linthresh=10)
    left.set_ylim(-40, 400)
    left.set_yticks([-10, 0, 10, 100])
    left.set_yticklabels(["−10", "0", "10", "100"])
    left.set_xlabel("copy every k steps")
    left.set_ylabel("slope of ln error, × 10⁻⁵ a step")
    left.legend(fontsize=9)
    for k, colour in zip(CLAIMED, ("#c8442f", "#d9912f", "#2f6fb0", "#3c8a4a"), strict=True):
        course = measure.sampled(
            problem, ALPHA, TargetRule.every(k), start, STEPS, np.random.default_rng(0)
        )
        right.plot(course.steps, course.log_error, color=colour, lw=1.4, label=f"k = {k}")
        slope = prediction.growth(problem, ALPHA, TargetRule.every(k))
        last = course.log_error[-1] + slope * (course.steps - course.steps[-1])
        right.plot(course.steps, last, color=colour, lw=0.9, ls="--")
    right.plot([], [], color="grey", lw=0.9, ls="--", label="predicted slope")
    right.set_ylim(-4, 20)
    right.set_xlabel("gradient steps")
    right.set_ylabel("ln of the value error")
    right.legend(fontsize=9)
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(title="Baird's star, predicted and measured", run=run)
