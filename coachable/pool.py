"""A few worker processes that carry out runs one after another; a crash costs one run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from coachable.config import RunConfig
from coachable.progress import Clock, describe
from coachable.tracker import Tracker
from teaching import UserError

_GRACE = 30.0
"""Seconds that workers are given to save when a sweep is stopped."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a worker says about the run it is at.

    Attributes:
        kind: start, progress, say, done, failed or interrupted.
        run: its index.
        text: words for people; the error of a run that failed.
        steps: environment steps so far.
        result: of a run that is done.

    """

    kind: str
    run: int
    text: str = ""
    steps: int = 0
    result: dict[str, Any] | None = None


def run_pool(
    configs: Sequence[RunConfig], jobs: int, on_message: Callable[[Message], None]
) -> None:
    """Carry out the runs in `jobs` processes; each ends in a done, failed or interrupted message.

    Raises:
        KeyboardInterrupt: by Ctrl-C or SIGTERM, after the workers have saved what they can.

    """
    # Read by the maths libraries when a worker starts: two processes of two threads stand still.
    os.environ["OMP_NUM_THREADS"] = "1"
    waiting = deque(enumerate(configs))
    workers: dict[Connection, _Worker] = {}
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        while waiting or workers:
            while waiting and len(workers) < jobs:
                worker = _Worker()
                worker.give(*waiting.popleft())
                workers[worker.connection] = worker
            for connection in wait(list(workers)):
                assert isinstance(connection, Connection)
                worker = workers[connection]
                message = worker.receive()
                on_message(message)
                if message.kind not in ("done", "failed", "interrupted"):
                    continue
                if worker.alive and waiting:
                    worker.give(*waiting.popleft())
                else:
                    worker.stop()
                    del workers[connection]
    except KeyboardInterrupt:
        _wind_up(workers, on_message)
        raise
    finally:
        signal.signal(signal.SIGTERM, previous)
        for worker in workers.values():
            worker.kill()


class _Worker:
    """One process and the pipe to it."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._run = -1
        self.alive = True

    def give(self, run: int, config: RunConfig) -> None:
        self._run = run
        self.connection.send((run, config))

    def receive(self) -> Message:
        """The next message; a process that died fails the run that it was at."""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            self._process.join()
            self.alive = False
            text = f"its process died (exit code {self._process.exitcode})"
            return Message("failed", self._run, text)

    def ask_to_stop(self) -> None:
        if self._process.is_alive() and self._process.pid is not None:
            os.kill(self._process.pid, signal.SIGTERM)

    def stop(self) -> None:
        if self.alive:
            self.connection.send(None)
            self._process.join()
        self.connection.close()

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


def _wind_up(workers: dict[Connection, _Worker], on_message: Callable[[Message], None]) -> None:
    """Let every worker save its run."""
    for worker in workers.values():
        worker.ask_to_stop()
    open_connections = set(workers)
    while open_connections:
        ready = wait(list(open_connections), timeout=_GRACE)
        if not ready:
            return
        for connection in ready:
            assert isinstance(connection, Connection)
            message = workers[connection].receive()
            if message.kind in ("done", "failed", "interrupted"):
                open_connections.discard(connection)
                on_message(message)


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _work(connection: Connection) -> None:
    """A worker's life."""
    # Out of the terminal's group: Ctrl-C goes to the parent, which then asks each worker once.
    os.setsid()
    while (task := connection.recv()) is not None:
        run, config = task
        connection.send(_carry_out(run, config, connection))


def _carry_out(run: int, config: RunConfig, connection: Connection) -> Message:
    from coachable.stopping import Interrupted
    from coachable.train import train

    try:
        return Message("done", run, result=train(config, _Reporter(run, connection)))
    except (Interrupted, KeyboardInterrupt):
        return Message("interrupted", run, "interrupted")
    except UserError as error:
        return Message("failed", run, str(error))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        return Message("failed", run, f"{type(error).__name__}: {error}")


class _Reporter:
    """Sends a run's progress to the parent."""

    def __init__(self, run: int, connection: Connection):
        self._run = run
        self._connection = connection
        self._clock = Clock(1.0)
        self._alone = False

    def start(self, name: str, total: int, done: int) -> None:
        self._clock.restart(done)
        self._send(Message("start", self._run, name, done))

    def update(self, tracker: Tracker) -> None:
        if self._clock.due(tracker.steps):
            words = describe(tracker, self._clock.rate)
            self._send(Message("progress", self._run, words, tracker.steps))

    def say(self, text: str) -> None:
        self._send(Message("say", self._run, text))

    def stop(self) -> None:
        """Nothing is held open."""

    def _send(self, message: Message) -> None:
        if self._alone:
            return
        try:
            self._connection.send(message)
        except OSError:
            # The parent was killed: save, and end as if it had asked for that.
            self._alone = True
            signal.raise_signal(signal.SIGTERM)
