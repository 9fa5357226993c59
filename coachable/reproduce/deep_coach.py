"""Deep COACH balances a pole for somebody who says right or wrong, with parts of it left out.

The human has a quarter of an hour in all. The cart moves in slow motion, two steps a second, for at
the task's own fifty a second nobody could say what was right: half a second of watching a step, and
half a second for each word. The word comes one step late, and the learner knows that.
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

CONDITIONS = {WHOLE: BASE} | {name: [*BASE, *change] for name, change in ABLATIONS.items()}


def claims(rows: Sequence[Row]) -> list[Claim]:
    """What it reaches, what it costs, and what is lost without each part."""
    spent = values(rows, "human_seconds", method="deep_coach", condition=WHOLE).max() / 60
    wrong = mean(rows, "return", condition="delay taken for two steps")
    reached = mean(rows, "return", method="deep_coach", condition=WHOLE)
    return [
        at_least("return of Deep COACH", reached, 475),
        at_most("most human minutes that it took", float(spent), MINUTES),
        at_most("return where the delay of one step is taken for two", wrong, 100),
    ]


SPEC = Spec(
    title="Deep COACH on CartPole, 15 human minutes",
    stages=[grid(["deep_coach"], CONDITIONS)],
    claims=claims,
    experts={WHOLE: BASE},
)
