"""Learners that act and learn at every step, written out in NumPy: tabular, linear, small nets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import gymnasium as gym
import numpy as np
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.learner import Callback
from teaching import UserError
from teaching import info as keys
from teaching.sb3 import as_vec_env, show_policy
from teaching.wrapper import seconds_per_step


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """What happened to N worlds in one step.

    Attributes:
        obs: [N, D] what was seen, flattened.
        action: [N] int64, what was done, numbers from 0 on.
        feedback: [N] float64, praise or blame that was given meanwhile; NaN for silence.
        reward: [N] float64, the true reward: only for learners that say so.
        next_obs: [N, D] what is seen after it, at the end of an episode its last observation.
        terminated: [N] bool, the episode ended and nothing comes after it.
        done: [N] bool, the episode ended or was cut off.

    """

    obs: np.ndarray
    action: np.ndarray
    feedback: np.ndarray
    reward: np.ndarray
    next_obs: np.ndarray
    terminated: np.ndarray
    done: np.ndarray


class OnlineLearner:
    """A learner with discrete actions that takes one step of all worlds, learns, and goes on.

    A subclass gives `probabilities` and `take_in`, and lists in `_saved` the arrays that it
    changes. It has one set of parameters for all worlds, or, where it is `independent`, one a
    world: N learners in the time of one, which is how twenty seeds of a small problem are run at
    once. Then row k of the parameters is learner k's, and it predicts for N observations, one a
    learner.

    Args:
        env: the environment or vector environment, with the human beside it.
        seed: of the actions that are drawn.
        independent: whether each world has a learner of its own.

    """

    _saved: tuple[str, ...] = ()

    def __init__(
        self, env: gym.Env | gym.vector.VectorEnv | VecEnv, seed: int, independent: bool = False
    ):
        self.env = as_vec_env(env, seed)
        space = self.env.action_space
        if not isinstance(space, gym.spaces.Discrete):
            raise UserError(
                f"this learner chooses among discrete actions, and this task has {space}; "
                "take another algorithm or another task"
            )
        self.num_actions = int(space.n)
        self.num_features = int(np.prod(self.env.observation_space.shape or (1,)))
        self.num_worlds = self.env.num_envs
        self.num_learners = self.num_worlds if independent else 1
        self.num_timesteps = 0
        self.logger = Logger(None, [])
        self._first_action = int(space.start)
        self._of = np.arange(self.num_worlds) if independent else np.zeros(self.num_worlds, int)
        self._rng = np.random.default_rng([seed, 0xAC7])
        self._obs: np.ndarray | None = None
        self._probs = np.empty((0, 0))
        show_policy(self.env, lambda obs: self._probs)

    def probabilities(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """[M, actions] of M observations [M, D], the i-th by learner `of[i]`, as it trains."""
        raise NotImplementedError

    def take_in(self, step: Step) -> None:
        """Learn from a step."""
        raise NotImplementedError

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
            self._probs = self.probabilities(self._obs, self._of)
            action = self._draw(self._probs)
            raw, reward, done, infos = self.env.step(action + self._first_action)
            self.num_timesteps += self.num_worlds
            go_on = callback.on_step(self, infos, reward, done)  # type: ignore[arg-type]
            following = self._flat(raw)
            self.take_in(self._step(action, reward, following, done, infos))
            self._obs = following
            if not go_on:
                return self
            callback.on_boundary(self)  # type: ignore[arg-type]
        return self

    def predict(
        self, obs: np.ndarray, deterministic: bool = True
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Actions for one observation [O...] or a batch [M, O...]; the likeliest, or drawn."""
        shape = self.env.observation_space.shape or ()
        single = np.shape(obs) == shape
        rows = np.reshape(np.asarray(obs, np.float64), (-1, self.num_features))
        if self.num_learners > 1 and len(rows) != self.num_learners:
            raise UserError(
                f"{self.num_learners} learners side by side predict for as many observations, "
                f"got {len(rows)}"
            )
        of = self._of if self.num_learners > 1 else np.zeros(len(rows), int)
        probs = self.probabilities(rows, of)
        chosen = probs.argmax(axis=1) if deterministic else self._draw(probs)
        chosen = chosen + self._first_action
        return (chosen[0] if single else chosen), None

    @property
    def resumable(self) -> bool:
        """Whether a state taken now resumes bit for bit."""
        return bool(getattr(self.env, "resumable", False))

    def state_dict(self) -> dict[str, Any]:
        """Parameters, traces, generator, counters and the environment's state."""
        state: dict[str, Any] = {
            "parameters": {name: np.array(getattr(self, name)) for name in self._saved},
            "num_timesteps": self.num_timesteps,
            "rng": self._rng.bit_generator.state,
            "obs": None if self._obs is None else self._obs.copy(),
        }
        if self._obs is not None and hasattr(self.env, "state_dict"):
            state["env"] = self.env.state_dict()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        for name in self._saved:
            value = np.array(state["parameters"][name])
            if value.shape != np.shape(getattr(self, name)):
                raise UserError(f"the saved {name} has the shape {value.shape}: of another task")
            setattr(self, name, value)
        self.num_timesteps = int(state["num_timesteps"])
        self._rng.bit_generator.state = state["rng"]
        self._obs = None if state["obs"] is None else np.array(state["obs"])
        if "env" in state:
            self.env.load_state_dict(state["env"])  # type: ignore[attr-defined]

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
        executed = [info.get(keys.EXECUTED_ACTION) for info in infos]
        if executed and executed[0] is not None:
            action = np.array(executed).astype(np.int64) - self._first_action
        return Step(
            obs=self._obs,
            action=action,
            feedback=np.array([info.get(keys.FEEDBACK, np.nan) for info in infos], np.float64),
            reward=np.asarray(reward, np.float64),
            next_obs=next_obs,
            terminated=terminated,
            done=done,
        )


def softmax(preferences: np.ndarray) -> np.ndarray:
    """Boltzmann probabilities over the last axis."""
    grown = np.exp(preferences - preferences.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)
