"""Which target rules are stable, over discounts, step sizes, periods and Polyak averages."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.target_td import prediction
from algorithms.target_td.problem import LinearProblem
from algorithms.target_td.rules import TargetRule
from coachable.files import make_folder
from coachable.reproduce.direct import present, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most
from coachable.reproduce.target_td import bridge
from coachable.reproduce.target_td.cells import Cell, carry_out, neighbours
from envs.finite.counterexamples import baird

DISCOUNTS = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
ALPHAS = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
PERIODS = (1, 4, 12, 30, 60, 90, 150, 300, 800)
TAUS = (0.001, 0.004, 0.015, 0.03, 0.08, 0.2, 0.5)

RANDOM_DISCOUNTS = (0.9, 0.97, 0.99)
SHARES = (0.1, 0.5, 1.5)
"""α in random MDPs, times the largest eigenvalue of H; the inner loop is stable below 2."""
RANDOM_PERIODS = (1, 3, 8, 20, 60, 300)
RANDOM_TAUS = (0.005, 0.05, 0.3)

PROBLEMS, QUICK_PROBLEMS = 12, 2
SAMPLED_STEPS = 100_000
SECONDS = 180


def star_cells(discount: float) -> Iterator[Cell]:
    """Every α with every k and every τ, at one γ."""
    rules = [TargetRule.every(k) for k in PERIODS] + [TargetRule.polyak(tau) for tau in TAUS]
    for alpha, rule in itertools.product(ALPHAS, rules):
        yield Cell(problem="star", discount=discount, alpha=alpha, rule=rule)


def random_cells(seed: int) -> Iterator[Cell]:
    """Every γ, α, k and τ on the random MDP of a seed."""
    largest = bridge.of_chain(bridge.random_off_policy(seed, 0.99)).eigen[0][-1]
    rules = [TargetRule.every(k) for k in RANDOM_PERIODS]
    rules += [TargetRule.polyak(tau) for tau in RANDOM_TAUS]
    for discount, share, rule in itertools.product(RANDOM_DISCOUNTS, SHARES, rules):
        alpha = share / largest
        yield Cell(problem=f"random {seed}", discount=discount, alpha=alpha, rule=rule)


def open_seeds(count: int) -> list[int]:
    """The first random MDPs on which TD diverges at γ = .99 and no certificate rules out every k.

    On the others hardly any rule diverges, or every one does.
    """
    found: list[int] = []
    for seed, problem in bridge.random_problems(range(3000), 0.99).items():
        alpha = 0.5 / problem.eigen[0][-1]
        if prediction.stable(problem, alpha, TargetRule.td()):
            continue
        if prediction.no_period(problem, alpha) is None:
            found.append(seed)
        if len(found) == count:
            break
    return found


def carry_out_cells(kind: str, which: float, quick: bool) -> tuple[list[dict[str, Any]], float]:
    """The rows of one γ on the star or of one random MDP, and the processor's seconds."""
    began = time.process_time()
    cells = list(star_cells(which) if kind == "star" else random_cells(int(which)))
    problems: dict[float, LinearProblem] = {}

    def at(discount: float) -> LinearProblem:
        if discount not in problems:
            example = baird if kind == "star" else lambda g: bridge.random_off_policy(int(which), g)
            problems[discount] = bridge.of_chain(example(discount))
        return problems[discount]

    rows = []
    for cell in cells[:: 7 if quick else 1]:
        near = [prediction.growth(at(n.discount), n.alpha, n.rule) for n in neighbours(cell)]
        outcome = carry_out(
            at(cell.discount), cell, near, SAMPLED_STEPS if kind == "star" and not quick else 0
        )
        rows.append(
            {
                "problem": cell.problem,
                "discount": cell.discount,
                "alpha": cell.alpha,
                "period": int(cell.rule.period),
                "tau": cell.rule.tau,
                "predicted": outcome.predicted,
                "measured": outcome.measured,
                "sampled": None if math.isnan(outcome.sampled) else outcome.sampled,
                "at_boundary": outcome.at_boundary,
                "agrees": outcome.agrees,
            }
        )
    return rows, time.process_time() - began


def claims(rows: Sequence[dict[str, Any]], seconds: float, quick: bool) -> list[Claim]:
    """That nothing is predicted wrongly, of how many cells, and that it is cheap."""
    found = []
    for name, least in (("star", 500), ("random", 500)):
        cells = [r for r in rows if r["problem"].startswith(name)]
        clear = [r for r in cells if not r["at_boundary"]]
        label = "Baird's star" if name == "star" else "random MDPs"
        wrong = sum(not r["agrees"] for r in clear)
        unstable = np.mean([r["predicted"] > 0 for r in clear])
        found += [
            at_most(f"{label}: cells off the boundary that were predicted wrongly", wrong, 0),
            at_least(f"{label}: cells", len(cells), 1 if quick else least),
            at_least(
                f"{label}: cells off the boundary, share of all", len(clear) / len(cells), 0.9
            ),
            at_least(f"{label}: share that grows", float(unstable), 0.1),
            at_most(f"{label}: share that grows, at most", float(unstable), 0.9),
        ]
    drawn = [r for r in rows if r["sampled"] is not None and not r["at_boundary"]]
    if drawn:
        right = np.mean([(r["sampled"] > 0) == (r["predicted"] > 0) for r in drawn])
        claim = "Baird's star, one sampled run a cell: share predicted rightly"
        found.append(at_least(claim, float(right), 0.95))
    found.append(at_most("processor seconds, over two cores", seconds / 2, SECONDS))
    return found


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line for each problem and kind of rule."""
    lines = [
        "Expected updates carried out one by one until the sign of their slope is beyond doubt,",
        "and on the star 100,000 sampled ones. A cell is at the boundary where 2 % of α, 1 − γ, k",
        "or τ change the predicted sign.",
        "",
        "| problem | rule | cells | grow | at the boundary | wrong elsewhere | sampled: wrong |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    for name, label in (("star", "Baird's star"), ("random", "random MDPs")):
        for rule, polyak in (("copy every k", False), ("Polyak τ", True)):
            cells = [
                r for r in rows if r["problem"].startswith(name) and (r["tau"] < 1.0) == polyak
            ]
            clear = [r for r in cells if not r["at_boundary"]]
            wrong = sum(not r["agrees"] for r in clear)
            grow = sum(r["predicted"] > 0 for r in cells)
            drawn = [r for r in clear if r["sampled"] is not None]
            missed = sum((r["sampled"] > 0) != (r["predicted"] > 0) for r in drawn)
            lines.append(
                f"| {label} | {rule} | {len(cells)} | {grow} | {len(cells) - len(clear)} "
                f"| {wrong} | {f'{missed} of {len(drawn)}' if drawn else '–'} |"
            )
    return "\n".join(lines)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    from coachable.reproduce.target_td.draw_phases import draw

    make_folder(folder)
    chosen = open_seeds(QUICK_PROBLEMS if quick else PROBLEMS)
    places = [("star", discount, quick) for discount in DISCOUNTS]
    places += [("random", seed, quick) for seed in chosen]
    parts = side_by_side(name, carry_out_cells, places, jobs)
    rows = [row for part, _ in parts for row in part]
    found = claims(rows, sum(seconds for _, seconds in parts), quick)
    caption = "what grows and what shrinks, measured, and where the boundary was predicted"
    return present(name, folder, seeds, quick, rows, found, markdown(rows), draw, caption)


SPEC = Direct(title="The phase diagram of target networks", run=run, seeds=(0,))
