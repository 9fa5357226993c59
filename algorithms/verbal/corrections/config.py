"""Settings of the student whose manner is corrected."""

from __future__ import annotations

import math
from dataclasses import dataclass

from algorithms.core.config import require

FORMS = ("offset", "preference")


@dataclass
class CorrectionsConfig:
    """Someone who can do a task already, and hears how to do it otherwise.

    Attributes:
        name: the registry entry.
        student: whose policy it is: task for the task's own expert, a file that ``coachable
            train-expert`` made (.npz) or that Stable-Baselines3 saved (.zip), or the folder of a
            run.
        flaw: quality -> spreads by which the policy is off, so that there is something to correct;
            null draws each from 0.8 to 2, one way or the other, smoothness left out. {} is none.
        form: offset adds what is asked for; preference holds a belief about what is wanted.
        scoped: whether a correction that says where holds there alone.

    """

    name: str = "corrections"
    student: str = "task"
    flaw: dict[str, float] | None = None
    form: str = "offset"
    scoped: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be learned with."""
        require(bool(self.student), "student", "task, a file or a run's folder", self.student)
        require(self.form in FORMS, "form", f"one of {', '.join(FORMS)}", self.form)
        for quality, amount in (self.flaw or {}).items():
            require(math.isfinite(amount), f"flaw.{quality}", "a finite number", amount)
