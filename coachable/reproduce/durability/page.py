"""A page that sends bursts of labels, and remembers which of them were called saved."""

from __future__ import annotations

import contextlib
import json
import logging
import time
import uuid
from typing import Any

import numpy as np

from coachable.reproduce.durability.victim import TOKEN

KINDS = ("judge", "say")
"""Of the labels that come in bursts; answers come as there are questions."""


_SILENT = logging.Logger("silent", logging.CRITICAL + 1)


class Page:
    """Sends again, after each death, what was not called saved.

    Attributes:
        saved: id -> what was sent under it, of what was acknowledged.
        waiting: likewise, of what was not so far.

    """

    def __init__(self, seed: int):
        self.saved: dict[str, dict[str, Any]] = {}
        self.waiting: dict[str, dict[str, Any]] = {}
        self.refused = 0
        self._rng = np.random.default_rng(seed)

    def visit(self, port: int, seconds: float) -> None:
        """Send bursts for so long, or until the other side is gone."""
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        address = f"ws://127.0.0.1:{port}/ws?token={TOKEN}"
        with contextlib.suppress(WebSocketException, OSError, EOFError, TimeoutError):
            # A connection that breaks is nothing to report here.
            connection = connect(address, compression=None, logger=_SILENT)
            self._visit(connection, time.monotonic() + seconds)

    def _visit(self, connection: Any, end: float) -> None:
        with connection as socket:
            socket.send(json.dumps({"t": "hello", "name": "Ada", "wants": []}))
            socket.send(json.dumps({"t": "looking", "at": "question"}))
            for label in list(self.waiting.values()):
                socket.send(json.dumps(label))
            while time.monotonic() < end:
                for _ in range(int(self._rng.integers(1, 6))):
                    self._label(socket, KINDS[int(self._rng.integers(len(KINDS)))])
                with contextlib.suppress(TimeoutError):
                    while True:
                        self._hear(socket, json.loads(socket.recv(timeout=0.002)))

    def _label(self, socket: Any, kind: str, **more: Any) -> None:
        name = str(uuid.uuid4())
        label = {"t": kind, "id": name, **more}
        if kind == "judge":
            label |= {"value": float(self._rng.choice([-1.0, 1.0])), "frame": 0}
        elif kind == "say":
            label |= {"text": f"words {name}", "frame": 0}
        self.waiting[name] = label
        socket.send(json.dumps(label))

    def _hear(self, socket: Any, message: dict[str, Any]) -> None:
        if message["t"] == "kept":
            name = message["id"]
            if name in self.waiting:
                self.saved[name] = self.waiting.pop(name)
        elif message["t"] == "refused" and message.get("id") in self.waiting:
            # A question of a run that is dead by now.
            del self.waiting[message["id"]]
            self.refused += 1
        elif message["t"] == "question":
            choice = ("first", "second", "equal", "skip")[int(self._rng.integers(4))]
            number = message["question"]
            self._label(socket, "answer", question=number, choice=choice, seconds=0.5)
