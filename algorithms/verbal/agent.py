"""Learners from language: literal, pragmatic and inference network (Sumers et al. 2021)."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.declared import declared
from algorithms.core.state import restore
from algorithms.core.stepwise import Step, StepwiseLearner
from algorithms.verbal import losses
from algorithms.verbal.config import (
    InferenceNetworkConfig,
    LiteralConfig,
    PragmaticConfig,
    VerbalConfig,
)
from algorithms.verbal.listening.backends import listener_of
from algorithms.verbal.listening.listener import Heard, Listens, meaning
from algorithms.verbal.memory import beliefs
from algorithms.verbal.memory.store import Memory, open_memory
from algorithms.verbal.stored import classifier_of, network_of
from algorithms.verbal.told import report
from teaching import UserError

_CERTAIN = 1e9
"""Precision of what is as good as known."""

_SPOKEN = 20
"""Features whose beliefs have curves of their own; of more there is no curve at all."""


class VerbalLearner(StepwiseLearner):
    """Believes that reward is linear in what words speak of, and acts by Thompson sampling.

    A subclass says what an utterance adds to the belief.

    Args:
        env: with a human who speaks, on a task that declares words.
        config: its settings.
        seed: of the weights that are drawn.
        independent: whether each world has a learner of its own; otherwise they share one belief.

    Attributes:
        words: what the task declares.
        precision: [L, K, K] Λ.
        shift: [L, K] Λμ.
        understood: (text, meaning) of what was said in the last step.

    """

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: VerbalConfig,
        seed: int = 0,
        independent: bool = False,
    ):
        super().__init__(env, seed)
        self.config = config
        self.words = declared(self.env, config.name)
        self.num_learners = self.num_worlds if independent else 1
        self._of = np.arange(self.num_worlds) if independent else np.zeros(self.num_worlds, int)
        one = losses.prior(len(self.words.features), config.prior_variance)
        self.precision, self.shift = (np.stack([part] * self.num_learners) for part in one)
        self._recollection = Memory() if config.memory is None else open_memory(config.memory)
        self.recalled = beliefs.reuse(self._recollection, self, config.task)
        self._start = self.precision.copy(), self.shift.copy()
        self.understood: list[tuple[str, str]] = []
        self._clauses = np.zeros(2)  # heard, and understood among them
        self._heard = 0

    def observe(
        self, text: str, obs: np.ndarray, action: np.ndarray
    ) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[str]]:
        """What an utterance adds to the belief, and what was made of it, clause by clause."""
        raise NotImplementedError

    def act(self, obs: np.ndarray) -> np.ndarray:
        """[N], each the best under weights drawn from the belief."""
        return self._choose(obs, self._of, sample=True)

    def choose(self, obs: np.ndarray, deterministic: bool) -> np.ndarray:
        """[M], the best under the mean weights, or under weights drawn; learners one each."""
        if self.num_learners > 1 and len(obs) != self.num_learners:
            raise UserError(
                f"{self.num_learners} learners side by side predict for as many observations, "
                f"got {len(obs)}"
            )
        of = self._of if self.num_learners > 1 else np.zeros(len(obs), int)
        return self._choose(obs, of, sample=not deterministic)

    def take_in(self, step: Step) -> None:
        """Listen to what was said about the step."""
        self.understood = []
        for world, text in enumerate(step.utterance.tolist()):
            if text:
                self.hear(text, step.obs[world], step.action[world], int(self._of[world]))
        if self.understood:
            self._log()

    def hear(self, text: str, obs: np.ndarray, action: np.ndarray, learner: int = 0) -> None:
        """Let a learner hear an utterance about an action [A...] where it saw obs [O...]."""
        self._heard += 1
        updates, meanings = self.observe(text, obs, action)
        for precision, shift in updates:
            self.precision[learner] += precision
            self.shift[learner] += shift
        self._clauses += len(meanings), sum("not understood" not in m for m in meanings)
        self.understood.append((text, "; ".join(meanings) or "nothing was understood"))

    @property
    def belief(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean [L, K] and standard deviation [L, K] of the weights."""
        covariance = np.linalg.inv(self.precision)
        return losses.mean(self.precision, self.shift), np.sqrt(
            np.diagonal(covariance, axis1=1, axis2=2)
        )

    def learned(self) -> dict[str, Any]:
        """The belief."""
        arrays = {"precision": self.precision.copy(), "shift": self.shift.copy()}
        return {"parameters": arrays, "clauses": self._clauses.copy(), "heard": self._heard}

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore it."""
        restore(self, ("precision", "shift"), state["parameters"])
        self._clauses = np.array(state["clauses"])
        self._heard = int(state.get("heard", 0))

    def memory(self) -> bytes | None:
        """What is kept for later tasks, what was there before included; None if it has no task."""
        if not self.config.task:
            return None
        memory = Memory(list(self._recollection.entries))
        beliefs.keep(memory, self, self.config.task)
        return memory.to_bytes()

    @property
    def heard(self) -> int:
        """Utterances so far."""
        return self._heard

    @property
    def learned_from_words(self) -> tuple[np.ndarray, np.ndarray]:
        """[K, K] and [K]: what words have added to Λ and Λμ here; the mean over learners."""
        added = self.precision - self._start[0], self.shift - self._start[1]
        return added[0].mean(axis=0), added[1].mean(axis=0)

    def _choose(self, obs: np.ndarray, of: np.ndarray, sample: bool) -> np.ndarray:
        if sample:
            normal = self._rng.standard_normal((len(obs), self.shift.shape[1]))
            weights = losses.draw(self.precision[of], self.shift[of], normal)
        else:
            weights = losses.mean(self.precision, self.shift)[of]
        return np.einsum("mjk,mk->mj", self.words.options(obs), weights).argmax(axis=1)

    def _log(self) -> None:
        mean, spread = (part.mean(axis=0) for part in self.belief)
        if len(mean) <= _SPOKEN:
            for name, m, s in zip(self.words.names, mean, spread, strict=True):
                self.logger.record(f"belief/{name}", float(m))
                self.logger.record(f"belief_sd/{name}", float(s))
        report(self.logger, self.understood, self._clauses, len(self.recalled))


class LiteralLearner(VerbalLearner):
    """Takes the sentiment of each clause for what it says about what it names."""

    config: LiteralConfig

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: LiteralConfig | None = None,
        seed: int = 0,
        independent: bool = False,
    ):
        super().__init__(env, config or LiteralConfig(), seed, independent)
        self.listener: Listens = listener_of(
            self.words,
            self.config.listener,
            classifier_of(self.config.weights, self.config.listener),
            self.config.llm_url,
            self.config.llm_model,
        )

    def observe(
        self, text: str, obs: np.ndarray, action: np.ndarray
    ) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[str]]:
        """One observation for each clause that is about something."""
        heard = self.listener.hear(text, obs, action)
        updates = [update for clause in heard for update in self.observations(clause)]
        return updates, [meaning(clause, self.sentiment(clause)) for clause in heard]

    def sentiment(self, heard: Heard) -> float:
        """From -1 to 1."""
        return heard.literal

    def observations(self, heard: Heard) -> list[tuple[np.ndarray, np.ndarray]]:
        """What a clause adds to the belief."""
        if heard.reference is None:
            return []
        zeta = self.config.scale * self.sentiment(heard)
        return [losses.observation(heard.reference, zeta, self.config.noise_variance)]


class PragmaticLearner(LiteralLearner):
    """Takes naming for recommending, and what was not named for not worth naming."""

    config: PragmaticConfig

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: PragmaticConfig | None = None,
        seed: int = 0,
        independent: bool = False,
    ):
        super().__init__(env, config or PragmaticConfig(), seed, independent)

    def sentiment(self, heard: Heard) -> float:
        """From -1 to 1."""
        return heard.pragmatic

    def observations(self, heard: Heard) -> list[tuple[np.ndarray, np.ndarray]]:
        """What a clause adds to the belief, by what it names and by what it does not."""
        made = super().observations(heard)
        rest = None if heard.reference is None else losses.unmentioned(heard.reference)
        if rest is not None:
            noise = self.config.noise_variance
            made.append(losses.observation(rest, self.config.unmentioned, noise))
        return made


class InferenceNetwork(VerbalLearner):
    """Takes an utterance for a measurement of the weights, by a network trained to tell them."""

    config: InferenceNetworkConfig

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: InferenceNetworkConfig | None = None,
        seed: int = 0,
        independent: bool = False,
    ):
        super().__init__(env, config or InferenceNetworkConfig(), seed, independent)
        self.network = network_of(self.config.weights)
        if tuple(self.network.names.tolist()) != self.words.names:
            raise UserError(
                f"algorithm.weights={self.config.weights} is a network for other features than "
                "this task's; train one with coachable train-listener"
            )
        self._finest = np.array(self.words.finest)
        # It holds a belief about the finest features alone; the others weigh nothing, for certain.
        coarse = np.setdiff1d(np.arange(len(self.words.features)), self._finest)
        self.precision[:, coarse, coarse] = _CERTAIN
        self._start = self.precision.copy(), self.shift.copy()

    def observe(
        self, text: str, obs: np.ndarray, action: np.ndarray
    ) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[str]]:
        """One observation, of all weights at once."""
        counts = self.words.count(obs[None], action[None])[0]
        weights = self.network.weights(text, counts)
        update = losses.network_observation(
            self._finest, weights, len(counts), 1 / self.config.noise_variance
        )
        named = [
            f"{self.words.names[k]} {w:+.1f}" for k, w in zip(self._finest, weights, strict=True)
        ]
        return [update], [f'"{text}": {", ".join(named)}']
