"""What shows of a whole trajectory beside another one: how late it is, how far it goes too far."""

from __future__ import annotations

import numpy as np

_MATCH = 0.5
"""Share of the wanted signal's variance that may be left where the two lie best on each other."""


def lag(
    place: np.ndarray,
    signal: np.ndarray,
    wanted_place: np.ndarray,
    wanted: np.ndarray,
    most: float,
    grid: float,
) -> float:
    """How much later along the way a signal takes its turns than the one that is wanted.

    Both are laid onto a grid of places, so that who is slower is not for that reason late, and
    shifted till they lie best on each other in the least squares; a parabola through the three
    least sums finds the shift between grid points.

    Args:
        place: [T], how far along the way; does not fall.
        signal: [T].
        wanted_place: [U].
        wanted: [U].
        most: the largest shift looked for.
        grid: distance of grid points.

    Returns:
        The shift, in the unit of places; NaN where there are no turns, or the two do not match.

    """
    first, last = max(place[0], wanted_place[0]), min(place[-1], wanted_place[-1])
    x = np.arange(first, last, grid)
    steps = round(most / grid)
    if len(x) < 4 * steps:
        return float("nan")
    mine = np.interp(x, place, signal)
    theirs = np.interp(x, wanted_place, wanted)[steps : len(x) - steps]
    spread = theirs.var()
    shifted = np.lib.stride_tricks.sliding_window_view(mine, len(theirs))  # [2·steps + 1, W]
    off = ((shifted - theirs) ** 2).mean(axis=1)
    best = int(off.argmin())
    if not spread > 0 or off[best] > _MATCH * spread or best in (0, 2 * steps):
        return float("nan")
    before, here, after = off[best - 1 : best + 2]
    bend = before - 2 * here + after
    between = (before - after) / (2 * bend) if bend > 0 else 0.0
    return float((best - steps + between) * grid)


def past(to_go: np.ndarray) -> float:
    """How far beyond its target something went: to_go [T] is negative there, and at first not."""
    return float(max(0.0, -np.min(to_go)))


def ahead(action: np.ndarray, before: np.ndarray, seconds: np.ndarray, dt: float) -> np.ndarray:
    """Actions as they would be so much earlier, to first order: a + τ·da/dt.

    Args:
        action: [M, A].
        before: [M, A], a step earlier.
        seconds: [M], τ; under 0 for later.
        dt: seconds a step.

    Returns:
        [M, A] float64.

    """
    action = np.asarray(action, float)
    return action + seconds[:, None] / dt * (action - np.asarray(before, float))
