"""What the rule of the target does to PVP, which learns without reward, and to DQN."""

from __future__ import annotations

from collections.abc import Sequence

from coachable.reproduce.spec import Claim, Row, Run, Spec, Stage, at_least, mean

RULES = {
    "own": [],
    "hard, k = 200": ["rule=hard", "period=200"],
    "Polyak, τ = 0.05": ["rule=polyak", "tau=0.05"],
    "momentum, k = 200, μ = 0.3": ["rule=momentum", "period=200", "momentum=0.3"],
    "none": ["rule=none"],
    "KL": ["rule=kl"],
}
DRIVING = ["experiment=pvp_driving", "human=expert", "total_steps=10000", "algorithm=pvp"]
"""A fifth of `pvp_driving`: where a human is still needed."""

CARTPOLE = [
    "env=cartpole",
    "algorithm=dqn",
    "total_steps=10000",
    "algorithm.learning_rate=1e-3",
    "algorithm.batch_size=64",
    "algorithm.learning_starts=500",
    "algorithm.net_arch=[64,64]",
    "algorithm.target_update_interval=200",
    "algorithm.exploration_fraction=0.3",
]
TASKS = {"pvp": ("driving", DRIVING), "dqn": ("cartpole", CARTPOLE)}
EXTENT = ["eval_every=2500", "eval_episodes=50", "final_episodes=100", "checkpoint_every=0"]
WATCHED = ["stability_every=500"]


def stage() -> Stage:
    """Every rule in both learners, with every seed; each is a condition of its own."""

    def runs(seeds: Sequence[int], rows: Sequence[Row]) -> list[Run]:
        return [
            Run(
                method,
                f"{task}: {name}",
                seed,
                [*base, *EXTENT, *WATCHED, *(f"algorithm.target.{part}" for part in rule)],
            )
            for seed in seeds
            for method, (task, base) in TASKS.items()
            for name, rule in RULES.items()
        ]

    return runs


def claims(rows: Sequence[Row]) -> list[Claim]:
    """That PVP learns at all in so few steps, and that no rule is much better than the own one."""
    found = []
    for method, (task, _) in TASKS.items():
        by_rule = {
            name: mean(rows, "success", method=method, condition=f"{task}: {name}")
            for name in RULES
        }
        if method == "pvp":
            found.append(at_least("success of PVP with its own rule", by_rule["own"], 0.4))
        claim = f"{method} on {task}: success with its own rule less that with the best"
        found.append(at_least(claim, by_rule["own"] - max(by_rule.values()), -0.1))
    return found


SPEC = Spec(title="Target rules in PVP and DQN", stages=[stage()], claims=claims)
