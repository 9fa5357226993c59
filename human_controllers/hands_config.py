"""Settings of the seats at this machine: the keyboard's and the gamepad's."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from teaching import UserError


@dataclass
class SeatConfig:
    """A window on the task, and how time passes in it.

    Attributes:
        name: key in `human_controllers.registry.CONTROLLERS`.
        speed: task seconds a second of real time; 1 is the task's own rate.
        step_wait: whether the task waits before each step, for the step key or for steering.
        start_in_control: whether the person starts at the controls.
        axes: one pair of keys [down, up] for each dimension of a continuous action; empty takes the
            task's own layout (`human_controllers.layouts`).
        keys: key -> number of a discrete action; empty takes the task's own layout.
        width: of the picture in the window, pixels.

    """

    name: str = "seat"
    speed: float = 1.0
    step_wait: bool = False
    start_in_control: bool = False
    axes: list[list[str]] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    width: int = 720

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        require(0 < self.speed < math.inf, "speed", "> 0", self.speed)
        require(200 <= self.width <= 4000, "width", "from 200 to 4000 pixels", self.width)


@dataclass
class KeyboardConfig(SeatConfig):
    """Hands on the keyboard.

    Attributes:
        rise: half-ranges a second by which a held key moves its axis.
        fall: half-ranges a second by which a released axis returns to the middle.

    """

    name: str = "keyboard"
    rise: float = 3.0
    fall: float = 5.0

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        super().__post_init__()
        for name in ("rise", "fall"):
            require(getattr(self, name) > 0, name, "> 0", getattr(self, name))


@dataclass
class GamepadConfig(SeatConfig):
    """Hands on a gamepad.

    Attributes:
        device: number of the gamepad, from 0.
        sticks: the gamepad's axis for each dimension of a continuous action.
        invert: which of these are turned round.
        dead_zone: how far a stick may be off the middle and still be at rest, in [0, 1).
        exponent: above 1 makes the middle of a stick finer.
        buttons: what the buttons do: take over, praise, blame, pause, step.
        actions: button -> number of a discrete action.
        show_axes: whether the window shows what the gamepad sends, to find the numbers above.

    """

    name: str = "gamepad"
    device: int = 0
    sticks: list[int] = field(default_factory=lambda: [0, 1, 2, 3])
    invert: list[bool] = field(default_factory=lambda: [False, True, False, True])
    dead_zone: float = 0.1
    exponent: float = 1.5
    buttons: dict[str, int] = field(
        default_factory=lambda: {"take over": 5, "praise": 3, "blame": 1, "pause": 7, "step": 6}
    )
    actions: dict[str, int] = field(default_factory=lambda: {"0": 0, "2": 1})
    show_axes: bool = False

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        super().__post_init__()
        require(self.device >= 0, "device", "≥ 0", self.device)
        require(0 <= self.dead_zone < 1, "dead_zone", "in [0, 1)", self.dead_zone)
        require(self.exponent >= 1, "exponent", "≥ 1", self.exponent)
        require(
            len(self.invert) == len(self.sticks),
            "invert",
            f"as long as human.sticks ({len(self.sticks)})",
            self.invert,
        )
        for name in self.buttons:
            known = ("take over", "praise", "blame", "pause", "step")
            require(name in known, "buttons", f"made of {', '.join(known)}", name)
        for button in self.actions:
            require(button.isdigit(), "actions", "numbered buttons", button)


def require(holds: bool, name: str, bound: str, value: object) -> None:
    """Raise the lab's one-line error where a setting is out of bounds."""
    if not holds:
        raise UserError(f"human.{name} must be {bound}, got {value}")
