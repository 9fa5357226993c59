"""What a run has cost and reached so far, counted from the infos of each step."""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np

from teaching import info as keys

_RECENT = 100
"""Episodes in a running mean, as in Stable-Baselines3."""

_COUNTS = (
    "steps",
    "human_steps",
    "takeovers",
    "judgements",
    "praises",
    "answers",
    "human_seconds",
    "training_cost",
    "episodes",
    "late_steps",
    "late_human_steps",
)


class Tracker:
    """Counts that survive a resume, and running means over the last hundred episodes.

    Attributes:
        steps: environment steps, over all worlds.
        human_steps: of these, the ones that the human controlled.
        takeovers: how often the human took over.
        judgements: how often the human praised or blamed.
        praises: of these, the ones above 0.
        answers: comparisons, rankings and corrections that the human answered.
        human_seconds: human time, watching included.
        training_cost: safety cost, summed over all of training.
        episodes: episodes that ended.
        late_steps: steps in the last tenth of training.
        late_human_steps: of these, the ones that the human controlled.
        curve: one row an evaluation; step, human steps, human seconds, success, return, cost.

    """

    def __init__(self, num_worlds: int, total_steps: int):
        self.steps = 0
        self.human_steps = 0
        self.takeovers = 0
        self.judgements = 0
        self.praises = 0
        self.answers = 0
        self.human_seconds = 0.0
        self.training_cost = 0.0
        self.episodes = 0
        self.late_steps = 0
        self.late_human_steps = 0
        self.curve: list[list[float]] = []
        self._late_from = 0.9 * total_steps
        self._episode_cost = np.zeros(num_worlds)
        self._successes: deque[float] = deque(maxlen=_RECENT)
        self._costs: deque[float] = deque(maxlen=_RECENT)
        self._window = (0, 0)
        self._heard = (0, 0)

    def on_step(self, infos: list[dict[str, Any]], dones: np.ndarray) -> None:
        """Count one step of every world; [N]."""
        self.steps += len(infos)
        late = self.steps > self._late_from
        controlled = 0
        for world, info in enumerate(infos):
            controlled += bool(info.get(keys.TAKEOVER, False))
            self.takeovers += bool(info.get(keys.TAKEOVER_START, False))
            if keys.FEEDBACK in info:
                self.judgements += 1
                self.praises += bool(info[keys.FEEDBACK] > 0)
            self.answers += int(info.get(keys.ANSWERS, 0))
            self.human_seconds += float(info.get(keys.HUMAN_SECONDS, 0.0))
            cost = float(info.get("cost", 0.0))
            self.training_cost += cost
            self._episode_cost[world] += cost
            if dones[world]:
                self._end_episode(world, info)
        self.human_steps += controlled
        if late:
            self.late_steps += len(infos)
            self.late_human_steps += controlled

    def add_evaluation(self, figures: dict[str, Any]) -> None:
        """Put a point on the curve."""
        success = math.nan if figures["success"] is None else figures["success"]
        row = [self.steps, self.human_steps, self.human_seconds, success]
        self.curve.append([float(x) for x in (*row, figures["return"], figures["cost"])])

    @property
    def success_rate(self) -> float | None:
        """Over the last hundred training episodes; None where the task does not say."""
        return float(np.mean(self._successes)) if self._successes else None

    @property
    def late_rate(self) -> float:
        """The human's share of the steps in the last tenth of training."""
        return self.late_human_steps / self.late_steps if self.late_steps else 0.0

    def scalars(self) -> dict[str, float]:
        """For TensorBoard; the rate is over the steps since the last call."""
        steps, human_steps = self._window
        since = max(self.steps - steps, 1)
        values = {
            "human/steps": float(self.human_steps),
            "human/rate": (self.human_steps - human_steps) / since,
            "human/takeovers": float(self.takeovers),
            "human/seconds": self.human_seconds,
            "human/minutes": self.human_seconds / 60,
            "rollout/total_cost": self.training_cost,
        }
        judgements, praises = self._heard
        if self.judgements:
            values["human/judgements"] = float(self.judgements)
        if self.judgements > judgements:
            recent = self.judgements - judgements
            values["human/praise_share"] = (self.praises - praises) / recent
        if self.answers:
            values["human/answers"] = float(self.answers)
        if self._costs:
            values["rollout/cost"] = float(np.mean(self._costs))
        self._window = (self.steps, self.human_steps)
        self._heard = (self.judgements, self.praises)
        return values

    def state_dict(self) -> dict[str, Any]:
        """Everything above."""
        return {
            **{name: getattr(self, name) for name in _COUNTS},
            "curve": np.array(self.curve).reshape(-1, 6),
            "episode_cost": self._episode_cost.copy(),
            "successes": list(self._successes),
            "costs": list(self._costs),
            "window": list(self._window),
            "heard": list(self._heard),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        for name in _COUNTS:
            setattr(self, name, state[name])
        self.curve = state["curve"].tolist()
        self._episode_cost = np.array(state["episode_cost"])
        self._successes = deque(state["successes"], maxlen=_RECENT)
        self._costs = deque(state["costs"], maxlen=_RECENT)
        self._window = (state["window"][0], state["window"][1])
        self._heard = (state["heard"][0], state["heard"][1])

    def _end_episode(self, world: int, info: dict[str, Any]) -> None:
        self.episodes += 1
        self._costs.append(float(self._episode_cost[world]))
        self._episode_cost[world] = 0.0
        if "is_success" in info:
            self._successes.append(float(info["is_success"]))
