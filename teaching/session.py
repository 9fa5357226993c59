"""One moment of teaching: show the human a view, check the answer, log it, report it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

from teaching import info as keys
from teaching.clips import Clips
from teaching.errors import UserError
from teaching.feedback import Feedback, Kind
from teaching.human import Human, View
from teaching.questions import QUESTIONS, AnswersLater, Queries
from teaching.recorder import Log


@dataclass(frozen=True, slots=True)
class Moment:
    """What a human did with one step of N worlds; the fields are those of `teaching.info`."""

    proposed_action: np.ndarray
    executed_action: np.ndarray
    takeover: np.ndarray
    takeover_start: np.ndarray
    feedback: np.ndarray
    utterance: tuple[str, ...]
    human_seconds: np.ndarray
    answers: np.ndarray
    transit: np.ndarray | None = None

    def infos(self) -> dict[str, np.ndarray]:
        """The moment under the lab's ``info`` keys, worlds first."""
        infos = {
            keys.PROPOSED_ACTION: self.proposed_action,
            keys.EXECUTED_ACTION: self.executed_action,
            keys.TAKEOVER: self.takeover,
            keys.TAKEOVER_START: self.takeover_start,
            keys.FEEDBACK: self.feedback,
            keys.HUMAN_SECONDS: self.human_seconds,
            keys.ANSWERS: self.answers,
        }
        if self.transit is not None:
            infos[keys.TRANSIT] = self.transit
        if self.utterance:
            infos[keys.UTTERANCE] = np.array(self.utterance, dtype=object)
        return infos


