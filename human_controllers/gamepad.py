"""A person with a gamepad."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from human_controllers.hands_config import GamepadConfig
from human_controllers.seat import Seat
from human_controllers.steering import past_dead_zone
from teaching import Oracle, UserError


class Gamepad(Seat):
    """Steers by sticks; numbered actions have a button each."""

    config: GamepadConfig

    def __init__(
        self, config: GamepadConfig, action_space: gym.Space, num_worlds: int, **time: Any
    ):
        """As `Seat`."""
        super().__init__(config, action_space, num_worlds, **time)
        if self.hands.axes > len(config.sticks):
            raise UserError(
                f"human.sticks has {len(config.sticks)} axes, and this task {self.hands.axes}"
            )
        self._pad: Any = None
        self._pressed: int | None = None

    def connect(self) -> None:
        """Find the gamepad.

        Raises:
            UserError: it is not there, or has not as many axes.

        """
        self.pygame.joystick.init()
        count = self.pygame.joystick.get_count()
        if self.config.device >= count:
            raise UserError(
                f"human=gamepad found {count or 'no'} gamepad{'s' * (count != 1)}, and "
                f"human.device={self.config.device}: plug one in, or take human=keyboard"
            )
        self._pad = self.pygame.joystick.Joystick(self.config.device)
        self._pad.init()
        highest = max(self.config.sticks[: self.hands.axes], default=-1)
        if highest >= self._pad.get_numaxes():
            raise UserError(
                f"human.sticks asks for axis {highest}, and {self._pad.get_name()} has "
                f"{self._pad.get_numaxes()}, from 0 on; human.show_axes=true shows them"
            )

    def hear(self, event: Any) -> None:
        """Buttons that go down and up."""
        if event.type == self.pygame.JOYBUTTONUP and self._pressed == event.button:
            self._pressed = None
        if event.type != self.pygame.JOYBUTTONDOWN:
            return
        meaning = {button: name for name, button in self.config.buttons.items()}
        name = meaning.get(event.button)
        if name == "take over":
            self.toggle()
        elif name == "pause":
            self.pause()
        elif name == "step":
            self.step_once()
        elif name is not None:
            self.say(1.0 if name == "praise" else -1.0)
        elif str(event.button) in self.config.actions:
            self._pressed = event.button
            self.step_once()

    def read(self, seconds: float) -> np.ndarray | None:
        """The sticks as they stand, or the action of the button that is down."""
        if self.hands.axes:
            return self.hands.steer(self._sticks())
        if self.in_control and self._pressed is not None:
            return self.hands.pick(self.config.actions[str(self._pressed)])
        return None if self.layout.idle is None else self.hands.pick(self.layout.idle)

    def legend(self) -> list[str]:
        """What the buttons do, and what the gamepad sends where that was asked for."""
        does = "    ".join(f"{button}  {name}" for name, button in self.config.buttons.items())
        lines = [f"buttons:  {does}"]
        if self.config.show_axes:
            count = self._pad.get_numaxes()
            sent = "   ".join(f"{i}: {self._pad.get_axis(i):+.2f}" for i in range(count))
            lines.append(f"axes:  {sent}")
        return lines

    def doing(self) -> str:
        """Where the sticks stand."""
        if not self.hands.axes:
            return ""
        return "  ".join(f"{position:+.2f}" for position in self._sticks())

    def _sticks(self) -> np.ndarray:
        axes = self.hands.axes
        raw = np.array([self._pad.get_axis(axis) for axis in self.config.sticks[:axes]])
        turned = np.where(self.config.invert[:axes], -raw, raw)
        return past_dead_zone(turned, self.config.dead_zone, self.config.exponent)


def make_gamepad(
    config: GamepadConfig, oracle: Oracle, action_space: gym.Space, num_worlds: int, seed: int
) -> Gamepad:
    """A person with a gamepad; nobody's oracle and no seed are of any use to them."""
    return Gamepad(config, action_space, num_worlds)
