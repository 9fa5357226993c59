"""The spaces of a Minari dataset, and what the lab's learners can take of another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from teaching import UserError

if TYPE_CHECKING:
    from coachable.config import RunConfig

Spaces = tuple[gym.Space | None, gym.Space | None]


def task_spaces(config: RunConfig) -> Spaces:
    """Observations and actions of a run's task; None where the task cannot be made here."""
    from coachable.build import build_env

    try:
        env = build_env(config, "train")
    except UserError as error:
        print(f"bounds are those of the numbers' type, not the task's ({error})")
        return None, None
    try:
        return env.observation_space, env.action_space
    finally:
        env.close()


def space_like(values: np.ndarray, task: gym.Space | None) -> gym.Space:
    """The space of recorded values: of their own type, with the task's bounds where it fits.

    Args:
        values: [T, X...] numbers.
        task: the space that they come from, where it is known.

    """
    dtype, shape = values.dtype, values.shape[1:]
    if isinstance(task, gym.spaces.Discrete) and shape == () and dtype.kind in "iu":
        return gym.spaces.Discrete(int(task.n), start=int(task.start))
    if dtype.kind == "b":
        return gym.spaces.MultiBinary(shape) if shape else gym.spaces.Discrete(2)
    fits = isinstance(task, gym.spaces.Box) and task.shape == shape
    if fits and (dtype.kind == "f") == (task.dtype.kind == "f"):  # type: ignore[union-attr]
        low, high = task.low, task.high  # type: ignore[union-attr]
    elif dtype.kind == "f":
        low, high = np.full(shape, -np.inf), np.full(shape, np.inf)
    else:
        low, high = (np.full(shape, end) for end in (np.iinfo(dtype).min, np.iinfo(dtype).max))
    return gym.spaces.Box(low.astype(dtype), high.astype(dtype), shape, dtype.type)


def flat(values: Any, space: gym.Space, what: str) -> np.ndarray:
    """Values as the lab's tasks have them: dictionaries of arrays as one vector, [T, X...].

    Args:
        values: an array, or a dictionary of such, maybe within dictionaries.
        space: theirs.
        what: they are, for the error.

    Raises:
        UserError: there is text, a tuple, or a number that stands for a category among them.

    """
    if isinstance(space, gym.spaces.Dict):
        parts = [_part(values[name], part, what) for name, part in space.spaces.items()]
        return np.concatenate(parts, axis=1)
    if isinstance(values, np.ndarray):
        return values
    raise UserError(f"{what} of {space} are no arrays of numbers, and cannot be learnt from here")


def _part(values: Any, space: gym.Space, what: str) -> np.ndarray:
    if not isinstance(space, gym.spaces.Box | gym.spaces.Dict):
        raise UserError(f"{what} have {space} in a dictionary; this lab joins only Box and Dict")
    array = flat(values, space, what)
    return array.reshape(len(array), -1)
