"""Stable-Baselines3's TD3 and DQN, fed by a human who may take over.

A subclass adds its own `train`. TD3 brings a deterministic actor and twin critics, DQN one network
with an output an action; learners that clone use just the actor, or the outputs as logits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from gymnasium import spaces
from stable_baselines3 import DQN, TD3
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.dqn.policies import DQNPolicy
from stable_baselines3.td3.policies import TD3Policy

from algorithms.core.averaging import AveragedDQNPolicy, AveragedTD3Policy
from algorithms.core.buffers import HumanNoviceBuffer
from algorithms.core.config import InterventionConfig
from algorithms.core.features import GridCNN, is_grid
from algorithms.core.mlp import Layer, layers_of
from teaching import UserError
from teaching import info as keys


class _StoresTakeovers(OffPolicyAlgorithm):
    """Stores what was executed beside what the novice proposed, and by whom it was controlled."""

    replay_buffer: HumanNoviceBuffer  # type: ignore[assignment]

    def _store_transition(
        self,
        replay_buffer: Any,
        buffer_action: np.ndarray,
        new_obs: Any,
        reward: np.ndarray,
        dones: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> None:
        assert isinstance(self._last_obs, np.ndarray)
        for world, info in enumerate(infos):
            if keys.TAKEOVER not in info:
                raise UserError(
                    f"{type(self).__name__} learns from interventions, but the environment "
                    "reports none; wrap it with teaching.HumanInTheLoop"
                )
            done = bool(dones[world])
            self.replay_buffer.add(
                takeover=bool(info[keys.TAKEOVER]),
                takeover_start=bool(info[keys.TAKEOVER_START]),
                obs=self._last_obs[world],
                action=self._to_buffer(info[keys.EXECUTED_ACTION]),
                novice_action=self._to_buffer(info[keys.PROPOSED_ACTION]),
                next_obs=info["terminal_observation"] if done else new_obs[world],
                # A time limit ends the episode, not the world: there is a next value.
                done=done and not info.get("TimeLimit.truncated", False),
            )
        self._last_obs = new_obs

    def _to_buffer(self, action: Any) -> np.ndarray:
        if isinstance(self.action_space, spaces.Box):
            return self.policy.scale_action(np.asarray(action, np.float32))
        return np.asarray(action, np.int64)


class InterventionTD3(_StoresTakeovers, TD3):
    """TD3's networks over human and novice transitions, no exploration noise."""

    def __init__(self, env: VecEnv, config: InterventionConfig, seed: int):
        networks: dict[str, Any] = {"net_arch": list(config.net_arch)}
        TD3.__init__(
            self,
            AveragedTD3Policy if config.average else TD3Policy,
            env,
            replay_buffer_class=HumanNoviceBuffer,  # type: ignore[arg-type]
            replay_buffer_kwargs={"seed": seed},
            policy_kwargs={**networks, **_decay(config)},
            seed=seed,
            **config.sb3_arguments(),
        )
        self.config = config


def _decay(config: InterventionConfig) -> dict[str, Any]:
    return {"decay": config.average} if config.average else {}


_ACTIVATIONS = {"tanh": th.nn.Tanh, "relu": th.nn.ReLU}


def discrete_networks(
    observation_space: spaces.Space, net_arch: list[int], activation: str = "tanh"
) -> dict[str, Any]:
    """Policy arguments for DQN: the layers, behind a small CNN where an obs is a grid of cells."""
    layers = _ACTIVATIONS[activation]
    networks: dict[str, Any] = {"net_arch": list(net_arch), "activation_fn": layers}
    if is_grid(observation_space):
        networks["features_extractor_class"] = GridCNN
    return networks


class InterventionDQN(_StoresTakeovers, DQN):
    """DQN's networks over human and novice transitions, greedy from the first step."""

    def __init__(self, env: VecEnv, config: InterventionConfig, seed: int):
        networks = discrete_networks(env.observation_space, config.net_arch)
        DQN.__init__(
            self,
            AveragedDQNPolicy if config.average else DQNPolicy,
            env,
            target_update_interval=1,
            exploration_initial_eps=0.0,
            exploration_final_eps=0.0,
            replay_buffer_class=HumanNoviceBuffer,  # type: ignore[arg-type]
            replay_buffer_kwargs={"seed": seed},
            policy_kwargs={**networks, **_decay(config)},
            seed=seed,
            **config.sb3_arguments(),
        )
        self.config = config


@dataclass(frozen=True)
class TD3Weights:
    """A TD3 policy's networks as layers for `algorithms.core.mlp`, and as flat lists."""

    actor_layers: list[Layer]
    actor_target_layers: list[Layer]
    critic_layers: list[list[Layer]]
    critic_target_layers: list[list[Layer]]
    actor: list[th.Tensor]
    actor_target: list[th.Tensor]
    critic: list[th.Tensor]
    critic_target: list[th.Tensor]

    @classmethod
    def of(cls, policy: TD3Policy) -> TD3Weights:
        """Share the policy's own tensors: what is written here is written there."""
        return cls(
            actor_layers=layers_of(policy.actor.mu),
            actor_target_layers=layers_of(policy.actor_target.mu),
            critic_layers=[layers_of(q) for q in policy.critic.q_networks],
            critic_target_layers=[layers_of(q) for q in policy.critic_target.q_networks],
            actor=list(policy.actor.parameters()),
            actor_target=list(policy.actor_target.parameters()),
            critic=list(policy.critic.parameters()),
            critic_target=list(policy.critic_target.parameters()),
        )
