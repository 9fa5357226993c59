"""The two trajectories that each world is living, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from teaching import Segments


class Trajectories:
    """Of N worlds, each with a first and a second trajectory of at most H steps.

    Attributes:
        slot: [N], 0 while the first is lived and 1 while the second is.
        step: [N], steps taken in it.

    """

    def __init__(self, worlds: int, horizon: int, width: int):
        """`width` is that of an observation."""
        self.slot = np.zeros(worlds, np.int64)
        self.step = np.zeros(worlds, np.int64)
        self._obs = np.zeros((worlds, 2, horizon, width))
        self._state = np.zeros((worlds, 2, horizon), np.int64)
        self._action = np.zeros((worlds, 2, horizon), np.int64)
        self._length = np.zeros((worlds, 2), np.int64)
        self._start = np.zeros((worlds, 2), np.int64)

    def add(
        self,
        obs: np.ndarray,
        state: np.ndarray,
        action: np.ndarray,
        done: np.ndarray,
        steps: int,
    ) -> np.ndarray:
        """Take in a step of all worlds; the worlds whose second trajectory it ended.

        Args:
            obs: [N, D].
            state: [N].
            action: [N].
            done: [N] bool.
            steps: environment steps taken, over all worlds, this one included.

        """
        rows = np.arange(len(obs))
        place = rows, self.slot, self.step
        self._obs[place], self._state[place], self._action[place] = obs, state, action
        first = self.step == 0
        self._start[rows[first], self.slot[first]] = steps // len(obs) - 1
        self.step = self.step + 1
        self._length[rows[done], self.slot[done]] = self.step[done]
        finished = rows[done & (self.slot == 1)]
        self.slot = np.where(done & (self.slot == 0), 1, self.slot)
        self.step = np.where(done, 0, self.step)
        return finished

    def begin(self, worlds: np.ndarray) -> None:
        """Let those worlds begin a new pair."""
        self.slot[worlds] = 0

    def differences(self, worlds: np.ndarray, features: np.ndarray) -> np.ndarray:
        """[M, d], φ(τ¹) − φ(τ²) of M worlds under features [S, A, d]."""
        counts = np.arange(self._state.shape[2]) < self._length[worlds][..., None]
        table = features[self._state[worlds], self._action[worlds]]  # [M, 2, H, d]
        total = (table * counts[..., None]).sum(axis=2)
        return total[:, 0] - total[:, 1]

    def segments(
        self,
        worlds: np.ndarray,
        ids: np.ndarray,
        dt: float,
        step: int,
        to_env: Callable[[np.ndarray], np.ndarray],
    ) -> Segments:
        """The pairs of M worlds as questions.

        Args:
            worlds: [M].
            ids: [M, 2].
            dt: seconds a step.
            step: environment steps taken in each world.
            to_env: from actions in the learner's form to the environment's.

        """
        action = self._action[worlds]
        return Segments(
            ids=ids,
            obs=self._obs[worlds].astype(np.float32),
            action=to_env(action.ravel()).reshape(action.shape),
            length=self._length[worlds].copy(),
            dt=dt,
            step=np.full(len(worlds), step, np.int64),
            start=self._start[worlds].copy() if len(self.slot) == 1 else None,
        )

    def state_dict(self) -> dict[str, Any]:
        """Everything."""
        return {name.strip("_"): value.copy() for name, value in vars(self).items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        for name in vars(self):
            setattr(self, name, np.array(state[name.strip("_")]))
