"""Windows of experience: what just happened in each world, and what is kept for replay."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch as th

from algorithms.core.actions import HalfRanges, Numbers


class Batch(NamedTuple):
    """m windows of L steps, the step that the feedback is about last.

    Shapes: obs [m, L, D]; action [m, L] int64 or [m, L, A]; log_prob [m, L], of the policy that
    acted; own [m, L], 1 for a step of the learner's, 0 for none or the human's; feedback [m].
    """

    obs: th.Tensor
    action: th.Tensor
    log_prob: th.Tensor
    own: th.Tensor
    feedback: th.Tensor


def _columns(rows: int, steps: int, num_features: int, form: Numbers | HalfRanges) -> dict:
    action_dtype = np.int64 if isinstance(form, Numbers) else np.float32
    return {
        "obs": np.zeros((rows, steps, num_features), np.float32),
        "action": np.zeros((rows, steps, *form.shape), action_dtype),
        "log_prob": np.zeros((rows, steps), np.float32),
        "own": np.zeros((rows, steps), np.float32),
    }


class Recent:
    """The last L + d steps of each of N worlds, the present one last; they end with the episode.

    Args:
        num_worlds: N.
        window: L.
        delay: d, in steps, or the longest that it may turn out to be.
        num_features: D.
        form: of the actions.

    """

    def __init__(
        self,
        num_worlds: int,
        window: int,
        delay: int,
        num_features: int,
        form: Numbers | HalfRanges,
    ):
        self._window, self._longest = window, delay
        self.arrays = _columns(num_worlds, window + delay, num_features, form)

    def push(self, **step: np.ndarray) -> None:
        """Take in the present step: [N, ...] of ``obs``, ``action``, ``log_prob`` and ``own``."""
        for name, array in self.arrays.items():
            array[:, :-1] = array[:, 1:]
            array[:, -1] = step[name]

    def spoken_of(self, delay: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """The windows [N, L, ...] that what is said now is about, and [N] bool, where there is one.

        Feedback at step t is about step t − d: of the L + d steps up to t, the first L.
        """
        here = slice(self._longest - delay, self._longest - delay + self._window)
        windows = {name: array[:, here] for name, array in self.arrays.items()}
        return windows, windows["own"][:, -1] > 0

    def forget(self, done: np.ndarray) -> None:
        """Begin anew where an episode ended; [N] bool."""
        for array in self.arrays.values():
            array[done] = 0


class Windows:
    """A ring of windows with the feedback that each was given.

    Args:
        capacity: windows kept.
        window: L.
        num_features: D.
        form: of the actions.

    """

    def __init__(self, capacity: int, window: int, num_features: int, form: Numbers | HalfRanges):
        self.capacity = capacity
        self.added = 0
        self.arrays = _columns(capacity, window, num_features, form)
        self.arrays["feedback"] = np.zeros(capacity, np.float32)

    def __len__(self) -> int:
        """How many windows are in it."""
        return min(self.added, self.capacity)

    def add(self, windows: dict[str, np.ndarray], feedback: np.ndarray) -> None:
        """Keep B windows [B, L, ...] and their feedback [B], over the oldest ones when full."""
        for row, said in enumerate(feedback):
            place = self.added % self.capacity
            for name, array in windows.items():
                self.arrays[name][place] = array[row]
            self.arrays["feedback"][place] = said
            self.added += 1

    def sample(self, count: int, rng: np.random.Generator) -> Batch:
        """So many different windows, or all where there are fewer."""
        rows = rng.choice(len(self), min(count, len(self)), replace=False)
        return Batch(**{name: th.as_tensor(array[rows]) for name, array in self.arrays.items()})

    def state_dict(self) -> dict[str, Any]:
        """Only the rows in use."""
        return {"added": self.added} | {k: a[: len(self)].copy() for k, a in self.arrays.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.added = int(state["added"])
        for name, array in self.arrays.items():
            array[: len(self)] = state[name]
