"""What a learner sees of a MiniGrid task: its last views, stacked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np

PLANES = ("unseen", "wall", "door", "open door", "goal", "lava", "object")
"""One plane for each thing that a cell can show; a free cell shows none.

``door`` is closed or locked; ``object`` is a key, a ball or a box. Colours are left out: none of
the tasks that the expert can teach needs them.
"""

_UNSEEN, _WALL, _DOOR, _GOAL, _LAVA = 0, 2, 4, 8, 9  # minigrid.core.constants.OBJECT_TO_IDX
_OBJECTS = (5, 6, 7)
_TYPES, _STATES = 11, 3


def _plane_table() -> np.ndarray:
    """[types * states, planes] float32: what a cell of each type and state shows."""
    table = np.zeros((_TYPES, _STATES, len(PLANES)), dtype=np.float32)
    table[_UNSEEN, :, PLANES.index("unseen")] = 1
    table[_WALL, :, PLANES.index("wall")] = 1
    table[_DOOR, 0, PLANES.index("open door")] = 1
    table[_DOOR, 1:, PLANES.index("door")] = 1
    table[_GOAL, :, PLANES.index("goal")] = 1
    table[_LAVA, :, PLANES.index("lava")] = 1
    table[_OBJECTS, :, PLANES.index("object")] = 1
    return table.reshape(_TYPES * _STATES, len(PLANES))


_TABLE = _plane_table()


def planes(image: np.ndarray) -> np.ndarray:
    """Encode one frame.

    Args:
        image: [size, size, 3] uint8, MiniGrid's (object, colour, state) of each cell in view.

    Returns:
        [planes, size, size] float32 of zeros and ones.

    """
    return _TABLE[image[..., 0] * _STATES + image[..., 2]].transpose(2, 0, 1)


def scaled(image: np.ndarray) -> np.ndarray:
    """The published frame: object, colour and state as numbers, each divided by its largest.

    Args:
        image: [size, size, 3] uint8.

    Returns:
        [3, size, size] float32 in [0, 1].

    """
    return (image / np.array([_TYPES - 1, 5, _STATES - 1])).astype(np.float32).transpose(2, 0, 1)


ENCODINGS: dict[str, tuple[Callable[[np.ndarray], np.ndarray], int]] = {
    "planes": (planes, len(PLANES)),
    "scaled": (scaled, 3),
}


class StackedView(gym.Wrapper, gym.utils.RecordConstructorArgs):
    """The last `frame_stack` views, oldest first, as one flat vector or one image.

    The image is [frame_stack * channels, size, size], for convolutions; the vector is the image
    flattened. At the start of an episode the first view fills the stack. The wrapper also tells
    `unwrapped` how long a step takes (`dt`) and ends each episode with ``info["is_success"]``:
    the goal was reached, which is what MiniGrid rewards.
    """

    def __init__(self, env: gym.Env, encoding: str, frame_stack: int, flat: bool, dt: float):
        gym.utils.RecordConstructorArgs.__init__(
            self, encoding=encoding, frame_stack=frame_stack, flat=flat, dt=dt
        )
        gym.Wrapper.__init__(self, env)
        self._encode, channels = ENCODINGS[encoding]
        size = env.observation_space["image"].shape[0]  # type: ignore[index]
        self._stack = np.zeros((frame_stack, channels, size, size), dtype=np.float32)
        shape = (self._stack.size,) if flat else (frame_stack * channels, size, size)
        self.observation_space = gym.spaces.Box(0, 1, shape, np.float32)
        env.unwrapped.dt = dt  # type: ignore[attr-defined]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode; every frame of the stack is the first view."""
        obs, info = self.env.reset(seed=seed, options=options)
        self._stack[:] = self._encode(obs["image"])
        return self._obs(), info

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Step once; the oldest view falls out of the stack."""
        obs, reward, terminated, truncated, info = self.env.step(action)
        self._stack[:-1] = self._stack[1:]
        self._stack[-1] = self._encode(obs["image"])
        if terminated or truncated:
            info["is_success"] = bool(terminated and reward > 0)  # type: ignore[operator]
        return self._obs(), float(reward), terminated, truncated, info

    def _obs(self) -> np.ndarray:
        return self._stack.reshape(self.observation_space.shape).copy()
