"""Settings of the browser's seat."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from human_controllers.hands_config import require

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PACES = ("time", "step", "lockstep")
OFFERS = ("learned", "all")
ABSENT = ("wait", "continue", "stand_in")


@dataclass
class BrowserConfig:
    """A page on the task, for one person or several.

    Attributes:
        name: key in `human_controllers.registry.CONTROLLERS`.
        host: address to listen at. Another than this machine's own needs `open_to_network`.
        open_to_network: whether other machines may connect: whoever has the address with its token
            can teach, and what is sent is not encrypted.
        names: further names by which this machine may be called in an address.
        port: to listen at; 0 takes a free one.
        token: what the address must carry; empty makes a random one.
        pace: time (the task's own rate), step (a key for each step), or lockstep (each step waits
            until every page that looks on has drawn the one before).
        speed: task seconds a second of real time; 1 is the task's own rate.
        absent: what happens while nobody is there: wait, continue (without anybody), or stand_in.
        stand_in: the simulated human who stands in, a word of configs/human.
        patience: seconds for which somebody who has gone still counts as there.
        start_in_control: whether the first person starts at the controls.
        axes: one pair of keys [down, up] for each dimension of a continuous action; empty takes
            the task's own layout (`human_controllers.layouts`).
        keys: key -> number of a discrete action; empty takes the task's own layout.
        rise: half-ranges a second by which a held key moves its axis.
        fall: half-ranges a second by which a released axis returns to the middle.
        answers: how many people are asked each question.
        lifetime: seconds after which a question that nobody answered is withdrawn.
        lease: seconds for which a question waits for a person who looks elsewhere, before others
            may have it.
        max_people: how many pages may be connected.
        width: of the pictures that are sent, pixels at most.
        offer: the kinds of feedback that the page takes: learned (what the algorithm learns from),
            or all (the rest is kept in the log, and changes nothing of this run).

    """

    name: str = "browser"
    host: str = "127.0.0.1"
    open_to_network: bool = False
    names: list[str] = field(default_factory=list)
    port: int = 8642
    token: str = ""
    pace: str = "time"
    speed: float = 1.0
    absent: str = "wait"
    stand_in: str = ""
    patience: float = 3.0
    start_in_control: bool = False
    axes: list[list[str]] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    rise: float = 3.0
    fall: float = 5.0
    answers: int = 1
    lifetime: float = 600.0
    lease: float = 120.0
    max_people: int = 16
    width: int = 640
    offer: str = "learned"

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        require(self.offer in OFFERS, "offer", f"one of {', '.join(OFFERS)}", self.offer)
        local = self.host in LOOPBACK
        require(
            local or self.open_to_network,
            "host",
            "127.0.0.1, or come with human.open_to_network=true (then every machine that reaches "
            "this one can teach, given the token, and nothing is encrypted)",
            self.host,
        )
        require(0 <= self.port <= 65535, "port", "from 0 to 65535", self.port)
        token_fits = not self.token or (len(self.token) >= 16 and self.token.isalnum())
        require(token_fits, "token", "16 letters and digits or more", self.token)
        require(self.pace in PACES, "pace", f"one of {', '.join(PACES)}", self.pace)
        require(self.absent in ABSENT, "absent", f"one of {', '.join(ABSENT)}", self.absent)
        named = bool(self.stand_in) == (self.absent == "stand_in")
        require(
            named, "stand_in", "given where human.absent=stand_in, and only there", self.stand_in
        )
        for name in ("speed", "rise", "fall", "lifetime", "lease"):
            value = getattr(self, name)
            require(0 < value < math.inf, name, "> 0", value)
        require(0 <= self.patience < math.inf, "patience", "≥ 0 s", self.patience)
        for name in ("answers", "max_people"):
            require(getattr(self, name) >= 1, name, "≥ 1", getattr(self, name))
        require(100 <= self.width <= 2000, "width", "from 100 to 2000 pixels", self.width)
