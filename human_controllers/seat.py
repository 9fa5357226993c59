"""A person in front of a window, who takes over and gives back, praises and blames."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from human_controllers.hands_config import SeatConfig
from human_controllers.layouts import Layout, layout_of
from human_controllers.person import Person
from human_controllers.steering import Hands
from human_controllers.window import Shown, Window, start_pygame
from teaching import Evaluation, Intervention, Kind, UserError, View

_NAP = 0.005
"""Seconds between two looks at the device."""

_LONGEST = 5.0
"""Seconds of human time that one step may cost: whoever leaves the window open is not at work."""


class Seat(Person):
    """What the keyboard and the gamepad share; a subclass reads its device.

    While the person is in control, their action is executed, otherwise the learner's. The screen
    shows what the last step led to, and that is the step that praise and blame are about.
    """

    kinds = frozenset({Kind.INTERVENTION, Kind.EVALUATION})

    def __init__(
        self,
        config: SeatConfig,
        action_space: gym.Space,
        num_worlds: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        """`clock` and `sleep` in seconds; tests give their own.

        Raises:
            UserError: a person cannot steer this action space, or more than one world.

        """
        self.name = config.name
        if num_worlds != 1:
            raise UserError(f"human={self.name} has one task in view, not {num_worlds}")
        self.config = config
        self.hands = Hands(action_space)
        self.layout = Layout()
        self.in_control = config.start_in_control
        self.paused = False
        self.pygame: Any = None
        self.window: Window | None = None
        self._clock, self._sleep = clock, sleep
        self._due: float | None = None
        self._looked: float | None = None
        self._word = 0.0
        self._may_step = False
        self._closed = False
        self._seconds = 0.0

    # What a device says.

    def connect(self) -> None:
        """Find the device; raise UserError where there is none."""

    def hear(self, event: Any) -> None:
        """Take in an event of pygame's that is not about the window."""
        raise NotImplementedError

    def read(self, seconds: float) -> np.ndarray | None:
        """[1, A...] what the hands do after so many seconds; None while they choose nothing."""
        raise NotImplementedError

    def stepped(self) -> None:
        """Forget what was for the step that is being taken."""

    def let_go(self) -> None:
        """Bring the hands to rest, where control changes."""

    def legend(self) -> list[str]:
        """Lines on what does what."""
        raise NotImplementedError

    def doing(self) -> str:
        """What the hands do now, in words."""
        return ""

    # What all devices may ask for.

    def toggle(self) -> None:
        """Take over, or give back."""
        self.in_control = not self.in_control
        self.let_go()

    def pause(self) -> None:
        """Let the task stand still, or go on."""
        self.paused = not self.paused

    def say(self, value: float) -> None:
        """Praise or blame what is on the screen; the last word before the next step counts."""
        self._word = value

    def step_once(self) -> None:
        """Let one step pass, where the task waits for that."""
        self._may_step = True

    # The lab's side.

    def prepare(self, task: str) -> None:
        """Find the display, the device and what its keys mean here."""
        self.layout = layout_of(task, self.hands.actions)
        self.pygame = start_pygame(self.name)
        self.connect()

    def begin(self, folder: Path, task: str, total_steps: int) -> None:
        """Open the window."""
        self.window = Window(self.pygame, f"{task} - {folder.name}", self.config.width)

    def close(self) -> None:
        """Close the window."""
        if self.window is not None:
            self.window.close()
            self.window = None

    def intervene(self, view: View) -> Intervention:
        """Show the moment, wait until it is time for the step, and say who takes it."""
        seconds = 0.0
        action = view.proposed_action
        mask = False
        if not self._closed:
            seconds, chosen = self._live_through(view)
            # Whoever closed the window or gave back in the meantime is not in control.
            mask = self.in_control and chosen is not None
            action = action if chosen is None or not mask else chosen
        self._seconds += seconds
        return Intervention(
            human=self.name,
            step=view.step,
            wall_time=time.time(),
            human_seconds=np.full(1, seconds),
            mask=np.array([mask]),
            action=action,
        )

    def evaluate(self, view: View) -> Evaluation:
        """What was said of what is on the screen; its time is counted with the watching."""
        word, self._word = self._word, 0.0
        return Evaluation(
            human=self.name,
            step=view.step,
            wall_time=time.time(),
            human_seconds=np.zeros(1),
            mask=np.array([word != 0.0]),
            value=np.array([word], np.float32),
            about=np.maximum(view.step - 1, 0),
        )

    def _live_through(self, view: View) -> tuple[float, np.ndarray | None]:
        """Seconds of the person's time that the moment took, and what their hands did at its end.

        The time of a pause is nobody's.
        """
        length = view.dt / self.config.speed
        now = self._clock()
        if self._due is None or now > self._due + length:
            self._due = now  # late, as after an evaluation: time goes on from here
        end = self._due + length
        spent, before = 0.0, now if self._looked is None else self._looked
        before = max(before, now - length)
        self._draw(view)
        chosen: np.ndarray | None = None
        while True:
            was_paused, was_in_control = self.paused, self.in_control
            self._listen()
            now = self._clock()
            if was_paused or self.paused:
                end += now - before
            else:
                spent += now - before
                chosen = self.read(now - before)
            before = now
            if (was_paused, was_in_control) != (self.paused, self.in_control):
                self._draw(view)
            if self._closed:
                return min(spent, _LONGEST), None
            if not self.paused and now >= end and self._ready(chosen):
                break
            self._sleep(_NAP)
        # Whoever kept the task waiting has the whole of the next moment to look at it.
        self._due = end if now - end < length else now
        self._looked, self._may_step = now, False
        self.stepped()
        return min(spent, _LONGEST), chosen

    def _ready(self, chosen: np.ndarray | None) -> bool:
        """Whether the step may be taken: its time has come already."""
        if self.in_control and chosen is None:
            return False
        return self._may_step or not self.config.step_wait

    def _listen(self) -> None:
        for event in self.pygame.event.get():
            if event.type == self.pygame.QUIT:
                self._leave()
                return
            self.hear(event)

    def _leave(self) -> None:
        """A closed window is a Ctrl-C: the run is saved where it can be, and stops."""
        self._closed, self.in_control = True, False
        self.close()
        os.kill(os.getpid(), signal.SIGINT)

    def _draw(self, view: View) -> None:
        if view.frame is None:
            raise UserError(f"human={self.name} looks at the task, and this one has no picture")
        assert self.window is not None
        self.window.draw(
            view.frame(0),
            Shown(
                in_control=self.in_control,
                paused=self.paused,
                step=int(view.step[0]),
                minutes=self._seconds / 60,
                hands=self.doing(),
                legend=self.legend(),
            ),
        )
