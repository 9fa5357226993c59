"""The human who speaks: what was done, where to go, and what things are worth, in sentences."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

from simulated_humans import sentences
from simulated_humans.attention import alertness
from simulated_humans.budget import Budget
from simulated_humans.phrases import DESCRIPTIVE, EVALUATIVE, IMPERATIVE
from simulated_humans.speaking_config import SpeakingConfig
from simulated_humans.state import restore, snapshot
from teaching import Kind, Oracle, Teacher, UserError, Utterance, View

_MOST_CLAUSES = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """One world at one moment: what is proposed, and what is true.

    Attributes:
        action: that is proposed.
        values: [J] of all actions.
        weights: [K] of the features.
        done: [K] counts of the proposed action.
        went: the place that it goes to.
        best_place: where the best action goes.
        there: [places, K] counts of what lies at each place.

    """

    action: int
    values: np.ndarray
    weights: np.ndarray
    done: np.ndarray
    went: int
    best_place: int
    there: np.ndarray


class SpeakingHuman(Teacher):
    """A simulated person who sees what the learner is about to do, and says what comes to mind.

    Judgements of an action compare its value with the best one's. Of features and places the human
    says what is true of them, or, by mistake, the contrary.
    """

    kinds = frozenset({Kind.UTTERANCE})
    simulated = True

    def __init__(
        self,
        config: SpeakingConfig,
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
            UserError: the task does not say what words speak about, or what that is worth.

        """
        if oracle.words is None or oracle.worth is None or oracle.q_values is None:
            raise UserError(
                f"human={config.name} speaks of a task that declares what words speak about; "
                "env=collection does"
            )
        self.name = config.name
        self._config, self._oracle, self._words = config, oracle, oracle.words
        self._worth, self._values = oracle.worth, oracle.q_values
        self._seed, self._count = seed, 0
        shares = np.array([config.evaluative, config.imperative, config.descriptive])
        self._shares = np.cumsum(shares / shares.sum())
        self._known_worth: dict[bytes, np.ndarray] = {}
        self._seconds = np.zeros(num_worlds)
        self._budget = Budget(config.budget_signals, config.budget_seconds)

    def speak(self, view: View) -> Utterance:
        """Speak of what is proposed; see `teaching.Utterance`."""
        worlds = len(view.step)
        texts, price = [""] * worlds, np.zeros(worlds)
        self._count += 1
        if self._budget.gone:
            return self._utterance(view, texts, price)
        awake = alertness(self._seconds, self._config.fatigue)
        scenes = self._look(view)
        said = np.zeros(worlds, bool)
        for world in range(worlds):
            rng = np.random.default_rng([self._seed, 0x5A1, world, self._count])
            if rng.random() < (1 - self._config.silence) * awake[world]:
                texts[world] = self._message(scenes[world], rng)
                said[world] = True
        said = self._budget.affordable(said)
        texts = [text if spoken else "" for text, spoken in zip(texts, said, strict=True)]
        words = np.array([len(text.split()) for text in texts])
        prices = self._config.prices
        price = prices.watch * view.dt + prices.say * words
        if not self._budget.spend(said, price):
            return self._utterance(view, [""] * worlds, np.zeros(worlds))
        self._seconds += price
        return self._utterance(view, texts, price)

    def state_dict(self) -> dict[str, Any]:
        """How often it was asked, how long it has taught, and what is left of its budget."""
        return {
            **snapshot(self, "_seconds"),
            "count": self._count,
            "budget": self._budget.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it; raise UserError if it belongs to another number of worlds."""
        restore(self, state, "_seconds")
        self._count = int(state["count"])
        self._budget.load_state_dict(state["budget"])

    def _look(self, view: View) -> list[_Scene]:
        """What each world shows to somebody who knows what everything is worth."""
        words, obs = self._words, view.obs
        there = [words.count_at(obs, np.full(len(obs), k)) for k in range(len(words.places))]
        each = zip(
            view.proposed_action,
            self._values(obs),
            self._worth(),
            words.count(obs, view.proposed_action),
            words.place_of(obs, view.proposed_action),
            words.place_of(obs, self._oracle.action(obs)),
            np.stack(there, axis=1),
            strict=True,
        )
        return [
            _Scene(int(action), values, weights, done, int(went), int(best), at)
            for action, values, weights, done, went, best, at in each
        ]

    def _message(self, scene: _Scene, rng: np.random.Generator) -> str:
        """One to three clauses about one world."""
        clauses = [self._clause(scene, rng)]
        while len(clauses) < _MOST_CLAUSES and rng.random() < self._config.more:
            clauses.append(self._clause(scene, rng))
        text = ". ".join(clauses)
        return sentences.mistyped(text, self._config.typos, rng) if self._config.typos else text

    def _clause(self, scene: _Scene, rng: np.random.Generator) -> str:
        category = int(np.searchsorted(self._shares, rng.random(), side="right"))
        say = (self._evaluation, self._instruction, self._description)[category]
        clause = say(scene, rng)
        return sentences.hedged(clause, rng) if rng.random() < self._config.hedges else clause

    def _evaluation(self, scene: _Scene, rng: np.random.Generator) -> str:
        config, words = self._config, self._words
        best = scene.values.max()
        share = scene.values[scene.action] / best if best > 0 else 0.0
        level = self._meant(sentences.level_of(float(np.clip(share, -1.0, 1.0))), rng)
        if level in ("worst", "bad") and rng.random() < config.sarcasm:
            return sentences.ironic(config.phrasing, rng)
        things = sentences.one_of(words, scene.done, rng)
        place = sentences.place_name(words.places[scene.went], rng)
        return sentences.sentence(EVALUATIVE[level], config.phrasing, rng, things, place)

    def _instruction(self, scene: _Scene, rng: np.random.Generator) -> str:
        words, place = self._words, scene.best_place
        if rng.random() < self._config.mistakes:
            place = sentences.pick([k for k in range(len(words.places)) if k != place], rng)
        name = sentences.place_name(words.places[place], rng)
        things = sentences.one_of(words, scene.there[place], rng)
        return sentences.sentence(IMPERATIVE, self._config.phrasing, rng, things, name)

    def _description(self, scene: _Scene, rng: np.random.Generator) -> str:
        worth = self._promises(scene.weights)
        good, other = np.flatnonzero(worth > 0), np.flatnonzero(worth <= 0)
        gladly = rng.random() < self._config.gladly
        choices = good if len(good) and (gladly or not len(other)) else other
        feature = sentences.pick(choices.tolist(), rng)
        level = sentences.level_of(float(worth[feature] / np.nanmax(np.abs(worth))))
        things = sentences.said_of(self._words, feature, rng)
        most = int(scene.there[:, feature].argmax())
        place = ""
        if scene.there[most, feature] > 0:
            place = sentences.place_name(self._words.places[most], rng)
        level = self._meant(level, rng)
        return sentences.sentence(DESCRIPTIVE[level], self._config.phrasing, rng, things, place)

    def _promises(self, weights: np.ndarray) -> np.ndarray:
        """`sentences.feature_worth`, worked out once for all weights that come up again."""
        key = weights.tobytes()
        if key not in self._known_worth:
            self._known_worth[key] = sentences.feature_worth(self._words, weights)
        return self._known_worth[key]

    def _meant(self, level: str, rng: np.random.Generator) -> str:
        """The level, or by mistake its contrary."""
        return sentences.opposite(level) if rng.random() < self._config.mistakes else level

    def _utterance(self, view: View, texts: list[str], price: np.ndarray) -> Utterance:
        return Utterance(
            human=self.name,
            step=view.step.copy(),
            wall_time=time.time(),
            human_seconds=price,
            text=tuple(texts),
        )
