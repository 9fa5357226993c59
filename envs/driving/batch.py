"""N worlds as one object: what the environment, the vector environment and the driver share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from envs.driving.constants import (
    ARRIVED,
    CRASHED,
    MAX_SPEED,
    OBS_SIZE,
    OFF_ROAD,
    RUNNING,
    SPEED,
    START_S,
    S,
)
from envs.driving.kernels import advance
from envs.driving.roads import Roads
from envs.driving.sense import observe
from envs.driving.start import start_episode
from envs.driving.worlds import empty_worlds
from envs.jit import kernel
from teaching import UserError

# The reward of MetaDrive (Li et al., TPAMI 2022): metres, a little for speed, and the end.
SPEED_REWARD = 0.1
ARRIVAL_REWARD = 10.0
FAILURE_REWARD = -5.0


@kernel
def observe_some(roads, worlds, mask, obs):  # type: ignore[no-untyped-def]
    """Write the observations of the worlds in the mask into their rows of obs [N, OBS_SIZE]."""
    for w in range(worlds.road.shape[0]):
        if mask[w]:
            observe(roads, worlds, w, obs[w])


@kernel
def start_some(roads, worlds, mask, road, traffic_density):  # type: ignore[no-untyped-def]
    """Start an episode in the worlds of the mask, on the given road or, below 0, a random one."""
    for w in range(worlds.road.shape[0]):
        if mask[w]:
            start_episode(roads, worlds, w, road[w], traffic_density)


@kernel
def step_all(roads, worlds, actions, limits, reward, terminated, truncated):  # type: ignore[no-untyped-def]
    """One step of every world: writes reward, terminated and truncated, each [N]."""
    for w in range(worlds.road.shape[0]):
        steering = min(max(actions[w, 0], -1.0), 1.0)
        throttle = min(max(actions[w, 1], -1.0), 1.0)
        reward[w] = advance(roads, worlds, w, steering, throttle)
        reward[w] += SPEED_REWARD * worlds.ego[w, SPEED] / MAX_SPEED
        event = worlds.event[w]
        if event == ARRIVED:
            reward[w] += ARRIVAL_REWARD
        elif event != RUNNING:
            reward[w] += FAILURE_REWARD
        terminated[w] = event != RUNNING
        late = worlds.steps[w] >= limits.horizon or worlds.still[w] >= limits.stall
        truncated[w] = event == RUNNING and late


class Limits(NamedTuple):
    """Where an episode is cut off.

    Attributes:
        horizon: steps.
        stall: steps at a standstill, in a row.

    """

    horizon: int
    stall: int


class Batch:
    """N worlds on the roads of one split."""

    def __init__(self, roads: Roads, count: int, limits: Limits, traffic_density: float) -> None:
        self.roads = roads
        self.worlds = empty_worlds(count)
        self.count = count
        self._limits = limits
        self._density = traffic_density
        self._everywhere = np.ones(count, bool)
        self._reward = np.zeros(count)
        self._terminated = np.zeros(count, bool)
        self._truncated = np.zeros(count, bool)

    def twin(self) -> Batch:
        """One world on the same roads, to run on from a copy of the state of one of these."""
        return Batch(self.roads, 1, self._limits, self._density)

    def seed(self, w: int, seed: int) -> None:
        """Give world w the random stream of a seed."""
        self.worlds.rng[w] = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]

    def start(self, mask: np.ndarray, road: np.ndarray) -> None:
        """Start an episode in the worlds of `mask` [N]; `road` [N] is a row, or -1 for any."""
        start_some(self.roads, self.worlds, mask, road, self._density)

    def road_rows(self, road: int | Sequence[int] | np.ndarray | None) -> np.ndarray:
        """Turn ``options["road"]`` into one row for each world; -1 where it was left open.

        Raises:
            UserError: a row that the split does not have.

        """
        if road is None:
            return np.full(self.count, -1)
        rows, have = np.asarray(road), len(self.roads.goal)
        whole = rows.dtype.kind in "iu" and rows.shape in ((), (self.count,))
        if not whole or rows.min() < 0 or rows.max() >= have:
            raise UserError(f'options["road"] must be from 0 to {have - 1}, got {road}')
        return np.ascontiguousarray(np.broadcast_to(rows, (self.count,)), np.int64)

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Move all worlds; [N, 2] -> reward, terminated, truncated, each [N] and a copy.

        Raises:
            UserError: actions of another shape, or that are not numbers.

        """
        actions = np.asarray(actions, np.float64)
        if actions.shape != (self.count, 2):
            raise UserError(f"actions must have the shape ({self.count}, 2), got {actions.shape}")
        if not np.isfinite(actions).all():
            bad = actions[~np.isfinite(actions).all(axis=1)][0].tolist()
            raise UserError(f"actions must be finite numbers, got {bad}")
        step_all(
            self.roads, self.worlds, actions, self._limits,
            self._reward, self._terminated, self._truncated,
        )  # fmt: skip
        return self._reward.copy(), self._terminated.copy(), self._truncated.copy()

    def observe(self) -> np.ndarray:
        """What the drivers sense now, float32 [N, OBS_SIZE]."""
        obs = np.empty((self.count, OBS_SIZE), np.float32)
        observe_some(self.roads, self.worlds, self._everywhere, obs)
        return obs

    def observe_again(self, obs: np.ndarray, mask: np.ndarray) -> None:
        """Write what the drivers of `mask` [N] sense now into their rows of `obs`."""
        observe_some(self.roads, self.worlds, mask, obs)

    def outcome(self) -> dict[str, np.ndarray]:
        """The arrays of `info` after a step, each [N]."""
        event = self.worlds.event
        row = self.worlds.road
        done = (self.worlds.ego[:, S] - START_S) / (self.roads.goal[row] - START_S)
        return {
            "road": self.roads.seed[row],
            "cost": ((event == CRASHED) | (event == OFF_ROAD)).astype(np.float64),
            "arrived": event == ARRIVED,
            "crash": event == CRASHED,
            "off_road": event == OFF_ROAD,
            "stalled": (event == RUNNING) & (self.worlds.still >= self._limits.stall),
            "is_success": event == ARRIVED,
            "route_completion": np.clip(done, 0.0, 1.0),
        }

    def state_dict(self) -> dict[str, Any]:
        """A copy of every array that changes."""
        return {name: value.copy() for name, value in self.worlds._asdict().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore `state_dict` bit for bit.

        Raises:
            UserError: a state of another number of worlds.

        """
        for name, value in self.worlds._asdict().items():
            if name not in state or np.shape(state[name]) != value.shape:
                raise UserError(f"the saved driving state has no {name} of the shape {value.shape}")
            value[...] = state[name]
