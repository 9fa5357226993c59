"""People in front of browsers take the seat of a human."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from human_controllers.browser import told
from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.desk import Desk
from human_controllers.browser.latency import Latency
from human_controllers.browser.standing_in import StandIn
from human_controllers.layouts import Layout, as_set, layout_of
from human_controllers.person import Person
from human_controllers.steering import Hands as HandsOf
from teaching import (
    Evaluation,
    Feedback,
    Human,
    Intervention,
    Kind,
    Oracle,
    Segments,
    UserError,
    Utterance,
    View,
)
from teaching.log import FeedbackLog
from teaching.questions import QUESTIONS, Question

_NAP = 0.05
"""Seconds after which a wait looks whether the run is to stop."""

_LONGEST = 5.0
"""Seconds of human time that one step may cost a person: whoever leaves a page open is not at
work."""

_TOLD_EVERY = 0.25
"""Seconds between two pictures while nobody keeps training to the task's own time."""


class Browser(Person):
    """One person or several, each in front of a page: one of them steers, all judge, speak, answer.

    While somebody looks at the task it goes at the task's own rate (`pace`). Questions are answered
    while training goes on, at its own speed where nobody looks on.
    """

    name = "browser"
    offers = frozenset({Kind.INTERVENTION, Kind.EVALUATION, Kind.UTTERANCE, *QUESTIONS})

    def __init__(
        self,
        config: BrowserConfig,
        action_space: gym.Space,
        num_worlds: int,
        clock: Callable[[], float] = time.monotonic,
    ):
        """`clock` in seconds.

        Raises:
            UserError: there is more than one world.

        """
        if num_worlds != 1:
            raise UserError(f"human={self.name} has one task in view, not {num_worlds}")
        self.config = config
        self.hands: HandsOf | None
        self.kinds = self.offers
        try:
            self.hands = HandsOf(action_space)
        except UserError:
            self.hands = None  # a task that nobody can steer can be taught all the same
            self.kinds -= {Kind.INTERVENTION}
        self.keeps = self.kinds - {Kind.INTERVENTION}
        self.layout = Layout()
        self.desk = Desk(config, self.kinds, action_space, clock)
        self.latency = Latency()
        self.token = config.token or secrets.token_hex(16)
        self.standing_in: StandIn | None = None
        self._clock, self._space = clock, action_space
        self._server: Any = None
        self._due: float | None = None
        self._looked: float | None = None
        self._told = -np.inf
        self._seconds = 0.0
        self._story: dict[str, Any] = {"run": "", "task": "", "total": 0, "step": 0, "curve": []}

    # The lab's side.

    def stand_in(self, human: Human) -> None:
        """Let a simulated human take the seat while nobody is there."""
        self.standing_in = StandIn(human)

    def is_for(self, kinds: frozenset[Kind]) -> None:
        """Offer what the learner can use, unless all was asked for."""
        if self.config.offer == "learned":
            self.kinds &= kinds
            self.keeps = self.kinds - {Kind.INTERVENTION}
            self.desk.kinds = self.kinds

    def prepare(self, task: str) -> None:
        """Take the port, and find out what the keys mean here."""
        from human_controllers.browser.server import Server

        if self.hands is not None:
            usual = layout_of(task, self.hands.actions)
            self.layout = as_set(usual, self.hands, self.config.axes, self.config.keys)
        self._story["task"] = task
        self._server = Server(self)

    def keep_in(self, log: FeedbackLog) -> None:
        """Words and answers go there as they come."""
        self.desk.log = log

    def begin(self, folder: Path, task: str, total_steps: int) -> None:
        """Open the page."""
        self._story |= {"run": folder.name, "total": total_steps}
        self._server.start()
        self.greeting = f"the seat is at {self._server.address}"
        if self.config.open_to_network:
            self.greeting += "  (open to the network: who has the address can teach; not encrypted)"

    def progress(self, step: int, success: float | None) -> None:
        """Tell the pages where training stands."""
        with self.desk.changed:
            self._story["step"] = step
            curve = self._story["curve"]
            if success is not None and (not curve or curve[-1][1] != success or not curve):
                curve.append([step, success])
            self.desk.tell()

    def understood(self, text: str, meaning: str) -> None:
        """Tell the pages what was made of words."""
        with self.desk.changed:
            heard = self.desk.understood
            heard.append((heard[-1][0] + 1 if heard else 1, text, meaning))
            self.desk.tell()

    def scalars(self) -> dict[str, float]:
        """For TensorBoard."""
        with self.desk.changed:
            values = {"human/present": float(len(self.desk.guests))}
            if len(self.desk.line) or self.desk.line.answered:
                values["human/questions_open"] = float(len(self.desk.line))
            if self.desk.line.agreement is not None:
                values["human/agreement"] = self.desk.line.agreement
        if self.latency.recent is not None:
            values["human/latency_ms"] = 1e3 * self.latency.recent
        return values

    def figures(self) -> dict[str, Any]:
        """For the run's result."""
        return {"latency_ms": self.latency.figures(), "agreement": self.desk.line.agreement}

    def close(self) -> None:
        """Say good-bye, and give the port back."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def state_dict(self) -> dict[str, Any]:
        """Where training stands; what people do next is theirs."""
        stand_in = None if self.standing_in is None else self.standing_in.human.state_dict()
        return {"step": self.desk.step, "stand_in": stand_in}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        self.desk.begin_step(int(state["step"]))
        if self.standing_in is not None and state["stand_in"] is not None:
            self.standing_in.human.load_state_dict(state["stand_in"])

    def reset(self, episode_start: np.ndarray) -> None:
        """An episode begins, also for who stands in."""
        if self.standing_in is not None:
            self.standing_in.human.reset(episode_start)

    # The learner's side.

    def intervene(self, view: View) -> Intervention:
        """Put the moment on view, wait until it is time for the step, and say who takes it."""
        with self.desk.changed:
            seconds = self._attend(view)
            if self._nobody():
                return self.standing_in.intervene(view)  # type: ignore[union-attr]
            driver, chosen = self.desk.driver, self._chosen()
            self.desk.hands.tapped = None  # it has its step
            if driver is not None and chosen is not None:
                late = driver.since(self.desk.hands.frame, self._clock())
                if late is not None:
                    self.latency.add(late)
        return Intervention(
            human=self.name if driver is None else driver.name,
            step=view.step,
            wall_time=time.time(),
            human_seconds=np.full(1, seconds),
            mask=np.array([chosen is not None]),
            action=view.proposed_action if chosen is None else chosen,
        )

    def evaluate(self, view: View) -> Evaluation:
        """The last word since the step before; its time is counted with the watching."""
        seconds = 0.0
        if Kind.INTERVENTION not in self.kinds:
            with self.desk.changed:
                seconds = self._attend(view)
        word = self.desk.word(int(view.step[0]))
        if word is None and self._nobody(Kind.EVALUATION):
            said = self.standing_in.evaluate(view)  # type: ignore[union-attr]
            return self._kept(Kind.EVALUATION, said, view)
        if word is not None:
            return replace(word, human_seconds=np.full(1, seconds))
        return Evaluation(
            human=self.name,
            step=view.step,
            wall_time=time.time(),
            human_seconds=np.full(1, seconds),
            mask=np.zeros(1, bool),
            value=np.zeros(1, np.float32),
            about=view.step.copy(),
        )

    def speak(self, view: View) -> Utterance:
        """What was said since the step before."""
        text = self.desk.text(int(view.step[0]))
        if text is None and self._nobody(Kind.UTTERANCE):
            said = self.standing_in.speak(view)  # type: ignore[union-attr]
            return self._kept(Kind.UTTERANCE, said, view)
        if text is not None:
            return text
        return Utterance(
            human=self.name,
            step=view.step,
            wall_time=time.time(),
            human_seconds=np.zeros(1),
            text=("",),
        )

    def post(self, questions: Sequence[Question]) -> None:
        """Put questions into the line."""
        self.desk.post(questions)

    def collect(self, step: int, closing: bool) -> list[tuple[int, Feedback | None]]:
        """What was answered since the last call."""
        found = self.desk.answers(step, closing)
        if self.standing_in is not None and not self.desk.present():
            found += self.standing_in.answer(self.desk, step)
        return found

    @property
    def port(self) -> int:
        """That the seat listens at, from `prepare` on."""
        return self._server.port

    @property
    def address(self) -> str:
        """What to open in a browser, token included."""
        return self._server.address

    # The server's side.

    def welcome(self) -> dict[str, Any]:
        """What a page needs to know of the task; everything but who it is."""
        known = told.controls(self.config, self.hands, self.layout, self.kinds)
        return {"run": self._story["run"], "task": self._story["task"], **known}

    def state(self) -> dict[str, Any]:
        """What every page is told over and over."""
        return told.standing(self.desk, self._story, self._seconds)

    def editable(self, segments: Segments) -> dict[str, Any]:
        """The actions of a segment that is to be corrected, and what they may be."""
        return told.editable(segments, self._space, self.layout)

    def now(self) -> float:
        """Seconds, by the clock that latencies are measured with."""
        return self._clock()

    # The passing of time; the desk's lock is held.

    def _attend(self, view: View) -> float:
        """Let the moment pass, as fast as people and settings want it; what it cost them, in s."""
        step = int(view.step[0])
        self.desk.begin_step(step)
        self._wait_for_somebody(view)
        seconds = self._live_through(view, step) if self.desk.present() else 0.0
        self._seconds += seconds
        return seconds

    def _wait_for_somebody(self, view: View) -> None:
        """Where nobody is there and the config says so, wait; a Ctrl-C gets through."""
        desk = self.desk
        while self.config.absent == "wait" and not desk.present() and not self.stopping():
            self._due = None
            desk.show(view, self._picture(view))
            desk.changed.wait(_NAP)

    def _live_through(self, view: View, step: int) -> float:
        """Seconds of people's time that the moment took. The time of a pause is nobody's."""
        desk = self.desk
        viewers = desk.viewers()
        if self.stopping() or (not viewers and not desk.paused):
            # People who only answer questions do not hold training up.
            self._due = None
            if self._clock() - self._told > _TOLD_EVERY:
                self._told = self._clock()
                desk.show(view, None)
            return 0.0
        wants_picture = any("frames" in guest.wants for guest in viewers) or desk.paused
        desk.show(view, self._picture(view) if wants_picture else None)
        length = view.dt / self.config.speed
        now = self._clock()
        if self._due is None or now > self._due + length:
            self._due = now  # late, as after an evaluation: time goes on from here
        end = self._due + length
        before = now if self._looked is None else max(self._looked, now - length)
        spent = 0.0
        while True:
            was_paused = desk.paused
            timed = self.config.pace == "time"
            desk.changed.wait(min(max(end - now, 0.0), _NAP) if timed else _NAP)
            now = self._clock()
            viewers = desk.viewers()
            if was_paused or desk.paused:
                end += now - before
            else:
                spent += (now - before) * len(viewers)
            before = now
            moves = not viewers or self._ready(step, now >= end)
            if self.stopping() or (moves and not desk.paused):
                break
        # Whoever kept the task waiting has the whole of the next moment to look at it.
        self._due = end if now - end < length else now
        self._looked, desk.may_step = now, False
        return min(spent, _LONGEST * max(len(viewers), 1))

    def _ready(self, step: int, in_time: bool) -> bool:
        """Whether the step may be taken."""
        desk = self.desk
        if self.config.pace == "lockstep":
            return all(guest.shown >= step for guest in desk.viewers())
        if desk.driver is not None and self._chosen() is None:
            return False  # numbered actions wait for whoever is in control
        return in_time and (self.config.pace == "time" or desk.may_step)

    def _chosen(self) -> np.ndarray | None:
        """[1, A...] what the hands of whoever is in control do; None where nobody chooses."""
        desk, hands = self.desk, self.hands
        if desk.driver is None or hands is None:
            return None
        if hands.axes:
            return hands.steer(np.array(desk.hands.axes or np.zeros(hands.axes)))
        did = (desk.hands.tapped, desk.hands.action, self.layout.idle)
        number = next((number for number in did if number is not None), None)
        return None if number is None else hands.pick(number)

    def _picture(self, view: View) -> np.ndarray:
        if view.frame is None:
            raise UserError(f"human={self.name} looks at the task, and this one has no picture")
        return view.frame(0)

    def _nobody(self, kind: Kind = Kind.INTERVENTION) -> bool:
        """Whether somebody who stands in has the seat now, for this kind."""
        if self.standing_in is None or self.desk.present():
            return False
        return kind is Kind.INTERVENTION or kind in self.standing_in.human.kinds

    def _kept(self, kind: Kind, record: Any, view: View) -> Any:
        """What who stands in says; the seat keeps it, for the session leaves that to the seat."""
        if self.desk.log is not None:
            self.desk.log.append(kind, record, **view.kept())
        return record


def make_browser(
    config: BrowserConfig, oracle: Oracle, action_space: gym.Space, num_worlds: int, seed: int
) -> Browser:
    """People in front of browsers; nobody's oracle and no seed are of any use to them."""
    return Browser(config, action_space, num_worlds)
