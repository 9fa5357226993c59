"""A real person at the controls: what every seat has in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from teaching import Kind, Teacher
from teaching.log import FeedbackLog


class Person(Teacher):
    """A teacher of flesh and blood: shown the run, and asked at human speed.

    Attributes:
        simulated: False, so that each signal is on the disk before the learner uses it.
        greeting: a line for the terminal once everything is open; empty for none.

    """

    simulated = False
    greeting = ""

    @staticmethod
    def stopping() -> bool:
        """Whether the run was asked to stop: then nobody is waited for any more.

        What trains puts its own answer here.
        """
        return False

    def is_for(self, kinds: frozenset[Kind]) -> None:
        """Hear, before `prepare`, which kinds of feedback the learner can use."""

    def prepare(self, task: str) -> None:
        """Find what the seat needs, once, before anything is written.

        Args:
            task: its name, the word after ``env=``.

        Raises:
            UserError: there is no display, device or port, or the settings do not fit the task.

        """

    def keep_in(self, log: FeedbackLog) -> None:
        """Hear, before `begin`, where signals are kept: those of `keeps` are the seat's to keep."""

    def begin(self, folder: Path, task: str, total_steps: int) -> None:
        """Open windows and files, once, before the first step.

        Args:
            folder: of the run.
            task: its name, for titles.
            total_steps: environment steps that the run will take.

        """

    def progress(self, step: int, success: float | None) -> None:
        """Hear where training stands.

        Args:
            step: environment steps taken.
            success: of the last evaluation, in [0, 1]; None before one.

        """

    def scalars(self) -> dict[str, float]:
        """For TensorBoard, at each point of the curves."""
        return {}

    def figures(self) -> dict[str, Any]:
        """For the run's result."""
        return {}

    def understood(self, text: str, meaning: str) -> None:
        """Hear what the learner made of something that was said.

        By then the words are on the disk.

        Args:
            text: what was said.
            meaning: what was understood, and what was not.

        """

    def close(self) -> None:
        """Close what `begin` opened; called once at the end of training, however it ends."""
