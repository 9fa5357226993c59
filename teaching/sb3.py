"""The one step from Gymnasium's conventions to Stable-Baselines3's `VecEnv`.

Stable-Baselines3 resets a finished world in the same step, puts the last observation into
``info["terminal_observation"]`` and counts episodes in ``info["episode"]``. The adapters also give
each episode a seed of its own and save what a resumed run needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from teaching.errors import UserError
from teaching.human import Human
from teaching.questions import Queries
from teaching.vector import require_same_step


def episode_seed(seed: int, episode: int) -> int:
    """The seed with which episode number `episode` of a run is reset, in [0, 2³²)."""
    return int(np.random.SeedSequence([seed, episode]).generate_state(1)[0])


def as_vec_env(env: gym.Env | gym.vector.VectorEnv | VecEnv, seed: int) -> VecEnv:
    """Whatever it is, as a `VecEnv` whose episodes follow from `seed`."""
    if isinstance(env, VecEnv):
        return env
    if isinstance(env, gym.vector.VectorEnv):
        return VectorAdapter(env, seed)
    return SingleAdapter(env, seed)


def show_policy(env: VecEnv, probs: Callable[[np.ndarray], np.ndarray]) -> None:
    """Let the human beside `env`, if there is one, see the learner's action probabilities.

    Args:
        env: what `as_vec_env` returned.
        probs: [N, O...] the observations of the moment -> [N, number of actions].

    """
    session = getattr(getattr(env, "env", None), "session", None)
    if session is not None:
        session.action_probs = probs


def human_beside(env: VecEnv) -> Human | None:
    """The human beside `env`, if there is one; `env` is what `as_vec_env` returned."""
    session = getattr(getattr(env, "env", None), "session", None)
    return None if session is None else session.human


def queries_of(env: VecEnv) -> Queries:
    """The way to ask the human beside `env` about segments.

    Args:
        env: what `as_vec_env` returned.

    Raises:
        UserError: there is no human beside it.

    """
    session = getattr(getattr(env, "env", None), "session", None)
    if session is None:
        raise UserError("nobody is there to be asked: wrap the environment with HumanInTheLoop")
    session.keep_films()
    return session.queries


class _Adapter(VecEnv):
    """What both adapters share: episode sums, rendering, attributes."""

    def __init__(self, env: Any, num_envs: int, obs_space: gym.Space, action_space: gym.Space):
        self.env = env
        self.render_mode = env.render_mode
        self._returns = np.zeros(num_envs)
        self._lengths = np.zeros(num_envs, np.int64)
        super().__init__(num_envs, obs_space, action_space)

    def step_async(self, actions: np.ndarray) -> None:
        self._actions = actions

    def close(self) -> None:
        self.env.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        return [getattr(self.env, attr_name)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        setattr(self.env, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kw: Any) -> list[Any]:
        return [getattr(self.env, method_name)(*args, **kw)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [False] * self.num_envs

    def get_images(self) -> Sequence[np.ndarray | None]:
        return [self.env.render()]

    def _count(self, rewards: np.ndarray, dones: np.ndarray, infos: list[dict[str, Any]]) -> None:
        """Add up returns and lengths, and report those of the episodes that ended."""
        self._returns += rewards
        self._lengths += 1
        for world in np.flatnonzero(dones):
            infos[world]["episode"] = {
                "r": float(self._returns[world]),
                "l": int(self._lengths[world]),
            }
        self._returns[dones] = 0.0
        self._lengths[dones] = 0


class SingleAdapter(_Adapter):
    """One Gymnasium environment. Resumes bit for bit at the start of an episode."""

    def __init__(self, env: gym.Env, seed: int):
        super().__init__(env, 1, env.observation_space, env.action_space)
        self._seed = seed
        self._episode = 0

    def reset(self) -> np.ndarray:
        """Begin the next episode; [1, O...]."""
        obs, info = self.env.reset(seed=episode_seed(self._seed, self._episode))
        self._episode += 1
        self.reset_infos = [info]
        self._returns[:], self._lengths[:] = 0.0, 0
        return np.asarray(obs)[None]

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Step, and reset where the episode ended."""
        obs, reward, terminated, truncated, info = self.env.step(self._actions[0])
        rewards = np.array([reward], np.float32)
        dones = np.array([terminated or truncated])
        infos = [dict(info)]
        self._count(rewards, dones, infos)
        obs = np.asarray(obs)[None]
        if dones[0]:
            infos[0]["terminal_observation"] = obs[0]
            infos[0]["TimeLimit.truncated"] = bool(truncated and not terminated)
            obs = self.reset()
        return obs, rewards, dones, infos

    @property
    def resumable(self) -> bool:
        """Only between episodes: a Gymnasium environment cannot be saved in the middle of one."""
        return self._lengths[0] == 0

    def state_dict(self) -> dict[str, Any]:
        """The episode's number, and the state of a human if the environment has one."""
        state: dict[str, Any] = {"episode": self._episode}
        if hasattr(self.env, "state_dict"):
            state["wrapped"] = self.env.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Begin the saved episode again and restore what the wrappers knew at its start."""
        self._episode = state["episode"] - 1
        self.reset()
        if "wrapped" in state:
            self.env.load_state_dict(state["wrapped"])


class VectorAdapter(_Adapter):
    """A vector environment that resets in the same step, such as a batch of Driving worlds.

    Resumes bit for bit anywhere if the worlds can be saved (`unwrapped.state_dict`).
    """

    def __init__(self, env: gym.vector.VectorEnv, seed: int):
        require_same_step(env)
        super().__init__(env, env.num_envs, env.single_observation_space, env.single_action_space)
        self._seed = seed

    def reset(self) -> np.ndarray:
        """Begin an episode in every world; [N, O...]."""
        obs, _ = self.env.reset(seed=episode_seed(self._seed, 0))
        self.reset_infos = [{} for _ in range(self.num_envs)]
        self._returns[:], self._lengths[:] = 0.0, 0
        return np.array(obs)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Step all worlds; finished ones come back reset."""
        obs, rewards, terminations, truncations, columns = self.env.step(self._actions)
        dones = np.asarray(terminations | truncations)
        infos = unstack(columns, self.num_envs)
        final_infos = columns.get("final_info", {})
        finals = unstack(final_infos, self.num_envs) if dones.any() else []
        for world in np.flatnonzero(dones):
            # What the task said of the last step stands in final_info; what stands beside it
            # is the next episode's reset, but for the human's keys, which only the top has.
            infos[world] = {**infos[world], **finals[world]}
            infos[world]["terminal_observation"] = np.array(columns["final_obs"][world])
            infos[world]["TimeLimit.truncated"] = bool(
                truncations[world] and not terminations[world]
            )
        rewards = np.asarray(rewards, np.float32)
        self._count(rewards, dones, infos)
        return np.array(obs), rewards, dones, infos

    @property
    def resumable(self) -> bool:
        """Whether the worlds can be saved."""
        return hasattr(self.env.unwrapped, "state_dict")

    def state_dict(self) -> dict[str, Any]:
        """The worlds, the sums of the running episodes, and the human if there is one."""
        state: dict[str, Any] = {"returns": self._returns.copy(), "lengths": self._lengths.copy()}
        if hasattr(self.env.unwrapped, "state_dict"):
            state["worlds"] = self.env.unwrapped.state_dict()
        if self.env is not self.env.unwrapped and hasattr(self.env, "state_dict"):
            state["wrapped"] = self.env.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.reset()
        if "worlds" in state:
            self.env.unwrapped.load_state_dict(state["worlds"])
        if "wrapped" in state:
            self.env.load_state_dict(state["wrapped"])
        self._returns = np.array(state["returns"])
        self._lengths = np.array(state["lengths"])


def unstack(columns: dict[str, Any], num_envs: int) -> list[dict[str, Any]]:
    """Gymnasium's dict of arrays, with its ``_key`` masks of presence, as one dict a world."""
    rows: list[dict[str, Any]] = [{} for _ in range(num_envs)]
    for key, column in columns.items():
        if key.startswith("_") or key in ("final_obs", "final_info"):
            continue
        present = columns.get(f"_{key}")
        if isinstance(column, dict):
            column = unstack(column, num_envs)
        for world in range(num_envs) if present is None else np.flatnonzero(present):
            value = column[world]
            rows[world][key] = value.item() if isinstance(value, np.generic) else value
    return rows
