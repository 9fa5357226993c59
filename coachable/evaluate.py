"""How good a policy is on held-out episodes: a fixed set of them, each counted once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

Policy = Callable[[np.ndarray], np.ndarray]
"""[N, O...] -> [N, A...]."""

SEED = 0
"""Of the first test episode, for every run alike: methods meet the same episodes."""

_MOST_WORLDS = 64


def enter(policy: Policy, env: gym.Env | gym.vector.VectorEnv) -> None:
    """Tell a policy that asks for more than observations in which environment it is to act."""
    tell = getattr(policy, "enter", None)
    if tell is not None:
        tell(env)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What happened in n episodes.

    Attributes:
        success: [n] 1.0 or 0.0; NaN where the task does not say.
        returns: [n] sum of the true reward.
        cost: [n] sum of the safety cost.
        length: [n] steps.

    """

    success: np.ndarray
    returns: np.ndarray
    cost: np.ndarray
    length: np.ndarray

    def figures(self) -> dict[str, float | int | None]:
        """Means, and standard errors of those that have them; None where the task does not say."""
        known = not np.isnan(self.success).any()
        return {
            "episodes": len(self.length),
            "success": float(self.success.mean()) if known else None,
            "success_se": _standard_error(self.success) if known else None,
            "return": float(self.returns.mean()),
            "return_se": _standard_error(self.returns),
            "cost": float(self.cost.mean()),
            "cost_se": _standard_error(self.cost),
            "episode_length": float(self.length.mean()),
        }


def evaluate(
    policy: Policy,
    env: gym.Env | gym.vector.VectorEnv,
    episodes: int,
    *,
    seed: int = SEED,
    roads: int | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Run a fixed set of episodes: number k is reset with ``seed + k`` on road ``k % roads``.

    With worlds side by side each world runs one episode of the set at a time and waits for the
    others, so that short episodes do not count more often than long ones.

    Args:
        policy: what to do; it is given a batch, of one for a single environment.
        env: a single environment, or a vector environment that resets in the same step.
        episodes: how many, at least 1.
        seed: of the first episode.
        roads: how many roads the task names by ``options={"road": k}``; None: it does not.
        tick: called after every step.

    """
    enter(policy, env)
    rows: list[tuple[float, float, float, int]] = []
    if isinstance(env, gym.vector.VectorEnv):
        for first in range(0, episodes, env.num_envs):
            numbers = np.arange(first, first + env.num_envs)
            rows += _run_worlds(policy, env, numbers, seed, roads, tick)
    else:
        rows = [_run_one(policy, env, k, seed, roads, tick) for k in range(episodes)]
    success, returns, cost, length = zip(*rows[:episodes], strict=True)
    return Evaluation(
        np.array(success, float), np.array(returns), np.array(cost), np.array(length, np.int64)
    )


def worlds_for(episodes: int) -> int:
    """How many worlds to run side by side for so many episodes: equal shares, at most 64."""
    return math.ceil(episodes / math.ceil(episodes / _MOST_WORLDS))


@contextmanager
def generators_kept() -> Iterator[None]:
    """Leave the global generators, which learners draw from, as they were found."""
    from algorithms.core.state import generator_states, set_generator_states

    states = generator_states()
    try:
        yield
    finally:
        set_generator_states(states)


def _run_one(
    policy: Policy,
    env: gym.Env,
    number: int,
    seed: int,
    roads: int | None,
    tick: Callable[[], None],
) -> tuple[float, float, float, int]:
    options = None if roads is None else {"road": number % roads}
    obs, _ = env.reset(seed=seed + number, options=options)
    total, cost, length = 0.0, 0.0, 0
    while True:
        action = policy(np.asarray(obs)[None])[0]
        obs, reward, terminated, truncated, info = env.step(action)
        total += float(reward)
        cost += float(info.get("cost", 0.0))
        length += 1
        tick()
        if terminated or truncated:
            return float(info.get("is_success", math.nan)), total, cost, length


def _run_worlds(
    policy: Policy,
    env: gym.vector.VectorEnv,
    numbers: np.ndarray,
    seed: int,
    roads: int | None,
    tick: Callable[[], None],
) -> list[tuple[float, float, float, int]]:
    options = None if roads is None else {"road": numbers % roads}
    seeds: Any = [seed + int(k) for k in numbers]
    obs, _ = env.reset(seed=seeds, options=options)
    count = len(numbers)
    running = np.ones(count, bool)
    success = np.full(count, math.nan)
    returns, cost, length = np.zeros(count), np.zeros(count), np.zeros(count, np.int64)
    while running.any():
        obs, rewards, terminated, truncated, info = env.step(policy(np.asarray(obs)))
        done = np.asarray(terminated | truncated)
        # The last step's info stands in final_info; what stands beside it is of the next episode.
        final = info.get("final_info", {})
        returns += np.where(running, rewards, 0.0)
        step_cost = np.where(done, _column(final, "cost", count), _column(info, "cost", count))
        cost += np.where(running, step_cost, 0.0)
        length += running
        ended = running & done
        if "is_success" in final:
            success[ended] = np.asarray(final["is_success"], float)[ended]
        running &= ~done
        tick()
    return list(zip(success, returns, cost, length, strict=True))


def _column(info: dict[str, Any], key: str, count: int) -> np.ndarray:
    return np.asarray(info[key], float) if key in info else np.zeros(count)


def _standard_error(values: np.ndarray) -> float | None:
    if len(values) < 2:
        return None
    return float(values.std(ddof=1) / math.sqrt(len(values)))
