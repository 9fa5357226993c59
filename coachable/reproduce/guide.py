"""GUIDE in mazes that reward only the goal: ten minutes of a human, and what is left afterwards.

Each seed has five mazes of its own, and a start of its own in every episode; the way to the goal is
longer than one without walls. The human rates for ten minutes how much nearer to the goal each step
brings the agent, .2 s late, and leaves. Training goes on: on what the model of the human says, or
without one. Who learns from the sparse reward alone has the same base with the same settings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coachable.reproduce.spec import Claim, Row, Run, Spec, at_least, at_most, values

MINUTES = 10
LEAVES = 3000
"""Steps of .2 s after which the human has spent ten minutes."""
BASE = ["experiment=guide_maze"]

WHOLE, WITHOUT, ALONE = "GUIDE", "no model of the human", "sparse reward alone"
CONDITIONS = {
    WHOLE: [],
    ALONE: [
        "human.budget_seconds=0",
        "algorithm.human_seconds=0",
        "algorithm.simulate=false",
    ],
    WITHOUT: ["algorithm.simulate=false"],
}


def runs(seeds: Sequence[int], rows: Sequence[Row]) -> list[Run]:
    """Every condition with every seed, and the seed's own mazes."""
    return [
        Run("guide", condition, seed, [*BASE, *changes, f"env.maze_seed={seed}"])
        for seed in seeds
        for condition, changes in CONDITIONS.items()
    ]


def when_the_human_leaves(row: Row) -> float:
    """Success at the first evaluation after that many steps; at the end if there is none."""
    later = [point["success"] for point in row["curve"] if point["step"] >= LEAVES]
    return float(later[0] if later else row["success"])


def claims(rows: Sequence[Row]) -> list[Claim]:
    """What ten minutes are worth, whether it lasts, and how good the model of the human is."""
    ours = [row for row in rows if row["method"] == "guide"]
    end = {name: values(ours, "success", condition=name).mean() for name in CONDITIONS}
    left = {
        name: np.mean([when_the_human_leaves(r) for r in ours if r["condition"] == name])
        for name in CONDITIONS
    }
    taught = [row for row in ours if row["condition"] == WHOLE]
    share = max(row["simulator_error"] / row["mean_error"] for row in taught)
    spent = values(ours, "human_seconds", condition=WHOLE).max() / 60
    return [
        at_least(
            "success when the human leaves, GUIDE minus the sparse reward alone",
            float(left[WHOLE] - left[ALONE]),
            0.3,
        ),
        at_least("… and at the end of training", float(end[WHOLE] - end[ALONE]), 0.3),
        at_least(
            "success of GUIDE at the end minus that when the human leaves",
            float(end[WHOLE] - left[WHOLE]),
            -0.05,
        ),
        at_least(
            "success at the end, GUIDE minus GUIDE without a model of the human",
            float(end[WHOLE] - end[WITHOUT]),
            0.1,
        ),
        at_most("held-out error of the model over that of the mean, worst seed", share, 1.0),
        at_most("most human minutes", float(spent), MINUTES + 0.01),
    ]


SPEC = Spec(
    title="GUIDE in five mazes with a sparse reward, 10 human minutes",
    stages=[runs],
    claims=claims,
    experts={WHOLE: BASE},
)
