"""A human beside one Gymnasium environment."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from teaching import info as keys
from teaching.diary import Diary
from teaching.errors import UserError
from teaching.human import Human
from teaching.manner import Manner
from teaching.recorder import Log
from teaching.session import Session


def seconds_per_step(env: Any) -> float:
    """The task's `dt` in seconds: its own attribute, else its frame rate, else 1 s."""
    dt = getattr(env.unwrapped, "dt", None)
    if dt is None:
        frame_rate = env.unwrapped.metadata.get("render_fps")
        dt = 1.0 / frame_rate if frame_rate else 1.0
    if not dt > 0:
        raise UserError(f"env.dt must be > 0 s, got {dt}")
    return float(dt)


class HumanInTheLoop(gym.Wrapper, gym.utils.RecordConstructorArgs):
    """Lets a human watch each step, take over, judge and speak.

    The environment executes what the human decides, and ``info`` reports it under the keys of
    `teaching.info`. Everything else passes through, the true reward included.
    """

    def __init__(self, env: gym.Env, human: Human, log: Log | None = None):
        """Put `human` beside `env`; with a `log`, each signal is kept before `step` returns."""
        gym.utils.RecordConstructorArgs.__init__(self, human=human, log=log, _disable_deepcopy=True)
        gym.Wrapper.__init__(self, env)
        self.human = human
        frame = self._frame if env.render_mode == "rgb_array" else None
        tell = getattr(env.unwrapped, "tell", None)
        manner = getattr(env.unwrapped, "manner", None)
        self._diary: Diary | None = None
        # What no person reads is not written down.
        if tell is None and isinstance(manner, Manner) and not human.simulated:
            self._diary = Diary(manner)
            tell = self._diary.tell
        self.session = Session(human, log, env.action_space, 1, seconds_per_step(env), frame, tell)
        self._shows_takeover = hasattr(env.unwrapped, "show_takeover")
        self._obs: np.ndarray | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode. The seed is the environment's: the human has a generator of its own."""
        self._obs, info = self.env.reset(seed=seed, options=options)
        if self._diary is not None:
            self._diary.turn()
        self.session.reset(np.ones(1, bool))
        return self._obs, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Execute `action`, or what the human does instead."""
        if self._obs is None:
            raise gym.error.ResetNeeded("call reset() before step()")
        moment = self.session.decide(np.asarray(self._obs)[None], np.asarray(action)[None])
        if self._shows_takeover:
            self.env.unwrapped.show_takeover = bool(moment.takeover[0])  # type: ignore[attr-defined]
        executed = moment.executed_action[0]
        if self._diary is not None:
            self._diary.add(self._obs, executed)
        self._obs, reward, terminated, truncated, info = self.env.step(executed)
        report = {
            key: value[0] if np.ndim(value[0]) or isinstance(value[0], str) else value[0].item()
            for key, value in moment.infos().items()
        }
        if np.isnan(moment.feedback[0]):
            del report[keys.FEEDBACK]
        return self._obs, reward, terminated, truncated, {**info, **report}

    def _frame(self, world: int) -> np.ndarray:
        return np.asarray(self.env.render())

    def state_dict(self) -> dict[str, Any]:
        """The human and the session; whole at the start of an episode."""
        return self.session.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned; the environment stands where it stood then."""
        self.session.load_state_dict(state)
