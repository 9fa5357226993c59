"""Learners with networks who are not told how late their human is, beside those who are told.

Deep COACH and Deep TAMER balance the pole of `deep_coach` and `deep_tamer` in a quarter of an hour,
GUIDE learns the mazes of `guide` until the human leaves after ten minutes. Each is told the truth,
finds it out, or is told something wrong: that the human is not late, or late by a step more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coachable.reproduce.spec import Claim, Row, Run, Spec, at_least, at_most, values

KNOWN, ESTIMATED, NONE, MORE = "known", "estimated", "told of none", "told of a step more"


@dataclass(frozen=True, slots=True)
class Case:
    """A learner with its human.

    Attributes:
        method: the learner.
        base: what to train, told the truth.
        delay: mean delay, in seconds.
        step: seconds a step.
        figure: what it is measured by.
        minutes: most that the human may spend.

    """

    method: str
    base: Sequence[str]
    delay: float
    step: float
    figure: str
    minutes: float

    def told(self) -> dict[str, list[str]]:
        """What the learner is told -> overrides."""
        return {
            KNOWN: [f"algorithm.delay={self.delay}"],
            ESTIMATED: ["algorithm.delay=null"],
            NONE: ["algorithm.delay=0"],
            MORE: [f"algorithm.delay={self.delay + self.step:g}"],
        }


COACH, TAMER = ["experiment=deep_coach_cartpole"], ["experiment=deep_tamer_cartpole"]
GUIDE = ["experiment=guide_maze", "total_steps=3000", "eval_every=0"]

CASES = {
    "Deep COACH, 1 step": Case("deep_coach", COACH, 0.5, 0.5, "return", 15),
    "Deep COACH, 3 steps": Case("deep_coach", [*COACH, "human.delay=1.5"], 1.5, 0.5, "return", 15),
    "Deep TAMER, uniform, 1 step": Case("deep_tamer", TAMER, 0.5, 0.5, "return", 15),
    "GUIDE, 1 step": Case("guide", GUIDE, 0.2, 0.2, "success", 10.01),
}


def runs(seeds: Sequence[int], rows: Sequence[Row]) -> list[Run]:
    """Each learner, told each of the four; GUIDE in mazes of the seed's own."""
    found = []
    for name, case in CASES.items():
        for told, changes in case.told().items():
            for seed in seeds:
                mazes = [f"env.maze_seed={seed}"] if case.method == "guide" else []
                overrides = [*case.base, *changes, *mazes]
                found.append(Run(case.method, f"{name}: {told}", seed, overrides))
    return found


def claims(rows: Sequence[Row]) -> list[Claim]:
    """That to find out is as good as to be told, and to be told wrong is not, on the pole at least.

    What a wrong delay costs GUIDE, whose reward has the task's own part, is in the table alone.
    """
    found = []
    for name, case in CASES.items():
        reached = {
            told: values(rows, case.figure, condition=f"{name}: {told}").mean()
            for told in case.told()
        }
        estimates = values(rows, "delay_estimate", condition=f"{name}: {ESTIMATED}")
        off = float(np.abs(estimates - case.delay).max()) / case.step
        spent = max(
            values(rows, "human_seconds", condition=f"{name}: {told}").max() for told in case.told()
        )
        share = float(reached[ESTIMATED] / max(reached[KNOWN], 1e-9))
        found += [
            at_most(f"{name}: most steps that an estimate is off", off, 1),
            at_least(f"{name}: {case.figure}, estimated over known", share, 0.9),
            at_most(f"{name}: most human minutes", float(spent) / 60, case.minutes),
        ]
        if case.method != "guide":
            wrong = float(min(reached[NONE], reached[MORE]) / max(reached[KNOWN], 1e-9))
            found.append(at_most(f"{name}: return, told the worse wrong over known", wrong, 0.5))
    return found


SPEC = Spec(
    title="Networks that find out how late their human is",
    stages=[runs],
    claims=claims,
)
