"""Learners that act and learn at every step: the loop, whatever the actions and the parameters."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Self

import gymnasium as gym
import numpy as np
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.actions import form_of
from algorithms.core.learner import Callback
from algorithms.core.step import Step
from algorithms.core.transit import TransitBuffer
from teaching import info as keys
from teaching.sb3 import as_vec_env
from teaching.wrapper import seconds_per_step

_RECENT = 100
"""Episodes in a running mean, as in Stable-Baselines3."""


class StepwiseLearner:
    """A learner that takes one step of all worlds, learns from it, and goes on.

    A subclass gives `act`, `choose` and `take_in`, and what it has learned in `learned` and
    `load_learned`.

    Args:
        env: the environment or vector environment, with the human beside it.
        seed: of the actions that are drawn.

    """

    _log_prob: np.ndarray | None = None
    """[N] of the actions drawn last, in subclasses that keep how likely they were."""

    def __init__(self, env: gym.Env | gym.vector.VectorEnv | VecEnv, seed: int):
        self.env = as_vec_env(env, seed)
        self.form = form_of(self.env.action_space)
        self.num_features = int(np.prod(self.env.observation_space.shape or (1,)))
        self.num_worlds = self.env.num_envs
        self.num_timesteps = 0
        self.logger = Logger(None, [])
        self._rng = np.random.default_rng([seed, 0xAC7])
        self._obs: np.ndarray | None = None
        self._transit = TransitBuffer()
        # Return, length and success (NaN where the task does not say) of the last episodes.
        self._last_episodes: deque[tuple[float, float, float]] = deque(maxlen=_RECENT)

    def act(self, obs: np.ndarray) -> np.ndarray:
        """Actions of the N worlds in training, in the learner's form, from obs [N, D]."""
        raise NotImplementedError

    def choose(self, obs: np.ndarray, deterministic: bool) -> np.ndarray:
        """Actions for M observations [M, D] outside training: the likeliest ones, or drawn."""
        raise NotImplementedError

    def take_in(self, step: Step) -> None:
        """Learn from a step."""
        raise NotImplementedError

    def learned(self) -> dict[str, Any]:
        """What learning changes: ``parameters``, a dict of arrays, and whatever else there is."""
        raise NotImplementedError

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore what `learned` returned."""
        raise NotImplementedError

    def figures(self) -> dict[str, float]:
        """What a run's result says beside its evaluation: the estimated delay, in seconds."""
        estimator = getattr(self, "estimator", None)
        return {} if estimator is None else {"delay_estimate": float(estimator.seconds.mean())}

    @property
    def dt(self) -> float:
        """Seconds that a step takes."""
        return seconds_per_step(getattr(self.env, "env", self.env))

    def set_logger(self, logger: Logger) -> None:
        """Send metrics to `logger`."""
        self.logger = logger

    def learn(self, total_steps: int, callback: Callback | None = None) -> Self:
        """Train until `num_timesteps` reaches `total_steps`."""
        callback = callback or Callback()
        while self.num_timesteps < total_steps:
            if self._obs is None:
                self._obs = self._flat(self.env.reset())
            action = self.act(self._obs)
            raw, reward, done, infos = self.env.step(self.form.to_env(action))
            self.num_timesteps += self.num_worlds
            self._report(infos)
            go_on = callback.on_step(self, infos, reward, done)  # type: ignore[arg-type]
            following = self._flat(raw)
            step = self._step(action, reward, following, done, infos)
            underway = np.array([info.get(keys.TRANSIT, np.nan) for info in infos], np.float64)
            for settled in self._transit.pass_on(step, underway, self.dt):
                self.take_in(settled)
            self._obs = following
            if not go_on:
                return self
            callback.on_boundary(self)  # type: ignore[arg-type]
        return self

    def predict(
        self, obs: np.ndarray, deterministic: bool = True
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Actions for one observation [O...] or a batch [M, O...]; the likeliest, or drawn."""
        single = np.shape(obs) == (self.env.observation_space.shape or ())
        rows = np.reshape(np.asarray(obs, np.float64), (-1, self.num_features))
        chosen = self.form.to_env(self.choose(rows, deterministic))
        return (chosen[0] if single else chosen), None

    @property
    def resumable(self) -> bool:
        """Whether a state taken now resumes bit for bit."""
        return bool(getattr(self.env, "resumable", False))

    def state_dict(self) -> dict[str, Any]:
        """What was learned, the generator, counters and the environment's state."""
        state: dict[str, Any] = {
            **self.learned(),
            "num_timesteps": self.num_timesteps,
            "rng": self._rng.bit_generator.state,
            "obs": None if self._obs is None else self._obs.copy(),
            "transit": self._transit.state_dict(),
            "last_episodes": np.array(self._last_episodes).reshape(-1, 3),
        }
        if self._obs is not None and hasattr(self.env, "state_dict"):
            state["env"] = self.env.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.load_learned(state)
        self.num_timesteps = int(state["num_timesteps"])
        self._rng.bit_generator.state = state["rng"]
        self._obs = None if state["obs"] is None else np.array(state["obs"])
        self._transit.load_state_dict(state["transit"])
        self._last_episodes.clear()
        self._last_episodes.extend(tuple(row) for row in state["last_episodes"].tolist())
        if "env" in state:
            self.env.load_state_dict(state["env"])  # type: ignore[attr-defined]

    def _report(self, infos: Sequence[dict[str, Any]]) -> None:
        """Log the last episodes as Stable-Baselines3 does, where one has ended."""
        ended = [info for info in infos if "episode" in info]
        for info in ended:
            succeeded = float(info.get("is_success", np.nan))
            self._last_episodes.append((info["episode"]["r"], info["episode"]["l"], succeeded))
        if not ended:
            return
        returns, lengths, successes = np.array(self._last_episodes).T
        self.logger.record("rollout/ep_rew_mean", float(returns.mean()))
        self.logger.record("rollout/ep_len_mean", float(lengths.mean()))
        if not np.isnan(successes).all():
            self.logger.record("rollout/success_rate", float(np.nanmean(successes)))

    def _draw(self, probs: np.ndarray) -> np.ndarray:
        """[M] of [M, actions], by inverting the distribution function."""
        below = probs.cumsum(axis=1)
        uniform = self._rng.random(len(probs)) * below[:, -1]
        return (below <= uniform[:, None]).sum(axis=1)

    def _flat(self, obs: Any) -> np.ndarray:
        return np.reshape(np.asarray(obs, np.float64), (len(obs), -1))

    def _step(
        self,
        action: np.ndarray,
        reward: np.ndarray,
        following: np.ndarray,
        done: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> Step:
        assert self._obs is not None
        next_obs, terminated = following, done
        if done.any():
            next_obs, terminated = following.copy(), done.copy()
            for world in np.flatnonzero(done):
                last = infos[world]["terminal_observation"]
                next_obs[world] = np.reshape(np.asarray(last, np.float64), -1)
                terminated[world] = not infos[world]["TimeLimit.truncated"]
        takeover = np.array([bool(info.get(keys.TAKEOVER, False)) for info in infos])
        if takeover.any():
            action = action.copy()
            for world in np.flatnonzero(takeover):
                action[world] = self.form.from_env(infos[world][keys.EXECUTED_ACTION])
        return Step(
            obs=self._obs,
            action=action,
            takeover=takeover,
            feedback=np.array([info.get(keys.FEEDBACK, np.nan) for info in infos], np.float64),
            reward=np.asarray(reward, np.float64),
            next_obs=next_obs,
            terminated=terminated,
            done=done,
            log_prob=self._log_prob,
            utterance=np.array([str(info.get(keys.UTTERANCE, "")) for info in infos]),
        )
