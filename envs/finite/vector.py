"""N worlds of a finite MDP as a Gymnasium vector environment: the batch itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from envs.finite.batch import Batch
from envs.finite.declared import Declared
from envs.finite.env import frames_per_second
from envs.finite.task import FiniteConfig, make_batch
from envs.same_step import reset_mask, step_info, world_seeds
from envs.task import Split


class FiniteVectorEnv(Declared, VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """N worlds side by side; a finished world starts anew in the same step.

    `info` is laid out as by Gymnasium's `SyncVectorEnv` with `AutoresetMode.SAME_STEP`: the last
    observation and info of a finished episode are in `final_obs` and `final_info`.

    Args:
        config: which MDP; the defaults, COACH's gridworld, if left out.
        split: "train", "validation" or "test"; they share no seed.
        num_worlds: how many worlds.

    Raises:
        UserError: no such split, or fewer than one world.

    """

    def __init__(
        self, config: FiniteConfig | None = None, split: Split = "train", num_worlds: int = 1
    ) -> None:
        self.config = config or FiniteConfig()
        self.batch: Batch = make_batch(self.config, split, num_worlds)
        self.num_envs = num_worlds
        self.dt = self.config.dt
        self.metadata = {
            "render_modes": [],
            "render_fps": frames_per_second(self.dt),
            "autoreset_mode": AutoresetMode.SAME_STEP,
        }
        self.render_mode = None
        self.single_observation_space = spaces.Box(*self.batch.bounds(), dtype=np.float32)
        self.single_action_space = spaces.Discrete(self.batch.num_actions)
        self.observation_space = batch_space(self.single_observation_space, num_worlds)
        self.action_space = batch_space(self.single_action_space, num_worlds)
        self._seeded = np.zeros(num_worlds, bool)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode in every world, or in those of ``options["reset_mask"]``.

        An int seeds world i with ``seed + i``; ``options["state"]`` and ``options["map"]`` are one
        number, or one for each world.
        """
        options = options or {}
        mask = reset_mask(options, self.num_envs)
        self._seed(mask, seed)
        self.batch.start(mask, options)
        info: dict[str, Any] = {}
        for name, value in self.batch.where().items():
            info[name], info[f"_{name}"] = np.where(mask, value, 0), mask.copy()
        return self.batch.observe(), info

    def _seed(self, mask: np.ndarray, seed: int | Sequence[int | None] | None) -> None:
        super().reset(seed=seed if isinstance(seed, int) else None)
        seeds = world_seeds(seed, self.num_envs)
        for i in np.flatnonzero(mask).tolist():
            chosen = seeds[i]
            if chosen is None and not self._seeded[i]:
                chosen = int(self.np_random.integers(2**31))
            if chosen is not None:
                self.batch.seed(i, int(chosen))
                self._seeded[i] = True

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        """Take the actions [N], numbers from 0 on."""
        reward, terminated, truncated = self.batch.step(actions)
        info, obs, done = self.batch.outcome(), self.batch.observe(), terminated | truncated
        if not done.any():
            return obs, reward, terminated, truncated, step_info(info, obs, done, {})
        self.batch.start(done)
        merged = step_info(info, obs, done, self.batch.where())
        return self.batch.observe(), reward, terminated, truncated, merged

    def state_dict(self) -> dict[str, Any]:
        """Return everything that decides the future, mid-episode included."""
        return self.batch.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned, bit for bit."""
        self.batch.load_state_dict(state)
        self._seeded[:] = True


def make_vec_env(
    num_envs: int, config: FiniteConfig | None = None, split: Split = "train"
) -> FiniteVectorEnv:
    """What `gymnasium.make_vec` calls, under the names that it uses."""
    return FiniteVectorEnv(config, split, num_envs)
