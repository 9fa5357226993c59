"""Progress of many runs: one line each."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from coachable.config import RunConfig
from coachable.pool import Message

_SECONDS = 10.0
"""Between two plain lines about one run."""


class SweepProgress:
    """Plain lines: when a run starts and ends, and every ten seconds in between."""

    def __init__(self) -> None:
        self._configs: list[RunConfig] = []
        self._last: dict[int, float] = {}

    def __enter__(self) -> Self:
        """Nothing is opened."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is left open."""

    def begin(self, configs: Sequence[RunConfig], finished: int) -> None:
        """So many runs are to be done, and `finished` are done already."""
        self._configs = list(configs)
        print(f"{len(configs)} runs to do, {finished} finished before", file=sys.stderr)

    def on_message(self, message: Message) -> None:
        """Write a line if it is time for one."""
        now = time.monotonic()
        if message.kind in ("progress", "say") and now < self._last.get(message.run, 0) + _SECONDS:
            return
        self._last[message.run] = now
        config = self._configs[message.run]
        share = f"{100 * message.steps / config.total_steps:3.0f} %, " if message.steps else ""
        text = message.text if message.kind in ("progress", "say") else message.kind
        if message.kind == "failed":
            text = f"failed: {message.text}"
        print(f"{config.name}: {share}{text}", file=sys.stderr, flush=True)


class SweepBars(SweepProgress):
    """A bar each, and what is still to come as a number."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("{task.fields[words]}", table_column=Column(no_wrap=True, ratio=1)),
            console=Console(stderr=True),
            expand=True,  # the words get what is left of a narrow terminal
        )
        self._tasks: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Show the bars."""
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave them as they stand."""
        self._bars.stop()

    def begin(self, configs: Sequence[RunConfig], finished: int) -> None:
        """One bar for all runs; each gets its own when it starts."""
        self._configs = list(configs)
        self._count = [finished, len(configs) + finished]
        self._all = self._bars.add_task("all runs", total=self._count[1], words="")
        self._show_count()

    def on_message(self, message: Message) -> None:
        """Redraw."""
        config = self._configs[message.run]
        if message.run not in self._tasks:
            self._tasks[message.run] = self._bars.add_task(
                str(config.name), total=config.total_steps, words=""
            )
        task = self._tasks[message.run]
        if message.kind in ("progress", "start"):
            words = message.text if message.kind == "progress" else ""
            self._bars.update(task, completed=message.steps, words=words)
        elif message.kind == "say":
            self._bars.update(task, words=message.text)
        elif message.kind == "done":
            self._bars.remove_task(task)
            self._count[0] += 1
            self._show_count()
        else:
            self._bars.update(task, words=f"{message.kind}: {message.text}")

    def _show_count(self) -> None:
        done, total = self._count
        self._bars.update(self._all, completed=done, words=f"{done} of {total} finished")


def show() -> SweepProgress:
    """Bars where there is a terminal, lines where there is none."""
    return SweepBars() if sys.stderr.isatty() else SweepProgress()
