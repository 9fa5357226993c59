"""The door for a class of one's own: a human who is not made of this room's parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import gymnasium as gym

from teaching import Human, Oracle, UserError


@dataclass
class OwnConfig:
    """Where the class is, and what it is given.

    Attributes:
        name: key in `simulated_humans.registry.HUMANS`.
        expert: "task" for the task's own expert, "module:function", or a saved policy's path.
        maker: "module:Class", called as Class(oracle, action_space, num_worlds, seed, **settings).
        settings: further arguments.

    """

    name: str = "own"
    expert: str = "task"
    maker: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


def make_own(
    config: OwnConfig, oracle: Oracle, action_space: gym.Space, num_worlds: int, seed: int
) -> Human:
    """Make the human that `config.maker` names.

    Raises:
        UserError: there is no such class, it does not take these arguments, or it is no human.

    """
    module, _, attribute = config.maker.partition(":")
    place = f"human.maker={config.maker}"
    if not module or not attribute:
        raise UserError(f"human.maker must be module:Class, got {config.maker!r}")
    try:
        maker = getattr(import_module(module), attribute)
    except (ImportError, SyntaxError, AttributeError) as error:
        raise UserError(f"{place} cannot be imported: {error}") from None
    try:
        human = maker(oracle, action_space, num_worlds, seed, **config.settings)
    except TypeError as error:
        raise UserError(f"{place} cannot be made: {error}") from None
    if not isinstance(human, Human):
        raise UserError(f"{place} is not a human; subclass teaching.Teacher")
    return human
