"""Offline comparisons that hardly cover a good-looking action (Zhu, Jiao and Jordan 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.reproduce.direct import conclude
from coachable.reproduce.dueling.draw import COLOURS, panels, save
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

PHI = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
TRUTH = np.array([-1.0, 0.1, 0.9])
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
CONSTANTS = (0.1, 0.3, 1.0, 3.0, 10.0)
TAKEN = 3.0
DATASETS = 4000
"""For each seed."""


def measure(seed: int, size: int) -> dict[str, Any]:
    """Suboptimality of both estimators on data sets of n − 1 and one comparisons, their means."""
    from scipy.special import expit

    from algorithms.dueling.offline import bounded_mle, pessimistic_values

    rng = np.random.default_rng([seed, size])
    x = np.array([PHI[0] - PHI[1], PHI[1] - PHI[2]])
    plays = np.array([size - 1, 1])
    wins = rng.binomial(plays, expit(x @ TRUTH), (DATASETS, 2)).astype(float)
    # Few data sets differ: fit each once.
    distinct, which = np.unique(wins, axis=0, return_inverse=True)
    bound = float(np.linalg.norm(TRUTH))
    w = bounded_mle(x, distinct, plays - distinct, bound)[which.ravel()]
    worth = PHI @ TRUTH
    loss = worth.max() - worth
    sigma = (plays[:, None] * x).T @ x / size + np.eye(3) / size
    row: dict[str, Any] = {"seed": seed, "size": size, "mle": loss[(w @ PHI.T).argmax(1)].mean()}
    for constant in CONSTANTS:
        radius = constant * np.sqrt(len(TRUTH) / size)
        value = pessimistic_values(w, PHI, sigma, radius, PHI[2])
        row[str(constant)] = loss[value.argmax(axis=1)].mean()
    return row


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Measure at all sizes; write result.json and success.png."""
    from scipy.special import expit

    sizes = SIZES[:2] if quick else SIZES
    rows = [measure(seed, size) for seed in seeds for size in sizes]

    def mean(key: str, size: int) -> np.ndarray:
        return np.array([row[key] for row in rows if row["size"] == size])

    # The wrong one of the two that are compared once wins with σ(−1), and costs .1 − (−.9) = 1.
    predicted = float(expit(TRUTH[0]))
    mle = [float(mean("mle", size).mean()) for size in sizes]
    claims: list[Claim] = [
        at_least("least suboptimality of the MLE over all n", min(mle), 0.23),
        at_most("largest suboptimality of the MLE over all n", max(mle), 0.31),
    ]
    if not quick:
        last = float(mean(str(TAKEN), sizes[-1]).mean())
        claims.append(at_most(f"pessimism, C = {TAKEN:g}, at n = {sizes[-1]:,}", last, 0.001))
    text = [
        f"Suboptimality, mean ± standard deviation over {len(seeds)} seeds of {DATASETS:,} "
        f"data sets. At every n the MLE is predicted to lose σ(−1) = {predicted:.3f}.",
        "",
    ]
    text += ["| n | MLE | " + " | ".join(f"C = {c:g}" for c in CONSTANTS) + " |"]
    text += ["|--:|" + "--:|" * (1 + len(CONSTANTS))]
    for size in sizes:
        cells = []
        for key in ("mle", *map(str, CONSTANTS)):
            v = mean(key, size)
            cells.append(f"{v.mean():.3f} ± {v.std(ddof=min(1, len(v) - 1)):.3f}")
        text.append(f"| {size:,} | " + " | ".join(cells) + " |")
    figure, (axis,) = panels(1)
    axis.axhline(predicted, color="black", lw=0.7, ls=":", label="σ(−1)")
    axis.plot(sizes, mle, color=COLOURS[0], marker="o", ms=4, label="MLE")
    for constant, colour in zip(CONSTANTS, COLOURS[1:], strict=False):
        curve = [mean(str(constant), size).mean() for size in sizes]
        axis.plot(
            sizes, curve, color=colour, marker="o", ms=3, label=f"pessimism, C = {constant:g}"
        )
    axis.set(xscale="log", xlabel="comparisons", ylabel="suboptimality", ylim=(-0.01, 0.42))
    axis.legend(frameon=False, fontsize=8, ncols=2, loc="upper left")
    save(figure, folder / "success.png")
    return conclude(name, folder, seeds, quick, claims, rows=rows, markdown="\n".join(text),
                    caption="suboptimality of MLE and pessimism over comparisons")  # fmt: skip


SPEC = Direct(title="Pessimism from offline comparisons", run=run)
