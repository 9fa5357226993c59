"""What the rule of the target does to PVP, which learns without reward, to DQN and to TD3."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms.target_td.warning import EarlyWarning
from coachable.reproduce.spec import Claim, Row, Run, Spec, at_least, at_most, mean, values

RULES = {
    "own": [],
    "hard": ["rule=hard", "period=200"],
    "polyak": ["rule=polyak", "tau=0.02"],
    "momentum": ["rule=momentum", "period=200", "momentum=0.3"],
    "none": ["rule=none"],
    "kl": ["rule=kl"],
}
"""Method -> of the target. PVP's and TD3's own is Polyak's with τ = .005; DQN's is a hard copy."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A learner in a task.

    Attributes:
        overrides: what makes the two.
        own: its own rule among `RULES`.
        measure: what it is judged by, success or return.
        untaught: what actions at random get of it, from which gains count.

    """

    overrides: Sequence[str]
    own: str
    measure: str
    untaught: float = 0.0


CASES = {
    # Half of pvp_driving.
    "PVP, driving": Case(
        overrides=[
            "experiment=pvp_driving",
            "human=expert",
            "algorithm=pvp",
            "total_steps=15000",
            "eval_every=2500",
            "eval_episodes=50",
        ],
        own="own",
        measure="success",
    ),
    "DQN, CartPole": Case(
        overrides=[
            "env=cartpole",
            "algorithm=dqn",
            "total_steps=20000",
            "algorithm.learning_rate=1e-3",
            "algorithm.batch_size=64",
            "algorithm.learning_starts=500",
            "algorithm.net_arch=[64,64]",
            "algorithm.target_update_interval=200",
            "algorithm.exploration_fraction=0.3",
            "eval_every=2000",
            "eval_episodes=20",
        ],
        own="hard",
        measure="return",
        untaught=24.0,  # ± 1, of 100 episodes
    ),
    "TD3, HalfCheetah": Case(
        overrides=[
            "env=half_cheetah",
            "algorithm=td3",
            "total_steps=15000",
            "algorithm.learning_starts=1000",
            "algorithm.batch_size=128",
            "algorithm.net_arch=[128,128]",
            "algorithm.buffer_size=15000",
            "eval_every=2500",
            "eval_episodes=5",
            "final_episodes=20",
        ],
        own="own",
        measure="return",
        untaught=-274.0,  # ± 10, of 30 episodes
    ),
}
EXTENT = ["final_episodes=100", "checkpoint_every=0", "stability_every=500"]


def runs(seeds: Sequence[int], rows: Sequence[Row]) -> list[Run]:
    """Every rule in every learner, with every seed; the learners are the conditions."""
    return [
        Run(
            rule,
            name,
            seed,
            [*EXTENT, *case.overrides, *(f"algorithm.target.{part}" for part in parts)],
        )
        for seed in seeds
        for name, case in CASES.items()
        for rule, parts in RULES.items()
        if rule != "own" or case.own == "own"
    ]


def stability(result: Mapping[str, Any]) -> dict[str, Any]:
    """Figures of a run's stability.

    Returns:
        fall: how much of the best evaluated return is lost at the end.
        residual_rise: the largest TD error over the first.
        largest_value: root mean square of a batch's values over r_max / (1 − γ), where it was most.
        beyond_at: step of the first reading at which that was above the limit that the monitor
            warns before, None without.

    """
    best = max([point["return"] for point in result["curve"]] + [result["return"]])
    read = {
        key: [math.inf if one[key] is None else one[key] for one in result["stability"]]
        for key in ("bellman_residual", "value_size")
    }
    residuals, sizes = read["bellman_residual"] or [1.0], read["value_size"] or [0.0]
    limit = EarlyWarning().limit
    beyond = (
        one["step"] for one, size in zip(result["stability"], sizes, strict=False) if size > limit
    )
    return {
        "fall": best - result["return"],
        "residual_rise": max(residuals) / residuals[0],
        "largest_value": max(sizes),
        "beyond_at": next(beyond, None),
    }


def claims(rows: Sequence[Row]) -> list[Claim]:
    """That a target network is worth having and keeps errors down, and one's own rule will do."""
    found = []
    for name, case in CASES.items():
        tried = {row["method"] for row in rows if row["condition"] == name}
        gain, rise = {}, {}
        for rule in tried:
            gain[rule] = mean(rows, case.measure, condition=name, method=rule) - case.untaught
            risen = values(rows, "residual_rise", condition=name, method=rule)
            rise[rule] = float(np.median(risen))
        with_one = [rule for rule in RULES if rule in tried - {"none"}]
        own, best = gain[case.own], max(gain.values())
        typical = float(np.mean([gain[rule] for rule in with_one]))
        usual = float(np.median([rise[rule] for rule in with_one]))
        what = case.measure if case.untaught == 0 else f"{case.measure} beyond random actions'"
        if case.measure == "success":
            found.append(at_least(f"{name}: success with its own rule", own, 0.6))
        claim = f"{name}: {what} with its own rule over that with the best"
        found.append(at_least(claim, own / max(best, 1e-9), 0.9))
        claim = f"{name}: {what} with none over that with a target network (mean of the rules)"
        found.append(at_most(claim, gain["none"] / max(typical, 1e-9), 0.9))
        claim = f"{name}: how far TD errors rise with none over how far they do with a target"
        found.append(at_least(claim, rise["none"] / usual, 1.1))
        claim = f"{name}: largest values with a target network over what rewards allow"
        largest = max(
            float(values(rows, "largest_value", condition=name, method=r).max()) for r in with_one
        )
        found.append(at_most(claim, largest, 1.0))
    return found


SPEC = Spec(
    title="Target rules in PVP, DQN and TD3", stages=[runs], claims=claims, further=stability
)
