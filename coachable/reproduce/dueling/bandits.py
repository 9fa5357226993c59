"""Dueling bandits on the standard matrices: who loses how much."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.dueling.draw import COLOURS, panels, save
from coachable.reproduce.spec import Direct, at_least, at_most

ROUNDS, RUNS = 20_000, 30


def carry_out(which: str, method: str, seed: int, rounds: int, runs: int) -> dict[str, Any]:
    """Regret [noted rounds, runs], Σ (P(1 beats i) + P(1 beats j) − 1) / 2."""
    from algorithms.dueling.bandits import BANDITS
    from algorithms.dueling.matrices import MATRICES

    chance = MATRICES[which]()
    bandit = BANDITS[method](runs, len(chance), np.random.default_rng([seed, 1]))
    world, total = np.random.default_rng([seed, 2]), np.zeros(runs)
    at = np.unique(np.geomspace(10, rounds, 50).astype(int))
    noted: list[np.ndarray] = []
    for t in range(1, rounds + 1):
        pair = bandit.choose(t)
        bandit.learn(pair, world.random(runs) < chance[pair[:, 0], pair[:, 1]])
        total = total + (chance[0, pair].sum(axis=1) - 1.0) / 2.0
        if t == at[len(noted)]:
            noted.append(total)
    return {"matrix": which, "method": method, "seed": seed, "at": at.tolist(),
            "regret": np.array(noted).tolist()}  # fmt: skip


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Play all algorithms on all matrices; write result.json and success.png."""
    from algorithms.dueling.bandits import BANDITS
    from algorithms.dueling.matrices import MATRICES

    rounds, runs = (500, 3) if quick else (ROUNDS, RUNS)
    places = [(m, b, seed, rounds, runs) for m in MATRICES for b in BANDITS for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)
    ends = {
        (m, b): np.concatenate(
            [row["regret"][-1] for row in rows if (row["matrix"], row["method"]) == (m, b)]
        )
        for m in MATRICES
        for b in BANDITS
    }
    claims = []
    for which in MATRICES:
        rucb = ends[which, "RUCB"].mean()
        for better in ("RMED1", "DTS"):
            ratio = ends[which, better].mean() / rucb
            claims.append(at_most(f"{which}: regret of {better} over RUCB's", ratio, 0.9))
        ratio = ends[which, "random"].mean() / rucb
        claims.append(at_least(f"{which}: regret of random pairs over RUCB's", ratio, 3.0))
    text = [
        f"Regret at T = {rounds:,}, mean ± standard deviation over {runs * len(seeds)} runs:",
        "",
    ]
    text += ["| | " + " | ".join(MATRICES) + " |", "|---|" + "--:|" * len(MATRICES)]
    figure, axes = panels(len(MATRICES), 3.0, 3.0)
    for bandit, colour in zip(BANDITS, (*COLOURS[1::2], COLOURS[0]), strict=False):
        cells = [
            f"{ends[m, bandit].mean():.0f} ± {ends[m, bandit].std(ddof=1):.0f}" for m in MATRICES
        ]
        text.append(f"| {bandit} | " + " | ".join(cells) + " |")
        for which, axis in zip(MATRICES, axes, strict=True):
            mine = [r for r in rows if (r["matrix"], r["method"]) == (which, bandit)]
            curve = np.concatenate([np.array(r["regret"]) for r in mine], axis=1)
            axis.plot(mine[0]["at"], curve.mean(axis=1), color=colour, label=bandit)
            axis.set(title=which, xscale="log", yscale="log", xlabel="rounds")
    axes[0].set_ylabel("regret")
    axes[0].legend(frameon=False, fontsize=8)
    save(figure, folder / "success.png")
    return conclude(name, folder, seeds, quick, claims, rows=rows, markdown="\n".join(text),
                    caption="regret of dueling bandits over rounds")  # fmt: skip


SPEC = Direct(title="Dueling bandits", run=run, seeds=(0,))
