"""A policy saved by Stable-Baselines3 as an expert, read without unpickling anything.

A ``.zip`` of Stable-Baselines3 holds ``data`` (JSON, in which some values are base64 pickles, left
alone here) and ``policy.pth`` (weights, loaded with ``weights_only=True``). The networks of its
``MlpPolicy`` are rebuilt from the names and shapes of the weights.
"""

from __future__ import annotations

import io
import json
import pickle
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import nn

from teaching import Oracle, UserError

Weights = dict[str, torch.Tensor]
Forward = Callable[[torch.Tensor], torch.Tensor]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    cls.__name__: cls for cls in (nn.ReLU, nn.Tanh, nn.ELU, nn.LeakyReLU, nn.SiLU, nn.GELU)
}
LOG_STD_MIN, LOG_STD_MAX = -20.0, 2.0  # SAC's clip of log sigma
_TANH_EPSILON = 1e-6  # SAC's guard in the log of the tanh's slope


def load(path: Path, obs_space: gym.Space, action_space: gym.Space) -> Oracle:
    """The deterministic policy of a TD3, DDPG, SAC, DQN, PPO or A2C agent, as SB3's `predict`.

    SAC and PPO/A2C also give `log_prob`: the log-density of an action in the task's own units
    (of a discrete action, its log-probability).

    Args:
        path: the ``.zip`` file.
        obs_space: of one world; a Box, flattened as `MlpPolicy` does.
        action_space: of one world; Box or Discrete, to which the policy's actions are scaled.

    Raises:
        UserError: no such file, not a policy of those kinds, or made for other spaces.

    """
    policy = _Policy(path, *_read(path), obs_space=obs_space, action_space=action_space)
    return policy.oracle()