class Session:
    """A human teaching N worlds, whichever way the worlds are wrapped."""

    def __init__(
        self,
        human: Human,
        log: Log | None,
        action_space: gym.Space,
        num_worlds: int,
        dt: float,
        frame: Callable[[int], np.ndarray] | None = None,
        tell: Callable[[np.ndarray, np.ndarray], str] | None = None,
    ):
        """Seat a human before N worlds.

        Args:
            human: who teaches.
            log: where each signal is kept.
            action_space: of one world.
            num_worlds: N.
            dt: seconds a step.
            frame: the picture of a world.
            tell: (an observation, what is proposed there) -> both in words.

        """
        self.human = human
        self.log = log
        self._kept_by_human: frozenset[Kind] = getattr(human, "keeps", frozenset())
        self.dt = dt
        self.action_probs: Callable[[np.ndarray], np.ndarray] | None = None
        self._space = action_space
        self._frame = frame
        self._clips: Clips | None = None
        self.queries = Queries(human, log)
        self._tell = tell
        self._step = np.zeros(num_worlds, np.int64)
        self._episode_start = np.ones(num_worlds, bool)
        self._was_takeover = np.zeros(num_worlds, bool)

    def keep_films(self) -> None:
        """Film what happens from now on: who answers later has to be shown what is long past."""
        asked = isinstance(self.human, AnswersLater) and self.human.kinds & {*QUESTIONS}
        if asked and self._frame is not None and self._clips is None:
            self._clips = self.queries.clips = Clips()

    def reset(self, episode_start: np.ndarray) -> None:
        """Begin new episodes in the worlds marked True; [N] bool."""
        self._episode_start = episode_start.copy()
        # Not in place: the array is also the takeover that the last step's info reports.
        self._was_takeover = self._was_takeover & ~episode_start
        if episode_start.any():
            self.human.reset(episode_start)

    def decide(self, obs: np.ndarray, proposed_action: np.ndarray) -> Moment:
        """Ask the human about one step.

        Args:
            obs: [N, O...] what the learner saw.
            proposed_action: [N, A...] what it wants to do.

        Returns:
            What is to be executed, and the rest of the moment.

        """
        view = View(
            obs=obs,
            proposed_action=proposed_action,
            step=self._step.copy(),
            episode_start=self._episode_start,
            dt=self.dt,
            action_probs=None if self.action_probs is None else self.action_probs(obs),
            frame=self._frame,
            tell=self._telling(obs, proposed_action),
        )
        if self._clips is not None and self._frame is not None:
            self._clips.add(int(self._step[0]), self._frame(0))
        num_worlds = len(self._step)
        executed = proposed_action
        takeover = np.zeros(num_worlds, bool)
        seconds = np.zeros(num_worlds)
        feedback = np.full(num_worlds, np.nan, np.float32)
        transit: np.ndarray | None = None
        words: tuple[str, ...] = ()
        if Kind.INTERVENTION in self.human.kinds:
            intervention = self.human.intervene(view)  # type: ignore[attr-defined]
            takeover = self._checked_mask(intervention.mask, "intervention")
            seconds = seconds + self._checked_seconds(intervention, "intervention")
            if takeover.any():
                executed = self._overrule(proposed_action, intervention.action, takeover)
                self._keep(Kind.INTERVENTION, intervention, view)
        if Kind.EVALUATION in self.human.kinds:
            evaluation = self.human.evaluate(view)  # type: ignore[attr-defined]
            spoke = self._checked_mask(evaluation.mask, "evaluation")
            seconds = seconds + self._checked_seconds(evaluation, "evaluation")
            if spoke.any():
                self._one_a_world(evaluation.about, "evaluation.about")
                value = self._one_a_world(evaluation.value, "evaluation.value")
                feedback[spoke] = self._finite(value[spoke], "evaluation")
                if evaluation.transit is not None:
                    late = self._one_a_world(evaluation.transit, "evaluation.transit")
                    transit = np.where(spoke, late, np.nan)
                self._keep(Kind.EVALUATION, evaluation, view)
        if Kind.UTTERANCE in self.human.kinds:
            utterance = self.human.speak(view)  # type: ignore[attr-defined]
            words = self._checked_text(utterance.text)
            seconds = seconds + self._checked_seconds(utterance, "utterance")
            if any(words):
                self._keep(Kind.UTTERANCE, utterance, view)
        self.queries.collect()
        asked, answered = self.queries.cost()
        answers = np.zeros(num_worlds, np.int64)
        # Questions are not about one world: the first one carries what they cost.
        seconds, answers[0] = seconds + asked * (np.arange(num_worlds) == 0), answered
        moment = Moment(
            proposed_action=proposed_action,
            executed_action=executed,
            takeover=takeover,
            takeover_start=takeover & ~self._was_takeover,
            feedback=feedback,
            utterance=words,
            human_seconds=seconds,
            answers=answers,
            transit=transit,
        )
        self._was_takeover = takeover
        self._step += 1
        self.queries.at(int(self._step[0]))
        self._episode_start = np.zeros(num_worlds, bool)
        return moment

    def state_dict(self) -> dict[str, Any]:
        """The human's state and the place in the worlds' time."""
        return {
            "human": self.human.state_dict(),
            "step": self._step.copy(),
            "episode_start": self._episode_start.copy(),
            "was_takeover": self._was_takeover.copy(),
            "queries": self.queries.state_dict(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.human.load_state_dict(state["human"])
        self._step = np.array(state["step"], np.int64)
        self._episode_start = np.array(state["episode_start"], bool)
        self._was_takeover = np.array(state["was_takeover"], bool)
        self.queries.at(int(self._step[0]))
        self.queries.load_state_dict(state["queries"])

    def _telling(self, obs: np.ndarray, proposed: np.ndarray) -> Callable[[int], str] | None:
        tell = self._tell
        return None if tell is None else lambda world: tell(obs[world], proposed[world])

    def _keep(self, kind: Kind, record: Feedback, view: View) -> None:
        if self.log is not None and kind not in self._kept_by_human:
            self.log.append(kind, record, **view.kept())

    def _checked_mask(self, mask: np.ndarray, what: str) -> np.ndarray:
        mask = np.array(mask)  # a copy: the human may go on using its own
        if mask.dtype != bool or mask.shape != self._step.shape:
            raise UserError(
                f"{self.human.name}: {what}.mask must be bool of shape {self._step.shape}, "
                f"got {mask.dtype} of shape {mask.shape}"
            )
        return mask

    def _checked_seconds(self, record: Feedback, what: str) -> np.ndarray:
        seconds = self._one_a_world(record.human_seconds, f"{what}.human_seconds")
        if not (np.isfinite(seconds) & (seconds >= 0)).all():
            raise UserError(
                f"{self.human.name}: {what}.human_seconds must be finite and ≥ 0, "
                f"got {seconds.tolist()}"
            )
        return seconds

    def _one_a_world(self, values: Any, what: str) -> np.ndarray:
        values = np.asarray(values)
        if values.dtype.kind not in "fiu" or values.shape != self._step.shape:
            raise UserError(
                f"{self.human.name}: {what} must be numbers of shape {self._step.shape}, "
                f"got {values.dtype} of shape {values.shape}"
            )
        return values

    def _checked_text(self, text: Any) -> tuple[str, ...]:
        words = tuple(text) if isinstance(text, tuple | list) else ()
        if len(words) != len(self._step) or not all(isinstance(word, str) for word in words):
            raise UserError(
                f"{self.human.name}: utterance.text must be {len(self._step)} strings, one a "
                f'world, "" where nothing is said; got {text!r}'
            )
        return words

    def _finite(self, values: np.ndarray, what: str) -> np.ndarray:
        if not np.isfinite(values).all():
            raise UserError(
                f"{self.human.name}: {what} must be finite, got {values.tolist()} "
                f"(step {int(self._step.max())}); mend the human or its expert"
            )
        return values

    def _overrule(
        self, proposed: np.ndarray, action: np.ndarray, takeover: np.ndarray
    ) -> np.ndarray:
        """The proposed actions with the human's in the worlds that the human controls.

        A stick pushed past its stop is at its stop: continuous actions are clipped to the space.
        """
        action = np.asarray(action)
        expected = (len(self._step), *(self._space.shape or ()))
        if action.shape != expected:
            raise UserError(
                f"{self.human.name}: action must have shape {expected} (worlds first), "
                f"got {action.shape}; mend the human or its expert"
            )
        chosen = self._finite(action[takeover], "action")
        executed = proposed.copy()
        if isinstance(self._space, gym.spaces.Box):
            executed[takeover] = np.clip(chosen, self._space.low, self._space.high)
            return executed
        if isinstance(self._space, gym.spaces.Discrete):
            first, last = int(self._space.start), int(self._space.start + self._space.n) - 1
            if (chosen < first).any() or (chosen > last).any() or (chosen != chosen.round()).any():
                raise UserError(
                    f"{self.human.name}: action must be a whole number from {first} to {last}, "
                    f"got {chosen.tolist()}; mend the human or its expert"
                )
        executed[takeover] = chosen
        return executed
