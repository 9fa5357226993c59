"""How the arm pushes: how fast, on which side of the line to the goal, how smoothly."""

from __future__ import annotations

import numpy as np

from envs.arm.geometry import forward
from envs.arm.observation import State, read
from envs.arm.pusher import joints
from teaching.manner import Manner, Quality
from teaching.words import Term

_CLOSE = 0.08
"""m from the goal."""
_FASTER = 0.3
"""Share of the speed that a spread of it is."""
_ASIDE = 0.1
"""m/s sideways that keep the finger a spread off the line."""


def _line(state: State) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit vector to the left of the way to the goal [M, 2]; finger along and off it [M], m."""
    to_goal = state.goal - state.block
    ahead = to_goal / np.maximum(np.linalg.norm(to_goal, axis=1), 1e-6)[:, None]
    left = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    finger = forward(state.angles) - state.block
    return left, (finger * ahead).sum(axis=1), (finger * left).sum(axis=1)


def holds(obs: np.ndarray) -> np.ndarray:
    """[M, 20] -> [M, 1]: the block is close to the goal."""
    state = read(obs)
    return (np.linalg.norm(state.goal - state.block, axis=1) < _CLOSE)[:, None]


def measure(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
    """[T, 20], [T, 2] -> [T, 3]: share of the joints' top speed, metres left of the line through
    block and goal, −|change of the action|.

    Only a finger behind the block has a side.
    """
    action = np.asarray(action, float)
    _, along, off = _line(read(obs))
    off = np.where((along < 0) & (np.abs(off) < 0.06), off, np.nan)
    change = np.abs(np.diff(action, axis=0, prepend=action[:1])).max(axis=1)
    return np.stack([np.abs(action).max(axis=1), off, -change], axis=1)


def adjust(
    obs: np.ndarray, action: np.ndarray, before: np.ndarray, amounts: np.ndarray
) -> np.ndarray:
    """The same way faster, with the finger further left, and with changes that take longer."""
    state = read(obs)
    left, along, _ = _line(state)
    faster = np.asarray(action, float) * np.maximum(1 + _FASTER * amounts[:, :1], 0.1)
    aside = np.where(along < 0, _ASIDE * amounts[:, 1], 0.0)
    sideways = joints(state.angles, np.abs(aside)[:, None] * left) * np.sign(aside)[:, None]
    wanted = np.clip(faster + sideways, -1.0, 1.0)
    calm = 1 + np.maximum(amounts[:, 2:], 0)
    return np.clip(before + (wanted - before) / calm, -1.0, 1.0).astype(np.float32)


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
            name="side",
            more=("further left", "more to the left", "further to the left"),
            less=("further right", "more to the right", "further to the right"),
            high=("far left", "far to the left"),
            low=("far right", "far to the right"),
            spread=0.02,
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
    contexts=(Term(name="near the goal", synonyms=("close to the goal", "at the end")),),
    holds=holds,
    measure=measure,
    adjust=adjust,
)
