"""N mazes as one object."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from envs.maze.layout import Layout, draw_layout, draw_start, number_of_walls
from envs.maze.model import GOAL_RADIUS, HAZARD_RADIUS, TOP_SPEED, WALLS, mjcf
from envs.maze.task import MazeConfig
from envs.physics.batch import PhysicsBatch
from envs.physics.worlds import Worlds
from envs.task import Split

RAYS = 16
"""Counter-clockwise from the x axis, evenly spaced."""
SIGHT = 2.0
"""m, how far the rays reach."""
POSITION, VELOCITY, GOAL, IN_HAZARD = slice(0, 2), slice(2, 4), slice(4, 6), 6
WALL_RAYS, HAZARD_RAYS = slice(7, 7 + RAYS), slice(7 + RAYS, 7 + 2 * RAYS)
OBS_SIZE = 7 + 2 * RAYS

_ANGLE = 2 * np.pi * np.arange(RAYS) / RAYS
_RAY = np.stack([np.cos(_ANGLE), np.sin(_ANGLE), np.zeros(RAYS)], axis=1)  # [R, 3]
_RAY_HEIGHT = 0.1
_ALONG_Y = np.array([np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)])  # a quarter turn about z


class MazeBatch(PhysicsBatch):
    """N worlds, each with a maze of its own in every episode.

    Attributes:
        config: the task's.
        walls: [N, W, 3], hazards: [N, H, 2], goal: [N, 2]; as in `Layout`.
        layout: [N] int64, the same number for the same maze only; known before any is drawn.
        in_hazard: [N] bool, now.
        reached: [N] bool, now.
        cost: [N] float64, steps in hazards in this episode.

    """

    name = "maze"
    observation_space: spaces.Space = spaces.Box(-1.0, 1.0, (OBS_SIZE,), np.float32)
    action_space: spaces.Space = spaces.Box(-1.0, 1.0, (2,), np.float32)

    def __init__(self, config: MazeConfig, split: Split, count: int) -> None:
        number = number_of_walls(config.cells, config.openness)
        worlds = Worlds(mjcf(config.cells, number, config.hazards), count, config.dt)
        super().__init__(worlds, split, config.horizon)
        self.config = config
        self.walls = np.zeros((count, number, 3))
        self.hazards = np.zeros((count, config.hazards, 2))
        self.goal = np.zeros((count, 2))
        self.layout = np.full(count, -1, np.int64)
        self.in_hazard = np.zeros(count, bool)
        self.reached = np.zeros(count, bool)
        self.cost = np.zeros(count)
        self._seen = np.zeros((count, OBS_SIZE), np.float32)

    def begin(self, w: int, rng: np.random.Generator) -> None:
        """Draw a maze and put everything in its place."""
        walls, worlds = self.walls.shape[1], self.worlds
        layout = self._drawn(w, rng)
        self.walls[w], self.hazards[w], self.goal[w] = layout.walls, layout.hazards, layout.goal
        worlds.qpos[w] = layout.start
        # In the order of the model: walls, hazards, the goal; each is 0 m high.
        worlds.mocap_pos[w] = 0.0
        worlds.mocap_pos[w, :walls, :2] = layout.walls[:, :2]
        worlds.mocap_pos[w, :walls, 2] = 0.15
        worlds.mocap_quat[w, :walls][layout.walls[:, 2] == 1] = _ALONG_Y
        worlds.mocap_pos[w, walls:-1, :2] = layout.hazards
        worlds.mocap_pos[w, -1, :2] = layout.goal

    def _drawn(self, w: int, rng: np.random.Generator) -> Layout:
        config, walls = self.config, self.walls.shape[1]
        if config.mazes is None:
            self.layout[w] = rng.integers(2**63)
            return draw_layout(rng, config.cells, walls, config.hazards)
        self.layout[w] = rng.integers(config.mazes)
        own = np.random.default_rng([config.maze_seed, self.layout[w]])
        layout = draw_layout(own, config.cells, walls, config.hazards)
        return layout._replace(start=draw_start(rng, layout, config.cells))

    def begun(self, mask: np.ndarray) -> None:
        """Forget the last episode."""
        self.cost[mask] = 0.0
        self._look()

    def control(self, actions: np.ndarray) -> np.ndarray:
        """Forces along x and y, as shares of `FORCE`."""
        return actions

    def judge(self) -> tuple[np.ndarray, np.ndarray]:
        """Reward and whether the goal was reached; see `MazeConfig.reward`."""
        if self.config.reward == "dense":
            reward = dense_reward(self._seen, self.config)
            self._look()
        else:
            self._look()
            reward = self.reached - self.config.hazard_penalty * self.in_hazard
        self.cost += self.in_hazard
        return reward, self.reached.copy()

    def within_hazard(self, position: np.ndarray) -> np.ndarray:
        """[N, 2] m -> [N] bool, whether the middle of the mass would be in a hazard there."""
        offset = self.hazards - position[:, None]  # [N, H, 2]
        return ((offset**2).sum(axis=2) < HAZARD_RADIUS**2).any(axis=1)

    def at_goal(self, position: np.ndarray) -> np.ndarray:
        """[N, 2] m -> [N] bool, whether the middle of the mass would be on the goal there."""
        return ((self.goal - position) ** 2).sum(axis=1) < GOAL_RADIUS**2

    def _look(self) -> None:
        """Bring up to date what follows from the state, the observation included."""
        position, size = self.worlds.qpos, self.config.cells
        self.in_hazard[:] = self.within_hazard(position)
        self.reached[:] = self.at_goal(position)
        obs = self._seen
        obs[:, POSITION] = position / (size / 2)
        obs[:, VELOCITY] = self.worlds.qvel / TOP_SPEED
        obs[:, GOAL] = (self.goal - position) / size
        obs[:, IN_HAZARD] = self.in_hazard
        obs[:, WALL_RAYS] = self._wall_ranges() / SIGHT
        obs[:, HAZARD_RAYS] = self._hazard_ranges() / SIGHT
        np.clip(obs, -1.0, 1.0, out=obs)

    def _wall_ranges(self) -> np.ndarray:
        """[N, R] m from the middle of the mass to the first wall, `SIGHT` for none."""
        origin = np.full((self.count, 1, 3), _RAY_HEIGHT)
        origin[:, 0, :2] = self.worlds.qpos
        distance, _ = self.worlds.rays(origin, _RAY, groups=(WALLS,))
        return np.where(distance < 0, SIGHT, np.minimum(distance, SIGHT))

    def _hazard_ranges(self) -> np.ndarray:
        """[N, R] m to the first hazard, 0 within one; walls do not hide them."""
        offset = self.hazards - self.worlds.qpos[:, None]  # [N, H, 2]
        along = offset @ _RAY[:, :2].T  # [N, H, R]
        within = HAZARD_RADIUS**2 - ((offset**2).sum(axis=2)[..., None] - along**2)
        near = along - np.sqrt(np.maximum(within, 0.0))
        hit = (within >= 0) & (along > 0)
        distance = np.where(hit, np.maximum(near, 0.0), SIGHT)
        distance = np.min(distance, axis=1, initial=SIGHT)
        return np.where(self.in_hazard[:, None], 0.0, distance)

    def observe(self) -> np.ndarray:
        """[N, 39] float32 in [-1, 1]; the slices of this module say what is where."""
        return self._seen.copy()

    def outcome(self) -> dict[str, np.ndarray]:
        """The arrays of `info` after a step, each [N]."""
        return {
            "is_success": self.reached.copy(),
            "cost": self.in_hazard.astype(np.float64),
            "episode_cost": self.cost.copy(),
        }

    def own_arrays(self) -> dict[str, np.ndarray]:
        """The mazes and what was seen of them."""
        names = ("walls", "hazards", "goal", "layout", "in_hazard", "reached", "cost")
        return {name: getattr(self, name) for name in names} | {"seen": self._seen}


def dense_reward(obs: np.ndarray, config: MazeConfig) -> np.ndarray:
    """What a step is worth that is taken where `obs` [M, 39] was seen, whatever it does: [M].

    Minus the distance to the goal, as a share of the maze's diagonal, and minus the penalty in a
    hazard. It ends with the episode, so that to hurry pays.
    """
    obs = np.asarray(obs, np.float64)
    far = np.linalg.norm(obs[:, GOAL], axis=1) / np.sqrt(2)
    return -far - config.hazard_penalty * obs[:, IN_HAZARD]
