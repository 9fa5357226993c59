"""What a learner that does not know how late its human is keeps of what happened and was said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from algorithms.core.delay_evidence import Heard

CAPACITY = 1500
"""Steps of each world that are kept."""


class Recalled(NamedTuple):
    """What was on show when something was said to W worlds, K steps back, the present one first.

    Shapes: worlds [W]; obs [W, K, D]; action [W, K] or [W, K, A]; duration [W, K] seconds, 0 where
    there was no step; own [W, K] bool, the learner's doing; feedback [W].
    """

    worlds: np.ndarray
    obs: np.ndarray
    action: np.ndarray
    duration: np.ndarray
    own: np.ndarray
    feedback: np.ndarray


class Memory:
    """The last steps of N worlds, and what was said in each.

    Args:
        worlds: N.
        num_features: D.
        dt: seconds a step.
        action_shape: () where actions are numbers, (A,) where they are half-ranges.

    """

    _rows = ("_obs", "_action", "_ages", "_value", "_own")

    def __init__(self, worlds: int, num_features: int, dt: float, action_shape: tuple[int, ...]):
        self._dt = dt
        self._age = np.zeros(worlds, np.int64)
        self._count = 0
        self._obs = np.zeros((CAPACITY, worlds, num_features), np.float32)
        kind = np.float64 if action_shape else np.int64
        self._action = np.zeros((CAPACITY, worlds, *action_shape), kind)
        self._ages = np.zeros((CAPACITY, worlds), np.int64)
        self._value = np.zeros((CAPACITY, worlds))
        self._own = np.zeros((CAPACITY, worlds), bool)

    def __len__(self) -> int:
        """Steps of each world that are in it."""
        return self._count

    def add(
        self,
        obs: np.ndarray,
        action: np.ndarray,
        feedback: np.ndarray,
        own: np.ndarray | None,
    ) -> None:
        """Keep a step of all worlds; see `DelayEstimator.take_in`."""
        if self._count == CAPACITY:
            self._drop(CAPACITY // 2)
        row = self._count
        self._obs[row], self._action[row] = obs, action
        self._ages[row], self._value[row] = self._age, feedback
        self._own[row] = True if own is None else own
        self._count += 1

    def go_on(self, done: np.ndarray) -> None:
        """Begin another episode where one has ended. [N] bool."""
        self._age = np.where(done, 0, self._age + 1)

    def heard(self, worlds: np.ndarray, most: int, farthest: int) -> tuple[Heard, float]:
        """What was said in these worlds, and in what share of their steps something was.

        Args:
            worlds: which.
            most: signals, the latest.
            farthest: steps that a signal may be about, the present one included.

        """
        rows = self._count
        value = self._value[:rows, worlds].T.ravel()
        age = self._ages[:rows, worlds].T.ravel()
        row = np.tile(np.arange(rows), len(worlds))
        # What began before the rows that are kept cannot be matched.
        at = np.flatnonzero(~np.isnan(value) & (age <= row))
        latest = at[np.argsort(row[at], kind="stable")][-most:]
        # Only steps that a signal may be about matter.
        first = max(int(row[latest].min(initial=rows)) - farthest, 0)
        kept = np.flatnonzero(row >= first)
        silent = np.isnan(value)
        heard = Heard(
            obs=self._obs[:rows, worlds].swapaxes(0, 1).reshape(len(row), -1)[kept].astype(float),
            action=self._action[:rows, worlds]
            .swapaxes(0, 1)
            .reshape(len(row), *self._action.shape[2:])[kept],
            at=np.searchsorted(kept, latest),
            age=np.minimum(age[latest], row[latest] - first),
            value=value[latest],
            said=np.bincount(age[~silent], minlength=age.max() + 1),
            silent=np.bincount(age[silent], minlength=age.max() + 1),
        )
        return heard, float((~silent).mean())

    def recall(self, worlds: np.ndarray, steps: int) -> Iterator[Recalled]:
        """What was said in these worlds, oldest first, with so many steps up to it."""
        back = np.arange(steps)
        for row in range(self._count if len(worlds) else 0):
            told = worlds[~np.isnan(self._value[row, worlds])]
            if not len(told):
                continue
            there = back <= np.minimum(self._ages[row, told], row)[:, None]
            rows = np.maximum(row - back, 0), told[:, None]
            yield Recalled(
                told,
                self._obs[rows].astype(np.float64),
                self._action[rows],
                there * self._dt,
                there & self._own[rows],
                self._value[row, told],
            )

    def state_dict(self) -> dict[str, Any]:
        """Only the rows in use."""
        rows = {name: getattr(self, name)[: self._count].copy() for name in self._rows}
        return {"_age": self._age.copy(), **rows}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._age = np.array(state["_age"])
        self._count = len(state["_value"])
        for name in self._rows:
            getattr(self, name)[: self._count] = state[name]

    def _drop(self, rows: int) -> None:
        kept = self._count - rows
        for name in self._rows:
            array = getattr(self, name)
            array[:kept] = array[rows : self._count].copy()
        self._count = kept
