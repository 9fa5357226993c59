"""The human who praises and blames: one expert's judgement and a stack of human shortcomings."""

from __future__ import annotations

import time
from typing import Any

import gymnasium as gym
import numpy as np

from simulated_humans.attention import alertness
from simulated_humans.bar import Bar
from simulated_humans.budget import Budget
from simulated_humans.candour import be_kind, mistake, speaks
from simulated_humans.control import Reaction
from simulated_humans.draws import Draws
from simulated_humans.evaluating_config import EvaluatingConfig
from simulated_humans.forms import Judge
from simulated_humans.pending import Pending
from simulated_humans.scale import Scale, rating_noise
from simulated_humans.state import restore, snapshot
from simulated_humans.watching import Watching
from teaching import Evaluation, Kind, Oracle, Teacher, View

# Columns of the uniform numbers that each moment uses up.
_FORM, _DIMINISH, _NOISE, _MISTAKE, _KINDNESS, _SPEAK = range(6)
_REACTION = slice(6, 8)
_UNIFORMS = 8


class EvaluatingHuman(Teacher):
    """A simulated person who watches N worlds and says what is good and what is bad.

    Each step runs down the stack: form and bar (judgement) → scale and noise (rating) → mistakes
    → kindness → silence and fatigue (spoken or not) → attention → delay → budget. The worlds are
    independent of one another, tiredness included; only the budget is shared, and the attention
    of one who watches one world at a time.
    """

    kinds = frozenset({Kind.EVALUATION})
    simulated = True

    def __init__(
        self,
        config: EvaluatingConfig,
        oracle: Oracle,
        action_space: gym.Space,
        num_worlds: int = 1,
        seed: int = 0,
    ):
        """Put a human together.

        Args:
            config: its settings.
            oracle: the expert, bound to the N worlds.
            action_space: of one world.
            num_worlds: N.
            seed: of its random numbers, ≥ 0.

        Raises:
            UserError: for a form that the expert or the action space does not admit of.

        """
        self.name = config.name
        self._config = config
        self._num_worlds = num_worlds
        weights = config.weights()
        self._judge = Judge(
            tuple(weights), oracle, action_space, config.dead_zone, config.threshold
        )
        self._shares = np.cumsum(list(weights.values()))[:-1]
        self._scale = Scale(config.scale, config.levels, config.unit, config.clip)
        self._bar = Bar(config.strictness, config.drift, config.wander, num_worlds)
        self._pending = Pending(Reaction(config.delay, config.delay_form), num_worlds)
        self._budget = Budget(config.budget_signals, config.budget_seconds)
        self._watching = Watching(
            config.watch_share, config.watch_spell, config.watch_one, seed, num_worlds
        )
        self._draws = Draws(seed, num_worlds, _UNIFORMS, 1)
        self._form = np.zeros(num_worlds, dtype=np.int64)
        self._new_form = np.ones(num_worlds, dtype=bool)
        self._seconds = np.zeros(num_worlds)
        self._worlds = np.arange(num_worlds)
        self._nowhere = np.zeros(num_worlds, dtype=bool)

    def evaluate(self, view: View) -> Evaluation:
        """Judge what is proposed, and say what is due to be said; see `teaching.Evaluation`.

        Raises:
            UserError: the expert's answer has a wrong shape or is not a number, or the learner
                shows no action probabilities to a form that needs them.

        """
        if view.episode_start.any():
            self.reset(view.episode_start)
        if self._budget.gone:
            return self._absent(view)
        uniform, normal = self._draws.next()
        watched = self._watching.step(self._nowhere, view.dt)
        rating, spoken = self._word(self._rating(view, uniform), uniform)
        due, value, about = self._pending.step(
            spoken & watched, rating, view.step, uniform[:, _REACTION], view.dt
        )
        mask = self._budget.affordable(due)
        price = self._config.prices.watch * view.dt * watched + self._config.prices.judge * mask
        if not self._budget.spend(mask, price):
            return self._absent(view)
        self._seconds += price
        self._bar.move(price, normal[:, 0])
        return Evaluation(
            human=self.name,
            step=view.step.copy(),
            wall_time=time.time(),
            human_seconds=price,
            mask=mask,
            value=np.where(mask, value, 0.0).astype(np.float32),
            about=np.where(mask & self._config.aware_of_delay, about, view.step),
        )

    def reset(self, episode_start: np.ndarray) -> None:
        """Forget what was to be said, and judge in a new form, where an episode starts. [N]."""
        self._pending.reset(episode_start)
        self._new_form = self._new_form | episode_start

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides what this human says next."""
        return {
            **snapshot(self, "_form", "_new_form", "_seconds"),
            **{name: part.state_dict() for name, part in self._parts().items()},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it; raise UserError if it belongs to another number of worlds."""
        restore(self, state, "_form", "_new_form", "_seconds")
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _rating(self, view: View, uniform: np.ndarray) -> np.ndarray:
        """[N] what the human thinks of each proposal, on its scale."""
        judgements = self._judge.judge(view, self._bar.height, uniform[:, _DIMINISH])
        rating = self._scale.rate(judgements[self._forms(uniform[:, _FORM]), self._worlds])
        if not self._config.rating_noise:
            return rating
        noisy = rating_noise(
            rating,
            self._config.rating_noise,
            self._scale.width,
            self._scale.limit,
            uniform[:, _NOISE],
        )
        return self._scale.snap(noisy)

    def _forms(self, uniform: np.ndarray) -> np.ndarray:
        """[N] index of the form in which each world is judged now."""
        if len(self._shares):
            fresh = np.searchsorted(self._shares, uniform, side="right")
            keep = self._config.mixture_per == "episode"
            self._form = np.where(self._new_form, fresh, self._form) if keep else fresh
            self._new_form = np.zeros(self._num_worlds, dtype=bool)
        return self._form

    def _word(self, rating: np.ndarray, uniform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[N] what the human makes of its ratings, and [N] bool, whether it says so."""
        config = self._config
        if config.mistakes:
            rating = mistake(rating, config.mistakes, uniform[:, _MISTAKE])
        rating, kept_back = be_kind(
            rating, config.spare_blame, config.praise_neutral, uniform[:, _KINDNESS]
        )
        awake = alertness(self._seconds, config.fatigue)
        spoken = speaks(rating, config.silence, config.silence_about, awake, uniform[:, _SPEAK])
        spoken &= ~kept_back
        if not config.say_neutral:
            spoken &= rating != 0
        return rating, spoken

    def _absent(self, view: View) -> Evaluation:
        return Evaluation(
            human=self.name,
            step=view.step.copy(),
            wall_time=time.time(),
            human_seconds=np.zeros(self._num_worlds),
            mask=np.zeros(self._num_worlds, dtype=bool),
            value=np.zeros(self._num_worlds, dtype=np.float32),
            about=view.step.copy(),
        )

    def _parts(self) -> dict[str, Any]:
        return {
            "bar": self._bar,
            "pending": self._pending,
            "budget": self._budget,
            "draws": self._draws,
            "watching": self._watching,
        }
