"""Ctrl-C and SIGTERM: a run ends where it can be taken up again."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Self

_PATIENCE = 15.0
"""Seconds until a run that finds no good place to stop is stopped where it is."""


class Interrupted(Exception):
    """A run was stopped from outside; it resumes."""

    def __init__(self, folder: str, step: int):
        super().__init__(folder, step)
        self.folder = folder
        self.step = step


class StopRequest:
    """Turns the first signal into a request and the second into an immediate end.

    A context manager; outside the main thread, where Python takes no handlers, it does nothing.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Take the two signals over."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give them back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    @property
    def asked(self) -> bool:
        """Whether to stop at the next boundary."""
        return self._since is not None

    @property
    def overdue(self) -> bool:
        """Whether no boundary came for so long that the run stops without one."""
        return self._since is not None and time.monotonic() - self._since > _PATIENCE

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._since is not None:
            raise KeyboardInterrupt
        self._since = time.monotonic()
