"""Gymnasium ids to environments, with errors that a user can act on."""

from __future__ import annotations

import warnings
from difflib import get_close_matches
from typing import Any

import gymnasium as gym

from teaching import UserError


def make(env_id: str, **kwargs: Any) -> gym.Env:
    """`gymnasium.make`, where what a user can get wrong becomes one line.

    Args:
        env_id: a registered id, or ``module:id`` to import the module that registers it.
        kwargs: for the environment's constructor, `render_mode` and `max_episode_steps` included.

    Raises:
        UserError: unknown id, missing package, unknown or wrong keyword.

    """
    if kwargs.get("render_mode", "") is None:
        del kwargs["render_mode"]  # not every environment's constructor takes one
    try:
        with warnings.catch_warnings():
            # The id that was asked for is meant: MultiRoom-N4-S5-v0, say, is another task than v1.
            warnings.filterwarnings("ignore", message=".*is out of date.*")
            return gym.make(env_id, disable_env_checker=True, **kwargs)
    except (gym.error.UnregisteredEnv, gym.error.DeprecatedEnv):
        raise UserError(f"env.id: no environment is called {env_id!r}{_suggest(env_id)}") from None
    except (ModuleNotFoundError, gym.error.DependencyNotInstalled) as error:
        raise UserError(f"env.id={env_id} needs a package that is missing: {error}") from None
    except (TypeError, ValueError, gym.error.Error) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"env.id={env_id} cannot be made with {kwargs}: {reason}") from None


def _suggest(env_id: str) -> str:
    name = env_id.rpartition(":")[2]
    lower = {known.lower(): known for known in gym.registry}
    close = get_close_matches(name.lower(), lower, n=3, cutoff=0.6)
    if close:
        return f"; did you mean {', '.join(lower[match] for match in close)}?"
    return "; ids of other packages are written module:id"
