"""A person at the keyboard."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from human_controllers.hands_config import KeyboardConfig
from human_controllers.layouts import as_set
from human_controllers.seat import Seat
from human_controllers.steering import Ramp, keys_of, push_of
from teaching import Oracle, UserError

_SPACE, _PAUSE, _STEP, _PRAISE, _BLAME = "space", "tab", ".", ("+", "=", "[+]"), ("-", "[-]")
_TAKEN = {_SPACE, _PAUSE, _STEP, *_PRAISE, *_BLAME}


class Keyboard(Seat):
    """Steers by held keys: axes ramp, numbered actions have a key each."""

    config: KeyboardConfig

    def __init__(
        self, config: KeyboardConfig, action_space: gym.Space, num_worlds: int, **time: Any
    ):
        """As `Seat`."""
        super().__init__(config, action_space, num_worlds, **time)
        self._ramp = Ramp(self.hands.axes, config.rise, config.fall)
        self._held: set[str] = set()
        self._tapped: set[str] = set()
        self._newest = ""
        self._axis_keys: dict[str, tuple[int, int]] = {}
        self._action_keys: dict[str, int] = {}

    def connect(self) -> None:
        """Work out what each key means here."""
        layout = as_set(self.layout, self.hands, self.config.axes, self.config.keys)
        if self.hands.axes:
            self._axis_keys = keys_of(layout.axes, self.hands)
        else:
            self._action_keys = dict(layout.keys)
        for key in _TAKEN & {*self._axis_keys, *self._action_keys}:
            raise UserError(f"human.axes and human.keys cannot have the key {key!r}: it is taken")

    def hear(self, event: Any) -> None:
        """Keys that go down and up."""
        if event.type not in (self.pygame.KEYDOWN, self.pygame.KEYUP):
            return
        key = self.pygame.key.name(event.key)
        if event.type == self.pygame.KEYUP:
            self._held.discard(key)
            return
        self._held.add(key)
        self._newest = key
        # A key that is down and up again between two looks still counts.
        self._tapped.add(key)
        if key == _SPACE:
            self.toggle()
        elif key == _PAUSE:
            self.pause()
        elif key in _PRAISE:
            self.say(1.0)
        elif key in _BLAME:
            self.say(-1.0)
        if key == _STEP or key in self._axis_keys or key in self._action_keys:
            self.step_once()

    def read(self, seconds: float) -> np.ndarray | None:
        """The axes after so many seconds of these keys, or the action of the key that is down."""
        down = self._held | self._tapped
        if self.hands.axes:
            self._tapped.clear()
            push = push_of(down, self._axis_keys, self.hands.axes)
            return self.hands.steer(self._ramp.move(push, seconds))
        found = [key for key in self._action_keys if key in down]
        if self.in_control and found:
            key = self._newest if self._newest in found else found[0]
            return self.hands.pick(self._action_keys[key])
        return None if self.layout.idle is None else self.hands.pick(self.layout.idle)

    def stepped(self) -> None:
        """A key that was tapped has had its step."""
        self._tapped.clear()

    def let_go(self) -> None:
        """All axes to the middle."""
        self._ramp.release()
        self._tapped.clear()

    def legend(self) -> list[str]:
        """What the keys do."""
        if self.hands.axes:
            steering = "  ".join(self._axis_keys)
        else:
            steering = "  ".join(f"{key} = {n}" for key, n in self._action_keys.items())
        return [
            f"space  take over, give back        steering: {steering}",
            "+  praise    -  blame    tab  pause    .  one step",
        ]

    def doing(self) -> str:
        """Where the axes stand."""
        return "  ".join(f"{position:+.2f}" for position in self._ramp.position)


def make_keyboard(
    config: KeyboardConfig, oracle: Oracle, action_space: gym.Space, num_worlds: int, seed: int
) -> Keyboard:
    """A person at the keyboard; nobody's oracle and no seed are of any use to them."""
    return Keyboard(config, action_space, num_worlds)
