"""TD3, SAC, DQN and PPO as Stable-Baselines3 has them, behind the lab's interface."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import stable_baselines3 as sb3
from stable_baselines3.common.noise import NormalActionNoise, VectorizedActionNoise
from stable_baselines3.common.vec_env import VecEnv

from algorithms.baselines.config import (
    DQNConfig,
    PPOConfig,
    SACConfig,
    TD3Config,
)
from algorithms.core.interventions import discrete_networks
from algorithms.core.sb3_learner import SB3Learner, is_continuous
from algorithms.core.targeted import TargetedDQN, TargetedTD3
from algorithms.core.targets import install
from teaching import UserError
from teaching.sb3 import as_vec_env

AnyEnv = gym.Env | gym.vector.VectorEnv | VecEnv


class TD3(SB3Learner):
    """TD3 with Gaussian exploration."""

    def __init__(self, env: AnyEnv, config: TD3Config | None = None, seed: int = 0):
        """`env` has continuous actions."""
        config = config or TD3Config()
        vec_env = _with_actions(as_vec_env(env, seed), "td3", continuous=True)
        width = vec_env.action_space.shape[0]  # type: ignore[index]
        noise: Any = NormalActionNoise(np.zeros(width), np.full(width, config.exploration_noise))
        if vec_env.num_envs > 1:
            noise = VectorizedActionNoise(noise, vec_env.num_envs)
        self.model = TargetedTD3(
            "MlpPolicy",
            vec_env,
            action_noise=noise,
            policy_kwargs={"net_arch": list(config.net_arch)},
            seed=seed,
            **config.sb3_arguments(),
        )
        self.targets = install(self.model, config.target)


class SAC(SB3Learner):
    """SAC."""

    def __init__(self, env: AnyEnv, config: SACConfig | None = None, seed: int = 0):
        """`env` has continuous actions."""
        config = config or SACConfig()
        self.model = sb3.SAC(
            "MlpPolicy",
            _with_actions(as_vec_env(env, seed), "sac", continuous=True),
            policy_kwargs={"net_arch": list(config.net_arch)},
            seed=seed,
            **config.sb3_arguments(),
        )
        self.targets = install(self.model, config.target)


class DQN(SB3Learner):
    """DQN, with the same networks as the discrete learners from interventions."""

    def __init__(self, env: AnyEnv, config: DQNConfig | None = None, seed: int = 0):
        """`env` has discrete actions."""
        config = config or DQNConfig()
        vec_env = _with_actions(as_vec_env(env, seed), "dqn", continuous=False)
        self.model = TargetedDQN(
            "MlpPolicy",
            vec_env,
            exploration_fraction=config.exploration_fraction,
            exploration_initial_eps=config.exploration_initial_eps,
            exploration_final_eps=config.exploration_final_eps,
            target_update_interval=config.target_update_interval,
            seed=seed,
            policy_kwargs=discrete_networks(
                vec_env.observation_space, config.net_arch, config.activation
            ),
            **config.sb3_arguments(),
        )
        self.model.squared = config.loss == "squared"
        self.targets = install(self.model, config.target)


class PPO(SB3Learner):
    """PPO, for either kind of action."""

    def __init__(self, env: AnyEnv, config: PPOConfig | None = None, seed: int = 0):
        """A rollout is `n_steps` steps of each world."""
        config = config or PPOConfig()
        self.model = sb3.PPO(
            "MlpPolicy",
            as_vec_env(env, seed),
            learning_rate=config.learning_rate,
            n_steps=config.n_steps,
            batch_size=config.batch_size,
            n_epochs=config.n_epochs,
            gamma=config.gamma,
            gae_lambda=config.gae_lambda,
            clip_range=config.clip_range,
            ent_coef=config.ent_coef,
            policy_kwargs={"net_arch": list(config.net_arch)},
            seed=seed,
            device="cpu",
        )


def _with_actions(env: VecEnv, name: str, *, continuous: bool) -> VecEnv:
    if is_continuous(env.action_space) != continuous:
        kind = "continuous" if continuous else "discrete"
        other = "td3, sac, ppo" if not continuous else "dqn, ppo"
        raise UserError(
            f"algorithm={name} needs {kind} actions, got {env.action_space}; choose one of {other}"
        )
    return env
