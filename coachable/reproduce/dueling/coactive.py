"""Coactive learning on the table-top: the mean regret of paths that a human improves a little."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.dueling.draw import COLOURS, panels, save
from coachable.reproduce.spec import Direct, at_most

ROUNDS, START = 50, 10
USERS = ("hurried", "protective", "gentle", "orderly")


HARDEST = "protective"
WITHOUT = {
    "as it is": {},
    "no room": {"room": 0.0},
    "no signs": {"signs": False},
    "neither": {"room": 0.0, "signs": False},
}
"""What a learner of the hardest user is deprived of, with the settings."""


def carry_out(user: str, without: str, seed: int, rounds: int) -> dict[str, Any]:
    """Regret [rounds] of one learner, the cosine of its weights, and human minutes."""
    from algorithms.core.learner import Callback
    from algorithms.dueling.coactive.agent import Coactive
    from algorithms.dueling.coactive.config import CoactiveConfig
    from envs.tabletop.task import TabletopConfig, make, oracle
    from simulated_humans.correcting import CorrectingHuman
    from simulated_humans.correcting_config import CorrectingConfig
    from teaching import HumanInTheLoop

    config = TabletopConfig(user=user)
    task = make(config, "train")
    # Four blends instead of twenty: coarser edits, found five times as fast.
    human = CorrectingHuman(
        CorrectingConfig(blends=4), oracle(task, config), task.action_space, 1, seed
    )
    settings = CoactiveConfig(**WITHOUT[without])  # type: ignore[arg-type]
    learner = Coactive(HumanInTheLoop(task, human), settings, seed=seed)
    total, seconds = [0.0], [0.0]

    class Note(Callback):
        def on_step(self, of: Any, infos: Any, rewards: Any, dones: Any) -> bool:
            seconds[0] += float(infos[0]["human_seconds"])
            if learner.rounds == len(total):
                total.append(learner.regret)
            return learner.rounds < rounds

    learner.learn(10**9, Note())
    truth = task.true_weights
    cosine = learner.w @ truth / (np.linalg.norm(learner.w) * np.linalg.norm(truth))
    return {"user": user, "without": without, "seed": seed, "regret": np.diff(total).tolist(),
            "cosine": float(cosine), "minutes": seconds[0] / 60}  # fmt: skip


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Learn for each user and seed; write result.json and success.png."""
    from algorithms.dueling.coactive.losses import average_slope

    rounds, start = (4, 2) if quick else (ROUNDS, START)
    as_it_is, *rest = WITHOUT
    cells = [(u, as_it_is) for u in USERS] + [(HARDEST, without) for without in rest]
    work = [(*cell, s, rounds) for cell in cells for s in seeds]
    rows = side_by_side(name, carry_out, work, jobs)
    claims = []
    text = [f"Mean regret of a round, mean ± standard deviation over {len(seeds)} seeds; what is "
            "worth 10 is to arrive. The exponent is of the mean regret from round "
            f"{start} to round {rounds}. `room` is time by which a correction may outlast "
            "the path, `signs` is knowing which features nobody wants.", ""]  # fmt: skip
    text += [f"| user | learner | first {start} | all {rounds} | last {start} | exponent "
             "| human minutes |", "|---|---|--:|--:|--:|--:|--:|"]  # fmt: skip
    figure, (axis,) = panels(1)
    at = np.arange(1, rounds + 1)
    slopes = []
    for (user, without), colour in zip(cells, [*COLOURS[1:5], *COLOURS[:3]], strict=True):
        mine = [row for row in rows if (row["user"], row["without"]) == (user, without)]
        regret = np.array([row["regret"] for row in mine])
        slope = np.array([average_slope(r, start) for r in regret])
        parts = (regret[:, :start], regret, regret[:, -start:])
        columns = [_spread(part.mean(axis=1)) for part in parts] + [_spread(slope)]
        columns.append(f"{np.mean([row['minutes'] for row in mine]):.0f}")
        text.append(f"| {user} | {without} | " + " | ".join(columns) + " |")
        mean = np.cumsum(regret, axis=1) / at
        if without != as_it_is:
            continue
        slopes += slope.tolist()
        claims.append(at_most(f"{user}: exponent of the mean regret", float(slope.mean()), -0.45))
        axis.plot(at, mean.mean(axis=0), color=colour, label=user)
        axis.fill_between(at, mean.min(axis=0), mean.max(axis=0), color=colour, alpha=0.15, lw=0)
    claims.append(at_most("largest exponent of any learner", max(slopes), -0.45))
    reference = 20 * np.sqrt(start / at[start - 1 :])
    axis.plot(at[start - 1 :], reference, color="black", lw=0.8, ls=":", label="1/√T")
    axis.set(xscale="log", yscale="log", xlabel="rounds", ylabel="mean regret so far")
    axis.legend(frameon=False, fontsize=8)
    save(figure, folder / "success.png")
    return conclude(name, folder, seeds, quick, claims, rows=rows, markdown="\n".join(text),
                    caption="mean regret over rounds, for each user")  # fmt: skip


def _spread(values: np.ndarray) -> str:
    return f"{values.mean():.2f} ± {values.std(ddof=min(1, len(values) - 1)):.2f}"


SPEC = Direct(title="Coactive learning on the table-top", run=run, seeds=(0, 1, 2, 3, 4))