def _read(path: Path) -> tuple[Weights, dict[str, Any]]:
    """The weights, and what `data` says in plain JSON."""
    try:
        with zipfile.ZipFile(path) as archive:
            raw, data = archive.read("policy.pth"), json.loads(archive.read("data"))
        weights = torch.load(io.BytesIO(raw), map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise UserError(f"human.expert: there is no file {path}") from None
    except KeyError:
        raise _refusal(path, "not an agent saved by Stable-Baselines3, or damaged") from None
    except (zipfile.BadZipFile, zlib.error, pickle.UnpicklingError, EOFError):
        raise _refusal(path, "damaged, or no .zip of Stable-Baselines3") from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise _refusal(path, f"it cannot be read ({reason})") from None
    if not isinstance(weights, dict) or not isinstance(data, dict):
        raise _refusal(path, "not a policy saved by Stable-Baselines3")
    return weights, data


class _Policy:
    """The actor of a saved agent: `forward` maps [N, obs] to actions, values or means."""

    def __init__(
        self,
        path: Path,
        weights: Weights,
        data: dict[str, Any],
        *,
        obs_space: gym.Space,
        action_space: gym.Space,
    ):
        self.path, self.weights, self.space = path, weights, action_space
        if not isinstance(obs_space, gym.spaces.Box) or obs_space.dtype == np.uint8:
            raise _refusal(path, f"observations are {obs_space}; a Box of numbers is needed")
        extractor = [key for key in weights if "features_extractor." in key]
        if extractor:
            raise _refusal(path, f"a network other than MlpPolicy ({extractor[0]})")
        self._obs_size = int(np.prod(obs_space.shape))
        self._activation = _activation_name(data)
        self._log_prob: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None
        if "actor.log_std" in weights:
            raise _refusal(path, "a state-dependent exploration policy (use_sde)")
        if "actor.log_std.weight" in weights:
            self._build_sac()
        elif "actor.mu.0.weight" in weights:
            self.forward = self._squashed(self._layers("actor.mu", nn.ReLU))
        elif "q_net.q_net.0.weight" in weights:
            self._build_discrete(self._layers("q_net.q_net", nn.ReLU))
        elif "action_net.weight" in weights:
            self._build_on_policy()
        else:
            raise _refusal(path, "not an MlpPolicy of TD3, DDPG, SAC, DQN, PPO or A2C")

    def oracle(self) -> Oracle:
        """The policy in the form that simulated humans take."""

        def action(obs: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                return self.forward(_flat(obs)).numpy().reshape(len(obs), *self._shape)

        def log_prob(obs: np.ndarray, taken: np.ndarray) -> np.ndarray:
            assert self._log_prob is not None
            with torch.no_grad():
                value = self._log_prob(_flat(obs), torch.as_tensor(np.asarray(taken)))
            return value.double().numpy()

        return Oracle(action=action, log_prob=log_prob if self._log_prob else None)

    @property
    def _shape(self) -> tuple[int, ...]:
        return self.space.shape or ()

    def _build_sac(self) -> None:
        body = self._layers("actor.latent_pi", nn.ReLU, last=True)
        mean, log_std = self._linear("actor.mu"), self._linear("actor.log_std")
        self.forward = self._squashed(nn.Sequential(body, mean))
        low, high = self._bounds()

        def log_prob(obs: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
            hidden = body(obs)
            sigma = log_std(hidden).clamp(LOG_STD_MIN, LOG_STD_MAX).exp()
            scaled = 2.0 * (action.reshape(len(action), -1).float() - low) / (high - low) - 1.0
            edge = torch.finfo(torch.float32).eps
            raw = torch.atanh(scaled.clamp(-1.0 + edge, 1.0 - edge))
            slope = (1.0 - torch.tanh(raw) ** 2 + _TANH_EPSILON) * (high - low) / 2.0
            return (
                torch.distributions.Normal(mean(hidden), sigma).log_prob(raw) - slope.log()
            ).sum(1)

        self._log_prob = log_prob

    def _build_on_policy(self) -> None:
        hidden = self._layers("mlp_extractor.policy_net", nn.Tanh, last=True)
        mean = nn.Sequential(hidden, self._linear("action_net"))
        if isinstance(self.space, gym.spaces.Discrete):
            self._build_discrete(mean)
            start = int(self.space.start)
            self._log_prob = lambda obs, action: (
                mean(obs).log_softmax(1).gather(1, action.reshape(-1, 1).long() - start)[:, 0]
            )
            return
        log_std = self.weights.get("log_std")
        if log_std is None or log_std.ndim != 1:
            raise _refusal(self.path, "not a diagonal Gaussian policy")
        low, high = self._bounds()
        self._expect_sizes(mean, len(low))
        self.forward = lambda obs: mean(obs).clamp(low, high)
        self._log_prob = lambda obs, action: (
            torch.distributions.Normal(mean(obs), log_std.exp())
            .log_prob(action.reshape(len(action), -1).float())
            .sum(1)
        )

    def _build_discrete(self, values: nn.Module) -> None:
        if not isinstance(self.space, gym.spaces.Discrete):
            raise _refusal(self.path, f"made for discrete actions; the task has {self.space}")
        start = int(self.space.start)
        self._expect_sizes(values, int(self.space.n))
        self.forward = lambda obs: values(obs).argmax(1) + start

    def _squashed(self, body: nn.Module) -> Forward:
        """Tanh, then from [-1, 1] to the action space."""
        low, high = self._bounds()
        self._expect_sizes(body, len(low))
        return lambda obs: low + 0.5 * (torch.tanh(body(obs)) + 1.0) * (high - low)

    def _bounds(self) -> tuple[torch.Tensor, torch.Tensor]:
        if not isinstance(self.space, gym.spaces.Box):
            raise _refusal(self.path, f"made for continuous actions; the task has {self.space}")
        low, high = self.space.low.reshape(-1), self.space.high.reshape(-1)
        return torch.as_tensor(low), torch.as_tensor(high)

    def _expect_sizes(self, network: nn.Module, actions: int) -> None:
        linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
        made_for = linear[0].in_features, linear[-1].out_features
        if made_for != (self._obs_size, actions):
            raise _refusal(
                self.path,
                f"made for {made_for[0]} observed numbers and {made_for[1]} actions; "
                f"the task has {self._obs_size} and {actions}",
            )

    def _layers(
        self, prefix: str, activation: type[nn.Module], *, last: bool = False
    ) -> nn.Sequential:
        """The linear layers ``prefix.0``, ``prefix.2`` …, with activations between (and last)."""
        if self._activation is not None:
            activation = ACTIVATIONS.get(self._activation) or self._unknown_activation()
        pattern = re.compile(rf"{re.escape(prefix)}\.(\d+)\.weight")
        indices = sorted(int(m[1]) for key in self.weights if (m := pattern.fullmatch(key)))
        if indices != list(range(0, 2 * len(indices), 2)):
            raise _refusal(self.path, f"layers of {prefix} that are not an MlpPolicy's")
        modules: list[nn.Module] = []
        for index in indices:
            modules += [self._linear(f"{prefix}.{index}"), activation()]
        return nn.Sequential(*(modules if last else modules[:-1]))

    def _linear(self, prefix: str) -> nn.Linear:
        try:
            weight, bias = self.weights[f"{prefix}.weight"], self.weights[f"{prefix}.bias"]
        except KeyError as error:
            raise _refusal(self.path, f"no {error} among its weights") from None
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        layer.load_state_dict({"weight": weight, "bias": bias})
        return layer

    def _unknown_activation(self) -> type[nn.Module]:
        known = ", ".join(ACTIVATIONS)
        raise _refusal(self.path, f"activation {self._activation}; known: {known}")


def _activation_name(data: dict[str, Any]) -> str | None:
    """The class name in ``<class 'torch.nn.modules.activation.ELU'>``, if it is stated."""
    kwargs = data.get("policy_kwargs")
    stated = kwargs.get("activation_fn") if isinstance(kwargs, dict) else None
    match = re.search(r"(\w+)'>", stated) if isinstance(stated, str) else None
    return match[1] if match else None


def _flat(obs: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(np.asarray(obs, dtype=np.float32)).reshape(len(obs), -1)


def _refusal(path: Path, reason: str) -> UserError:
    return UserError(f"human.expert={path} cannot be used: {reason}")
