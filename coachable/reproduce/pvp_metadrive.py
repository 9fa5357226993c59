"""PVP in MetaDrive with a failure-predicting human, 10,000 steps: published .56 ± .07."""

from __future__ import annotations

from collections.abc import Sequence

from coachable.reproduce.spec import Claim, Row, Spec, at_least, grid, mean

CONDITIONS = {"MetaDrive": ["experiment=pvp_metadrive"]}


def claims(rows: Sequence[Row]) -> list[Claim]:
    """Success of PVP."""
    success = mean(rows, "success", method="pvp")
    return [at_least("success of PVP after 10,000 steps", success, 0.5)]


SPEC = Spec(
    title="PVP in MetaDrive, 10,000 steps",
    stages=[grid(["pvp", "pvp4real", "hg_dagger"], CONDITIONS)],
    claims=claims,
    seeds=(0, 1),
    experts=CONDITIONS,
)
