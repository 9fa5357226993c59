"""PVP in MiniGrid (Peng et al. 2023, Figure 6): N4-S5-v0 has six rooms, as in the paper."""

from __future__ import annotations

from collections.abc import Sequence

from coachable.reproduce.spec import Claim, Row, Spec, at_least, at_most, grid, mean, values

TASKS = {
    "MultiRoom-N2-S4": 0.97,
    "MultiRoom-N4-S5": 0.93,
}
"""Task -> the success that PVP is to reach."""

HUMAN_STEPS = 300

CONDITIONS = {
    task: ["experiment=pvp_minigrid", f"env.id=MiniGrid-{task}-v0", "human=expert"]
    for task in TASKS
}


def claims(rows: Sequence[Row]) -> list[Claim]:
    """Success of PVP, what it cost the human, and what reward alone reaches in as many steps."""
    result = []
    for task, bound in TASKS.items():
        success = mean(rows, "success", method="pvp", condition=task)
        human = values(rows, "human_steps", method="pvp", condition=task).max()
        reward = mean(rows, "success", method="dqn", condition=task)
        result += [
            at_least(f"{task}: success of PVP after 2,000 steps", success, bound),
            at_most(f"{task}: most human steps that PVP took", float(human), HUMAN_STEPS),
            at_most(f"{task}: success of DQN with reward in as many steps", reward, 0.1),
        ]
    return result


SPEC = Spec(
    title="PVP in MiniGrid, 2,000 steps",
    stages=[grid(["pvp", "pvp_labels_only", "hg_dagger", "iwr", "dqn"], CONDITIONS)],
    claims=claims,
    experts=CONDITIONS,
)
