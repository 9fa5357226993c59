"""DQN on CartPole with a momentum target and without: the published ablation.

Fellows et al. (2023, Section 7.2, Appendix C.2): CartPole-v0, γ .99, two layers of 32 ReLU, ε .05,
500 updates of the target, each after k = 5 gradient steps, 5 steps of data, batches of 500, a
buffer of 2,500, returns of 5 seeds. The loss is the analysis's, the mean of δ²: with Huber's
nothing is learned at all. What the paper leaves open is Stable-Baselines3's: Adam, and gradients
clipped at a norm of 10. The formula of the momentum is w̄ ← w + μ (w̄ − w̄ before).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.files import make_folder
from coachable.reproduce.direct import kept, present, side_by_side
from coachable.reproduce.spec import Claim, Direct

TARGET_UPDATES, PERIOD, LIMIT = 500, 5, 200
RATES = (1e-3, 5e-4)
RULES: dict[str, dict[str, Any]] = {
    "μ = 0": {"rule": "hard", "period": PERIOD},
    "μ = 0.01": {"rule": "momentum", "period": PERIOD, "momentum": 0.01},
}
WITHOUT, WITH = RULES
READINGS: dict[str, dict[str, int]] = {
    "5 steps a target": {"train_freq": 5, "updates_per_step": PERIOD},
    "5 steps a gradient step": {"train_freq": 5, "updates_per_step": 1},
}
"""What "data gathering steps per update: 5" may count: updates of the target or of the values."""

TESTS = 10
"""Greedy episodes at the end."""


def steps_of(reading: str, targets: int = TARGET_UPDATES) -> int:
    """Environment steps in so many updates of the target."""
    rounds = READINGS[reading]
    return targets * PERIOD // rounds["updates_per_step"] * rounds["train_freq"]


def learner(reading: str, rule: str, rate: float, loss: str, seed: int) -> Any:
    """The lab's DQN with the published settings, before its first step."""
    from algorithms.baselines.agent import DQN
    from algorithms.baselines.config import DQNConfig
    from algorithms.core.config import TargetConfig

    rounds = READINGS[reading]
    config = DQNConfig(
        learning_rate=rate,
        batch_size=500,
        buffer_size=2500,
        learning_starts=0,
        net_arch=[32, 32],
        activation="relu",
        gamma=0.99,
        exploration_initial_eps=0.05,
        exploration_final_eps=0.05,
        loss=loss,
        target=TargetConfig(**RULES[rule]),
        train_freq=rounds["train_freq"],
        updates_per_step=rounds["updates_per_step"],
    )
    return DQN(_task(), config, seed)


def carry_out(
    reading: str, rule: str, rate: float, loss: str, seeds: Sequence[int], targets: int
) -> list[dict[str, Any]]:
    """Train once a seed: returns of the training episodes, and of greedy ones at the end."""
    from coachable.reproduce.target_td.many_dqn import ManyDQN
    from coachable.train import one_thread

    one_thread()
    steps = steps_of(reading, targets)
    many = ManyDQN(lambda seed: learner(reading, rule, rate, loss, seed), seeds)
    many.learn(steps)
    rows = []
    for seed, one, episodes in zip(seeds, many.learners, many.episodes, strict=True):
        returns = greedy_returns(one, [_task() for _ in range(TESTS)])
        late = [r for step, r in episodes if step > 0.8 * steps]
        rows.append(
            {
                "reading": reading,
                "rule": rule,
                "rate": rate,
                "seed": seed,
                "loss": loss,
                "steps": steps,
                "return": float(np.mean(returns)),
                "late": float(np.mean(late)) if late else float(LIMIT),
                "episodes": episodes,
            }
        )
    return rows


def _task() -> Any:
    """CartPole-v0: what is now v1, for 200 steps."""
    import gymnasium as gym

    return gym.make("CartPole-v1", max_episode_steps=LIMIT)


def greedy_returns(learner: Any, envs: Sequence[Any]) -> np.ndarray:
    """One episode in each environment, all asked for at once: the same ones every time."""
    obs = [env.reset(seed=1_000_000 + i)[0] for i, env in enumerate(envs)]
    returns, live = np.zeros(len(envs)), list(range(len(envs)))
    while live:
        actions, _ = learner.predict(np.array([obs[i] for i in live]))
        for i, action in zip(list(live), actions, strict=True):
            obs[i], reward, terminated, truncated, _ = envs[i].step(action)
            returns[i] += reward
            if terminated or truncated:
                live.remove(i)
    return returns


def cell(
    folder: str,
    reading: str,
    rule: str,
    rate: float,
    loss: str,
    seeds: Sequence[int],
    targets: int,
) -> list[dict[str, Any]]:
    """The rows of a cell that was done before, or else of one that is done and kept now."""
    numbers = "_".join(map(str, seeds))
    place = (loss, list(READINGS).index(reading), list(RULES).index(rule), f"{rate:g}", targets)
    name = "__".join(str(part) for part in (*place, numbers)) + ".json"
    path = Path(folder) / "cells" / name
    return kept(path, lambda: carry_out(reading, rule, rate, loss, seeds, targets))


