"""A Stable-Baselines3 model behind the lab's `Learner` interface, with a state that resumes."""

from __future__ import annotations

from functools import reduce
from typing import Any, Self

import gymnasium as gym
import numpy as np
import torch as th
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.learner import Callback
from algorithms.core.state import (
    generator_states,
    module_state,
    optimizer_state,
    set_generator_states,
    to_plain,
)
from algorithms.core.targets import TargetFollower

_COUNTERS = ("num_timesteps", "_n_updates", "_episode_num", "_n_calls", "exploration_rate")


class SB3Learner:
    """Holds `model`, built by a subclass, and everything that Stable-Baselines3 does not save."""

    model: BaseAlgorithm
    targets: TargetFollower | None = None
    """Set by a subclass whose target networks follow another rule than the model's own."""

    @property
    def num_timesteps(self) -> int:
        """Environment steps so far, over all worlds."""
        return self.model.num_timesteps

    @property
    def env(self) -> VecEnv:
        """The adapted environment."""
        assert self.model.env is not None
        return self.model.env

    @property
    def logger(self) -> Logger:
        """Where metrics go."""
        return self.model.logger

    def set_logger(self, logger: Logger) -> None:
        """Send metrics to `logger`."""
        self.model.set_logger(logger)

    def learn(self, total_steps: int, callback: Callback | None = None) -> Self:
        """Train until `num_timesteps` reaches `total_steps`."""
        callback = callback or Callback()
        remaining = total_steps - self.num_timesteps
        if remaining > 0:
            hook = _Hook(self, callback)
            self.model.learn(remaining, callback=hook, reset_num_timesteps=False)
            if not hook.stopped:
                callback.on_boundary(self)
        return self

    def predict(
        self, obs: np.ndarray, deterministic: bool = True
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Actions for one observation [O...] or a batch [N, O...]."""
        return self.model.predict(obs, deterministic=deterministic)

    @property
    def resumable(self) -> bool:
        """Whether a state taken now resumes bit for bit."""
        return bool(getattr(self.env, "resumable", False))

    def state_dict(self) -> dict[str, Any]:
        """Weights, optimisers, buffers, generators, counters and the environment's state."""
        model = self.model
        names, tensors = model._get_torch_save_params()
        state: dict[str, Any] = {
            "torch": {name: to_plain(_attribute(model, name).state_dict()) for name in names},
            "tensors": {name: to_plain(_attribute(model, name)) for name in tensors},
            "counters": {name: getattr(model, name) for name in _COUNTERS if hasattr(model, name)},
            "generators": generator_states(),
            "action_space_rng": model.action_space.np_random.bit_generator.state,
            "last_obs": None if model._last_obs is None else np.array(model._last_obs),
            "recent": _recent(model),
        }
        starts = model._last_episode_starts
        state["last_episode_starts"] = None if starts is None else np.array(starts)
        if model._last_obs is not None and hasattr(self.env, "state_dict"):
            state["env"] = self.env.state_dict()
        buffer = getattr(model, "replay_buffer", None)
        if buffer is not None:
            state["buffer"] = _buffer_state(buffer)
        if self.targets is not None:
            state["targets"] = self.targets.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned, into a learner built with the same arguments."""
        model = self.model
        for name, saved in state["torch"].items():
            part = _attribute(model, name)
            is_optimizer = isinstance(part, th.optim.Optimizer)
            part.load_state_dict(optimizer_state(saved) if is_optimizer else module_state(saved))
        for name, saved in state["tensors"].items():
            _attribute(model, name).data = th.as_tensor(np.array(saved))
        for name, value in state["counters"].items():
            setattr(model, name, value)
        if "env" in state:
            self.env.load_state_dict(state["env"])  # type: ignore[attr-defined]
        model._last_obs = None if state["last_obs"] is None else np.array(state["last_obs"])
        starts = state["last_episode_starts"]
        model._last_episode_starts = None if starts is None else np.array(starts)
        _set_recent(model, state["recent"])
        if "buffer" in state:
            _set_buffer_state(model.replay_buffer, state["buffer"])  # type: ignore[attr-defined]
        if self.targets is not None:
            self.targets.load_state_dict(state["targets"])
        # Last: what was restored above may have drawn from the generators.
        model.action_space.np_random.bit_generator.state = state["action_space_rng"]
        set_generator_states(state["generators"])


class _Hook(BaseCallback):
    """Stable-Baselines3's callback calls as the lab's.

    A rollout starts where the last update is done and nothing new is collected: only there is the
    state whole.
    """

    def __init__(self, learner: SB3Learner, callback: Callback):
        super().__init__()
        self._learner = learner
        self._callback = callback
        self._first = True
        self.stopped = False

    def _on_rollout_start(self) -> None:
        if not self._first:
            self._callback.on_boundary(self._learner)
        self._first = False

    def _on_step(self) -> bool:
        go_on = self._callback.on_step(
            self._learner, self.locals["infos"], self.locals["rewards"], self.locals["dones"]
        )
        self.stopped = not go_on
        return go_on


def _attribute(root: Any, dotted: str) -> Any:
    return reduce(getattr, dotted.split("."), root)


def _recent(model: BaseAlgorithm) -> dict[str, list[float]]:
    """The last episodes, over which Stable-Baselines3 takes its running means."""
    episodes = list(model.ep_info_buffer or [])
    return {
        "returns": [float(episode["r"]) for episode in episodes],
        "lengths": [int(episode["l"]) for episode in episodes],
        "successes": [bool(success) for success in model.ep_success_buffer or []],
    }


def _set_recent(model: BaseAlgorithm, recent: dict[str, list[float]]) -> None:
    if model.ep_info_buffer is None:
        model._setup_learn(0, reset_num_timesteps=False)
    assert model.ep_info_buffer is not None and model.ep_success_buffer is not None
    model.ep_info_buffer.clear()
    pairs = zip(recent["returns"], recent["lengths"], strict=True)
    model.ep_info_buffer.extend({"r": r, "l": length} for r, length in pairs)
    model.ep_success_buffer.clear()
    model.ep_success_buffer.extend(recent["successes"])


_REPLAY_ARRAYS = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")


def _buffer_state(buffer: Any) -> dict[str, Any]:
    if not isinstance(buffer, ReplayBuffer):
        return buffer.state_dict()
    rows = buffer.size()
    arrays = {name: getattr(buffer, name)[:rows].copy() for name in _REPLAY_ARRAYS}
    return {"pos": buffer.pos, "full": buffer.full, **arrays}


def _set_buffer_state(buffer: Any, state: dict[str, Any]) -> None:
    if not isinstance(buffer, ReplayBuffer):
        buffer.load_state_dict(state)
        return
    buffer.pos, buffer.full = state["pos"], state["full"]
    for name in _REPLAY_ARRAYS:
        getattr(buffer, name)[: buffer.size()] = state[name]


def is_continuous(action_space: gym.Space) -> bool:
    """Which form of an algorithm an action space calls for; refuses what has none."""
    from teaching import UserError

    if isinstance(action_space, gym.spaces.Box):
        return True
    if isinstance(action_space, gym.spaces.Discrete):
        return False
    raise UserError(
        f"action space must be Box or Discrete, got {action_space}; wrap the environment"
    )
