"""The experts behind a simulated human, and what they know of danger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from envs.metadrive.env import MetaDrive
from envs.metadrive.planner import plan
from envs.metadrive.rollout import DT, hold
from envs.metadrive.scene import Scene, Scenes
from teaching import Oracle, UserError

if TYPE_CHECKING:
    from envs.metadrive.task import MetaDriveConfig

ACTION_STD = np.array([0.1, 0.3])
"""Spread of a careful driver about the expert's action, for `Oracle.log_prob`: steering is held
tightly, the pedal loosely. Chosen, not fitted."""

DAWDLING = 1.0
"""Mean speed in m/s under which a car counts as standing still where the expert would drive on."""

Driver = Callable[[Any, Scene], np.ndarray]


def make_oracle(env: Any, config: MetaDriveConfig) -> Oracle:
    """Bind an expert to one environment.

    The observations handed in are ignored: the expert reads the simulator, which must stand where
    they were made. However often it is asked between two steps, it answers the same.

    Args:
        env: a `MetaDrive`, wrapped or not, or a vector environment of exactly one.
        config: which expert drives, and how fast.

    Raises:
        UserError: the environment holds more than one world.

    """
    knowledge = _Knowledge(_one_world(env), _driver(config))
    return Oracle(action=knowledge.action, log_prob=knowledge.log_prob, risk=knowledge.risk)


class _Knowledge:
    """The expert's view of the present state, worked out once a step."""

    def __init__(self, env: MetaDrive, driver: Driver) -> None:
        self._env = env
        self._driver = driver
        self._scenes = Scenes()
        self._stamp: tuple[int, int] | None = None
        self._scene: Scene
        self._action: np.ndarray

    def action(self, obs: np.ndarray) -> np.ndarray:
        """[1, 259] -> [1, 2]."""
        self._look()
        return self._action[None].astype(np.float32)

    def log_prob(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[1, 259], [1, 2] -> [1], of a Gaussian about the expert's action."""
        z = (np.asarray(action, float) - self.action(obs)) / ACTION_STD
        return np.sum(-0.5 * z**2 - np.log(ACTION_STD) - 0.5 * np.log(2.0 * np.pi), axis=-1)

    def risk(self, obs: np.ndarray, action: np.ndarray, horizon: float) -> np.ndarray:
        """[1, 259], [1, 2], seconds -> [1], 1.0 where holding the action ends badly, else 0.0.

        Badly means off the route's lanes, into something, or at a standstill on a road on which the
        expert would drive. After Cai et al. (PPL, 2025), whose simulated person rolls a kinematic
        bicycle forward under the novice's action.
        """
        self._look()
        scene = self._scene
        steering, pedal = np.clip(np.asarray(action, float).reshape(2), -1.0, 1.0)
        steps = max(1, round(horizon / DT))
        safe, driven = hold(*scene[:5], steering, pedal, steps)
        dawdles = driven < DAWDLING * horizon and self._action[1] > 0.1 and pedal < 0.1
        return np.array([1.0 if safe < steps or dawdles else 0.0])

    def _look(self) -> None:
        world = self._env.world
        stamp = (self._env.episodes, self._env.episode_step)
        if stamp != self._stamp:
            self._scene = self._scenes.read(world)
            self._action = np.clip(self._driver(world, self._scene), -1.0, 1.0)
            self._stamp = stamp


def _one_world(env: Any) -> MetaDrive:
    envs = getattr(env, "envs", None)
    if envs is not None and len(envs) == 1:
        env = envs[0]
    if not isinstance(env.unwrapped, MetaDrive):
        raise UserError("metadrive's expert teaches one environment a process; set num_worlds to 1")
    return env.unwrapped


def _driver(config: MetaDriveConfig) -> Driver:
    if config.expert == "idm":
        return _IDM()
    if config.expert == "ppo":
        return _ppo
    return lambda world, scene: np.array(plan(*scene, config.expert_speed))


def _ppo(world: Any, scene: Scene) -> np.ndarray:
    """Answer as MetaDrive's bundled PPO expert does on average."""
    from metadrive.examples.ppo_expert.numpy_expert import expert

    return np.asarray(expert(world.agent, deterministic=True))


class _IDM:
    """MetaDrive's rule-based driver at the wheel of the agent's car."""

    def __init__(self) -> None:
        self._policy: Any = None

    def __call__(self, world: Any, scene: Scene) -> np.ndarray:
        from metadrive.policy.idm_policy import IDMPolicy

        agent = world.agent
        if self._policy is None or world.episode_step <= 1:
            self._policy = IDMPolicy(agent, world.current_seed)
        self._policy.control_object = agent
        return np.asarray(self._policy.act())
