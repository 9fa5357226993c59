"""Whose judgement a step is given: the human's, which comes late, or that of the model of them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms.core.delay import DelayEstimator
from algorithms.core.delay_memory import CAPACITY
from algorithms.core.transit import LONGEST
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
        heard: what the human said while it was taken, of whichever step; NaN for nothing.
        episode: the number of its episode.

    """

    obs: np.ndarray
    next_obs: np.ndarray
    action: np.ndarray
    reward: float
    done: bool
    timeout: bool
    heard: float = math.nan
    episode: int = 0

    def inputs(self) -> np.ndarray:
        """What the model of the human sees of it: before, after, and what was done."""
        return np.concatenate([self.obs.ravel(), self.next_obs.ravel(), self.action.ravel()])


class Guidance:
    """Holds each step back until the word about it is due, and grounds its reward.

    A word that is due after the episode has ended is not waited for. While the human is there,
    silence counts as 0; afterwards the model speaks. Where the delay is not told, all steps are
    held back until it has been found out, and have their words then.

    Attributes:
        seconds: human time used so far.
        present: whether the human is still listened to.
        simulator: the model of the human.
        estimator: of the human's reaction time, where it is not told.

    """

    def __init__(self, config: GUIDEConfig, dt: float, num_obs: int, num_actions: int, seed: int):
        """`dt` in seconds a step; sizes of what is seen and done."""
        self.seconds = 0.0
        self.present = config.human_seconds > 0
        self.simulator = Simulator(config, 2 * num_obs + num_actions, seed)
        self.estimator: DelayEstimator | None = None
        self._late, self._underway = 0, 0
        if config.delay is None:
            self.estimator = DelayEstimator(np.zeros(1, int), num_obs, dt, (num_actions,))
        else:
            self._late = delay_steps(config.delay, dt)
        self._config = config
        self._dt = dt
        self._window: deque[Transition] = deque()
        self._episode = 0
        self._quiet = 0.0

    def take(
        self, step: Transition, feedback: float, seconds: float, transit: float = math.nan
    ) -> list[Transition]:
        """Take in a step, and give back those whose judgement is settled, oldest first.

        Args:
            step: the newest.
            feedback: what the human said meanwhile, of whichever step; NaN for nothing.
            seconds: what they cost.
            transit: seconds that wires and screens took of what they said, NaN for unknown. Where
                the human's delay is estimated, so is this with it.

        """
        step.episode = self._episode
        self._episode += step.done
        self._window.append(step)
        leaves = self.present and self._listen(step, feedback, seconds)
        if transit > 0 and self.estimator is None:
            self._give_back(step, transit)
        settled = []
        if self._delay_known(step, leaves):
            while self._window and self._is_due():
                settled.append(self._ground())
        if leaves:
            self.present = False
            if self._config.simulate:
                self.simulator.fit()
        return settled

    def _give_back(self, step: Transition, transit: float) -> None:
        """Take a word to have been heard when it was given; from now on steps are kept for that."""
        late = min(delay_steps(transit, self._dt), LONGEST)
        self._underway = max(self._underway, late)
        said, step.heard = step.heard, math.nan
        self._window[max(len(self._window) - 1 - late, 0)].heard = said

    def _listen(self, step: Transition, feedback: float, seconds: float) -> bool:
        """Take in what was said and what it cost; whether the human leaves."""
        step.heard = min(max(feedback, -1.0), 1.0)  # NaN stays
        self.seconds += seconds
        silent = math.isnan(feedback) and not seconds
        self._quiet = self._quiet + self._dt if silent else 0.0
        # One more such step would be beyond the budget, up to rounding.
        spent = self.seconds + seconds > self._config.human_seconds * (1 + 1e-9)
        return spent or self._quiet >= _GONE_AFTER

    def _delay_known(self, step: Transition, leaves: bool) -> bool:
        estimator = self.estimator
        if estimator is None:
            return True
        estimator.take_in(
            step.obs.reshape(1, -1),
            step.action.reshape(1, -1),
            np.array([step.heard]),
            np.array([step.done]),
        )
        if leaves or not self.present or len(self._window) == CAPACITY:
            estimator.make_do()  # of which nothing is left once an estimate is ready
        self._late = int(estimator.mean[0] + 0.5)
        return bool(estimator.ready[0])

    def _is_due(self) -> bool:
        """Whether the oldest step has its word, or waits for none."""
        oldest, newest = self._window[0], self._window[-1]
        over = newest.done or newest.episode != oldest.episode
        return over or len(self._window) > self._late + self._underway

    def _word(self) -> float:
        """What was said of the oldest step, NaN for nothing."""
        if len(self._window) <= self._late:
            return math.nan
        when = self._window[self._late]
        return when.heard if when.episode == self._window[0].episode else math.nan

    def _ground(self) -> Transition:
        """Give the oldest step its reward, and let go of it."""
        config, judgement = self._config, self._word()
        step = self._window.popleft()
        if not math.isnan(judgement):
            self._remember(step, judgement)
        elif self.present or not config.simulate:
            judgement = 0.0
        else:
            judgement = self.simulator.predict(step.inputs())
        step.reward = grounded_reward(
            step.reward,
            judgement,
            config.reward_scale,
            config.reward_shift,
            config.feedback_weight,
        )
        return step

    def _remember(self, step: Transition, judgement: float) -> None:
        if self._config.simulate:
            self.simulator.add(step.inputs(), judgement, step.episode)

    def state_dict(self) -> dict[str, Any]:
        """The steps held back, the human's time and the model."""
        known = {} if self.estimator is None else {"delay": self.estimator.state_dict()}
        return {
            **known,
            "late": self._late,
            "underway": self._underway,
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
        self._late, self._underway = int(state["late"]), int(state["underway"])
        self.simulator.load_state_dict(state["simulator"])
        if self.estimator is not None:
            self.estimator.load_state_dict(state["delay"])
        window = sorted(state["window"].items(), key=lambda item: int(item[0]))
        self._window = deque(Transition(**step) for _, step in window)
