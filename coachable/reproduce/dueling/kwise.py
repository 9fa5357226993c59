"""Rankings of K alternatives: how much is lost by taking them apart into pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.dueling.draw import panels, save
from coachable.reproduce.spec import Direct, at_most

ALTERNATIVES = (2, 4, 9)
DIM, CONTEXTS, EACH = 3, 10, 30
TRUTH = np.array([1.5, -1.0, 0.5])
DATASETS = 1000
"""For each seed."""


def contexts(alternatives: int) -> np.ndarray:
    """[M, K, d], the sets that are ranked, the same for all seeds."""
    rng = np.random.default_rng([alternatives, 0x4B])
    return rng.normal(size=(CONTEXTS, alternatives, DIM))


def predict(alternatives: int) -> tuple[float, float]:
    """n·E‖ŵ − w*‖² of the true and of the split likelihood, from Fisher and sandwich."""
    from algorithms.dueling.offline import plackett_luce_fisher, split_sandwich

    every = contexts(alternatives)
    fisher = sum(plackett_luce_fisher(phi, TRUTH) for phi in every) / CONTEXTS
    parts = [split_sandwich(phi, TRUTH) for phi in every]
    bread = np.linalg.inv(sum(h for h, _ in parts) / CONTEXTS)
    meat = sum(j for _, j in parts) / CONTEXTS
    return float(np.trace(np.linalg.inv(fisher))), float(np.trace(bread @ meat @ bread))


def carry_out(alternatives: int, seed: int, datasets: int) -> dict[str, Any]:
    """Squared errors [datasets] of both, from rankings by a human of the suite."""
    import gymnasium as gym

    from algorithms.dueling.offline import plackett_luce_mle, split_mle
    from simulated_humans.comparing import ComparingHuman
    from simulated_humans.comparing_config import ComparingConfig
    from teaching import Oracle, Segments

    phi = np.tile(contexts(alternatives), (EACH, 1, 1))  # [n, K, d]
    count = len(phi)

    def reward(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        return obs @ TRUTH

    oracle = Oracle(action=lambda obs: np.zeros(len(obs), np.int64), reward=reward)
    config = ComparingConfig(rationality=1.0, scale="none")
    human = ComparingHuman(config, oracle, gym.spaces.Discrete(2), 1, seed)
    sets = Segments(
        ids=np.arange(phi[..., 0].size).reshape(count, -1),
        obs=phi[:, :, None],
        action=np.zeros((count, alternatives, 1), np.int64),
        length=np.ones((count, alternatives), np.int64),
        dt=1.0,
        step=np.zeros(count, np.int64),
    )
    true, split = [], []
    for _ in range(datasets):
        order = human.rank(sets).order.astype(int)
        ranked = np.take_along_axis(phi, order[:, :, None], axis=1)
        true.append(float(((plackett_luce_mle(ranked, TRUTH) - TRUTH) ** 2).sum()))
        split.append(float(((split_mle(ranked, TRUTH) - TRUTH) ** 2).sum()))
    return {"alternatives": alternatives, "seed": seed, "true": true, "split": split}


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Fit both to many data sets; write result.json and success.png."""
    datasets = 20 if quick else DATASETS
    places = [(k, seed, datasets) for k in ALTERNATIVES for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)
    claims = []
    text = [f"Efficiency: mean squared error of the true likelihood over that of the split one, "
            f"{CONTEXTS * EACH} rankings a data set, {datasets * len(seeds):,} data sets; the "
            "standard error is a bootstrap's.", ""]  # fmt: skip
    text += [
        "| K | measured | predicted | n · error, true | predicted | n · error, split | predicted |"
    ]
    text += ["|--:|" + "--:|" * 6]
    points = []
    n = CONTEXTS * EACH
    for k in ALTERNATIVES:
        mine = [row for row in rows if row["alternatives"] == k]
        true, split = (np.concatenate([row[key] for row in mine]) for key in ("true", "split"))
        rng = np.random.default_rng(0)
        drawn = rng.integers(len(true), size=(500, len(true)))
        error = float((true[drawn].mean(axis=1) / split[drawn].mean(axis=1)).std())
        measured, (one, other) = float(true.mean() / split.mean()), predict(k)
        points.append((k, measured, error, one / other))
        claims.append(
            at_most(
                f"K = {k}: efficiency is off the prediction by a share of",
                abs(measured / (one / other) - 1),
                0.05,
            )
        )
        text.append(
            f"| {k} | {measured:.3f} ± {error:.3f} | {one / other:.3f} | {n * true.mean():.2f} | "
            f"{one:.2f} | {n * split.mean():.2f} | {other:.2f} |"
        )
    figure, (axis,) = panels(1, 3.8, 3.2)
    table = np.array(points)
    axis.errorbar(table[:, 0], table[:, 1], table[:, 2], fmt="o", color="#1b6ca8", label="measured")
    axis.plot(table[:, 0], table[:, 3], "x--", color="#d1762c", lw=1, label="Fisher / sandwich")
    axis.set(xlabel="alternatives K", ylabel="error, true / split likelihood", xticks=ALTERNATIVES,
             ylim=(min(0.75, table[:, 1:].min() - 0.05), 1.05))  # fmt: skip
    axis.legend(frameon=False, fontsize=8)
    save(figure, folder / "success.png")
    return conclude(name, folder, seeds, quick, claims, rows=rows, markdown="\n".join(text),
                    caption="efficiency of the true over the split likelihood")  # fmt: skip


SPEC = Direct(title="Rankings of K, whole and split", run=run, seeds=(0, 1))
