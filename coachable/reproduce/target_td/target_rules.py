"""What the rule of the target does to PVP, which learns without reward, to DQN and to TD3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coachable.reproduce.spec import Claim, Row, Run, Spec, Stage, at_least, mean

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
        seeds: how many at most.

    """

    overrides: Sequence[str]
    own: str
    measure: str
    seeds: int = 5


CASES = {
    # A tenth of pvp_driving, where a human is still needed.
    "PVP, driving": Case(
        overrides=[
            "experiment=pvp_driving",
            "human=expert",
            "algorithm=pvp",
            "total_steps=6000",
            "eval_every=2000",
            "eval_episodes=50",
        ],
        own="own",
        measure="success",
    ),
    "DQN, CartPole": Case(
        overrides=[
            "env=cartpole",
            "algorithm=dqn",
            "total_steps=8000",
            "algorithm.learning_rate=1e-3",
            "algorithm.batch_size=64",
            "algorithm.learning_starts=500",
            "algorithm.net_arch=[64,64]",
            "algorithm.target_update_interval=200",
            "algorithm.exploration_fraction=0.3",
            "eval_every=1000",
            "eval_episodes=20",
        ],
        own="hard",
        measure="return",
    ),
    "TD3, InvertedPendulum": Case(
        overrides=[
            "env=inverted_pendulum",
            "algorithm=td3",
            "total_steps=8000",
            "algorithm.learning_starts=500",
            "algorithm.batch_size=64",
            "algorithm.net_arch=[64,64]",
            "algorithm.buffer_size=10000",
            "eval_every=1000",
            "eval_episodes=10",
        ],
        own="own",
        measure="return",
        seeds=3,
    ),
}
EXTENT = ["final_episodes=100", "checkpoint_every=0", "stability_every=500"]


def stage() -> Stage:
    """Every rule in every learner, with every seed; the learners are the conditions."""

    def runs(seeds: Sequence[int], rows: Sequence[Row]) -> list[Run]:
        return [
            Run(
                rule,
                name,
                seed,
                [*case.overrides, *EXTENT, *(f"algorithm.target.{part}" for part in parts)],
            )
            for seed in seeds
            for name, case in CASES.items()
            for rule, parts in RULES.items()
            if seed in seeds[: case.seeds] and (rule != "own" or case.own == "own")
        ]

    return runs


def stability(result: Mapping[str, Any]) -> dict[str, float]:
    """How much of the best evaluated return is lost at the end; how far TD errors rose."""
    best = max([point["return"] for point in result["curve"]] + [result["return"]])
    residuals = [reading["bellman_residual"] for reading in result["stability"]] or [1.0]
    return {"fall": best - result["return"], "residual_rise": max(residuals) / residuals[0]}


def claims(rows: Sequence[Row]) -> list[Claim]:
    """That PVP learns at all in so few steps, and that no rule is much better than the own one."""
    found = []
    for name, case in CASES.items():
        tried = {row["method"] for row in rows if row["condition"] == name}
        by_rule = {r: mean(rows, case.measure, condition=name, method=r) for r in tried}
        own, best = by_rule[case.own], max(by_rule.values())
        if case.measure == "success":
            found.append(at_least(f"{name}: success with its own rule", own, 0.3))
        claim = f"{name}: {case.measure} with its own rule over that with the best"
        found.append(at_least(claim, own / max(best, 1e-9), 0.9))
        claim = f"{name}: {case.measure} with the best target network over that with none"
        others = max(figure for rule, figure in by_rule.items() if rule != "none")
        found.append(at_least(claim, others / max(by_rule["none"], 1e-9), 1.1))
    return found


SPEC = Spec(
    title="Target rules in PVP, DQN and TD3", stages=[stage()], claims=claims, further=stability
)
