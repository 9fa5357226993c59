"""A human beside N worlds that step together."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode

from teaching import info as keys
from teaching.errors import UserError
from teaching.human import Human
from teaching.recorder import Log
from teaching.session import Session
from teaching.wrapper import seconds_per_step


def require_same_step(env: gym.vector.VectorEnv) -> None:
    """Refuse worlds that reset on the next step: one obs would be taken for another."""
    mode = env.metadata.get("autoreset_mode")
    if mode != AutoresetMode.SAME_STEP:
        raise UserError(
            f"vector environment must reset in the same step, got autoreset_mode={mode}; make it "
            "with vector_kwargs={'autoreset_mode': AutoresetMode.SAME_STEP}"
        )


class VectorHumanInTheLoop(gym.vector.VectorWrapper):
    """The vector form of `HumanInTheLoop`: the human is called once a step for all worlds.

    The worlds must reset in the same step (`AutoresetMode.SAME_STEP`). The human's ``info`` keys
    speak of the step that was executed, also where an episode ended on it.
    """

    def __init__(self, env: gym.vector.VectorEnv, human: Human, log: Log | None = None):
        """Put `human` beside `env`; with a `log`, each signal is kept before `step` returns."""
        require_same_step(env)
        super().__init__(env)
        self.human = human
        self.session = Session(
            human, log, env.single_action_space, env.num_envs, seconds_per_step(env)
        )
        self._obs: np.ndarray | None = None

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode in every world."""
        self._obs, infos = self.env.reset(seed=seed, options=options)  # type: ignore[arg-type]
        self.session.reset(np.ones(self.num_envs, bool))
        return self._obs, infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Execute `actions` [N, A...], or what the human does instead."""
        if self._obs is None:
            raise gym.error.ResetNeeded("call reset() before step()")
        moment = self.session.decide(self._obs, np.asarray(actions))
        self._obs, rewards, terminations, truncations, infos = self.env.step(moment.executed_action)
        present = np.ones(self.num_envs, bool)
        for key, value in moment.infos().items():
            infos[key] = value
            infos[f"_{key}"] = present
        infos[f"_{keys.FEEDBACK}"] = ~np.isnan(moment.feedback)
        if moment.transit is not None:
            infos[f"_{keys.TRANSIT}"] = ~np.isnan(moment.transit)
        self.session.reset(terminations | truncations)
        return self._obs, rewards, terminations, truncations, infos

    def state_dict(self) -> dict[str, Any]:
        """The human, the session, and the observations that the next decision is made on."""
        return {"session": self.session.state_dict(), "obs": np.array(self._obs)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned; the worlds are restored by themselves."""
        self.session.load_state_dict(state["session"])
        self._obs = np.array(state["obs"])
