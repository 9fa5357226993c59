"""Do noise in the execution, and resets to states of interest, make cloning learn from less?

``python -m benchmarks.demonstrations`` clones an expert in slippery gridworlds, one for each
seed, from a few demonstrated steps, and prints success and return on 50 test episodes: the mean
over the seeds and its standard error, and how each way of showing compares with plain
demonstrations of the same number of steps, seed by seed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from coachable import build
from coachable.config import load
from coachable.evaluate import evaluate
from coachable.train import one_thread
from coachable.training import policy_of

SEEDS = 6
STEPS = (200,)
EPISODES = 50
TASK = (
    "env=finite",
    "env.id=grid",
    "env.width=10",
    "env.height=8",
    "env.costly=20",
    "env.slip=0.3",
    "env.horizon=100",
)
LEARNER = (
    "algorithm=bc",
    "algorithm.updates=300",
    "algorithm.net_arch=[64]",
    "algorithm.learning_rate=0.01",
    "algorithm.batch_size=64",
)
RESETS = ("human=demonstrator_resets", "human.horizon=0.5", "human.interest_threshold=0.05")
WAYS: dict[str, tuple[str, ...]] = {
    "plain": ("human=demonstrator",),
    "DART": ("human=demonstrator_dart", "human.execution_noise=0.2"),
    "resets": RESETS,
}


def clone(way: str, steps: int, seed: int) -> tuple[float, float]:
    """Success and return of a policy that was cloned from so many demonstrated steps."""
    settings = (f"env.mdp_seed={seed}", f"seed={seed}", f"total_steps={steps}")
    config = load([*TASK, *LEARNER, *WAYS[way], *settings])
    env, human = build.build_training_env(config)
    assert human is not None
    learner = build.build_learner(config, build.put_beside(env, human, None, config))
    learner.learn(steps)
    test = build.build_test_env(config, EPISODES)
    found = evaluate(policy_of(learner), test, EPISODES)
    return float(found.success.mean()), float(found.returns.mean())


def measure(seeds: int = SEEDS) -> Iterator[tuple[int, int, str, float, float]]:
    """Seed, steps, way, success and return of every run, seed by seed."""
    for seed in range(seeds):
        for steps in STEPS:
            for way in WAYS:
                yield (seed, steps, way, *clone(way, steps, seed))


def main() -> None:
    """Measure and print."""
    one_thread()
    found: dict[tuple[int, str], list[tuple[float, float]]] = {}
    for seed, steps, way, success, returned in measure(int((*sys.argv, SEEDS)[1])):
        found.setdefault((steps, way), []).append((success, returned))
        print(f"  seed {seed}, {steps} steps, {way}: {success:.2f}, {returned:.2f}", flush=True)
    print(f"{'steps':>5}  {'way':15}  {'success':13}  {'return':14}  more success than plain")
    for (steps, way), rows in found.items():
        table = np.array(rows)
        gain = table[:, 0] - np.array(found[steps, "plain"])[:, 0]
        success, returned, more = (_mean(column) for column in (*table.T, gain))
        print(f"{steps:5}  {way:15}  {success:13}  {returned:14}  {more}")


def _mean(values: np.ndarray) -> str:
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return f"{values.mean():.2f} ± {error:.2f}"


if __name__ == "__main__":
    main()
