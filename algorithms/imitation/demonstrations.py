"""Demonstrations that were shown before the first step, as transitions to clone."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium import spaces

from algorithms.core.interventions import InterventionDQN, InterventionTD3
from teaching import Demonstration, UserError


def take_in_demonstrations(model: InterventionTD3 | InterventionDQN, shown: Demonstration) -> None:
    """Put them among the human's steps; where each led is unknown, and cloning does not ask.

    Args:
        model: whose buffer takes them; its spaces say what they must be.
        shown: M of them.

    Raises:
        UserError: they are of another task, or more than the buffer holds.

    """
    human = model.replay_buffer.human
    count = len(shown.action)
    if count > human.capacity:
        raise UserError(
            f"{shown.human} shows {count:,} steps, algorithm.buffer_size is {human.capacity:,}: "
            f"set algorithm.buffer_size={count}"
        )
    _require("observations", shown, shown.obs, model.observation_space)
    _require("actions", shown, shown.action, model.action_space)
    actions = shown.action
    if isinstance(model.action_space, spaces.Box):  # as an executed action is
        actions = np.clip(actions, model.action_space.low, model.action_space.high)
    for obs, action in zip(shown.obs, actions, strict=True):
        human.add(
            obs=obs,
            action=model._to_buffer(action),
            novice_action=model._to_buffer(action),
            next_obs=obs,
            done=False,
            takeover=True,
            takeover_start=False,
        )


def _require(what: str, shown: Demonstration, values: np.ndarray, space: spaces.Space) -> None:
    fits: Any = values.shape[1:] == space.shape and np.isfinite(values).all()
    if fits and isinstance(space, spaces.Discrete):
        whole = values == values.round()
        fits = (whole & (values >= space.start) & (values < space.start + space.n)).all()
    if not fits:
        raise UserError(
            f"{shown.human} shows {what} of shape {values.shape[1:]} from {values.min()} to "
            f"{values.max()}, this task's are {space}; they are of another task"
        )
