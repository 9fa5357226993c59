"""How the arm pushes: how fast, how far from the block on the way round it, how smoothly."""

from __future__ import annotations

import numpy as np

from envs.arm.geometry import forward
from envs.arm.observation import State, read
from envs.arm.pusher import joints
from teaching.manner import Manner, Mark, Quality, Trajectory
from teaching.marks import past
from teaching.words import Term

_CLOSE = 0.08
"""m from the goal."""
_ROUND, _BEHIND = 0.16, 0.02
"""m from the block within which the finger goes round it; and off the line from where it pushes."""
_FASTER = 0.3
"""Share of the speed that a spread of it is."""
_WIDER = 0.08
"""m/s away from the block that keep the finger a spread further off."""


def _around(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """[M, 2] unit vector away from the block, [M] m to it, and [M] whether it goes round it."""
    away = forward(state.angles) - state.block
    distance = np.linalg.norm(away, axis=1)
    to_goal = state.goal - state.block
    ahead = to_goal / np.maximum(np.linalg.norm(to_goal, axis=1), 1e-6)[:, None]
    along = (away * ahead).sum(axis=1)
    off = np.abs(away[:, 0] * ahead[:, 1] - away[:, 1] * ahead[:, 0])
    pushes = (along < 0) & (off < _BEHIND)
    round_it = (distance < _ROUND) & ~pushes
    return away / np.maximum(distance, 1e-6)[:, None], distance, round_it


def holds(obs: np.ndarray) -> np.ndarray:
    """[M, 20] -> [M, 1]: the block is close to the goal."""
    state = read(obs)
    return (np.linalg.norm(state.goal - state.block, axis=1) < _CLOSE)[:, None]


def measure(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
    """[T, 20], [T, 2] -> [T, 3]: share of the joints' top speed, metres from the block while the
    finger goes round it, −|change of the action|.
    """
    action = np.asarray(action, float)
    _, distance, round_it = _around(read(obs))
    change = np.abs(np.diff(action, axis=0, prepend=action[:1])).max(axis=1)
    return np.stack(
        [np.abs(action).max(axis=1), np.where(round_it, distance, np.nan), -change], axis=1
    )


def adjust(
    obs: np.ndarray, action: np.ndarray, before: np.ndarray, amounts: np.ndarray
) -> np.ndarray:
    """The same way faster, further from the block on the way round it, and with calmer changes."""
    state = read(obs)
    away, _, round_it = _around(state)
    faster = np.asarray(action, float) * np.maximum(1 + _FASTER * amounts[:, :1], 0.1)
    out = np.where(round_it, _WIDER * amounts[:, 1], 0.0)
    sideways = joints(state.angles, np.abs(out)[:, None] * away) * np.sign(out)[:, None]
    wanted = np.clip(faster + sideways, -1.0, 1.0)
    calm = 1 + np.maximum(amounts[:, 2:], 0)
    return np.clip(before + (wanted - before) / calm, -1.0, 1.0).astype(np.float32)


def overshoot(trajectory: Trajectory) -> float:
    """m by which the block goes past the goal, along the line from where it lay at first."""
    state = read(trajectory[0])
    way = state.goal[0] - state.block[0]
    ahead = way / max(float(np.linalg.norm(way)), 1e-6)
    return past((state.goal - state.block) @ ahead)


MANNER = Manner(
    qualities=(
        Quality(
            name="speed",
            more=("faster", "quicker", "more quickly"),
            less=("slower", "more slowly"),
            high=("fast", "quick", "hasty"),
            low=("slow", "sluggish"),
            spread=0.2,
        ),
        Quality(
            name="distance",
            more=("wider", "further away", "further from the block"),
            less=("closer", "nearer", "closer to the block"),
            high=("wide", "far away", "far from the block"),
            low=("close", "near", "close to the block"),
            spread=0.01,
        ),
        Quality(
            name="smoothness",
            more=("smoother", "more smoothly", "steadier", "more calmly"),
            less=("more sharply", "more abruptly"),
            high=("smooth", "soft", "gentle"),
            low=("jerky", "jumpy", "twitchy", "shaky"),
            spread=0.1,
        ),
    ),
    contexts=(Term(name="near the goal", synonyms=("by the goal", "at the end")),),
    holds=holds,
    measure=measure,
    adjust=adjust,
    marks=(
        Mark(
            quality=Quality(
                name="overshoot",
                more=("further on", "further along"),
                less=("less far on", "less far along"),
                high=("far past the goal", "far beyond the goal"),
                low=("short of the goal",),
                spread=0.02,
            ),
            beside=lambda mine, theirs: overshoot(mine) - overshoot(theirs),
        ),
    ),
)
