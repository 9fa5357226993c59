"""`coachable/Finite-v0`: one world, the batch of one."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from envs.finite.batch import Batch
from envs.finite.declared import Declared
from envs.finite.picture import draw
from envs.finite.task import FiniteConfig, make_batch
from envs.task import Split
from teaching import UserError


class FiniteEnv(Declared, gym.Env[np.ndarray, np.int64]):
    """A finite MDP, one step at a time.

    Args:
        config: which MDP; the defaults, COACH's gridworld, if left out.
        split: "train", "validation" or "test"; they share no seed.
        render_mode: "rgb_array" or None.

    Attributes:
        dt: seconds a step.
        show_takeover: set to True while a human steers, so that the frame says so.

    Raises:
        UserError: a split or a render mode that does not exist.

    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 2}

    def __init__(
        self,
        config: FiniteConfig | None = None,
        split: Split = "train",
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, "rgb_array"):
            raise UserError(f"render_mode must be rgb_array, got {render_mode!r} (finite)")
        self.config = config or FiniteConfig()
        self.batch: Batch = make_batch(self.config, split, 1)
        self.observation_space = spaces.Box(*self.batch.bounds(), dtype=np.float32)
        self.action_space = spaces.Discrete(self.batch.num_actions)
        self.render_mode = render_mode
        self.dt = self.config.dt
        self.metadata = {**self.metadata, "render_fps": frames_per_second(self.dt)}
        self.show_takeover = False
        self._seeded = False

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode; ``options={"state": s, "map": k}`` choose where and in which grid."""
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            self.batch.seed(0, int(seed if seed is not None else self.np_random.integers(2**31)))
            self._seeded = True
        self.batch.start(np.ones(1, bool), options)
        return self.batch.observe()[0], _scalars(self.batch.where())

    def step(self, action: np.int64) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Take an action, a number from 0 on."""
        reward, terminated, truncated = self.batch.step(np.reshape(action, (-1,)))
        info = _scalars(self.batch.outcome())
        obs = self.batch.observe()[0]
        return obs, float(reward[0]), bool(terminated[0]), bool(truncated[0]), info

    def render(self) -> np.ndarray | None:  # type: ignore[override]
        """Return the frame [height, width, 3] uint8."""
        if self.render_mode is None:
            return None
        worlds = self.batch.worlds
        problem = self.batch.problems[worlds.map[0]]
        return draw(problem, int(worlds.state[0]), int(worlds.previous[0]), self.show_takeover)

    def state_dict(self) -> dict[str, Any]:
        """Return everything that decides the future, mid-episode included."""
        return self.batch.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned, bit for bit."""
        self.batch.load_state_dict(state)
        self._seeded = True


def frames_per_second(dt: float) -> int:
    """How fast a film is to be shown: as fast as it happened, but at least one frame a second."""
    return max(1, round(1.0 / dt))


def _scalars(info: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: value[0].item() for name, value in info.items()}
