"""Deep COACH balances poles for somebody who judges each push, with parts of it left out.

The human has a quarter of an hour in all. The carts move in slow motion, two steps a second, for at
the tasks' own speed nobody could say what was right: half a second of watching a step, and
half a second for each word. The word comes one step late, and the learner knows that.

CartPole is pushed left or right, and the human says right or wrong. InvertedPendulum is pushed as
hard as the learner likes, and the human says how near that was to the expert's push, or no more
than whether it was near enough. Pendulum, which has to be swung up first, takes an hour.
"""

from __future__ import annotations

from collections.abc import Sequence

from coachable.reproduce.spec import Claim, Row, Spec, at_least, at_most, grid, mean, values

MINUTES = 15
WHOLE = "Deep COACH"
BASE = ["experiment=deep_coach_cartpole"]

ABLATIONS = {
    "delay taken for two steps": ["algorithm.delay=1.0"],
    "no entropy": ["algorithm.entropy=0"],
    "no importance ratio": ["algorithm.importance_ratio=false"],
    "delay taken for none": ["algorithm.delay=0"],
    "published entropy, 1.5": ["algorithm.entropy=1.5"],
    "newest windows alone": ["algorithm.buffer_size=16"],
}

PUSHES = ["experiment=deep_coach_inverted_pendulum"]
NEARNESS, YES_OR_NO = "pushes of any size: how near", "pushes of any size: near or not"
CONTINUOUS = {
    NEARNESS: [],
    YES_OR_NO: ["human.form=action", "human.scale=sign"],
    "pushes of any size: how near, published traces": ["algorithm.trace_decay=0.35"],
    "pushes of any size: how near, no importance ratio": ["algorithm.importance_ratio=false"],
}

SWING = "Pendulum, an hour: how near"
SWUNG = [
    *PUSHES,
    "env=pendulum",
    "total_steps=3600",
    "eval_every=720",
    "human.budget_seconds=3600",
    # Its own step is .05 s, and it is watched at half a second for each as well.
    "human.prices.watch=10",
    "human.delay=0.05",
    "algorithm.delay=0.05",
    # Pushes are to the hilt, so half of the way off is near.
    "human.threshold=0.5",
    "algorithm.std=0.5",
    "algorithm.batch_size=64",
    "algorithm.learning_rate=1e-3",
]

CONDITIONS = (
    {WHOLE: BASE}
    | {name: [*BASE, *change] for name, change in ABLATIONS.items()}
    | {name: [*PUSHES, *change] for name, change in CONTINUOUS.items()}
    | {SWING: SWUNG}
)


def claims(rows: Sequence[Row]) -> list[Claim]:
    """What it reaches, what it costs, and what is lost without each part."""
    ours = {"method": "deep_coach"}
    wrong = mean(rows, "return", condition="delay taken for two steps", **ours)
    reached = mean(rows, "return", condition=WHOLE, **ours)
    nearness = mean(rows, "success", condition=NEARNESS, **ours)
    return [
        at_least("return of Deep COACH", reached, 475),
        at_most("most human minutes that it took", _minutes(rows, WHOLE), MINUTES),
        at_most("return where the delay of one step is taken for two", wrong, 100),
        at_least("pushes of any size, judged by how near they are: success", nearness, 0.9),
        at_most("… most human minutes", _minutes(rows, NEARNESS), MINUTES),
    ]


def _minutes(rows: Sequence[Row], condition: str) -> float:
    spent = values(rows, "human_seconds", method="deep_coach", condition=condition)
    return float(spent.max()) / 60


SPEC = Spec(
    title="Deep COACH on three poles, 15 human minutes, for the last of them 60",
    stages=[grid(["deep_coach"], CONDITIONS)],
    claims=claims,
    experts={WHOLE: BASE, NEARNESS: PUSHES, SWING: SWUNG},
)
