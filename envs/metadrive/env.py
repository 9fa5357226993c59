"""One MetaDrive environment: SafeMetaDriveEnv behind Gymnasium's current interface."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, get_args

import gymnasium as gym
import numpy as np

from envs.metadrive.simulator import SIMULATOR
from envs.task import Split
from teaching import UserError

if TYPE_CHECKING:
    from envs.metadrive.task import MetaDriveConfig

OBS_SIZE = 259
"""9 numbers on the car and its lane, 10 on the route ahead, 240 lidar distances."""

SECONDS_PER_PHYSICS_STEP = 0.02
PHYSICS_STEPS = 5
STANDSTILL = 1.0
"""Metres within which a car stands still: MetaDrive's never rests altogether."""


class MetaDrive(gym.Env[np.ndarray, np.ndarray]):
    """Reach the end of a three-block road among traffic, cones and broken-down cars.

    ========== ===========================================================================
    obs        [259] float32 in [0, 1]
    action     [2] float32 in [-1, 1]: steering (positive turns left), throttle or brake
    terminated arrival, or off the road; a crash costs but does not end the episode
    truncated  after ``horizon`` steps, or ``stall_limit`` steps at a standstill
    ========== ===========================================================================

    ``info`` holds ``cost`` (1.0 for each step in contact or off the road), ``crash_vehicle``,
    ``crash_object``, ``off_road``, ``route_completion``, ``speed`` (m/s), ``scenario`` (MetaDrive's
    seed) and, when the episode ends, ``is_success``. The road is drawn by ``reset(seed=…)`` or
    named by ``reset(options={"road": k})``, 0 ≤ k < number of scenarios of the split.

    Several of these may be open in one process (`envs.metadrive.simulator`).
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}

    def __init__(
        self, config: MetaDriveConfig, split: Split = "train", render_mode: str | None = None
    ) -> None:
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise UserError(
                f"MetaDrive cannot render to {render_mode!r} here; render_mode: rgb_array or None"
            )
        self.render_mode = render_mode
        self.observation_space = gym.spaces.Box(0.0, 1.0, (OBS_SIZE,), np.float32)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.dt = SECONDS_PER_PHYSICS_STEP * PHYSICS_STEPS
        self.first_scenario, self.num_scenarios = config.scenarios(split)
        self._stall_limit = config.stall_limit
        self._anchor, self._anchor_step = np.zeros(2), 0
        self._settings = simulator_settings(config)
        self._scenario: int | None = None
        self._actions: list[np.ndarray] = []
        self._over = False
        self.episodes = 0

    @property
    def episode_step(self) -> int:
        """Steps taken in this episode."""
        return len(self._actions)

    @property
    def world(self) -> Any:
        """MetaDrive's own environment, standing where this episode stands."""
        if SIMULATOR.user is not self:
            world = SIMULATOR.claim(self, self._settings)
            if self._scenario is not None:
                world.reset(seed=self._scenario)
                for action in self._actions:
                    world.step(action)
        return SIMULATOR.world

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start on the road that `options` names, or on one drawn from the split.

        Raises:
            UserError: there is no such road in the split.

        """
        super().reset(seed=seed)
        road = (options or {}).get("road")
        if road is None:
            road = int(self.np_random.integers(self.num_scenarios))
        if not 0 <= road < self.num_scenarios:
            raise UserError(f"road must be in 0..{self.num_scenarios - 1}, got {road} (metadrive)")
        self._scenario = self.first_scenario + int(road)
        self._actions = []
        self._over = False
        self.episodes += 1
        world = SIMULATOR.claim(self, self._settings)
        obs, info = world.reset(seed=self._scenario)
        self._anchor, self._anchor_step = np.array(world.agent.position), 0
        return _clip(obs), self._info(info)

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Drive for a tenth of a second.

        Raises:
            UserError: the action is not two finite numbers.

        """
        action = np.asarray(action, np.float64)
        if action.shape != (2,) or not np.isfinite(action).all():
            raise UserError(f"action must be two finite numbers, got {action} (metadrive)")
        if self._scenario is None or self._over:
            raise gym.error.ResetNeeded("call reset() before step()")
        world = self.world
        action = action.clip(-1.0, 1.0)
        obs, reward, terminated, truncated, raw = world.step(action)
        self._actions.append(action)
        info = self._info(raw)
        truncated = truncated or (self._stands(world) and not terminated)
        self._over = bool(terminated or truncated)
        if self._over:
            info["is_success"] = bool(raw["arrive_dest"])
        return _clip(obs), float(reward), bool(terminated), bool(truncated), info

    def render(self) -> np.ndarray | None:
        """Return the road from above, [height, width, 3] uint8, when ``rgb_array`` was asked for.

        Raises:
            UserError: pygame cannot draw on this machine.

        """
        if self.render_mode is None or self._scenario is None:
            return None
        try:
            frame = self.world.render(
                mode="topdown", window=False, screen_size=(600, 600), film_size=(2000, 2000)
            )
        except Exception as error:
            raise UserError(f"MetaDrive's view from above failed ({error})") from error
        return np.asarray(frame, np.uint8)

    def close(self) -> None:
        """Give the simulator back; the engine stops with its last environment."""
        self._scenario = None
        SIMULATOR.release(self)

    def _stands(self, world: Any) -> bool:
        place = np.array(world.agent.position)
        if np.linalg.norm(place - self._anchor) > STANDSTILL:
            self._anchor, self._anchor_step = place, self.episode_step
        return self.episode_step - self._anchor_step >= self._stall_limit

    def _info(self, raw: dict[str, Any]) -> dict[str, Any]:
        return {
            "cost": float(raw["cost"]),
            "crash_vehicle": bool(raw["crash_vehicle"]),
            "crash_object": bool(raw["crash_object"]),
            "off_road": bool(raw["out_of_road"]),
            "route_completion": float(raw["route_completion"]),
            "speed": float(raw["velocity"]),
            "scenario": int(self._scenario or 0),
        }


def simulator_settings(config: MetaDriveConfig) -> dict[str, Any]:
    """Settings of one engine that can play the scenarios of every split."""
    spans = [config.scenarios(split) for split in get_args(Split)]
    first = min(start for start, _ in spans)
    end = max(start + number for start, number in spans)
    return {
        "start_seed": first,
        "num_scenarios": end - first,
        "traffic_density": config.traffic_density,
        "accident_prob": config.accident_prob,
        "horizon": config.horizon,
        "physics_world_step_size": SECONDS_PER_PHYSICS_STEP,
        "decision_repeat": PHYSICS_STEPS,
        "use_render": False,
        "force_destroy": True,
        "log_level": logging.ERROR,
    }


def _clip(obs: np.ndarray) -> np.ndarray:
    return np.clip(obs, 0.0, 1.0, dtype=np.float32)
