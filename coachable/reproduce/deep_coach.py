"""Deep COACH balances a pole for somebody who says right or wrong, with parts of it left out.

The human has a quarter of an hour in all. The cart moves in slow motion, two steps a second, for at
the task's own fifty a second nobody could say what was right: half a second of watching a step, and
half a second for each word. The word comes one step late, and the learner knows that.
"""

from __future__ import annotations

from collections.abc import Sequence

from coachable.reproduce.spec import Claim, Row, Spec, at_least, at_most, grid, mean, values

MINUTES = 15
WHOLE = "as published"
BASE = ["experiment=deep_coach_cartpole"]

ABLATIONS = {
    "no importance ratio": ["algorithm.importance_ratio=false"],
    "no ratio, newest windows": ["algorithm.importance_ratio=false", "algorithm.buffer_size=16"],
    "newest windows alone": ["algorithm.buffer_size=16"],
    "no entropy": ["algorithm.entropy=0"],
    "delay taken for none": ["algorithm.delay=0"],
    "delay taken for two steps": ["algorithm.delay=1.0"],
}

CONDITIONS = {WHOLE: BASE} | {name: [*BASE, *change] for name, change in ABLATIONS.items()}


def claims(rows: Sequence[Row]) -> list[Claim]:
    """What it reaches, what it costs, and what is lost without each part."""
    spent = values(rows, "human_seconds", condition=WHOLE).max() / 60
    return [
        at_least("return of Deep COACH", mean(rows, "return", condition=WHOLE), 475),
        at_most("most human minutes that it took", float(spent), MINUTES),
    ]


SPEC = Spec(
    title="Deep COACH on CartPole, 15 human minutes",
    stages=[grid(["deep_coach"], CONDITIONS)],
    claims=claims,
    experts={WHOLE: BASE},
)
