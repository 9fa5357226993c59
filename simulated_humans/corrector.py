"""The human who corrects in words: watches an episode, and says what should be otherwise."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np

from simulated_humans import comparing_manners
from simulated_humans.budget import Budget
from simulated_humans.corrector_config import CorrectorConfig
from simulated_humans.state import restore, snapshot
from teaching import Kind, Oracle, Teacher, UserError, Utterance, View
from teaching.manner import Trajectory

_NOTHING = -9
"""What was corrected last where nothing was."""


class CorrectorHuman(Teacher):
    """A simulated person who holds each episode against the expert's own from the same start.

    What stands out most is said as the next episode begins, with a size, and where it is. Sources:
    CORGI (Srivastava et al. 2023) for corrections in words; the words are the lab's own.
    """

    kinds = frozenset({Kind.UTTERANCE})
    simulated = True

    def __init__(
        self,
        config: CorrectorConfig,
        oracle: Oracle,
        action_space: gym.Space,
        num_worlds: int = 1,
        seed: int = 0,
    ):
        """Put a human together.

        Args:
            config: its settings.
            oracle: with `manner` and `episode`, bound to the N worlds.
            action_space: of one world.
            num_worlds: N.
            seed: of its random numbers, ≥ 0.

        Raises:
            UserError: the task does not say how it can be done otherwise.

        """
        if oracle.manner is None or oracle.episode is None:
            raise UserError(
                f"human={config.name} corrects how a task is done, and this one does not declare "
                "how that can be: env=driving, arm, maze and collection do, with "
                "human.expert=task"
            )
        self.name = config.name
        self._config, self._manner, self._episode = config, oracle.manner, oracle.episode
        self._seed = seed
        self._budget = Budget(config.budget_signals, config.budget_seconds)
        self._begun = np.zeros(num_worlds, np.int64)
        # What each world heard last, as quality and direction, and how often in a row.
        self._last = np.full((num_worlds, 2), _NOTHING, np.int64)
        self._in_a_row = np.zeros(num_worlds, np.int64)
        self._right: list[Trajectory | None] = [None] * num_worlds
        self._obs: list[list[np.ndarray]] = [[] for _ in range(num_worlds)]
        self._action: list[list[np.ndarray]] = [[] for _ in range(num_worlds)]

    def speak(self, view: View) -> Utterance:
        """Say something of the episode that has just ended; see `teaching.Utterance`."""
        texts = [""] * len(view.step)
        if self._budget.gone:
            return self._utterance(view, texts, np.zeros(len(texts)))
        for world in np.flatnonzero(view.episode_start).tolist():
            texts[world] = self._of_the_last(world)
            self._begun[world] += 1
            spoken_of = self._begun[world] % self._config.every == 0
            self._right[world] = self._episode(world) if spoken_of else None
            self._obs[world], self._action[world] = [], []
        for world in range(len(texts)):
            self._obs[world].append(np.array(view.obs[world]))
            self._action[world].append(np.array(view.proposed_action[world]))
        said = self._budget.affordable(np.array([bool(text) for text in texts]))
        texts = [text if spoken else "" for text, spoken in zip(texts, said, strict=True)]
        words = np.array([len(text.split()) for text in texts])
        price = self._config.prices.watch * view.dt + self._config.prices.say * words
        if not self._budget.spend(said, price):
            return self._utterance(view, [""] * len(texts), np.zeros(len(texts)))
        return self._utterance(view, texts, price)

    def state_dict(self) -> dict[str, Any]:
        """The episodes under way, how they should go, and what is left of the budget."""
        worlds = {}
        for world, right in enumerate(self._right):
            if right is not None:
                parts = (*right, self._obs[world], self._action[world])
                names = ("right_obs", "right_action", "obs", "action")
                worlds[str(world)] = {n: np.array(p) for n, p in zip(names, parts, strict=True)}
        return {
            "worlds": worlds,
            "budget": self._budget.state_dict(),
            **snapshot(self, "_begun", "_last", "_in_a_row"),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it; raise UserError if it belongs to another number of worlds."""
        restore(self, state, "_begun", "_last", "_in_a_row")
        self._budget.load_state_dict(state["budget"])
        for world in range(len(self._begun)):
            parts = state["worlds"].get(str(world))
            self._right[world] = None
            self._obs[world], self._action[world] = [], []
            if parts is not None:
                self._right[world] = np.array(parts["right_obs"]), np.array(parts["right_action"])
                self._obs[world] = list(np.array(parts["obs"]))
                self._action[world] = list(np.array(parts["action"]))

    def correction_of(
        self,
        student: Trajectory,
        expert: Trajectory,
        rng: np.random.Generator,
        besides: int | None = None,
    ) -> comparing_manners.Correction:
        """What this human would correct of a trajectory, held against the expert's.

        Args:
            student: the trajectory.
            expert: from the same start.
            rng: of the choice.
            besides: a quality that is not to be spoken of.

        """
        config, manner = self._config, self._manner
        deviation = comparing_manners.deviations(manner, student, expert)
        noticed = comparing_manners.of_qualities(deviation, config.contexts)
        if config.wholes:
            noticed += comparing_manners.of_marks(manner, student, expert)
            noticed += comparing_manners.of_things(manner, student, expert)
        if besides is not None:
            noticed = [one for one in noticed if one.correction.quality != besides]
        return comparing_manners.spoken(noticed, config.content, config.temperature, rng)

    def _of_the_last(self, world: int) -> str:
        right, config = self._right[world], self._config
        if right is None or not self._obs[world]:
            return ""
        rng = np.random.default_rng([self._seed, 0xC0, world, int(self._begun[world])])
        if rng.random() < config.silence:
            return ""
        shown = np.stack(self._obs[world]), np.stack(self._action[world])
        tired = self._in_a_row[world] >= config.patience
        meant = self.correction_of(shown, right, rng, int(self._last[world, 0]) if tired else None)
        self._remember(world, meant)
        if meant.quality != comparing_manners.NO_QUALITY and rng.random() < config.mistakes:
            meant = replace(meant, direction=-meant.direction)
        return comparing_manners.say(meant, self._manner, config.phrasing, rng, config.typos)

    def _remember(self, world: int, meant: comparing_manners.Correction) -> None:
        now = np.array([meant.quality, meant.direction])
        same = bool(meant.direction) and bool((now == self._last[world]).all())
        self._in_a_row[world] = self._in_a_row[world] + 1 if same else 1
        self._last[world] = now if meant.direction else _NOTHING

    def _utterance(self, view: View, texts: list[str], price: np.ndarray) -> Utterance:
        return Utterance(
            human=self.name,
            step=view.step.copy(),
            wall_time=time.time(),
            human_seconds=price,
            text=tuple(texts),
        )
