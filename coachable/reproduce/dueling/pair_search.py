"""The pair search by backward induction, against brute force over all pairs of policies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.dueling.draw import panels, save
from coachable.reproduce.spec import Direct, at_least, at_most

RESTARTS = (1, 5, 20)
MDPS = 200
SHAPE = 3, 2, 3, 6
"""States, actions, steps and features: 512 policies, of which brute force lists all pairs."""
_SAME = 1e-9


def carry_out(seed: int) -> dict[str, Any]:
    """One random MDP with a random metric: what was found, what is true, what was certified."""
    from algorithms.dueling.pairs import certify, search
    from algorithms.dueling.problem import Problem

    states, actions, horizon, dim = SHAPE
    rng = np.random.default_rng([seed, 77])
    transition = rng.dirichlet(np.full(states, 0.5), (states, actions))
    features = rng.normal(size=(horizon, states, actions, dim))
    problem = Problem(transition, rng.dirichlet(np.ones(states)), features, horizon)
    # The metric of a learner that has seen twice as many comparisons as there are features.
    seen = rng.normal(size=(2 * dim, dim)) * np.sqrt(rng.exponential(4.0, 2 * dim))[:, None]
    metric = np.linalg.inv(seen.T @ seen + 0.1 * np.eye(dim))
    phi = np.array([problem.embed(policy) for policy in problem.policies()])
    z = phi @ np.linalg.cholesky(metric)
    truth = max(((row - z) ** 2).sum(axis=1).max() for row in z)
    row: dict[str, Any] = {"seed": seed, "policies": len(phi), "truth": float(truth)}
    for restarts in RESTARTS:
        pair = search(problem, metric, np.random.default_rng([seed, 5]), restarts)
        proof = certify(problem, metric, pair)
        row[str(restarts)] = {
            "square": pair.square,
            "bound": proof.bound,
            "nodes": proof.nodes,
            "hit": bool(pair.square >= truth * (1 - _SAME)),
            "proved": proof.proves(),
        }
    return row


def carry_out_some(seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Several of them in one process."""
    return [carry_out(seed) for seed in seeds]


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Search in so many MDPs for each seed; write result.json and success.png."""
    count = 4 if quick else MDPS
    every = [1000 * seed + k for seed in seeds for k in range(count)]
    parts = [(every[k::8],) for k in range(min(8, len(every)))]
    rows = [row for part in side_by_side(name, carry_out_some, parts, jobs) for row in part]
    shares, lines = {}, []
    for restarts in map(str, RESTARTS):
        hits = np.array([row[restarts]["hit"] for row in rows])
        proved = np.array([row[restarts]["proved"] for row in rows])
        nodes = np.array([row[restarts]["nodes"] for row in rows])
        shares[restarts] = float(hits.mean())
        lines.append(
            f"| {restarts} | {hits.mean():.1%} | {proved[hits].mean():.1%} | "
            f"{(~hits).sum()} | {(~hits & ~proved).sum()} | {np.median(nodes):.0f} |"
        )
    tried = [row[str(restarts)] | {"truth": row["truth"]} for row in rows for restarts in RESTARTS]
    unflagged = sum(not one["hit"] and one["proved"] for one in tried)
    # A bound that brute force exceeds would be no bound.
    short = max(one["truth"] / one["bound"] for one in tried)
    claims = [
        at_least("share of MDPs where 20 restarts equal brute force", shares["20"], 0.99),
        at_most("misses that the certificate does not flag", unflagged, 0),
        at_most("largest share of its certified bound that brute force reaches", short, 1 + 1e-9),
        at_least(
            "share of the best pairs, after 20 restarts, that are proved to be the best",
            float(np.mean([row["20"]["proved"] for row in rows if row["20"]["hit"]])),
            0.99,
        ),
    ]
    figure, (left, right) = panels(2, 3.8, 3.0)
    left.bar([str(r) for r in RESTARTS], [100 * shares[str(r)] for r in RESTARTS], color="#1b6ca8")
    for k, r in enumerate(RESTARTS):
        left.text(k, 100 * shares[str(r)] - 1.5, f"{100 * shares[str(r)]:.1f}", color="w",
                  ha="center", va="top")  # fmt: skip
    left.set(xlabel="restarts", ylabel="equal to brute force, %", ylim=(0, 105))
    missed = [o["truth"] / o["square"] - 1 for o in tried if not o["hit"]]
    flagged = [o["bound"] / o["square"] - 1 for o in tried if not o["hit"]]
    right.plot([0, 1e3], [0, 1e3], color="#7a7a7a", lw=0.8, ls=":", label="tight")
    right.scatter(missed, flagged, s=12, color="#d1762c", label="a miss")
    limits = {
        "xlim": (0, 1.05 * max(missed, default=1)),
        "ylim": (0, 1.05 * max(flagged, default=1)),
    }
    right.set(xlabel="missing share of the square", ylabel="share the certificate leaves", **limits)
    right.legend(frameon=False, fontsize=8)
    save(figure, folder / "success.png")
    text = [
        f"{len(rows)} random MDPs, {rows[0]['policies']} policies, d = {SHAPE[3]}. A miss is "
        "flagged where the certificate leaves room for a better pair.",
        "",
        "| restarts | equal to brute force | of these proved | misses | flagged | median boxes |",
        "|--:|--:|--:|--:|--:|--:|",
        *lines,
    ]
    caption = "how often the search finds the best pair, and what its certificate says of misses"
    return conclude(
        name, folder, seeds, quick, claims, rows=rows, markdown="\n".join(text), caption=caption
    )


SPEC = Direct(title="The most uncertain pair by backward induction", run=run, seeds=(0,))
