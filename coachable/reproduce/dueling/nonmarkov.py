"""Rewards on trajectories that no reward of steps can express."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.dueling.draw import panels, save, ticks
from coachable.reproduce.spec import Direct, at_least, at_most

ROUNDS = 600
CHECKS = (25, 50, 100, 200, 400, 600)
CORRIDOR = 3
TASKS = {"t_maze": "T-maze", "random": "random memory"}


def t_maze() -> tuple[Any, ...]:
    """A cue, a corridor, and a junction where the cue says which way is right.

    States: two cues, the corridor, the junction. In the corridor action 1 dawdles, which costs a
    little; at the junction an action is a way. φ(τ) holds one entry for each cue and way, and the
    steps dawdled away; the first four are of the whole trajectory.
    """
    states = 2 + CORRIDOR + 1
    horizon = CORRIDOR + 2
    transition = np.zeros((states, 2, states))
    for s in range(states):
        transition[s, :, 2 if s < 2 else min(s + 1, states - 1)] = 1.0
    initial = np.zeros(states)
    initial[:2] = 0.5
    start = np.zeros(states, np.int64)
    start[1] = 1
    update = np.broadcast_to(np.arange(2)[:, None, None, None], (2, states, 2, states))
    features = np.zeros((horizon, states, 2, 2, 5))
    for m in range(2):
        for a in range(2):
            features[horizon - 1, :, m, a, 2 * m + a] = 1.0
    features[1 : horizon - 1, 2:, :, 1, 4] = 1.0
    w = np.array([3.0, 0.0, 0.0, 3.0, -0.5])
    return transition, initial, start, update, features, w


def random_memory(seed: int) -> tuple[Any, ...]:
    """A random MDP in which visits to state 0 flip a bit, and the reward depends on the bit."""
    rng = np.random.default_rng([seed, 0x3E3])
    states, actions, horizon = 4, 2, 6
    transition = rng.dirichlet(np.full(states, 0.5), (states, actions))
    flips = np.arange(states) == 0
    update = np.zeros((2, states, actions, states), np.int64)
    for m in range(2):
        update[m] = np.where(flips, 1 - m, m)
    start = flips.astype(np.int64)
    features = np.zeros((horizon, states, 2, actions, states * 2 * actions))
    features[:] = np.eye(states * 2 * actions).reshape(states, 2, actions, -1)
    sign = np.array([1.0, -1.0])[:, None]
    # Half of what a step is worth changes its sign with the bit.
    w = rng.normal(size=(states, 1, actions)) + 2.0 * sign * rng.normal(size=(states, 1, actions))
    return transition, np.full(states, 1 / states), start, update, features, w.ravel()


def carry_out(task: str, seed: int, rounds: int) -> dict[str, Any]:
    """One learner with memory, and at each check one without that is given the same answers."""
    from algorithms.dueling.histories import augment
    from algorithms.dueling.preference_model import PreferenceModel
    from algorithms.dueling.problem import Problem
    from coachable.reproduce.dueling.planning import play_planned

    parts = t_maze() if task == "t_maze" else random_memory(seed)
    transition, initial, start, update, features, w = parts
    problem = augment(transition, initial, start, update, features)
    horizon, states, memory, actions = features.shape[:4]
    size = horizon * states * actions
    table = np.eye(size).reshape(horizon, states, actions, size)
    plain = Problem(transition, initial, table, horizon)
    rewards = problem.rewards(w)
    best = problem.best_for(rewards)[1]
    rng = np.random.default_rng([seed, 9])
    chance = np.mean(
        [problem.value(rng.integers(actions, size=(horizon, states * memory)), rewards)
         for _ in range(200)]
    )  # fmt: skip
    played = play_planned(problem, w, "thompson", rounds, seed)
    seen, acted = np.array(played.states) // memory, np.array(played.actions)
    labels = np.array(played.labels)
    steps = np.arange(horizon)
    x = table[steps, seen, acted].sum(axis=2)
    x = x[:, 0] - x[:, 1]
    memoryful = np.array([[problem.embed_path(s, a) for s, a in zip(*pair, strict=True)]
                          for pair in zip(played.states, played.actions, strict=True)])  # fmt: skip
    remembered = memoryful[:, 0] - memoryful[:, 1]
    curve = []
    for check in [c for c in CHECKS if c <= rounds]:
        values = {}
        for name, difference, where in (("memory", remembered, problem), ("markov", x, plain)):
            given = labels[None, :check]
            model = PreferenceModel.of(
                difference[None, :check], np.nan_to_num(given), 1.0 - np.isnan(given)
            )
            policy, _ = where.best(model.w[0])
            if name == "markov":
                policy = np.repeat(policy, memory, axis=1)  # the same whatever is remembered
            values[name] = (problem.value(policy, rewards) - chance) / (best - chance)
        curve.append({"rounds": check, **values})
    # The best that steps can say: the reward of steps nearest to the true one, over trajectories.
    uniform = rng.integers(actions, size=(4000, horizon, states * memory))
    paths = [problem.sample(policy, rng) for policy in uniform]
    counts = np.array([table[steps, s // memory, a].sum(axis=0) for s, a, _ in paths])
    truth = np.array([phi @ w for _, _, phi in paths])
    nearest, *_ = np.linalg.lstsq(counts, truth, rcond=None)
    unexplained = np.var(truth - counts @ nearest) / np.var(truth)
    policy, _ = plain.best(nearest)
    told = (problem.value(np.repeat(policy, memory, axis=1), rewards) - chance) / (best - chance)
    return {"task": task, "seed": seed, "curve": curve, "unexplained": float(unexplained),
            "nearest": float(told)}  # fmt: skip


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Learn with and without memory from the same answers; write result.json and success.png."""
    rounds = 50 if quick else ROUNDS
    places = [(task, seed, rounds) for task in TASKS for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)
    claims, text = [], ["Share of the way from chance (0) to the best policy with memory (1):", ""]
    text += ["| task | with memory | Markov, same answers | Markov reward nearest to the truth "
             "| variance no Markov reward explains |", "|---|--:|--:|--:|--:|"]  # fmt: skip
    figure, axes = panels(2, 4.0, 3.2, sharey=True)
    for (task, label), axis in zip(TASKS.items(), axes, strict=True):
        mine = [row for row in rows if row["task"] == task]
        ends = {k: np.array([row["curve"][-1][k] for row in mine]) for k in ("memory", "markov")}
        lost = np.array([row["unexplained"] for row in mine])
        nearest = np.array([row["nearest"] for row in mine])
        cells = [f"{v.mean():.2f} ± {v.std(ddof=min(1, len(v) - 1)):.2f}"
                 for v in (ends["memory"], ends["markov"], nearest, lost)]  # fmt: skip
        text.append(f"| {label} | " + " | ".join(cells) + " |")
        claims.append(at_least(f"{label}: with memory", ends["memory"].mean(), 0.95))
        claims.append(
            at_least(f"{label}: variance that no Markov reward explains", lost.mean(), 0.1)
        )
        for key, colour, named in (
            ("memory", "#1b6ca8", "with memory"),
            ("markov", "#d1762c", "Markov, same answers"),
        ):
            at = [point["rounds"] for point in mine[0]["curve"]]
            values = np.array([[point[key] for point in row["curve"]] for row in mine])
            axis.plot(at, values.mean(axis=0), color=colour, marker="o", ms=3, label=named)
            spread = values.std(axis=0)
            low, high = values.mean(axis=0) - spread, values.mean(axis=0) + spread
            axis.fill_between(at, low, high, color=colour, alpha=0.18, lw=0)
        axis.set(title=label, xlabel="comparisons", xscale="log")
        ticks(axis, at)
    markov = {t: [r["curve"][-1]["markov"] for r in rows if r["task"] == t] for t in TASKS}
    claims.append(at_most("T-maze: without memory", float(np.mean(markov["t_maze"])), 0.6))
    claims.append(at_most("random memory: without memory", float(np.mean(markov["random"])), 0.85))
    axes[0].set_ylabel("share of the best value")
    axes[1].legend(frameon=False, fontsize=8, loc="lower right")
    save(figure, folder / "success.png")
    caption = "value over comparisons, chance 0 and the best 1, with and without memory"
    return conclude(
        name, folder, seeds, quick, claims, rows=rows, markdown="\n".join(text), caption=caption
    )


SPEC = Direct(title="Rewards that are not of steps", run=run, seeds=tuple(range(10)))
