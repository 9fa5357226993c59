"""Settings of a person at a terminal."""

from __future__ import annotations

import math
from dataclasses import dataclass

from human_controllers.hands_config import require

WHEN = ("step", "episode")


@dataclass
class TerminalConfig:
    """Somebody who types.

    Attributes:
        name: key in `human_controllers.registry.CONTROLLERS`.
        when: step, or episode: before a step, or when an episode has ended.
        every: steps, or episodes, from one question to the next; 1 asks each time.
        longest: seconds of human time that one line may cost: whoever leaves the terminal open is
            not at work.

    """

    name: str = "terminal"
    when: str = "step"
    every: int = 1
    longest: float = 60.0

    def __post_init__(self) -> None:
        """Check ranges; raise UserError with the field, the bound and the value."""
        require(self.when in WHEN, "when", f"one of {', '.join(WHEN)}", self.when)
        require(self.every >= 1, "every", f"≥ 1 {self.when}", self.every)
        require(0 < self.longest < math.inf, "longest", "> 0 s", self.longest)
