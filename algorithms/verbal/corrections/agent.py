"""A student who can do the task, and hears in words how it should be done otherwise."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.stepwise import Step, StepwiseLearner
from algorithms.verbal.corrections.config import CorrectionsConfig
from algorithms.verbal.corrections.manners import CorrectedManner
from algorithms.verbal.listening.backends import correction_listener_of
from algorithms.verbal.memory import manners
from algorithms.verbal.memory.store import Memory, open_memory
from algorithms.verbal.told import report
from teaching import UserError
from teaching.manner import Manner

Student = Callable[[np.ndarray], np.ndarray]
"""[N, O...] observations of an environment's worlds as they stand -> [N, A...] actions."""

_FLAW = (0.8, 2.0)
"""Spreads, least and most, of a flaw that is drawn."""
_STEADY = "smoothness"
"""The quality that is not drawn: hands that shake would be a flaw of everybody."""
_RECENT = 10
_NOWHERE = np.zeros(0)
"""No looks: the task is not seen before learning begins, and its description alone tells."""


class _Course:
    """A student in one environment: what it did there last, and what it would do now."""

    def __init__(self, student: Student):
        self.student = student
        self.before: np.ndarray | None = None
        self.proposed: np.ndarray | None = None

    def act(self, obs: np.ndarray, flawed: CorrectedManner, manner: CorrectedManner) -> np.ndarray:
        """[N, O...] -> [N, A...]."""
        plan = np.asarray(self.student(obs))
        fresh = self.before is None or len(self.before) != len(plan)
        before = plan if fresh else self.before
        earlier = plan if fresh else self.proposed
        assert before is not None and earlier is not None
        proposed = flawed.act(obs, plan, before)
        done = manner.act(obs, proposed, before, earlier)
        self.before, self.proposed = done.copy(), proposed.copy()
        return done

    def forget(self, ended: np.ndarray) -> None:
        """New episodes begin at rest, in the worlds of `ended` [N] bool."""
        for past in (self.before, self.proposed):
            if past is not None:
                past[ended] = 0.0


