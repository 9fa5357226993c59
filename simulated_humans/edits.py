"""Ways of editing a trajectory, by size, and the choice among them.

An edit makes a window of steps in a row more like what the expert would do from the window's first
state. Discrete actions are replaced, and the size of an edit is how many steps its window has; of
continuous actions a window as long as allowed is blended with the expert's, and the size is how
far. Shapes: B trajectories of T steps, C edits of one size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

_ROUNDING = 1e-9
"""Returns that differ by less than this share of their size, or of 1, are the same."""


class Edit(NamedTuple):
    """Which of the edits of a trajectory: its size, from 1 on, and its window's first step."""

    size: int
    start: int


class Edits:
    """All edits of B trajectories of the same length.

    Args:
        action: [B, T, A...] as shown.
        plans: for each first step i of a window [B, T − i, A...], what the expert does from there.
        window: steps that an edit may touch, at most T.
        blends: None where actions are discrete; otherwise how many blends there are.

    """

    def __init__(
        self,
        action: np.ndarray,
        plans: Sequence[np.ndarray],
        window: int,
        blends: int | None,
    ):
        self._action = action
        self._plans = plans
        self._window = window
        self._blends = blends
        self.sizes = window if blends is None else blends

    def of_size(self, size: int, rows: np.ndarray) -> np.ndarray:
        """[R, C, T, A...]: all edits of one size of some of the trajectories, by first step."""
        span = size if self._blends is None else self._window
        starts = range(self._action.shape[1] - span + 1)
        return np.stack([self.made(Edit(size, start), rows) for start in starts], axis=1)

    def made(self, edit: Edit, rows: np.ndarray) -> np.ndarray:
        """[R, T, A...]: one edit of some of the trajectories."""
        span = edit.size if self._blends is None else self._window
        edited = self._action[rows]
        window = slice(edit.start, edit.start + span)
        plan = self._plans[edit.start][rows, :span]
        if edit.size == self.sizes or self._blends is None:
            edited[:, window] = plan
        else:
            edited[:, window] += (edit.size / self._blends) * (plan - edited[:, window])
        return edited


class Found(NamedTuple):
    """The edit that one trajectory calls for, and those that were looked at on the way.

    Attributes:
        edit: None where nothing is gained by any.
        gain: its gain in utility.
        others: for each size from 1 on [C], the gains of the edits of no greater size.

    """

    edit: Edit | None
    gain: float
    others: list[np.ndarray]


def smallest(
    edits: Edits,
    gain_of: Callable[[np.ndarray, np.ndarray], np.ndarray],
    target: np.ndarray,
) -> list[Found]:
    """Return the smallest edit of each trajectory that gains at least `target` [B].

    Of several of one size it is the one that gains least, and then the earliest. Where none
    reaches the target it is the one that gains most, the smallest of these.

    Args:
        edits: to choose from.
        gain_of: (rows [R], actions [R, C, T, A...]) -> [R, C], gains in utility.
        target: [B], above 0.

    """
    seen: list[list[np.ndarray]] = [[] for _ in target]
    found: dict[int, Found] = {}
    for size in range(1, edits.sizes + 1):
        rows = np.array([row for row in range(len(target)) if row not in found], np.int64)
        if not len(rows):
            break
        gains = gain_of(rows, edits.of_size(size, rows))
        reached = gains >= (target[rows] * (1 - _ROUNDING))[:, None]
        for row, gain, enough in zip(rows.tolist(), gains, reached, strict=True):
            seen[row].append(gain)
            if enough.any():
                start = int(np.where(enough, gain, np.inf).argmin())
                found[row] = Found(Edit(size, start), float(gain[start]), seen[row])
    return [found[row] if row in found else _best(seen[row]) for row in range(len(target))]


def boltzmann(found: Found, gap: float, rationality: float, uniform: float) -> Edit | None:
    """Choose in place of the edit that is called for another one, no larger and no better.

    P(edit) ∝ exp(β·gain / gap), over leaving all as it is, whose gain is 0, and the edits of no
    greater size and no higher gain: at β = ∞ the edit that is called for. Source: corrections as a
    reward-rational choice among changes of a trajectory (Jeon, Milli and Dragan 2020); that nobody
    does better than meant is ours.

    Args:
        found: what is called for, and the others.
        gap: from what is shown to the best, above 0.
        rationality: β.
        uniform: in [0, 1).

    """
    gains = np.concatenate([[0.0], *found.others])
    allowed = gains <= found.gain + _ROUNDING * abs(found.gain)
    worth = np.where(allowed, rationality * (gains - found.gain) / gap, -np.inf)
    below = np.exp(worth).cumsum()
    chosen = int(np.searchsorted(below, uniform * below[-1], side="right")) - 1
    if chosen < 0:
        return None
    for size, others in enumerate(found.others, start=1):
        if chosen < len(others):
            return Edit(size, chosen)
        chosen -= len(others)
    raise AssertionError("every candidate has a size")


def no_gap(gap: np.ndarray, utility: np.ndarray) -> np.ndarray:
    """[B] bool, where a gap in utility is no more than rounding."""
    return gap <= _ROUNDING * np.maximum(1.0, np.abs(utility))


def _best(seen: list[np.ndarray]) -> Found:
    top = [float(gains.max()) for gains in seen]
    best = int(np.argmax(top))
    edit = Edit(best + 1, int(seen[best].argmax()))
    return Found(edit if top[best] > 0 else None, max(top[best], 0.0), seen[: best + 1])
