"""What pages and training share: the moment on view, the hands, the words, the open questions."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

from human_controllers.browser import messages as say
from human_controllers.browser.answers import content_of, record_of
from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.guests import Guest, free_name
from human_controllers.browser.line import Line
from teaching import Evaluation, Feedback, Kind, Utterance, View
from teaching.clips import jpeg
from teaching.log import FeedbackLog
from teaching.questions import Question

_LONGEST_ANSWER = 300.0
"""Seconds of human time that one answer may cost: whoever leaves it open is not at work."""


class Refused(Exception):
    """What a page wants cannot be done; says why."""


@dataclass(slots=True)
class Hands:
    """What the hands of whoever is in control do: axes, or an action, or neither.

    A tap may be over before its step: `tapped` is an action that was begun and has had none yet.
    """

    axes: tuple[float, ...] | None = None
    action: int | None = None
    frame: int = -1
    tapped: int | None = None


class Desk:
    """Everything that training and the server's thread both touch, under one lock.

    Words and answers are in the log when the method that takes them returns. They are stamped with
    the step to which training will take them, so that a replay gives them at the same place.

    Attributes:
        changed: notified, with the lock held, when something that training waits for has come.
        tell: called after every change that pages should hear of.

    """

    def __init__(
        self,
        config: BrowserConfig,
        kinds: frozenset[Kind],
        space: gym.Space,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.config, self.kinds = config, kinds
        self.changed = threading.Condition(threading.RLock())
        self.tell: Callable[[], None] = lambda: None
        self.log: FeedbackLog | None = None
        self.line = Line(config.answers, config.lifetime, config.lease, clock)
        self.guests: list[Guest] = []
        self.driver: Guest | None = None
        self.hands = Hands()
        self.paused = False
        self.may_step = False
        self.view: View | None = None
        self.picture: np.ndarray | None = None
        self.clock = clock
        self.last_word: tuple[float, str] | None = None
        self.understood: deque[tuple[int, str, str]] = deque(maxlen=100)
        self._encoded: tuple[int, bytes] | None = None
        self._space = space
        self._seen_at = -np.inf
        # The step to which words, texts and answers that come now will belong.
        self._step = dict.fromkeys((Kind.EVALUATION, Kind.UTTERANCE, Kind.PREFERENCE), 0)
        self._word: Evaluation | None = None
        self._text: Utterance | None = None
        self._answers: list[tuple[int, Feedback | None]] = []
        self._first_come = config.start_in_control

    # The server's side.

    def join(self, hello: say.Hello) -> Guest:
        """Somebody has come.

        Raises:
            Refused: there are as many already as may come.

        """
        with self.changed:
            if len(self.guests) >= self.config.max_people:
                raise Refused("as many people are here as may come")
            guest = Guest(free_name(hello.name, {g.name for g in self.guests}), hello.wants)
            self.guests.append(guest)
            if self._first_come and Kind.INTERVENTION in self.kinds:
                self.driver, self._first_come = guest, False
            self._note()
            return guest

    def leave(self, guest: Guest) -> None:
        """Somebody has gone: what they had goes back."""
        with self.changed:
            if guest in self.guests:
                self.guests.remove(guest)
                self._seen_at = self.clock()
                self._give_back(guest)
                self.line.leave(guest.name)
                self._note()

    def receive(self, guest: Guest, message: say.Message) -> None:
        """Do what a page asks; what has an `id` is in the log when this returns.

        Raises:
            Refused, say.Malformed, NotYours: it cannot be done.

        """
        with self.changed:
            if isinstance(message, say.Shown):
                guest.shown = max(guest.shown, min(message.frame, max(guest.sent, default=-1)))
                self.changed.notify_all()
                return
            match message:
                case say.Steer():
                    self._steer(guest, message)
                    return
                case say.Looking():
                    guest.looking = message.at
                    if message.at == "away":
                        self._give_back(guest)
                case say.Control():
                    self._control(guest, message.on)
                case say.Pause():
                    self.paused = message.on
                case say.OneStep():
                    self.may_step = True
                case say.Judge():
                    self._judge(guest, message)
                case say.Say():
                    self._say(guest, message)
                case say.Answer():
                    self._answer(guest, message)
                case _:
                    raise say.Malformed("hello comes once")
            self._note()

    def encoded(self) -> tuple[int, bytes] | None:
        """The picture on view and its number, compressed once for all who look."""
        with self.changed:
            if self.view is None or self.picture is None:
                return None
            frame, picture = int(self.view.step[0]), self.picture
            if self._encoded is not None and self._encoded[0] == frame:
                return self._encoded
        found = frame, jpeg(fitted(picture, self.config.width))
        with self.changed:
            self._encoded = found
        return found

    def question_for(self, guest: Guest) -> Question | None:
        """What is to be before a person now; who looks at questions keeps the one they have."""
        with self.changed:
            if guest.looking == "question":
                self.line.renew(guest.name)
            return self.line.next_for(guest.name)

    # Training's side.

    def show(self, view: View, picture: np.ndarray | None) -> None:
        """Put a moment on view; the lock is held."""
        self.view, self.picture = view, picture
        self.tell()

    def present(self) -> bool:
        """Whether somebody is there, or was until a moment ago; the lock is held."""
        return bool(self.guests) or self.clock() - self._seen_at < self.config.patience

    def viewers(self) -> list[Guest]:
        """Who looks at the task; the lock is held."""
        return [guest for guest in self.guests if guest.looking == "live"]

    def word(self, step: int) -> Evaluation | None:
        """The last word since the one before, and from now on words belong to the next step."""
        with self.changed:
            word, self._word = self._word, None
            self._step[Kind.EVALUATION] = step + 1
            return word

    def text(self, step: int) -> Utterance | None:
        """What was said since then, likewise."""
        with self.changed:
            text, self._text = self._text, None
            self._step[Kind.UTTERANCE] = step + 1
            return text

    def begin_step(self, step: int) -> None:
        """Words and texts that come from now on belong to this step, as training has got here."""
        with self.changed:
            for kind in self._step:
                self._step[kind] = max(self._step[kind], step)

    @property
    def step(self) -> int:
        """Steps that training has taken, as far as answers go."""
        return self._step[Kind.PREFERENCE]

    def post(self, questions: Sequence[Question]) -> None:
        """Questions to be answered; those that were answered before a run was cut off are."""
        with self.changed:
            asked = []
            for question in questions:
                answers = []
                if self.log is not None:
                    segments = question.segments.ids
                    answers = self.log.reinstate(question.kind, segments, self.step)
                self._answers += [(question.number, row.record) for row in answers]
                if len(answers) >= self.config.answers:
                    self._answers.append((question.number, None))
                else:
                    asked.append(question)
            self.line.post(asked)
            self._note()

    def answers(self, step: int, closing: bool) -> list[tuple[int, Feedback | None]]:
        """What was answered since the last call; see `teaching.questions.AnswersLater`."""
        with self.changed:
            self._answers += [(number, None) for number in self.line.expired()]
            found, self._answers = self._answers, []
            self._step[Kind.PREFERENCE] = step + 1 if closing else step
            return found

    # What the messages do; the lock is held.

    def _note(self) -> None:
        self.changed.notify_all()
        self.tell()

    def _give_back(self, guest: Guest) -> None:
        if self.driver is guest:
            self.driver, self.hands = None, Hands()

    def _control(self, guest: Guest, on: bool) -> None:
        if Kind.INTERVENTION not in self.kinds:
            raise Refused("nobody can steer here")
        if not on:
            self._give_back(guest)
        elif self.driver not in (None, guest):
            raise Refused(f"{self.driver.name} is in control")  # type: ignore[union-attr]
        else:
            self.driver, self.hands = guest, Hands()

    def _steer(self, guest: Guest, message: say.Steer) -> None:
        if self.driver is not guest:
            return  # sent before the page heard that control had passed on
        space = self._space
        wide = space.shape[0] if isinstance(space, gym.spaces.Box) else None
        many = int(space.n) if isinstance(space, gym.spaces.Discrete) else 0
        if message.axes is not None and len(message.axes) != wide:
            raise say.Malformed("this task has other axes")
        if message.action is not None and message.action >= many:
            raise say.Malformed("this task has no such action")
        begun = message.action is not None and message.action != self.hands.action
        tapped = message.action if begun else self.hands.tapped
        self.hands = Hands(message.axes, message.action, message.frame, tapped)
        # Hands that rest do not move a task that waits to be stepped; pages speak at each picture.
        self.may_step |= message.action is not None or any(message.axes or ())
        self.changed.notify_all()

    def _judge(self, guest: Guest, message: say.Judge) -> None:
        step = self._require(Kind.EVALUATION)
        dt = 0.0 if self.view is None else self.view.dt
        frame = min(message.frame, step)
        record = Evaluation(
            **self._head(guest, step),
            mask=np.ones(1, bool),
            value=np.array([message.value], np.float32),
            # The picture shows what the step before it has led to.
            about=np.array([max(frame - 1, 0)], np.int64),
            transit=np.array([(step - frame) * dt]),
        )
        if self._keep(message.id, Kind.EVALUATION, record):
            self._word = record
            self.last_word = message.value, guest.name

    def _say(self, guest: Guest, message: say.Say) -> None:
        step = self._require(Kind.UTTERANCE)
        text = message.text if self._text is None else f"{self._text.text[0]} {message.text}"
        head = self._head(guest, step)
        if self._keep(message.id, Kind.UTTERANCE, Utterance(**head, text=(message.text,))):
            self._text = Utterance(**head, text=(text,))

    def _answer(self, guest: Guest, message: say.Answer) -> None:
        if self.log is not None and self.log.has(message.id):
            return  # it came before, and the page had not heard so
        question = self.line.may_answer(message.question, guest.name)
        content = content_of(message, question, self._space)
        if content is not None:
            record = record_of(
                content,
                question,
                human=guest.name,
                step=self._step[Kind.PREFERENCE],
                wall_time=time.time(),
                seconds=min(message.seconds, _LONGEST_ANSWER),
            )
            asked = question.segments.step
            if self.log is not None:
                self.log.append_once(message.id, question.kind, record, asked=asked)
            self._answers.append((question.number, record))
        plain = content.tolist() if isinstance(content, np.ndarray) else content
        if self.line.take(message.question, guest.name, plain):
            self._answers.append((question.number, None))

    def _require(self, kind: Kind) -> int:
        if kind not in self.kinds:
            raise Refused(f"nothing here listens to an {kind}")
        return self._step[kind]

    def _head(self, guest: Guest, step: int) -> dict[str, Any]:
        return {
            "human": guest.name,
            "step": np.array([step], np.int64),
            "wall_time": time.time(),
            "human_seconds": np.zeros(1),  # counted with the watching
        }

    def _keep(self, token: str, kind: Kind, record: Feedback) -> bool:
        """Whether it is new."""
        if self.log is None:
            return True
        seen = {} if self.view is None else self.view.kept()
        return self.log.append_once(token, kind, record, **seen)


def fitted(picture: np.ndarray, width: int) -> np.ndarray:
    """A picture, made narrower by a whole factor where it is wider than `width` pixels."""
    factor = -(-picture.shape[1] // width)
    return picture[::factor, ::factor]
