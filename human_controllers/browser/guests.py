"""Who is connected, what they look at, and how long pictures take to reach their hands."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

_REMEMBERED = 200
"""Pictures whose time of sending is kept."""


@dataclass(slots=True, eq=False)
class Guest:
    """One connected page.

    Attributes:
        name: of the person, no other guest's.
        wants: frames (pictures), or view (the observation itself, for programs).
        looking: at live, question or away.
        shown: the newest picture that is on the screen.
        sent: picture -> when it was sent, seconds.
        served: number of the question that was last sent to them.

    """

    name: str
    wants: frozenset[str]
    looking: str = "live"
    shown: int = -1
    sent: OrderedDict[int, float] = field(default_factory=OrderedDict)
    served: int | None = None

    def send(self, frame: int, now: float) -> None:
        """Note that a picture leaves."""
        self.sent.setdefault(frame, now)
        if len(self.sent) > _REMEMBERED:
            self.sent.popitem(last=False)

    @property
    def underway(self) -> int:
        """Pictures that were sent and are not on the screen yet."""
        return sum(frame > self.shown for frame in self.sent)

    def since(self, frame: int, now: float) -> float | None:
        """Seconds since a picture was sent; None where that is forgotten."""
        then = self.sent.get(frame)
        return None if then is None else now - then


def free_name(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it where somebody has it."""
    if name not in taken:
        return name
    return next(f"{name} {n}" for n in range(2, len(taken) + 3) if f"{name} {n}" not in taken)
