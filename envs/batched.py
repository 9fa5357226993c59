"""Tasks whose N worlds live in one object: the single environment and the vector environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from teaching import UserError

Draw = Callable[[bool], np.ndarray]
"""Whether a human steers -> the frame [height, width, 3] uint8."""


class Batch(Protocol):
    """N worlds as one object; what a task writes, and all that the environments ask of it.

    Attributes:
        count: N.
        observation_space: of one world.
        action_space: of one world.
        dt: seconds a step.

    """

    count: int
    observation_space: gym.Space
    action_space: gym.Space
    dt: float

    def seed(self, w: int, seed: int) -> None:
        """Give world w the series of episodes of a seed, any integer >= 0."""

    def start(self, mask: np.ndarray) -> None:
        """Start the next episode in the worlds of `mask` [N] bool."""

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Move all worlds; [N, A...] -> reward, terminated, truncated, each [N] and a copy."""

    def observe(self) -> np.ndarray:
        """A copy of what is seen of the worlds now, [N, O...]."""

    def outcome(self) -> dict[str, np.ndarray]:
        """What `info` holds after a step, each [N] and a copy."""

    def state_dict(self) -> dict[str, Any]:
        """A copy of everything that decides the future, mid-episode included."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore `state_dict` bit for bit."""


class BatchEnv(gym.Env[np.ndarray, Any]):
    """The batch of one as a single environment.

    Args:
        batch: of one world.
        draw: makes the frame; None for an environment without pictures.

    Attributes:
        dt: seconds a step.
        show_takeover: set to True while a human steers, so that the frame says so.

    """

    def __init__(self, batch: Batch, draw: Draw | None = None) -> None:
        self.batch = batch
        self.observation_space = batch.observation_space
        self.action_space = batch.action_space
        self.dt = batch.dt
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": max(1, round(1 / batch.dt))}
        self.render_mode = None if draw is None else "rgb_array"
        self.show_takeover = False
        self._draw = draw
        self._seeded = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start the episode that `seed` names, or the next of the series."""
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            self.batch.seed(0, int(seed if seed is not None else self.np_random.integers(2**31)))
            self._seeded = True
        self.batch.start(np.ones(1, bool))
        return self.batch.observe()[0], {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Move by `dt` seconds."""
        reward, terminated, truncated = self.batch.step(np.asarray(action)[None])
        info = {name: value[0].item() for name, value in self.batch.outcome().items()}
        obs = self.batch.observe()[0]
        return obs, float(reward[0]), bool(terminated[0]), bool(truncated[0]), info

    def render(self) -> np.ndarray | None:  # type: ignore[override]
        """The frame [height, width, 3] uint8; None without a render mode."""
        return None if self._draw is None else self._draw(self.show_takeover)

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides the future, mid-episode included."""
        return self.batch.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned, bit for bit."""
        self.batch.load_state_dict(state)
        self._seeded = True


class BatchVectorEnv(VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """N worlds side by side; a finished world starts anew in the same step.

    `info` is laid out as by Gymnasium's `SyncVectorEnv` with `AutoresetMode.SAME_STEP`: the last
    observation and info of a finished episode are in `final_obs` and `final_info`.

    Args:
        batch: of N worlds.

    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.num_envs = batch.count
        self.metadata = {"render_modes": [], "autoreset_mode": AutoresetMode.SAME_STEP}
        self.render_mode = None
        self.single_observation_space = batch.observation_space
        self.single_action_space = batch.action_space
        self.observation_space = batch_space(batch.observation_space, batch.count)
        self.action_space = batch_space(batch.action_space, batch.count)
        self.dt = batch.dt
        self._seeded = np.zeros(batch.count, bool)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode in every world, or in those of ``options["reset_mask"]``.

        An int seeds world i with ``seed + i``.

        Raises:
            UserError: a mask or seeds of another number of worlds.

        """
        mask = np.asarray((options or {}).get("reset_mask", np.ones(self.num_envs, bool)), bool)
        if mask.shape != (self.num_envs,):
            raise UserError(f'options["reset_mask"] must have {self.num_envs} entries')
        self._seed(mask, seed)
        self.batch.start(mask)
        return self.batch.observe(), {}

    def _seed(self, mask: np.ndarray, seed: int | Sequence[int | None] | None) -> None:
        super().reset(seed=seed if isinstance(seed, int) else None)
        count = self.num_envs
        seeds = [seed + i for i in range(count)] if isinstance(seed, int) else seed
        if seeds is not None and len(seeds) != count:
            raise UserError(f"{len(seeds)} seeds were given for {count} worlds")
        for i in np.flatnonzero(mask).tolist():
            chosen = None if seeds is None else seeds[i]
            if chosen is None and not self._seeded[i]:
                chosen = int(self.np_random.integers(2**31))
            if chosen is not None:
                self.batch.seed(i, int(chosen))
                self._seeded[i] = True

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Move all worlds by `dt` seconds; [N, A...]."""
        reward, terminated, truncated = self.batch.step(np.asarray(actions))
        done = terminated | truncated
        columns, obs = self.batch.outcome(), self.batch.observe()
        info = _columns(columns, ~done)
        if done.any():
            final_obs = np.full(self.num_envs, None, dtype=object)
            for i in np.flatnonzero(done):
                final_obs[i] = obs[i].copy()
            info |= {"final_obs": final_obs, "_final_obs": done.copy()}
            info |= {"final_info": _columns(columns, done), "_final_info": done.copy()}
            self.batch.start(done)
            obs = self.batch.observe()
        return obs, reward, terminated, truncated, info

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides the future, mid-episode included."""
        return self.batch.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned, bit for bit."""
        self.batch.load_state_dict(state)
        self._seeded[:] = True


def _columns(columns: dict[str, np.ndarray], mask: np.ndarray) -> dict[str, Any]:
    """The columns where the mask holds, each with its ``_name`` mask of presence."""
    if not mask.any():
        return {}
    present = {name: np.where(mask, value, np.zeros_like(value)) for name, value in columns.items()}
    return present | {f"_{name}": mask.copy() for name in columns}


def restore_arrays(arrays: dict[str, np.ndarray], state: dict[str, Any], task: str) -> None:
    """Write the arrays of a saved state into `arrays`, in place.

    Raises:
        UserError: an array is missing, or is of another number of worlds.

    """
    for name, value in arrays.items():
        if name not in state or np.shape(state[name]) != value.shape:
            raise UserError(f"the saved {task} state has no {name} of the shape {value.shape}")
    for name, value in arrays.items():
        value[...] = state[name]
