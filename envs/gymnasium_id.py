"""The door for any Gymnasium id."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym

from envs import ids, mountain_car, pendulum
from envs.experts import shipped
from envs.seeds import SplitSeeds
from envs.task import Split, TaskFamily
from teaching import Oracle, UserError


@dataclass
class GymnasiumConfig:
    """Which environment, and when an episode counts as a success.

    Attributes:
        id: a Gymnasium id, or ``module:id`` where a package must be imported to register it.
        kwargs: for the environment's constructor.
        success_return: an episode succeeds when its return reaches this; null takes the
            threshold that the id is registered with, and without one success is not reported.
        dt: seconds a step; null takes the environment's own `dt`, or 1 / ``render_fps``.
        max_episode_steps: null takes the limit that the id is registered with.

    """

    name: str = "gymnasium"
    id: str = "LunarLanderContinuous-v3"
    kwargs: dict[str, Any] = field(default_factory=dict)
    success_return: float | None = None
    dt: float | None = None
    max_episode_steps: int | None = None

    def __post_init__(self) -> None:
        if self.dt is not None and self.dt <= 0:
            raise UserError(f"env.dt must be more than 0 s, got {self.dt} (gymnasium)")
        if self.max_episode_steps is not None and self.max_episode_steps < 1:
            given = self.max_episode_steps
            raise UserError(f"env.max_episode_steps must be at least 1, got {given} (gymnasium)")


class Outcome(gym.Wrapper, gym.utils.RecordConstructorArgs):
    """Ends each episode with ``info["is_success"]`` and gives `unwrapped` its `dt`.

    Args:
        env: the environment.
        dt: seconds a step; None where the environment knows it itself.
        success_return: an episode succeeds when its return is at least this; None reports nothing.

    """

    def __init__(self, env: gym.Env, dt: float | None, success_return: float | None):
        gym.utils.RecordConstructorArgs.__init__(self, dt=dt, success_return=success_return)
        gym.Wrapper.__init__(self, env)
        self.success_return = success_return
        self._return = 0.0
        if dt is not None:
            env.unwrapped.dt = dt  # type: ignore[attr-defined]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode with a return of zero."""
        self._return = 0.0
        return self.env.reset(seed=seed, options=options)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step once and add up the return."""
        obs, reward, terminated, truncated, info = self.env.step(action)
        reward = float(reward)  # BipedalWalker's is NumPy's, and no Python float
        self._return += reward
        if (terminated or truncated) and self.success_return is not None:
            info["is_success"] = self._return >= self.success_return
        return obs, reward, terminated, truncated, info


def make(config: GymnasiumConfig, split: Split, render_mode: str | None = None) -> gym.Env:
    """One environment with a Box observation and a Box or Discrete action.

    Raises:
        UserError: unknown id, wrong keywords, spaces that the learners cannot take, no `dt`.

    """
    kwargs = dict(config.kwargs)
    if config.max_episode_steps is not None:
        kwargs["max_episode_steps"] = config.max_episode_steps
    env = ids.make(config.id, render_mode=render_mode, **kwargs)
    threshold = config.success_return
    if threshold is None and env.spec is not None:
        threshold = env.spec.reward_threshold
    env = Outcome(env, _dt(env, config), threshold)
    return SplitSeeds(_flat(env, config.id), split)


def _dt(env: gym.Env, config: GymnasiumConfig) -> float | None:
    """Seconds a step, or None where the environment has its own."""
    own = getattr(env.unwrapped, "dt", None)
    if own is not None:
        if config.dt is not None and config.dt != own:
            raise UserError(f"env.dt={config.dt}: {config.id} has a dt of its own, {own} s")
        return None
    if config.dt is not None:
        return config.dt
    fps = env.metadata.get("render_fps")
    if not fps:
        raise UserError(f"env.dt must be given: {config.id} does not say how long a step takes")
    return 1.0 / fps


def _flat(env: gym.Env, env_id: str) -> gym.Env:
    obs, action = env.observation_space, env.action_space
    if not isinstance(action, gym.spaces.Box | gym.spaces.Discrete):
        raise UserError(f"env.id={env_id} has {action} actions; Box or Discrete is needed")
    if isinstance(obs, gym.spaces.Box):
        return env
    if isinstance(obs, gym.spaces.Dict) and obs.is_np_flattenable:
        env = gym.wrappers.FlattenObservation(env)
        if isinstance(env.observation_space, gym.spaces.Box):
            return env
    raise UserError(f"env.id={env_id} has {type(obs).__name__} observations; Box or Dict is needed")


def oracle(env: gym.Env | gym.vector.VectorEnv, config: GymnasiumConfig) -> Oracle | None:
    """The expert for the id and these arguments of its constructor; None if there is none.

    MountainCar's is computed, the others are shipped; Pendulum's knows the true reward too.

    Raises:
        UserError: its file is damaged, or the id's spaces have changed since it was made.

    """
    if config.id == "MountainCar-v0" and not config.kwargs:
        return mountain_car.oracle()
    policy = shipped.find(config.id, config.kwargs)
    if policy is None:
        return None
    if isinstance(env, gym.vector.VectorEnv):
        expert = policy.oracle(env.single_observation_space, env.single_action_space)
    else:
        expert = policy.oracle(env.observation_space, env.action_space)
    knows_reward = config.id == "Pendulum-v1" and not config.kwargs
    return pendulum.with_reward(expert) if knows_reward else expert


GYMNASIUM = TaskFamily(
    name="gymnasium",
    summary="Any Gymnasium id with Box observations; some ids come with an expert",
    config=GymnasiumConfig,
    actions="either",
    make=make,
    oracle=oracle,
)