def chosen(rows: Sequence[dict[str, Any]], **where: Any) -> list[dict[str, Any]]:
    """The rows that match, those with the squared loss unless it says otherwise."""
    where = {"loss": "squared", **where}
    return [row for row in rows if all(row[k] == v for k, v in where.items())]


def pooled(rows: Sequence[dict[str, Any]], key: str = "return", **where: Any) -> np.ndarray:
    """One figure a seed."""
    return np.array([row[key] for row in chosen(rows, **where)])


def interval(difference: np.ndarray) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of paired differences."""
    rng = np.random.default_rng(0)
    means = rng.choice(difference, (10_000, len(difference))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def added(rows: Sequence[dict[str, Any]], key: str, **where: Any) -> np.ndarray:
    """What momentum adds, one difference a seed."""
    return pooled(rows, key, rule=WITH, **where) - pooled(rows, key, rule=WITHOUT, **where)


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """That momentum helps in each reading, at each rate, beyond what the seeds make of it."""
    found = []
    for reading, rate in itertools.product(READINGS, RATES):
        low, _ = interval(added(rows, "return", reading=reading, rate=rate))
        claim = f"{reading}, rate {rate:g}: return with momentum less without, low end of 95 %"
        found.append(Claim(claim, low, 0.0, low > 0.0))
    return found


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a reading, learning rate and rule, and what Huber's loss does."""
    lines = [
        f"Return, at most {LIMIT}, of {TESTS} greedy episodes after {TARGET_UPDATES} updates of",
        "the target (mean ± standard deviation over seeds, and how many seeds are below half), of",
        "the last fifth of training, and what momentum adds to either: the mean of paired",
        "differences and its 95 % bootstrap interval.",
        "",
        "| data | learning rate | target | return | below half | in training "
        "| momentum adds | in training |",
        "|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    for reading, rate, rule in itertools.product(READINGS, RATES, RULES):
        where = {"reading": reading, "rate": rate}
        returns, late = (pooled(rows, key, rule=rule, **where) for key in ("return", "late"))
        told = [_difference(added(rows, key, **where)) for key in ("return", "late")]
        if rule == WITHOUT:
            told = ["", ""]
        lines.append(
            f"| {reading} | {rate:g} | {rule} | {_spread(returns)} "
            f"| {(returns < LIMIT / 2).sum()} of {len(returns)} | {_spread(late)} "
            f"| {told[0]} | {told[1]} |"
        )
    huber = chosen(rows, loss="huber")
    returns = np.array([row["return"] for row in huber])
    return "\n".join(
        [
            *lines,
            "",
            f"With Huber's loss in the place of the squared one: {_spread(returns)} in "
            f"{len(huber)} runs.",
        ]
    )


def _spread(figures: np.ndarray) -> str:
    return f"{figures.mean():.0f} ± {figures.std(ddof=1) if len(figures) > 1 else 0:.0f}"


def _difference(figures: np.ndarray) -> str:
    low, high = interval(figures)
    return f"{figures.mean():+.0f} ({low:+.0f} to {high:+.0f})"


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    targets = TARGET_UPDATES // (10 if quick else 1)
    first = next(iter(READINGS))
    cells = [
        (reading, rule, rate, "squared", list(seeds), targets)
        for reading, rate, rule in itertools.product(READINGS, RATES, RULES)
    ]
    cells += [(first, WITHOUT, rate, "huber", list(seeds), targets) for rate in RATES]
    parts = side_by_side(name, cell, [(str(folder), *cell) for cell in cells], jobs)
    rows = [row for part in parts for row in part]
    caption = "return in training over updates of the target; the band is one standard error"
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption)


def curve(episodes: Sequence[Sequence[float]], at: np.ndarray) -> np.ndarray:
    """Mean return of the last five episodes that had ended by each step of `at`."""
    steps = np.array([step for step, _ in episodes])
    returns = np.array([r for _, r in episodes])
    last = np.searchsorted(steps, at, side="right")
    return np.array([returns[max(0, i - 5) : i].mean() if i else np.nan for i in last])


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Learning curves, one panel a reading and learning rate."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 4, figsize=(13, 3.2), sharey=True)
    for axis, (reading, rate) in zip(axes, itertools.product(READINGS, RATES), strict=True):
        for rule, colour in zip(RULES, ("#2f6fb0", "#c8442f"), strict=True):
            runs = chosen(rows, reading=reading, rate=rate, rule=rule)
            steps = runs[0]["steps"]
            at = np.linspace(0.1 * steps, steps, 50)
            targets = at * TARGET_UPDATES / steps_of(reading)
            curves = np.array([curve(r["episodes"], at) for r in runs])
            mean = np.nanmean(curves, axis=0)
            error = np.nanstd(curves, axis=0) / np.sqrt(len(curves))
            axis.plot(targets, mean, color=colour, lw=1.6, label=rule)
            axis.fill_between(targets, mean - error, mean + error, color=colour, alpha=0.2, lw=0)
        axis.set_title(f"{reading}, learning rate {rate:g}", fontsize=9)
        axis.set_xlabel("updates of the target")
        axis.set_ylim(0, LIMIT)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("return, last five episodes")
    axes[0].legend(frameon=False, fontsize=9, loc="upper left")
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(title="A momentum target on CartPole, 20 seeds", run=run, seeds=tuple(range(20)))
