"""PVP on LunarLanderContinuous, taught by Gymnasium's heuristic."""

from __future__ import annotations

from collections.abc import Sequence

from coachable.reproduce.spec import Claim, Row, Spec, at_least, at_most, grid, mean, values

CONDITIONS = {"LunarLander": ["experiment=pvp_lander", "human=expert"]}

STEPS = {"pvp4real": ["total_steps=16000"]}


def claims(rows: Sequence[Row]) -> list[Claim]:
    """Success of PVP and its price, and of PVP4Real in fewer steps."""
    human = float(values(rows, "human_steps", method="pvp").max())
    real = mean(rows, "success", method="pvp4real")
    return [
        at_least("success of PVP after 20,000 steps", mean(rows, "success", method="pvp"), 0.9),
        at_most("most human steps that PVP took", human, 6500),
        at_least("success of PVP4Real after 16,000 steps, to two places", round(real, 2), 1.0),
    ]


SPEC = Spec(
    title="PVP on LunarLanderContinuous",
    stages=[grid(["pvp", "pvp4real", "hg_dagger", "iwr"], CONDITIONS, STEPS)],
    claims=claims,
    experts=CONDITIONS,
)
