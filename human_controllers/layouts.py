"""Which keys mean what in which task, so that left is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from human_controllers.steering import Hands, keys_of
from teaching import UserError

_ARROWS = (("left", "right"), ("down", "up"), ("s", "w"), ("a", "d"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The keys of a task.

    Attributes:
        axes: (down, up) for each dimension of a continuous action.
        keys: key -> number of a discrete action.
        idle: the discrete action while no key is held; None waits for a key.

    """

    axes: Sequence[tuple[str, str]] = _ARROWS
    keys: Mapping[str, int] = field(default_factory=dict)
    idle: int | None = None


_STEERING_LEFT = Layout(axes=(("right", "left"), ("down", "up")))

LAYOUTS: dict[str, Layout] = {
    "driving": _STEERING_LEFT,
    "metadrive": _STEERING_LEFT,
    "lunar_lander": Layout(keys={"right": 1, "up": 2, "left": 3}, idle=0),
    "lunar_lander_continuous": Layout(axes=(("down", "up"), ("left", "right"))),
    "cartpole": Layout(keys={"left": 0, "right": 1}),
    "mountain_car": Layout(keys={"left": 0, "right": 2}, idle=1),
    "acrobot": Layout(keys={"left": 0, "right": 2}, idle=1),
    "minigrid": Layout(keys={"left": 0, "right": 1, "up": 2, "p": 3, "d": 4, "return": 5, "x": 6}),
}
"""By the word after ``env=``."""


def layout_of(task: str, actions: int) -> Layout:
    """The keys of a task; where it has none of its own, arrows for axes and digits for actions."""
    if task in LAYOUTS:
        return LAYOUTS[task]
    return Layout(keys={str(number): number for number in range(min(actions, 10))})


def as_set(
    layout: Layout, hands: Hands, axes: Sequence[Sequence[str]], keys: Mapping[str, int]
) -> Layout:
    """The layout with a person's own settings, where they gave any.

    Args:
        layout: of the task.
        hands: what there is to steer.
        axes: ``human.axes``, pairs of keys [down, up]; empty for the layout's.
        keys: ``human.keys``, key -> number of an action; empty for the layout's.

    Raises:
        UserError: there are too few pairs, a key has two meanings, or there is no such action.

    """
    pairs = [tuple(pair) for pair in axes] or list(layout.axes)
    numbers = dict(keys or layout.keys)
    if hands.axes:
        keys_of(pairs, hands)
    for key, number in numbers.items():
        if hands.actions and not 0 <= number < hands.actions:
            raise UserError(
                f"human.keys: {key!r} stands for action {number}, and there are "
                f"{hands.actions}, from 0 on"
            )
    return replace(layout, axes=pairs, keys=numbers)  # type: ignore[arg-type]
