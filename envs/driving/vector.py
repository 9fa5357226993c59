"""N driving worlds as a Gymnasium vector environment: the batch itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from envs.driving.batch import Batch
from envs.driving.constants import DT, OBS_SIZE
from envs.driving.env import FPS
from envs.driving.manner import MANNER
from envs.driving.task import DrivingConfig, make_batch
from envs.same_step import reset_mask, step_info, world_seeds
from envs.task import Split
from teaching import UserError


class DrivingVectorEnv(VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """N worlds side by side; a finished world starts anew in the same step.

    `info` is laid out as by Gymnasium's `SyncVectorEnv` with `AutoresetMode.SAME_STEP`: the last
    observation and info of a finished episode are in `final_obs` and `final_info`.

    Args:
        config: roads, traffic and limits; the defaults if left out.
        split: "train", "validation" or "test"; they share no road.
        num_worlds: how many worlds.

    Raises:
        UserError: no such split, or fewer than one world.

    """

    manner = MANNER

    def __init__(
        self, config: DrivingConfig | None = None, split: Split = "train", num_worlds: int = 1
    ) -> None:
        if num_worlds < 1:
            raise UserError(f"the number of worlds must be at least 1, got {num_worlds}")
        self.config = config or DrivingConfig()
        self.batch: Batch = make_batch(self.config, split, num_worlds)
        self.num_envs = num_worlds
        self.metadata = {
            "render_modes": [],
            "render_fps": FPS,
            "autoreset_mode": AutoresetMode.SAME_STEP,
        }
        self.render_mode = None
        self.single_observation_space = spaces.Box(-1.0, 1.0, (OBS_SIZE,), np.float32)
        self.single_action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.observation_space = batch_space(self.single_observation_space, num_worlds)
        self.action_space = batch_space(self.single_action_space, num_worlds)
        self.dt = DT
        self._seeded = np.zeros(num_worlds, bool)

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode in every world, or in those of ``options["reset_mask"]``.

        An int seeds world i with ``seed + i``; ``options["road"]`` is a row or one for each world.
        """
        options = options or {}
        mask = reset_mask(options, self.num_envs)
        rows = self.batch.road_rows(options.get("road"))
        self._seed(mask, seed)
        self.batch.start(mask, rows)
        info = {"road": np.where(mask, self.batch.outcome()["road"], 0), "_road": mask.copy()}
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
        """Move all worlds by `dt` seconds; actions [N, 2] are steering (left +) and throttle."""
        reward, terminated, truncated = self.batch.step(actions)
        info = self.batch.outcome()
        obs = self.batch.observe()
        done = terminated | truncated
        if not done.any():
            return obs, reward, terminated, truncated, step_info(info, obs, done, {})
        self.batch.start(done, np.full(self.num_envs, -1))
        fresh = {"road": self.batch.outcome()["road"]}
        merged = step_info(info, obs, done, fresh)
        self.batch.observe_again(obs, done)
        return obs, reward, terminated, truncated, merged

    def state_dict(self) -> dict[str, Any]:
        """Return everything that decides the future, mid-episode included."""
        return self.batch.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned, bit for bit."""
        self.batch.load_state_dict(state)
        self._seeded[:] = True


def make_vec_env(
    num_envs: int, config: DrivingConfig | None = None, split: Split = "train"
) -> DrivingVectorEnv:
    """What `gymnasium.make_vec` calls, under the names that it uses."""
    return DrivingVectorEnv(config, split, num_envs)
