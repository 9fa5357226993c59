"""Regret with known transitions: how it grows with the rounds at the worst size of w*."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.dueling.draw import regret_curves
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

ROUNDS, START = 16_000, 1_000
NORMS = 2.0 ** np.arange(-4.0, 0.5, 0.5)
"""Of w*: at the smallest nobody can learn anything in time, at the largest it is soon over."""
TREES = 5
"""Instances for each ‖w*‖ and seed of the command."""
RULES: dict[str, tuple[str, dict[str, Any]]] = {
    "random": ("random", {}),
    "UCB": ("ucb", {}),
    "UCB, half the radius": ("ucb", {"radius_scale": 0.5}),
    "Thompson": ("thompson", {}),
}
STRONG = 4.0
"""‖w*‖ where the published constants are tried."""


def carry_out(method: str, seed: int, rounds: int) -> dict[str, Any]:
    """Regret [noted rounds, norms, trees] of one rule."""
    from coachable.reproduce.dueling.instances import trees
    from coachable.reproduce.dueling.rounds import play

    which = np.tile(1000 * seed + np.arange(TREES), len(NORMS))
    instances = trees(which, np.repeat(NORMS, TREES))
    rule, settings = RULES[method]
    found = play(instances, rule, rounds, seed, **settings)
    shape = (len(found.at), len(NORMS), TREES)
    return {
        "method": method,
        "seed": seed,
        "at": found.at.tolist(),
        "regret": found.regret.reshape(shape).tolist(),
        "active": found.active[-1].reshape(shape[1:]).mean(axis=1).tolist(),
        "minutes": found.seconds / 60 / len(which),
    }


def carry_out_strong(method: str, seed: int, rounds: int) -> dict[str, Any]:
    """The same at one large ‖w*‖, with the published radius among the rules."""
    from coachable.reproduce.dueling.instances import trees
    from coachable.reproduce.dueling.rounds import play

    instances = trees(1000 * seed + np.arange(TREES), np.full(TREES, STRONG))
    if method == "UCB, published constants":
        reach = np.linalg.norm(instances.features, axis=4).max(axis=(2, 3)).sum(axis=1).max()
        bounds = (2.0 * float(reach), STRONG)
        found = play(instances, "ucb", rounds, seed, published=bounds, weight_bound=STRONG)
    else:
        rule, settings = RULES[method]
        found = play(instances, rule, rounds, seed, **settings)
    return {
        "method": method,
        "seed": seed,
        "at": found.at.tolist(),
        "regret": found.regret.tolist(),
        "active": found.active[-1].tolist(),
    }


def exponent(rows: Sequence[dict[str, Any]], method: str, start: float) -> np.ndarray:
    """One for each seed: of sup over ‖w*‖ of the regret, averaged over the trees."""
    from coachable.reproduce.dueling.rounds import slope

    found = []
    for row in rows:
        if row["method"] == method:
            worst = np.array(row["regret"]).mean(axis=2).max(axis=1)
            found.append(slope(np.array(row["at"]), worst, start, row["at"][-1]))
    return np.array(found)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Play all rules with all seeds; write result.json and success.png."""
    from coachable.reproduce.dueling.rounds import slope

    rounds, start = (200, 20) if quick else (ROUNDS, START)
    places = [(method, seed, rounds) for method in RULES for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)
    strong_rules = ("UCB, published constants", *RULES)
    short = min(rounds, 10_000)
    places = [(method, seed, short) for method in strong_rules for seed in seeds]
    strong = side_by_side(name, carry_out_strong, places, jobs)
    grown = {method: exponent(rows, method, start) for method in RULES}
    claims: list[Claim] = [
        at_least("exponent of random pairs", grown["random"].mean(), 0.97),
        at_most("exponent of random pairs, from above", grown["random"].mean(), 1.03),
    ]
    for method in ("UCB", "Thompson"):
        claims.append(at_least(f"exponent of {method}", grown[method].mean(), 0.45))
        claims.append(at_most(f"exponent of {method}, from above", grown[method].mean(), 0.66))
    paper = [row for row in strong if row["method"] == strong_rules[0]]
    growth = [
        slope(np.array(r["at"]), np.median(r["regret"], axis=1), short / 10, short) for r in paper
    ]
    claims.append(
        at_least("published constants: exponent at ‖w*‖ = 4", float(np.mean(growth)), 0.95)
    )
    left = min(min(row["active"]) for row in paper)
    claims.append(at_least("published constants: policies left of 128", left, 128))
    caption = regret_curves(rows, strong, grown, folder / "success.png")
    text = markdown(rows, strong, grown, rounds)
    return conclude(
        name, folder, seeds, quick, claims, rows=rows, strong=strong, markdown=text, caption=caption
    )


def markdown(
    rows: Sequence[dict[str, Any]],
    strong: Sequence[dict[str, Any]],
    grown: dict[str, np.ndarray],
    rounds: int,
) -> str:
    """The table of both parts."""
    text = [
        f"128 policies, d = 6, H = 3; sup over ‖w*‖ from {NORMS[0]:.3f} to {NORMS[-1]:.0f} of the "
        f"regret, {TREES} instances each; exponent ± standard deviation over seeds:",
        "",
        f"| rule | exponent | regret at T = {rounds:,} |",
        "|---|--:|--:|",
    ]
    for method, exponents in grown.items():
        worst = [np.mean(r["regret"], axis=2)[-1].max() for r in rows if r["method"] == method]
        spread = (
            f"{exponents.mean():.3f} ± {np.std(exponents, ddof=min(1, len(exponents) - 1)):.3f}"
        )
        text.append(f"| {method} | {spread} | {np.mean(worst):.0f} |")
    text += ["", f"‖w*‖ = {STRONG:.0f}, median regret over instances and seeds:", ""]
    text += [f"| rule | regret at T = {strong[0]['at'][-1]:,} | policies left |", "|---|--:|--:|"]
    for method in dict.fromkeys(row["method"] for row in strong):
        mine = [row for row in strong if row["method"] == method]
        regret = np.median([row["regret"][-1] for row in mine])
        left = np.median([row["active"] for row in mine])
        text.append(f"| {method} | {regret:.0f} | {left:.0f} |")
    return "\n".join(text)


SPEC = Direct(title="Regret with known transitions", run=run, seeds=(0, 1))
