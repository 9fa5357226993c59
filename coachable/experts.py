"""``human.expert`` to an oracle: the task's own, a user's function, or a stored policy."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from envs.experts import policy, shipped
from envs.gymnasium_id import GymnasiumConfig
from envs.task import TaskFamily
from envs.worlds import worlds
from teaching import Oracle, UserError

Env = gym.Env | gym.vector.VectorEnv

EXPERTS = Path("runs/experts")
"""Where ``coachable train-expert`` puts what it makes, from the folder where one is."""


def resolve(expert: str, env: Env, family: TaskFamily, config: Any) -> Oracle:
    """The expert that a simulated human teaches from.

    Args:
        expert: ``task`` for the family's own, and where there is none for the one that
            ``coachable train-expert`` left in ``runs/experts``; ``module:function`` for a function
            of one observation, ``f(obs)``, or of an environment and one observation,
            ``f(env, obs)``; or the path of an expert's file (``.npz``), or of a policy saved by
            Stable-Baselines3 (``.zip``).
        env: the environment or vector environment that the human will watch.
        family: where the task comes from.
        config: the task's settings.

    Raises:
        UserError: there is no such expert, or it does not fit the task.

    """
    if expert == "task":
        oracle = family.oracle(env, config) if family.oracle else None
        oracle = oracle or _trained_here(env, family, config)
        if oracle is None:
            raise UserError(_none(family, config))
        return oracle
    if expert.endswith(".npz"):
        return policy.load(expert).oracle(*_spaces(env))
    if expert.endswith(".zip"):
        from coachable.saved_policy import load

        return load(Path(expert), *_spaces(env))
    if ":" not in expert:
        raise UserError(
            f"human.expert={expert!r} is none of: task, module:function, "
            "a path ending in .npz or .zip"
        )
    return from_function(_find(expert), env, expert)


def _trained_here(env: Env, family: TaskFamily, config: Any) -> Oracle | None:
    """The expert in ``runs/experts`` for a Gymnasium id, if it was made with the same arguments."""
    if not isinstance(config, GymnasiumConfig):
        return None
    found = shipped.find(config.id, config.kwargs, EXPERTS)
    return found.oracle(*_spaces(env)) if found else None


def _none(family: TaskFamily, config: Any) -> str:
    if not isinstance(config, GymnasiumConfig):
        return (
            f"env={family.name} has no expert of its own; "
            "set human.expert=module:function or the path of a stored policy (.npz or .zip)"
        )
    made = "".join(f" env.kwargs.{key}={value}" for key, value in config.kwargs.items())
    what = f"{config.id} with{made}" if made else config.id
    return (
        f"no expert is shipped for {what}; make one with: "
        f"coachable train-expert env=gymnasium env.id={config.id}{made} "
        "(or set human.expert=module:function)"
    )


def from_function(function: Callable[..., Any], env: Env, name: str) -> Oracle:
    """Wrap ``f(obs) -> action`` or ``f(env, obs) -> action``, which knows one world at a time.

    The actions are checked as they come: a wrong shape, NaN or an unknown discrete action is a
    `UserError`; what lies outside a Box is clipped to it.
    """
    space = _spaces(env)[1]
    takes = _number_of_arguments(function, name)
    if takes == 1:
        calls: list[Callable[[np.ndarray], Any]] | None = None
    else:
        calls = [_bind(function, world) for world in worlds(env)]

    def action(obs: np.ndarray) -> np.ndarray:
        """[N, O...] -> [N, A...]."""
        each = calls if calls is not None else [function] * len(obs)
        return np.stack(
            [checked(call(row), space, name) for call, row in zip(each, obs, strict=True)]
        )

    return Oracle(action=action)


def checked(action: Any, space: gym.Space, name: str) -> np.ndarray:
    """One action as an array of the space's shape and type.

    Raises:
        UserError: wrong shape or type, NaN or infinite, or a discrete action that does not exist.

    """
    try:
        value = np.asarray(action, dtype=np.float64)
    except (TypeError, ValueError):
        raise UserError(f"human.expert={name} gave {action!r}; {space} was expected") from None
    if isinstance(space, gym.spaces.Discrete) and value.size == 1:
        value = value.reshape(())
    if value.shape != space.shape:
        raise UserError(
            f"human.expert={name} gave an action of shape {value.shape}; {space.shape} was expected"
        )
    if not np.isfinite(value).all():
        raise UserError(f"human.expert={name} gave an action that is not finite: {action}")
    if isinstance(space, gym.spaces.Box):
        return np.clip(value, space.low, space.high).astype(space.dtype)
    whole = value.astype(np.int64)
    if whole != value or not space.contains(whole[()]):
        raise UserError(f"human.expert={name} gave action {action}, which is not in {space}")
    return whole


def _find(expert: str) -> Callable[..., Any]:
    module_name, _, attribute = expert.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # last: a folder of the user's may have the name of one of ours
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or module_name
        raise UserError(
            f"human.expert={expert}: there is no module {missing!r} here or among the "
            "installed packages"
        ) from None
    except (ImportError, SyntaxError, ValueError) as error:
        raise UserError(f"human.expert={expert} cannot be imported: {error}") from None
    function = getattr(module, attribute, None)
    if not callable(function):
        raise UserError(f"human.expert={expert}: {module_name} has no function {attribute!r}")
    return function


def _bind(function: Callable[..., Any], env: gym.Env) -> Callable[[np.ndarray], Any]:
    return lambda obs: function(env, obs)


def _number_of_arguments(function: Callable[..., Any], name: str) -> int:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if len(needed) not in (1, 2) or any(p.kind not in positional for p in needed):
        raise UserError(f"human.expert={name} must be f(obs) or f(env, obs)")
    return len(needed)


def _spaces(env: Env) -> tuple[gym.Space, gym.Space]:
    if isinstance(env, gym.vector.VectorEnv):
        return env.single_observation_space, env.single_action_space
    return env.observation_space, env.action_space
