"""Stable-Baselines3's learners as the base of one that hands them a reward of its own."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
import stable_baselines3 as sb3
from stable_baselines3.common.noise import NormalActionNoise, VectorizedActionNoise
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.sb3_learner import is_continuous
from algorithms.core.targeted import TargetedDQN, TargetedTD3
from teaching import UserError

BASES: dict[str, Any] = {"dqn": TargetedDQN, "ppo": sb3.PPO, "td3": TargetedTD3, "sac": sb3.SAC}
"""Further keywords of a base are those of its constructor."""
_OURS = {"self", "policy", "env", "seed", "device", "verbose", "tensorboard_log", "policy_kwargs"}
_NOISE = 0.1
"""Standard deviation of TD3's exploration, in half-ranges."""


def require_actions(env: VecEnv, base: str, others: str = "") -> None:
    """Refuse a base that cannot choose among the actions of `env`.

    Args:
        env: the task.
        base: of `BASES`.
        others: bases for discrete actions beyond these, as they are to be named.

    """
    if base == "ppo":
        return
    continuous = is_continuous(env.action_space)
    if continuous != (base in ("td3", "sac")):
        fit = "td3, sac or ppo" if continuous else f"{others}dqn or ppo"
        raise UserError(
            f"algorithm.base={base} cannot choose among {env.action_space}; choose {fit}"
        )


def build_base(env: VecEnv, base: str, base_settings: Mapping[str, Any], seed: int) -> Any:
    """A base on `env`; one update a step unless the settings say otherwise.

    Args:
        env: what it acts in, with the reward that it is to learn from.
        base: of `BASES`.
        base_settings: keywords of its constructor, and `net_arch`.
        seed: of its weights and draws.

    Raises:
        UserError: settings that the base does not have, or that make none.

    """
    kind = BASES[base]
    settings = dict(base_settings)
    known = sorted(set(inspect.signature(kind.__init__).parameters) - _OURS | {"net_arch"})
    for name in settings:
        if name not in known:
            raise UserError(f"algorithm.base_settings.{name}: {base} has {', '.join(known)}")
    policy: dict[str, Any] = {}
    if base in ("sac", "td3"):
        policy["optimizer_kwargs"] = {"fused": True}  # a seventh off the time of an update
    if "net_arch" in settings:
        policy["net_arch"] = list(settings.pop("net_arch"))
    if base == "td3" and "action_noise" not in settings:
        width = env.action_space.shape[0]  # type: ignore[index]
        noise: Any = NormalActionNoise(np.zeros(width), np.full(width, _NOISE))
        several = env.num_envs > 1
        settings["action_noise"] = VectorizedActionNoise(noise, env.num_envs) if several else noise
    if base != "ppo":
        settings = {"train_freq": 1, "gradient_steps": 1, **settings}
    try:
        return kind("MlpPolicy", env, policy_kwargs=policy, seed=seed, device="cpu", **settings)
    except (TypeError, ValueError, AssertionError) as error:
        told = str(error).strip().split("\n")[0]
        raise UserError(f"algorithm.base_settings do not make a {base}: {told}") from error
