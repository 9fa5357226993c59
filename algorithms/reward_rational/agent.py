"""Reward-rational choice (Jeon, Milli and Dragan 2020), on tasks that declare features."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.declared import declared
from algorithms.core.stepwise import Step, StepwiseLearner
from algorithms.reward_rational import losses
from algorithms.reward_rational.config import RewardRationalConfig
from algorithms.reward_rational.evidence import Evidence
from teaching import Kind, Preference, Segments, UserError
from teaching.feedback import Choice
from teaching.sb3 import human_beside, queries_of, show_policy

_FIRST = {Choice.FIRST: 1.0, Choice.SECOND: 0.0, Choice.EQUAL: 0.5}
_LISTED = 20
"""Features whose beliefs have curves of their own; of more there is no curve at all."""


class RewardRational(StepwiseLearner):
    """Believes that reward is linear in the features that the task declares, and learns them.

    It takes comparisons, praise and blame, ratings, takeovers and demonstrations for choices of one
    and the same person, and acts by Thompson sampling. A human who compares is asked at each step
    which of two actions would be better there, both of which it might take.

    Args:
        env: with a human who gives any of these, on a task that declares words.
        config: its settings.
        seed: of the weights that are drawn.

    Attributes:
        words: what the task declares.
        evidence: what was seen so far, and the belief about the weights [K].

    """

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: RewardRationalConfig | None = None,
        seed: int = 0,
    ):
        super().__init__(env, seed)
        self.config = config = config or RewardRationalConfig()
        self.words = declared(self.env, config.name)
        kinds: frozenset[Kind] = getattr(human_beside(self.env), "kinds", frozenset())
        self._queries = queries_of(self.env) if Kind.PREFERENCE in kinds else None
        self._watched = Kind.INTERVENTION in kinds and config.let_pass
        self._actions = int(self.env.action_space.n)  # type: ignore[attr-defined]
        self.evidence = Evidence(config, len(self.words.features), self._actions)
        self._probs = np.empty((0, 0))
        self._options = np.empty((0, 0, 0))
        # Question's first segment -> φ(first) − φ(second), till it is answered.
        self._asked: dict[int, np.ndarray] = {}
        self._segments = 0
        show_policy(self.env, lambda obs: self._probs)

    def act(self, obs: np.ndarray) -> np.ndarray:
        """[N], the best under weights drawn from the belief; may ask about it."""
        self._options = self.words.options(obs)  # [N, J, K]
        best = self._best(self._options, self.config.draws)  # [N, D]
        hits = best[:, :, None] == np.arange(self._actions)
        self._probs = hits.mean(axis=1)
        if self._queries is not None:
            self._ask(obs, best)
        return best[:, 0]

    def choose(self, obs: np.ndarray, deterministic: bool) -> np.ndarray:
        """[M], the best under the mean weights, or each under weights drawn anew."""
        options = self.words.options(obs)
        if not deterministic:
            return self._best(options, 1)[:, 0]
        return (options @ self.evidence.mean).argmax(axis=1)

    def take_in(self, step: Step) -> None:
        """Learn from all that was done and said about the step."""
        before = sum(self.evidence.counts().values())
        self._take_answers()
        for world in range(self.num_worlds):
            options, action = self._options[world], int(step.action[world])
            if step.takeover[world] or self._watched:
                self.evidence.choose(options, action)
            said = float(step.feedback[world])
            if not np.isnan(said):
                self._judged(options, action, self._probs[world], said)
        if sum(self.evidence.counts().values()) > before:
            self.evidence.maximise()
            self._log()

    def learned(self) -> dict[str, Any]:
        """The belief, what it rests on, and open questions."""
        belief = {"mean": self.evidence.mean.copy(), "precision": self.evidence.precision.copy()}
        asked = {str(number): x.copy() for number, x in self._asked.items()}
        return {
            "parameters": belief,
            "evidence": self.evidence.state_dict(),
            "asked": asked,
            "segments": self._segments,
        }

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore it."""
        if np.shape(state["parameters"]["mean"]) != self.evidence.mean.shape:
            raise UserError("the saved belief is about the features of another task")
        self.evidence.load_state_dict(state["evidence"])
        self._asked = {int(number): np.array(x) for number, x in state["asked"].items()}
        self._segments = int(state["segments"])

    def _best(self, options: np.ndarray, draws: int) -> np.ndarray:
        """[N, J, K] -> [N, draws], the best action under each of so many weights."""
        rows, features = len(options), len(self.evidence.mean)
        normal = self._rng.standard_normal((rows * draws, features))
        weights = losses.draw(self.evidence.mean, self.evidence.precision, normal)
        worth = np.einsum("njk,ndk->ndj", options, weights.reshape(rows, draws, features))
        return worth.argmax(axis=2)

    def _judged(self, options: np.ndarray, action: int, probs: np.ndarray, said: float) -> None:
        """Praise of an action is a choice of it over what the learner does on average."""
        if self.config.praise == "number":
            self.evidence.rate(options[action], self.config.unit * said)
        else:
            y = 0.5 if said == 0 else float(said > 0)
            self.evidence.compare(options[action] - probs @ options, y)

    def _ask(self, obs: np.ndarray, best: np.ndarray) -> None:
        """Ask which of two actions would be better, in each world where two were drawn."""
        assert self._queries is not None
        other = (best != best[:, :1]).argmax(axis=1)
        rows = np.flatnonzero(best[np.arange(len(best)), other] != best[:, 0])
        if not len(rows):
            return
        pair = np.stack([best[rows, 0], best[rows, other[rows]]], axis=1)  # [B, 2]
        ids = self._segments + np.arange(2 * len(rows)).reshape(-1, 2)
        self._segments += ids.size
        for row, (number, _), (one, two) in zip(rows, ids.tolist(), pair, strict=True):
            self._asked[number] = self._options[row, one] - self._options[row, two]
        shape = self.env.observation_space.shape or ()
        seen = obs[rows].reshape(-1, 1, 1, *shape)
        self._queries.put(
            Kind.PREFERENCE,
            Segments(
                ids=ids,
                obs=np.repeat(seen, 2, axis=1).astype(self.env.observation_space.dtype),
                action=self.form.to_env(pair.reshape(-1)).reshape(-1, 2, 1),
                length=np.ones(ids.shape, np.int64),
                dt=self.dt,
                step=np.full(len(rows), self.num_timesteps // self.num_worlds),
            ),
        )

    def _take_answers(self) -> None:
        if self._queries is None:
            return
        for answer in self._queries.take():
            assert isinstance(answer, Preference)
            for (number, _), choice in zip(answer.segments.tolist(), answer.choice, strict=True):
                if choice in _FIRST and number in self._asked:
                    self.evidence.compare(self._asked[number], _FIRST[Choice(choice)])
        if not self._queries.open:
            self._asked.clear()

    def _log(self) -> None:
        for name, count in self.evidence.counts().items():
            self.logger.record(f"evidence/{name}", count)
        if len(self.evidence.mean) > _LISTED:
            return
        spread = np.sqrt(np.diag(np.linalg.inv(self.evidence.precision)))
        for name, m, s in zip(self.words.names, self.evidence.mean, spread, strict=True):
            self.logger.record(f"belief/{name}", float(m))
            self.logger.record(f"belief_sd/{name}", float(s))
