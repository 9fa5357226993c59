"""The single environments behind what a family made: one, or the worlds of a vector of them."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from teaching import UserError


def worlds(env: gym.Env | gym.vector.VectorEnv) -> list[gym.Env]:
    """The environments that live in this process, one a world.

    Raises:
        UserError: the worlds live in arrays or in other processes.

    """
    if isinstance(env, gym.Env):
        return [env]
    inner: Any = env.unwrapped
    if isinstance(inner, gym.vector.SyncVectorEnv):
        return list(inner.envs)
    raise UserError(
        f"{type(inner).__name__} has no single environments to look into; "
        "use one environment, or an expert that needs observations only"
    )
