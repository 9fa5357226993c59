"""Whose judgement a step is given: the human's, which comes late, or that of the model of them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms.guide.config import GUIDEConfig
from algorithms.guide.losses import grounded_reward
from algorithms.guide.simulator import Simulator
from teaching import delay_steps

_GONE_AFTER = 60.0
"""Seconds of task time without a word or a price after which the human has left of their own."""


@dataclass(slots=True, kw_only=True, eq=False)
class Transition:
    """One step of one world, until it is judged.

    Attributes:
        obs: [O...] before it.
        next_obs: [O...] after it; at the end of an episode, its last.
        action: [A] what was done, scaled to [−1, 1].
        reward: the task's; `Guidance.take` makes it the grounded one.
        done: whether the episode ended with it.
        timeout: whether it was cut off.
        feedback: what the human said of it, in [−1, 1]; NaN where they said nothing.

    """

    obs: np.ndarray
    next_obs: np.ndarray
    action: np.ndarray
    reward: float
    done: bool
    timeout: bool
    feedback: float = math.nan

    def inputs(self) -> np.ndarray:
        """What the model of the human sees of it: before, after, and what was done."""
        return np.concatenate([self.obs.ravel(), self.next_obs.ravel(), self.action.ravel()])


class Guidance:
    """Holds each step back until the word about it is due, and grounds its reward.

    A word that is due after the episode has ended is not waited for. While the human is there,
    silence counts as 0; afterwards the model speaks.

    Attributes:
        seconds: human time used so far.
        present: whether the human is still listened to.
        simulator: the model of the human.

    """

    def __init__(self, config: GUIDEConfig, dt: float, num_inputs: int, seed: int):
        """`dt` in seconds a step; `num_inputs` as `Transition.inputs` gives them."""
        self.seconds = 0.0
        self.present = config.human_seconds > 0
        self.simulator = Simulator(config, num_inputs, seed)
        self._config = config
        self._dt = dt
        self._late = delay_steps(config.delay, dt)
        self._window: deque[Transition] = deque()
        self._episode = 0
        self._quiet = 0.0

    def take(self, step: Transition, feedback: float, seconds: float) -> list[Transition]:
        """Take in a step, and give back those whose judgement is settled, oldest first.

        Args:
            step: the newest.
            feedback: what the human said meanwhile, of whichever step; NaN for nothing.
            seconds: what they cost.

        """
        self._window.append(step)
        if self.present:
            self._listen(feedback, seconds)
        left = 0 if step.done else self._late
        settled = []
        while len(self._window) > left:
            settled.append(self._ground(self._window.popleft()))
        self._episode += step.done
        return settled

    def _listen(self, feedback: float, seconds: float) -> None:
        if not math.isnan(feedback) and len(self._window) > self._late:
            self._window[-1 - self._late].feedback = min(max(feedback, -1.0), 1.0)
        self.seconds += seconds
        silent = math.isnan(feedback) and not seconds
        self._quiet = self._quiet + self._dt if silent else 0.0
        # One more such step would be beyond the budget, up to rounding.
        spent = self.seconds + seconds > self._config.human_seconds * (1 + 1e-9)
        if spent or self._quiet >= _GONE_AFTER:
            self.present = False
            if self._config.simulate:
                for step in self._window:
                    self._remember(step)
                self.simulator.fit()

    def _ground(self, step: Transition) -> Transition:
        config = self._config
        if self.present:
            self._remember(step)
        judgement = step.feedback
        if math.isnan(judgement):
            away = not self.present and config.simulate
            judgement = self.simulator.predict(step.inputs()) if away else 0.0
        step.reward = grounded_reward(
            step.reward,
            judgement,
            config.reward_scale,
            config.reward_shift,
            config.feedback_weight,
        )
        return step

    def _remember(self, step: Transition) -> None:
        if self._config.simulate and not math.isnan(step.feedback):
            self.simulator.add(step.inputs(), step.feedback, self._episode)

    def state_dict(self) -> dict[str, Any]:
        """The steps held back, the human's time and the model."""
        return {
            "seconds": self.seconds,
            "present": self.present,
            "quiet": self._quiet,
            "episode": self._episode,
            "simulator": self.simulator.state_dict(),
            "window": {
                str(i): {name: getattr(step, name) for name in Transition.__dataclass_fields__}
                for i, step in enumerate(self._window)
            },
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.seconds, self._quiet = float(state["seconds"]), float(state["quiet"])
        self.present, self._episode = bool(state["present"]), int(state["episode"])
        self.simulator.load_state_dict(state["simulator"])
        window = sorted(state["window"].items(), key=lambda item: int(item[0]))
        self._window = deque(Transition(**step) for _, step in window)
