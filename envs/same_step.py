"""What vector environments that live in arrays and reset in the same step have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from teaching import UserError


def reset_mask(options: Mapping[str, Any], count: int) -> np.ndarray:
    """``options["reset_mask"]`` [N] bool, or every world.

    Raises:
        UserError: a mask for another number of worlds.

    """
    mask = np.asarray(options.get("reset_mask", np.ones(count, bool)), bool)
    if mask.shape != (count,):
        raise UserError(f'options["reset_mask"] must have {count} entries')
    return mask


def world_seeds(seed: int | Sequence[int | None] | None, count: int) -> list[int | None]:
    """One seed a world: an int seeds world i with ``seed + i``, None leaves all as they are.

    Raises:
        UserError: seeds for another number of worlds.

    """
    if seed is None:
        return [None] * count
    if isinstance(seed, int):
        return [seed + i for i in range(count)]
    seeds = list(seed)
    if len(seeds) != count:
        raise UserError(f"{len(seeds)} seeds were given for {count} worlds")
    return seeds


def step_info(
    info: Mapping[str, np.ndarray], obs: np.ndarray, done: np.ndarray, fresh: Mapping[str, Any]
) -> dict[str, Any]:
    """`info` of a step, laid out as by Gymnasium's `SyncVectorEnv` with same-step resets.

    What finished episodes ended with is kept apart from what the others go on with.

    Args:
        info: what the step says of each world, each [N].
        obs: [N, O...] observations before the finished worlds were reset.
        done: [N] bool, where an episode ended.
        fresh: what a reset says of each world, each [N], after the finished worlds were reset.

    """
    count = len(done)
    if not done.any():
        return {**info, **{f"_{name}": np.ones(count, bool) for name in info}}
    final_obs = np.full(count, None, dtype=object)
    for i in np.flatnonzero(done):
        final_obs[i] = obs[i].copy()
    merged: dict[str, Any] = {"final_obs": final_obs, "_final_obs": done.copy()}
    final_info: dict[str, Any] = {}
    for name, value in info.items():
        final_info[name] = np.where(done, value, np.zeros_like(value))
        final_info[f"_{name}"] = done.copy()
        if not done.all():  # Gymnasium leaves out what no world has to say
            merged[name] = np.where(done, np.zeros_like(value), value)
            merged[f"_{name}"] = ~done
    for name, value in fresh.items():
        merged[name], merged[f"_{name}"] = value, np.ones(count, bool)
    return {**merged, "final_info": final_info, "_final_info": done.copy()}
