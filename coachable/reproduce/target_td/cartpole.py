"""DQN on CartPole with a momentum target and without: the published ablation.

Fellows et al. (2023): γ .99, two layers of 32 ReLU, ε .05, 500 updates of the target, each after
k = 5 gradient steps and 5 steps of data, batches of 500, a buffer of 2,500. What the paper leaves
open is Stable-Baselines3's: Adam, the Huber loss, gradients clipped at a norm of 10.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.files import make_folder, write_json
from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.spec import Claim, Direct

TARGET_UPDATES, PERIOD = 500, 5
RATES = (1e-3, 5e-4)
RULES: dict[str, dict[str, Any]] = {
    "μ = 0": {"rule": "hard", "period": PERIOD},
    "μ = 0.01": {"rule": "momentum", "period": PERIOD, "momentum": 0.01},
}
WITHOUT, WITH = RULES
TESTS = 10
"""Greedy episodes at the end."""


def carry_out(rule: str, rate: float, seed: int, steps: int) -> dict[str, Any]:
    """Train once: returns of the training episodes, and of greedy ones at the end."""
    import gymnasium as gym

    from algorithms.baselines.agent import DQN
    from algorithms.baselines.config import DQNConfig
    from algorithms.core.config import TargetConfig
    from algorithms.core.learner import Callback
    from coachable.train import one_thread

    one_thread()
    episodes: list[tuple[int, float]] = []

    class Note(Callback):
        def on_step(self, learner: Any, infos: Any, rewards: Any, dones: Any) -> bool:
            if "episode" in infos[0]:
                episodes.append((learner.num_timesteps, float(infos[0]["episode"]["r"])))
            return True

    config = DQNConfig(
        learning_rate=rate,
        batch_size=500,
        buffer_size=2500,
        learning_starts=PERIOD,
        net_arch=[32, 32],
        activation="relu",
        gamma=0.99,
        exploration_initial_eps=0.05,
        exploration_final_eps=0.05,
        target=TargetConfig(**RULES[rule]),
    )
    learner = DQN(gym.make("CartPole-v1"), config, seed)
    learner.learn(steps, Note())
    returns = greedy_returns(learner, [gym.make("CartPole-v1") for _ in range(TESTS)])
    late = [r for step, r in episodes if step > 0.8 * steps]
    return {
        "rule": rule,
        "rate": rate,
        "seed": seed,
        "return": float(np.mean(returns)),
        "late": float(np.mean(late)) if late else float(steps),
        "episodes": episodes,
    }


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


def kept(folder: str, rule: str, rate: float, seed: int, steps: int) -> dict[str, Any]:
    """The row of a run that was done before, or else of one that is done and kept now."""
    name = f"{list(RULES).index(rule)}__{rate:g}__s{seed}__{steps}.json"
    path = Path(folder) / "cells" / name
    if path.is_file():
        return json.loads(path.read_text())
    row = carry_out(rule, rate, seed, steps)
    write_json(make_folder(path.parent) / name, row)
    return row


def pooled(rows: Sequence[dict[str, Any]], rule: str, rate: float) -> np.ndarray:
    """Greedy returns, one a seed."""
    return np.array([r["return"] for r in rows if (r["rule"], r["rate"]) == (rule, rate)])


def interval(difference: np.ndarray) -> tuple[float, float]:
    """95 % bootstrap interval of the mean of paired differences."""
    rng = np.random.default_rng(0)
    means = rng.choice(difference, (10_000, len(difference))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """That momentum helps, at each learning rate, beyond what the seeds make of it."""
    found = []
    for rate in RATES:
        low, _ = interval(pooled(rows, WITH, rate) - pooled(rows, WITHOUT, rate))
        claim = f"learning rate {rate:g}: return with momentum less without, low end of 95 %"
        found.append(Claim(claim, low, 0.0, low > 0.0))
    return found


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a rule and learning rate."""
    lines = [
        f"Return of {TESTS} greedy episodes after {TARGET_UPDATES} updates of the target (mean ±",
        "standard deviation over seeds), of the last fifth of training, and what momentum adds:",
        "the mean of paired differences and its 95 % bootstrap interval.",
        "",
        "| learning rate | target | return | in training | momentum adds |",
        "|--:|---|--:|--:|--:|",
    ]
    for rate, rule in itertools.product(RATES, RULES):
        returns = pooled(rows, rule, rate)
        late = [r["late"] for r in rows if (r["rule"], r["rate"]) == (rule, rate)]
        spread = f"{returns.mean():.0f} ± {returns.std(ddof=1) if len(returns) > 1 else 0:.0f}"
        added = ""
        if rule == WITH:
            difference = returns - pooled(rows, WITHOUT, rate)
            low, high = interval(difference)
            added = f"{difference.mean():+.0f} ({low:+.0f} to {high:+.0f})"
        lines.append(f"| {rate:g} | {rule} | {spread} | {np.mean(late):.0f} | {added} |")
    return "\n".join(lines)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    steps = TARGET_UPDATES * PERIOD // (10 if quick else 1)
    grid = itertools.product([str(folder)], seeds, RATES, RULES)
    places = [(where, rule, rate, seed, steps) for where, seed, rate, rule in grid]
    rows = side_by_side(name, kept, places, jobs)
    text = markdown(rows)
    draw(rows, steps, folder / "success.png")
    print(text)
    return conclude(
        name,
        folder,
        seeds,
        quick,
        claims(rows),
        rows=rows,
        markdown=text,
        caption="return in training over updates of the target; the band is one standard error",
    )


def curve(episodes: Sequence[Sequence[float]], at: np.ndarray) -> np.ndarray:
    """Mean return of the last five episodes that had ended by each step of `at`."""
    steps = np.array([step for step, _ in episodes])
    returns = np.array([r for _, r in episodes])
    last = np.searchsorted(steps, at, side="right")
    return np.array([returns[max(0, i - 5) : i].mean() if i else np.nan for i in last])


def draw(rows: Sequence[dict[str, Any]], steps: int, path: Path) -> None:
    """Learning curves, one panel a learning rate."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    at = np.linspace(0.1 * steps, steps, 50)
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
    for axis, rate in zip(axes, RATES, strict=True):
        for rule, colour in zip(RULES, ("#2f6fb0", "#c8442f"), strict=True):
            curves = np.array(
                [curve(r["episodes"], at) for r in rows if (r["rule"], r["rate"]) == (rule, rate)]
            )
            mean = np.nanmean(curves, axis=0)
            error = np.nanstd(curves, axis=0) / np.sqrt(len(curves))
            axis.plot(at / PERIOD, mean, color=colour, lw=1.6, label=rule)
            axis.fill_between(
                at / PERIOD, mean - error, mean + error, color=colour, alpha=0.2, lw=0
            )
        axis.set_title(f"learning rate {rate:g}", fontsize=10)
        axis.set_xlabel("updates of the target")
        axis.set_ylim(0)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("return, last five episodes")
    axes[0].legend(frameon=False, fontsize=9, loc="upper left")
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(title="A momentum target on CartPole, 20 seeds", run=run, seeds=tuple(range(20)))
