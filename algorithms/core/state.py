"""Learner state as plain nested dicts: what a checkpoint can hold without pickling."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch as th

from teaching import UserError


def to_plain(value: Any) -> Any:
    """Tensors become arrays, tuples lists, and lists of dicts dicts with number strings as keys."""
    if isinstance(value, th.Tensor):
        return value.detach().cpu().numpy().copy()
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, (Mapping, th.Tensor, np.ndarray)) for item in value):
            return {str(i): to_plain(item) for i, item in enumerate(value)}
        return list(value)
    return value


def module_state(state: Mapping[str, Any]) -> dict[str, th.Tensor]:
    """A module's `state_dict` again, from `to_plain`."""
    return {key: th.as_tensor(np.array(array)) for key, array in state.items()}


def module_state_of(module: th.nn.Module, state: Mapping[str, Any]) -> dict[str, th.Tensor]:
    """The same, for this module.

    Raises:
        UserError: it is of a network of another shape.

    """
    for name, own in module.state_dict().items():
        saved = np.shape(state.get(name, ()))
        if saved != own.shape:
            raise UserError(f"the saved {name} has the shape {saved}: of another task")
    return module_state(state)


def restore(part: object, names: Sequence[str], state: Mapping[str, Any]) -> None:
    """Set the named array attributes to copies of what was saved of them.

    Raises:
        UserError: one has another shape.

    """
    for name in names:
        value = np.array(state[name])
        if value.shape != np.shape(getattr(part, name)):
            raise UserError(f"the saved {name} has the shape {value.shape}: of another task")
        setattr(part, name, value)


def optimizer_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """An optimiser's `state_dict` again, from `to_plain`."""
    per_parameter = {int(i): module_state(slots) for i, slots in state["state"].items()}
    groups = [dict(group) for _, group in sorted(state["param_groups"].items(), key=_by_number)]
    for group in groups:
        if "betas" in group:
            group["betas"] = tuple(group["betas"])
    return {"state": per_parameter, "param_groups": groups}


def _by_number(item: tuple[str, Any]) -> int:
    return int(item[0])


def generator_states() -> dict[str, Any]:
    """The global generators that Stable-Baselines3 draws from: Python's, NumPy's and torch's."""
    version, internal, gauss_next = random.getstate()
    numpy_state: Any = np.random.get_state(legacy=False)  # noqa: NPY002 - SB3 draws from it
    return {
        "python": {"version": version, "internal": list(internal), "gauss_next": gauss_next},
        "numpy": numpy_state,
        "torch": th.get_rng_state().numpy().copy(),
    }


def set_generator_states(state: Mapping[str, Any]) -> None:
    """Restore what `generator_states` returned."""
    python = state["python"]
    random.setstate((python["version"], tuple(python["internal"]), python["gauss_next"]))
    np.random.set_state(state["numpy"])  # noqa: NPY002 - SB3 draws from it
    th.set_rng_state(th.as_tensor(np.array(state["torch"])))
