"""What a simulated human costs, beside the bare vector environment that it is put in front of.

64 worlds; each human errs in three ways. A world-step is one step of one world, and its cost is
that of the human alone, its expert replaced by one that costs nothing: the expert belongs to the
task. A comparing human is asked queries, not steps; its ratio is that of a query to a world-step.
Slices of all are interleaved and the median is taken, because a shared machine drifts; processor
time is counted, so that a busy one does not blur the figures.

``python -m benchmarks.humans``
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np

from envs.registry import TASKS
from simulated_humans.comparing import ComparingHuman
from simulated_humans.comparing_config import ComparingConfig
from simulated_humans.config import InterveningConfig
from simulated_humans.evaluating import EvaluatingHuman
from simulated_humans.evaluating_config import EvaluatingConfig
from simulated_humans.intervening import InterveningHuman
from teaching import Oracle, Segments, View

WORLDS, STEPS, REPEATS = 64, 256, 9
QUERIES, ROWS = 64, 25
BOUND = 3.0
"""Microseconds a world-step."""

DELAYED = {"delay": 0.3, "delay_form": "uniform"}
INTERVENING = InterveningConfig(**DELAYED, lapse_rate=0.2, action_noise=0.1)
EVALUATING = EvaluatingConfig(**DELAYED, mistakes=0.1, silence=0.3)
COMPARING = ComparingConfig(rationality=2.0, mistake=0.1, equal=0.1)

Slice = Callable[[], int]
"""Does some work and says how many world-steps, or queries, it was."""


def bare(task: str) -> tuple[gym.vector.VectorEnv, np.ndarray, Slice]:
    """The vector environment, [256, N, A...] actions for it, and stepping through them."""
    family = TASKS[task]
    assert family.make_vec is not None
    env = family.make_vec(family.config(), "train", WORLDS)
    env.action_space.seed(0)
    actions = np.stack([env.action_space.sample() for _ in range(STEPS)])
    env.reset(seed=0)

    def work() -> int:
        for action in actions:
            env.step(action)
        return STEPS * WORLDS

    work()  # compiles, if nothing has yet
    return env, actions, work


def free_expert(space: gym.Space, obs: np.ndarray) -> Oracle:
    """An expert that knows everything at no cost; a reward of 0 for odd rows and 1 for others."""
    n = len(obs)
    action = np.zeros((n, *(space.shape or ())), space.dtype)
    q = np.tile(np.arange(getattr(space, "n", 1), dtype=float), (n, 1))
    return Oracle(
        action=lambda obs: action,
        q_values=(lambda obs: q) if isinstance(space, gym.spaces.Discrete) else None,
        reward=lambda obs, action: np.arange(len(obs)) % 2.0,
    )


def watching(env: gym.vector.VectorEnv, actions: np.ndarray, kind: str) -> Slice:
    """An intervening or an evaluating human who is shown the proposals, in views made before."""
    obs = np.asarray(env.reset(seed=0)[0])
    space = env.single_action_space
    oracle, never = free_expert(space, obs), np.zeros(WORLDS, bool)
    step = np.zeros(WORLDS, np.int64)
    views = [
        View(obs=obs, proposed_action=a, step=step + t, episode_start=never, dt=0.1)
        for t, a in enumerate(actions)
    ]
    answer: Callable[[View], Any]
    if kind == "intervening":
        answer = InterveningHuman(INTERVENING, oracle, space, WORLDS, 0).intervene
    else:
        answer = EvaluatingHuman(EVALUATING, oracle, space, WORLDS, 0).evaluate

    def work() -> int:
        for view in views:
            answer(view)
        return STEPS * WORLDS

    return work


def comparing(env: gym.vector.VectorEnv, actions: np.ndarray) -> Slice:
    """A human who compares pairs of segments of 25 rows, 64 at once."""
    obs = np.asarray(env.reset(seed=0)[0], np.float32)
    shape = (QUERIES, 2, ROWS)
    count = QUERIES * 2 * ROWS
    human = ComparingHuman(
        COMPARING, free_expert(env.single_action_space, obs), env.single_action_space, 1, 0
    )
    pairs = Segments(
        ids=np.arange(QUERIES * 2).reshape(QUERIES, 2),
        obs=np.resize(obs, (count, *obs.shape[1:])).reshape(*shape, *obs.shape[1:]),
        action=np.resize(actions[0], (count, *actions.shape[2:])).reshape(
            *shape, *actions.shape[2:]
        ),
        length=np.full((QUERIES, 2), ROWS),
        dt=0.1,
        step=np.zeros(QUERIES, np.int64),
    )

    def work() -> int:
        for _ in range(16):
            human.prefer(pairs)
        return 16 * QUERIES

    return work


def costs(task: str, repeats: int = REPEATS) -> dict[str, float]:
    """Median microseconds a world-step of the environment ("bare") and of each human."""
    env, actions, stepping = bare(task)
    slices = {
        "bare": stepping,
        "intervening": watching(env, actions, "intervening"),
        "evaluating": watching(env, actions, "evaluating"),
        "comparing": comparing(env, actions),
    }
    env.reset(seed=0)
    times: dict[str, list[float]] = {name: [] for name in slices}
    for repeat in range(repeats + 1):
        for name, work in slices.items():
            start = time.process_time()
            count = work()
            if repeat:  # the first one warms up
                times[name].append((time.process_time() - start) / count * 1e6)
    env.close()
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    print(f"{WORLDS} worlds, µs a world-step (comparing: a query), median of {REPEATS}")
    slow = []
    for task in ("driving", "finite"):
        cost = costs(task)
        print(f"{task:12s} bare {cost['bare']:6.2f}")
        for name in ("intervening", "evaluating", "comparing"):
            ratio = cost[name] / cost["bare"]
            print(f"  {name:12s}    {cost[name]:6.2f}   {ratio:6.2f} × bare")
            if name != "comparing" and cost[name] > BOUND:
                slow.append(f"{name} beside {task}")
    assert not slow, f"more than {BOUND} µs a world-step: {', '.join(slow)}"


if __name__ == "__main__":
    main()
