"""``coachable evaluate EXPERT.npz``: an expert's file on test episodes, beside random actions."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from coachable.evaluate import Evaluation, Policy, evaluate
from coachable.tables import print_table
from coachable.typed import to_dataclass
from envs.experts.policy import ExpertPolicy, load
from envs.registry import TASKS
from teaching import UserError

_RANDOM_SEED = 0


def evaluate_expert_file(path: str, episodes: int) -> dict[str, Evaluation]:
    """The verb: prints a table.

    Returns:
        The expert's test episodes, and those of random actions.

    Raises:
        UserError: the file is damaged, or its task cannot be made.

    """
    expert = load(path)
    env = _task(expert, path)
    try:
        act = expert.oracle(env.observation_space, env.action_space).action
        found = {
            "the expert": evaluate(act, env, episodes),
            "random actions": evaluate(random_policy(env), env, episodes),
        }
    finally:
        env.close()
    rows = [{"name": name, **evaluation.figures()} for name, evaluation in found.items()]
    header = expert.header
    print_table(rows, title=f"{path} in {header['env']['id']}, {episodes} test episodes")
    spreads = [f"{e.returns.std(ddof=1):.2f}" for e in found.values() if episodes > 1]
    if spreads:
        print(f"standard deviation of the return: {', '.join(spreads)}")
    print(f"made by: {header['command']}")
    return found


def random_policy(env: gym.Env) -> Policy:
    """Actions drawn evenly from the action space."""
    env.action_space.seed(_RANDOM_SEED)
    return lambda obs: np.stack([np.asarray(env.action_space.sample()) for _ in obs])


def _task(expert: ExpertPolicy, path: str) -> gym.Env:
    """The task that the header names, its test episodes."""
    node: Any = expert.header.get("env")
    values: Any = node.get("config") if isinstance(node, dict) else None
    name = values.get("name") if isinstance(values, dict) else None
    if name not in TASKS:
        raise UserError(f"{path}: its header names no task of the lab ({name!r})")
    family = TASKS[name]
    return family.make(to_dataclass(family.config, values, "env", lambda _key: path), "test", None)
