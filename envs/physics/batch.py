"""What the MuJoCo tasks share of `envs.batched.Batch`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from gymnasium import spaces

from envs.batched import restore_arrays
from envs.physics.worlds import Worlds
from envs.seeds import EpisodeSeeds
from envs.task import Split
from teaching import UserError


class PhysicsBatch(ABC):
    """N worlds of a MuJoCo task: series of episodes, control steps, the time limit, saving.

    A task sets `name`, `observation_space` and `action_space` (a Box), keeps arrays of its own if
    it needs any (and names them in `own_arrays`), and writes the methods that are abstract here.
    A control step is: `control`, then the physics, then `judge`; afterwards `observe` and `outcome`
    are asked. The start of episodes is: the model's defaults, `begin` for each world, `begun`.

    Args:
        worlds: N worlds.
        split: "train", "validation" or "test"; they share no episode.
        horizon: control steps after which an episode is cut off.

    Attributes:
        worlds: the physics.
        steps: [N] int64, control steps in this episode.
        over: [N] bool, where the next call must be `start`.

    Raises:
        UserError: no such split.

    """

    name: str
    observation_space: spaces.Space
    action_space: spaces.Space

    def __init__(self, worlds: Worlds, split: Split, horizon: int) -> None:
        self.worlds, self.count, self.dt = worlds, worlds.count, worlds.dt
        self.horizon = horizon
        self.steps = np.zeros(self.count, np.int64)
        self.over = np.ones(self.count, bool)
        self._seeds = EpisodeSeeds(split, self.count)

    @abstractmethod
    def begin(self, w: int, rng: np.random.Generator) -> None:
        """Write the start of an episode to ``self.worlds.qpos[w]`` and the like.

        `rng` is the episode's own: what is drawn from it depends on the seed, the split and the
        number of the episode, and on nothing else. The world stands at the model's defaults.
        """

    def begun(self, mask: np.ndarray) -> None:  # noqa: B027  # most tasks need nothing here
        """Fill in what follows from the derived fields where episodes began; `mask` [N]."""

    @abstractmethod
    def control(self, actions: np.ndarray) -> np.ndarray:
        """Actions [N, A] float64, within the action space -> what the actuators get, [N, nu]."""

    @abstractmethod
    def judge(self) -> tuple[np.ndarray, np.ndarray]:
        """After the physics -> reward [N] float64 and terminated [N] bool, both new arrays."""

    @abstractmethod
    def observe(self) -> np.ndarray:
        """A new array of what is seen now, [N, O] float32."""

    @abstractmethod
    def outcome(self) -> dict[str, np.ndarray]:
        """What `info` holds after a step, each [N] and new; `is_success` and `cost` among them."""

    def own_arrays(self) -> dict[str, np.ndarray]:
        """By name, the task's own arrays that decide the future; restored in place."""
        return {}

    def seed(self, w: int, seed: int) -> None:
        """Give world w the series of episodes of a seed, any integer >= 0."""
        self._seeds.seed(w, seed)

    def start(self, mask: np.ndarray) -> None:
        """Start the next episode in the worlds of `mask` [N] bool."""
        self.worlds.reset(mask)
        for w in np.flatnonzero(mask).tolist():
            self.begin(w, np.random.default_rng(self._seeds.next(w)))
        self.steps[mask] = 0
        self.over[mask] = False
        self.worlds.refresh(mask)
        self.begun(mask)

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Move by `dt`; actions [N, A], clipped to the action space.

        Returns:
            Reward [N] float64, terminated [N] bool, truncated [N] bool (at the horizon).

        Raises:
            UserError: actions of another shape or not finite, or an episode that is over.

        """
        actions = self._checked(actions)
        if self.over.any():
            raise UserError("the episode is over: call reset before the next step")
        self.worlds.ctrl[:] = self.control(actions)
        self.worlds.advance()
        self.steps += 1
        reward, terminated = self.judge()
        truncated = (self.steps >= self.horizon) & ~terminated
        np.logical_or(terminated, truncated, out=self.over)
        return reward, terminated, truncated

    def state_dict(self) -> dict[str, Any]:
        """A copy of everything that decides the future."""
        return {name: value.copy() for name, value in self._arrays().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore `state_dict` bit for bit.

        Raises:
            UserError: a state of another number of worlds, or of another task.

        """
        restore_arrays(self._arrays(), state, self.name)

    def _arrays(self) -> dict[str, np.ndarray]:
        shared = {"steps": self.steps, "over": self.over}
        return self._seeds.state | self.worlds.arrays() | shared | self.own_arrays()

    def _checked(self, actions: np.ndarray) -> np.ndarray:
        actions = np.asarray(actions)
        space = self.action_space
        assert isinstance(space, spaces.Box)
        expected = (self.count, *space.shape)
        if actions.shape != expected or actions.dtype.kind not in "fiu":
            raise UserError(
                f"actions must be numbers of shape {expected}, got {actions.dtype} {actions.shape} "
                f"({self.name})"
            )
        if not np.isfinite(actions).all():
            raise UserError(f"actions must be finite, got {actions.tolist()} ({self.name})")
        return np.clip(actions, space.low, space.high).astype(np.float64)
