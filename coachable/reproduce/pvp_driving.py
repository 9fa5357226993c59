"""PVP on the lab's driving task, beside what clones and what learns from reward."""

from __future__ import annotations

from collections.abc import Sequence

from coachable.reproduce.spec import (
    Claim,
    Row,
    Spec,
    at_least,
    at_most,
    cloning_on_equal_human_steps,
    grid,
    mean,
)

CONDITIONS = {"driving": ["experiment=pvp_driving", "human=expert"]}


def claims(rows: Sequence[Row]) -> list[Claim]:
    """PVP against the human alone, against its own last tenth, and against learning from reward."""
    success = mean(rows, "success", method="pvp")
    human = mean(rows, "success", method="human")
    cost = mean(rows, "training_cost", method="pvp")
    cost_of_reward = mean(rows, "training_cost", method="td3")
    return [
        at_least("success of PVP, with 0.9 of the human's own as bound", success, 0.9 * human),
        at_most(
            "the human's share of the last tenth of training with PVP",
            mean(rows, "human_rate_last_tenth", method="pvp"),
            0.05,
        ),
        at_most("training cost of PVP, with a fifth of TD3's as bound", cost, cost_of_reward / 5),
    ]


SPEC = Spec(
    title="PVP on held-out roads",
    stages=[
        grid(["pvp", "pvp_labels_only", "pvp4real", "hg_dagger", "iwr", "td3"], CONDITIONS),
        cloning_on_equal_human_steps(CONDITIONS),
    ],
    claims=claims,
    experts=CONDITIONS,
)
