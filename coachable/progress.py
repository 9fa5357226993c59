"""Progress of one run: a bar in a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol

from coachable.tracker import Tracker


class Progress(Protocol):
    """Where a run reports how far it is."""

    def start(self, name: str, total: int, done: int) -> None:
        """A run begins, or goes on after `done` steps."""

    def update(self, tracker: Tracker) -> None:
        """Some steps later; called often."""

    def say(self, text: str) -> None:
        """Something worth a line."""

    def stop(self) -> None:
        """No more to report."""


def describe(tracker: Tracker, rate: float) -> str:
    """Speed, success and what the human has given so far, in a few words."""
    words = [f"{rate:,.0f} steps/s"]
    if tracker.success_rate is not None:
        words.append(f"success {tracker.success_rate:.2f}")
    if tracker.human_seconds:
        words.append(f"human {tracker.human_seconds / 60:.1f} min, {tracker.human_steps} steps")
    return ", ".join(words)


def show() -> Progress:
    """A bar where there is a terminal, lines where there is none."""
    return Bar() if sys.stderr.isatty() else Lines(lambda text: print(text, file=sys.stderr))


class Clock:
    """Throttles a report and measures steps per second since the last one."""

    def __init__(self, seconds: float):
        """`seconds` between reports."""
        self._seconds = seconds
        self._last = (time.monotonic(), 0)
        self.rate = 0.0

    def restart(self, steps: int) -> None:
        """Count from here."""
        self._last = (time.monotonic(), steps)

    def due(self, steps: int) -> bool:
        """Whether it is time to report again; if so, `rate` is new."""
        now = time.monotonic()
        then, before = self._last
        if now - then < self._seconds:
            return False
        self.rate = (steps - before) / (now - then)
        self._last = (now, steps)
        return True


class Lines:
    """One plain line every few seconds."""

    def __init__(self, write: Callable[[str], None], seconds: float = 5.0):
        """`write` takes one line."""
        self._write = write
        self._clock = Clock(seconds)
        self._name, self._total = "", 0

    def start(self, name: str, total: int, done: int) -> None:
        """Note where the run begins."""
        self._name, self._total = name, total
        self._clock.restart(done)

    def update(self, tracker: Tracker) -> None:
        """Write a line if it is time for one."""
        if self._clock.due(tracker.steps):
            share = 100 * tracker.steps / self._total
            words = describe(tracker, self._clock.rate)
            self._write(f"{self._name}: {share:3.0f} % ({tracker.steps} steps), {words}")

    def say(self, text: str) -> None:
        """Write it at once."""
        self._write(f"{self._name}: {text}")

    def stop(self) -> None:
        """Nothing is held open."""


class Bar:
    """A bar that redraws itself."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress
        from rich.table import Column

        self._bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.percentage:3.0f} %"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[words]}", table_column=Column(no_wrap=True, ratio=1)),
            console=Console(stderr=True),
            expand=True,  # the words get what is left of a narrow terminal
        )
        self._clock = Clock(0.5)
        self._steps = 0

    def start(self, name: str, total: int, done: int) -> None:
        """Show the bar."""
        self._task = self._bar.add_task(name, total=total, completed=done, words="")
        self._clock.restart(done)
        self._steps = done
        self._bar.start()

    def update(self, tracker: Tracker) -> None:
        """Redraw twice a second."""
        self._steps = tracker.steps
        if self._clock.due(tracker.steps):
            words = describe(tracker, self._clock.rate)
            self._bar.update(self._task, completed=tracker.steps, words=words)

    def say(self, text: str) -> None:
        """Write it above the bar, which catches up."""
        self._bar.update(self._task, completed=self._steps)
        self._bar.console.print(text, highlight=False)

    def stop(self) -> None:
        """Leave the bar as it stands."""
        self._bar.stop()


class Silent:
    """Shows nothing."""

    def start(self, name: str, total: int, done: int) -> None:
        """Show nothing."""

    def update(self, tracker: Tracker) -> None:
        """Show nothing."""

    def say(self, text: str) -> None:
        """Show nothing."""

    def stop(self) -> None:
        """Show nothing."""
