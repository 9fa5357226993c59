"""`coachable/Driving-v0`: one world, the batch of one."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from envs.driving.batch import Batch
from envs.driving.constants import DT, OBS_SIZE
from envs.driving.manner import MANNER
from envs.driving.task import DrivingConfig, make_batch
from envs.task import Split

FPS = round(1 / DT)


class DrivingEnv(gym.Env[np.ndarray, np.ndarray]):
    """Drive a route to its end without leaving the road and without touching anything.

    Args:
        config: roads, traffic and limits; the defaults if left out.
        split: "train", "validation" or "test"; they share no road.
        render_mode: "rgb_array", "human" or None.

    Attributes:
        dt: seconds a step.
        manner: how it can be done otherwise.
        show_takeover: set to True while a human steers, so that the frame says so.

    Raises:
        UserError: a split or a render mode that does not exist.

    """

    metadata = {"render_modes": ["rgb_array", "human"], "render_fps": FPS}
    manner = MANNER

    def __init__(
        self,
        config: DrivingConfig | None = None,
        split: Split = "train",
        render_mode: str | None = None,
    ) -> None:
        self.config = config or DrivingConfig()
        self.batch: Batch = make_batch(self.config, split, 1)
        self.observation_space = spaces.Box(-1.0, 1.0, (OBS_SIZE,), np.float32)
        self.action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.render_mode = render_mode
        self.dt = DT
        self.show_takeover = False
        self._seeded = False
        self._picture: Any = None
        if render_mode is not None:
            from envs.driving.render import Picture  # pygame is loaded only to draw

            self._picture = Picture(render_mode)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start an episode; ``options={"road": k}`` picks the k-th road of the split."""
        super().reset(seed=seed)
        if seed is not None or not self._seeded:
            self.batch.seed(0, int(seed if seed is not None else self.np_random.integers(2**31)))
            self._seeded = True
        rows = self.batch.road_rows((options or {}).get("road"))
        self.batch.start(np.ones(1, bool), rows)
        if self.render_mode == "human":
            self.render()
        return self.batch.observe()[0], {"road": int(self.batch.outcome()["road"][0])}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Steer and accelerate for `dt` seconds; action [2] is steering (left +) and throttle."""
        reward, terminated, truncated = self.batch.step(np.asarray(action)[None])
        info = {name: value[0].item() for name, value in self.batch.outcome().items()}
        if self.render_mode == "human":
            self.render()
        obs = self.batch.observe()[0]
        return obs, float(reward[0]), bool(terminated[0]), bool(truncated[0]), info

    def render(self) -> np.ndarray | None:  # type: ignore[override]
        """Return the frame [height, width, 3] uint8, or show it in the window."""
        if self._picture is None:
            return None
        return self._picture.draw(self.batch.roads, self.batch.worlds, 0, self.show_takeover)

    def close(self) -> None:
        """Close the window."""
        if self._picture is not None:
            self._picture.close()

    def state_dict(self) -> dict[str, Any]:
        """Return everything that decides the future, mid-episode included."""
        return self.batch.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned, bit for bit."""
        self.batch.load_state_dict(state)
        self._seeded = True
