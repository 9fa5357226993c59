"""World-steps a second of `coachable/Driving-v0`, and of highway-env where it is installed.

Processor time is counted, not wall time, so that a busy machine does not blur the figures.

``python -m benchmarks.driving``
"""

from __future__ import annotations

import importlib.util
import time

import gymnasium as gym
import numpy as np

from envs.driving.task import DRIVING, DrivingConfig

SECONDS = 2.0
PEER = "highway-fast-v0"


def vector_rate(worlds: int) -> float:
    """World-steps/s through the vector environment under small random actions."""
    env = DRIVING.make_vec(DrivingConfig(), "train", worlds)
    actions = np.random.default_rng(0).uniform(-0.2, 0.2, (256, worlds, 2))
    actions[..., 1] += 0.3
    env.reset(seed=0)
    env.step(actions[0])  # compiles, if nothing has yet
    steps, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        env.step(actions[steps % 256])
        steps += 1
    return steps * worlds / (time.process_time() - start)


def single_rate(env: gym.Env) -> float:
    """Steps/s through Gymnasium's API, resets included."""
    env.reset(seed=0)
    env.action_space.seed(0)
    env.step(env.action_space.sample())
    steps, start = 0, time.process_time()
    while time.process_time() - start < SECONDS:
        action = env.action_space.sample()
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            env.reset()
        steps += 1
    return steps / (time.process_time() - start)


def oracle_cost(worlds: int) -> tuple[float, float]:
    """Microseconds a world of the driver's action and of its 3 s risk."""
    config = DrivingConfig()
    env = DRIVING.make_vec(config, "train", worlds)
    oracle = DRIVING.oracle(env, config)
    obs, _ = env.reset(seed=0)
    for _ in range(50):
        obs, *_ = env.step(oracle.action(obs))
    actions = oracle.action(obs)
    costs = []
    for call in (lambda: oracle.action(obs), lambda: oracle.risk(obs, actions, 3.0)):
        call()
        count, start = 0, time.process_time()
        while time.process_time() - start < SECONDS / 2:
            call()
            count += 1
        costs.append((time.process_time() - start) / count / worlds * 1e6)
    return costs[0], costs[1]


def main() -> None:
    single = single_rate(DRIVING.make(DrivingConfig(), "train", None))
    print(f"single environment     {single:12,.0f} steps/s")
    for worlds in (1, 8, 64):
        print(f"vector, N = {worlds:2d}         {vector_rate(worlds):12,.0f} world-steps/s")
    action, risk = oracle_cost(64)
    print(f"driver {action:.1f} us, risk over 3 s {risk:.1f} us a world (N = 64)")
    if importlib.util.find_spec("highway_env") is None:
        print("highway-env is not installed; no ratio")
        return
    import highway_env  # noqa: F401  # registers its ids

    peer = single_rate(gym.make(PEER))
    print(f"{PEER}        {peer:12,.0f} steps/s")
    print(f"one world of ours is {single / peer:,.0f} times faster")


if __name__ == "__main__":
    main()
