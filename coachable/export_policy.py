"""A model of Stable-Baselines3 as arrays that act without it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, FlattenExtractor
from stable_baselines3.common.vec_env import VecNormalize
from torch import nn

from envs.experts.policy import Arrays, spaces_of
from teaching import UserError


def export(model: BaseAlgorithm) -> tuple[dict[str, Any], Arrays]:
    """The deterministic policy, and the width of its Gaussian: the header's share, and the arrays.

    Args:
        model: PPO, SAC, TD3 or DQN with `MlpPolicy`; a `VecNormalize` around its task is read too.

    Raises:
        UserError: spaces or networks that the file has no words for.

    """
    spaces = spaces_of(model.observation_space, model.action_space)
    for name, what in spaces.items():
        if what is None:
            space = getattr(model, f"{name}_space")
            raise UserError(f"no expert's file holds a policy for {name}s in {space}")
    policy: Any = model.policy
    _require_flat(model.observation_space, policy)
    head, body, more = _networks(model)
    layers = [module for module in body if isinstance(module, nn.Linear)]
    arrays: Arrays = dict(more)
    for i, layer in enumerate(layers):
        arrays |= {f"layer.{i}.weight": _array(layer.weight), f"layer.{i}.bias": _array(layer.bias)}
    header: dict[str, Any] = {
        "spaces": spaces,
        "head": head,
        "network": {
            "sizes": [layers[0].in_features, *(layer.out_features for layer in layers)],
            "activation": policy.activation_fn.__name__.lower(),
        },
        "obs_clip": None,
    }
    normaliser = model.get_vec_normalize_env()
    if isinstance(normaliser, VecNormalize) and normaliser.norm_obs:
        statistics: Any = normaliser.obs_rms
        width = np.sqrt(statistics.var + normaliser.epsilon)
        arrays["obs_mean"] = np.asarray(statistics.mean, np.float32).reshape(-1)
        arrays["obs_std"] = np.asarray(width, np.float32).reshape(-1)
        header["obs_clip"] = float(normaliser.clip_obs)
    return header, arrays


def _networks(model: BaseAlgorithm) -> tuple[str, list[nn.Module], Arrays]:
    """What the outputs are, the layers in order, and what stands beside them."""
    policy: Any = model.policy
    kinds = {kind.__name__ for kind in type(model).__mro__}
    if "DQN" in kinds:
        return "values", list(policy.q_net.q_net), {}
    if "TD3" in kinds:
        return "squashed", list(policy.actor.mu), {}
    if "SAC" in kinds:
        actor = policy.actor
        log_std = {
            "log_std.weight": _array(actor.log_std.weight),
            "log_std.bias": _array(actor.log_std.bias),
        }
        return "squashed_gaussian", [*actor.latent_pi, actor.mu], log_std
    layers = [*policy.mlp_extractor.policy_net, policy.action_net]
    if isinstance(model.action_space, gym.spaces.Discrete):
        return "categorical", layers, {}
    return "gaussian", layers, {"log_std": _array(policy.log_std)}


def _require_flat(space: gym.Space, policy: nn.Module) -> None:
    for module in policy.modules():
        if isinstance(module, BaseFeaturesExtractor) and not isinstance(module, FlattenExtractor):
            kind = type(module).__name__
            raise UserError(f"no expert's file holds a {kind}: observations are {space}")


def _array(tensor: Any) -> np.ndarray:
    """A copy: the network goes on learning."""
    return np.array(tensor.detach().cpu().numpy(), np.float32)