class Corrections(StepwiseLearner):
    """Does what a student would do, corrected by what it has heard; for continuous actions.

    Args:
        env: with a human who corrects in words, on a task that declares its manner.
        config: its settings.
        seed: of the flaw, where it is drawn.
        students: environment -> the student in it. A student may read the environment itself, so
            that it is asked for anew where the learner is tested.

    Attributes:
        flaw: [Q] spreads by which the student is off.
        corrected: what was made of the corrections.
        understood: (text, meaning) of what was said in the last step.

    """

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: CorrectionsConfig | None = None,
        seed: int = 0,
        students: Callable[[Any], Student] | None = None,
    ):
        super().__init__(env, seed)
        self.config = config = config or CorrectionsConfig()
        task = getattr(self.env, "env", self.env)
        manner = getattr(getattr(task, "unwrapped", task), "manner", None)
        if not isinstance(manner, Manner) or not manner.qualities:
            raise UserError(
                f"algorithm={config.name} needs a task that declares how it can be done otherwise; "
                "env=driving, arm and maze do"
            )
        if students is None:
            raise UserError(f"algorithm={config.name} needs a student whose manner it corrects")
        self._students = students
        self.manner = manner
        self.flaw = _flaw(config.flaw, manner, seed)
        self._flawed = CorrectedManner(manner)
        self._flawed.amounts[0, : len(self.flaw)] = self.flaw
        listener = correction_listener_of(manner, config.listener, config.llm_url, config.llm_model)
        self.corrected = CorrectedManner(manner, config.form, config.scoped, listener)
        self._recollection = Memory() if config.memory is None else open_memory(config.memory)
        self.recalled = manners.reuse(self._recollection, self.corrected, config.task, _NOWHERE)
        self.understood: list[tuple[str, str]] = []
        self._lately: deque[bool] = deque(maxlen=_RECENT)
        self._heard = np.zeros(2)  # corrections, and among them those that were understood
        self._here, self._there = _Course(students(task)), _Course(students(task))

    def enter(self, env: Any) -> None:
        """Be tested in another environment; `predict` is about that one from now on."""
        self._there = _Course(self._students(env))

    def act(self, obs: np.ndarray) -> np.ndarray:
        """[N, A] half-ranges."""
        return self._in_form(self._here.act(self._seen(obs), self._flawed, self.corrected))

    def choose(self, obs: np.ndarray, deterministic: bool) -> np.ndarray:
        """[M, A] half-ranges, for the worlds of the environment that was entered last."""
        return self._in_form(self._there.act(self._seen(obs), self._flawed, self.corrected))

    def take_in(self, step: Step) -> None:
        """Hear what was said."""
        self._here.forget(step.done)
        self.understood = []
        for text in step.utterance.tolist():
            if text:
                asked = self.corrected.hear(text)
                (told,) = self.corrected.understood
                self.understood.append(told)
                self._lately.append(not asked.direction)
                self._heard += 1, asked.quality is not None or not asked.direction
        if self.understood:
            self._log()

    def figures(self) -> dict[str, float]:
        """How many corrections there were, and how many of the last ten found nothing amiss."""
        return {"corrections_heard": float(self._heard[0]), "content_share": self._content()}

    def memory(self) -> bytes | None:
        """What is kept for later tasks, what was there before included; None if it has no task."""
        if not self.config.task:
            return None
        memory = Memory(list(self._recollection.entries))
        manners.keep(memory, self.corrected, self.config.task, _NOWHERE, int(self._heard[0]))
        return memory.to_bytes()

    def learned(self) -> dict[str, Any]:
        """What was made of the corrections, and where the student stands."""
        state = self.corrected.state_dict()
        past = {"before": self._here.before, "proposed": self._here.proposed}
        return {
            "parameters": {"amounts": state["amounts"], "flaw": self.flaw.copy()},
            "corrected": state,
            "heard": self._heard.copy(),
            "lately": list(self._lately),
            "past": {k: None if v is None else v.copy() for k, v in past.items()},
        }

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore it."""
        if np.shape(state["parameters"]["amounts"]) != self.corrected.amounts.shape:
            raise UserError("the saved corrections are about the manner of another task")
        self.corrected.load_state_dict(state["corrected"])
        self.flaw = np.array(state["parameters"]["flaw"])
        self._flawed.amounts[0, : len(self.flaw)] = self.flaw
        self._heard = np.array(state["heard"])
        self._lately = deque(state["lately"], maxlen=_RECENT)
        for name in ("before", "proposed"):
            past = state["past"][name]
            setattr(self._here, name, None if past is None else np.array(past))

    def _seen(self, obs: np.ndarray) -> np.ndarray:
        space = self.env.observation_space
        return obs.reshape(len(obs), *(space.shape or ())).astype(space.dtype)

    def _in_form(self, action: np.ndarray) -> np.ndarray:
        return np.stack([self.form.from_env(one) for one in action])

    def _content(self) -> float:
        return float(np.mean(self._lately)) if self._lately else 0.0

    def _log(self) -> None:
        names = [quality.name for quality in self.manner.named]
        places = ["", *(f" {context.name}" for context in self.manner.contexts)]
        for place, row in zip(places, self.corrected.amounts, strict=True):
            for name, amount in zip(names, row, strict=True):
                self.logger.record(f"manner/{name}{place}", float(amount))
        self.logger.record("words/content_share", self._content())
        report(self.logger, self.understood, self._heard, len(self.recalled))


def _flaw(wanted: dict[str, float] | None, manner: Manner, seed: int) -> np.ndarray:
    """[Q] spreads, as they were asked for or drawn."""
    names = [quality.name for quality in manner.qualities]
    if wanted is None:
        rng = np.random.default_rng([seed, 0xF1])
        drawn = rng.choice([-1.0, 1.0], len(names)) * rng.uniform(*_FLAW, len(names))
        return np.where([name == _STEADY for name in names], 0.0, drawn)
    for name in wanted:
        if name not in names:
            raise UserError(
                f"algorithm.flaw.{name}: this task has the qualities {', '.join(names)}"
            )
    return np.array([float(wanted.get(name, 0.0)) for name in names])
