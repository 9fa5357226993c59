"""A finite Markov decision process as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from teaching import UserError

_TOLERANCE = 1e-8
"""How far probabilities may sum from 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FiniteMDP:
    """S states, A actions, and everything that can be said about them.

    The arrays are float64 copies that cannot be written to; change one with `dataclasses.replace`.
    Terminal states stay where they are and pay nothing, so that formulas need no special case.

    Attributes:
        transition: [S, A, S] probability of the next state.
        reward: [S, A] expected reward of an action. Given as [S, A, S], it is split into this
            and `transition_reward`.
        initial: [S] probability of the first state.
        terminal: [S] bool, where an episode ends.
        discount: weight of the next step's value, in [0, 1].
        transition_reward: [S, A, S] reward by next state; None where it does not depend on it.

    Raises:
        UserError: arrays that are no MDP.

    """

    transition: np.ndarray
    reward: np.ndarray
    initial: np.ndarray
    terminal: np.ndarray
    discount: float
    transition_reward: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Copy, check and lock the arrays."""
        transition = _numbers("transition", self.transition)
        if transition.ndim != 3 or transition.shape[0] != transition.shape[2]:
            raise UserError(f"transition must be [S, A, S], got the shape {transition.shape}")
        if 0 in transition.shape:
            raise UserError(f"an MDP needs a state and an action, got {transition.shape}")
        _check_probabilities("transition", transition)
        states = len(transition)
        initial = _numbers("initial", self.initial, (states,))
        _check_probabilities("initial", initial)
        reward, transition_reward = self._rewards(transition)
        terminal = np.array(self.terminal)
        if terminal.shape != (states,) or terminal.dtype != bool:
            raise UserError(
                f"terminal must be bool of the shape ({states},), "
                f"got {terminal.dtype} of {terminal.shape}"
            )
        _check_ends(transition, reward, terminal)
        if not 0.0 <= self.discount <= 1.0:
            raise UserError(f"discount must be from 0 to 1, got {self.discount}")
        arrays = {
            "transition": transition,
            "reward": reward,
            "initial": initial,
            "terminal": terminal,
            "transition_reward": transition_reward,
        }
        for name, array in arrays.items():
            if array is not None:
                array.setflags(write=False)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "discount", float(self.discount))

    def _rewards(self, transition: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return `reward` [S, A], and `transition_reward` [S, A, S] if there is one."""
        by_next = self.transition_reward
        split_here = by_next is None and np.ndim(self.reward) == 3
        if by_next is None and not split_here:
            return _numbers("reward", self.reward, transition.shape[:2]), None
        name = "reward" if split_here else "transition_reward"
        table = _numbers(name, self.reward if split_here else by_next, transition.shape)
        mean = np.einsum("sat,sat->sa", transition, table)
        if split_here:
            return mean, table
        if not np.allclose(_numbers("reward", self.reward, transition.shape[:2]), mean):
            raise UserError(
                "reward is not the mean of transition_reward; "
                "with a new reward, set transition_reward=None"
            )
        return mean, table

    @property
    def num_states(self) -> int:
        """S."""
        return self.transition.shape[0]

    @property
    def num_actions(self) -> int:
        """A."""
        return self.transition.shape[1]


def _numbers(name: str, values: object, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Return a float64 copy of the expected shape."""
    try:
        array = np.array(values, np.float64)
    except (TypeError, ValueError):
        raise UserError(
            f"{name} must be an array of numbers, got {type(values).__name__}"
        ) from None
    if shape is not None and array.shape != shape:
        raise UserError(f"{name} must have the shape {shape}, got {array.shape}")
    if not np.isfinite(array).all():
        where = np.argwhere(~np.isfinite(array))[0].tolist()
        raise UserError(f"{name} must be finite, got {array[tuple(where)]} at {where}")
    return array


def _check_probabilities(name: str, array: np.ndarray) -> None:
    """Refuse what is no distribution over the last axis."""
    if (array < 0).any():
        where = np.argwhere(array < 0)[0].tolist()
        raise UserError(f"{name} must be at least 0, got {array[tuple(where)]} at {where}")
    total = array.sum(axis=-1)
    wrong = np.argwhere(np.abs(total - 1.0) > _TOLERANCE)
    if len(wrong):
        where = wrong[0].tolist()
        place = f"{name}{where}" if where else name
        raise UserError(f"{place} must sum to 1, got {total[tuple(where)]:.9g}")


def _check_ends(transition: np.ndarray, reward: np.ndarray, terminal: np.ndarray) -> None:
    """Refuse terminal states that can be left or that pay."""
    for state in np.flatnonzero(terminal).tolist():
        if (transition[state, :, state] != 1.0).any():
            raise UserError(f"state {state} is terminal: transition[{state}, :, {state}] must be 1")
        if (reward[state] != 0.0).any():
            raise UserError(f"state {state} is terminal: reward[{state}] must be 0; pay on the way")
