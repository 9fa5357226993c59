"""A person made of a program: speaks to the browser's seat as a page does, and teaches through it.

It is shown what a page may ask for instead of pictures (the view itself), lets any human of the lab
decide, and does what that human decides by the page's own messages. For tests, and to measure what
the way through the browser costs.
"""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any
from urllib.parse import parse_qs, urlsplit

import gymnasium as gym
import numpy as np

from human_controllers.browser.messages import CHOICES
from teaching import Human, Kind, Segments, View
from teaching.questions import QUESTIONS


def socket_address(address: str) -> str:
    """Where the page of this address would connect to."""
    parts = urlsplit(address)
    token = parse_qs(parts.query)["token"][0]
    return f"ws://{parts.netloc}/ws?token={token}"


class ScriptedPerson(threading.Thread):
    """Sits in the browser's seat until the run ends, or `stop` is called.

    Attributes:
        kept: ids that the server has called kept, in order.
        refused: what it has refused.
        seen: how many messages of each type have come.

    Args:
        address: that the seat has printed.
        human: who decides.
        action_space: of one action.
        name: to be called by.

    """

    def __init__(self, address: str, human: Human, action_space: gym.Space, name: str = "Script"):
        super().__init__(name=name, daemon=True)
        self.kept: list[str] = []
        self.refused: list[str] = []
        self.seen: dict[str, int] = {}
        self.error: BaseException | None = None
        self._address, self._space = socket_address(address), action_space
        self._human: Any = human
        self._in_control = False
        self._stop_asked = False
        self._socket: Any = None

    def run(self) -> None:
        """Teach."""
        from websockets.exceptions import ConnectionClosed
        from websockets.sync.client import connect

        try:
            with connect(self._address, max_size=None, compression=None) as self._socket:
                self._send(t="hello", name=self.name, wants=["view"])
                while not self._stop_asked:
                    self._hear(json.loads(self._socket.recv()))
        except (ConnectionClosed, EOFError):
            pass
        except BaseException as error:
            self.error = error

    def stop(self) -> None:
        """Leave."""
        self._stop_asked = True
        if self._socket is not None:
            self._socket.close()

    def _hear(self, message: dict[str, Any]) -> None:
        kind = message["t"]
        self.seen[kind] = self.seen.get(kind, 0) + 1
        if kind == "kept":
            self.kept.append(message["id"])
        elif kind == "refused":
            self.refused.append(message["text"])
        elif kind == "view":
            self._look(message)
        elif kind == "question":
            self._answer(message)
        elif kind == "end":
            self._stop_asked = True

    def _look(self, message: dict[str, Any]) -> None:
        obs_type, action_type = (np.dtype(name) for name in message["dtypes"])
        frame = message["frame"]
        view = View(
            obs=np.asarray(message["obs"], obs_type)[None],
            proposed_action=np.asarray(message["proposed"], action_type)[None],
            step=np.array([frame], np.int64),
            episode_start=np.array([message["start"]]),
            dt=message["dt"],
        )
        if message["start"]:
            self._human.reset(np.ones(1, bool))
        if Kind.INTERVENTION in self._human.kinds:
            self._steer(view, frame)
        if Kind.EVALUATION in self._human.kinds:
            said = self._human.evaluate(view)
            if said.mask[0]:
                self._send(t="judge", id=_token(), value=float(said.value[0]), frame=frame)
        if Kind.UTTERANCE in self._human.kinds:
            (text,) = self._human.speak(view).text
            if text:
                self._send(t="say", id=_token(), text=text, frame=frame)
        self._send(t="shown", frame=frame)

    def _steer(self, view: View, frame: int) -> None:
        intervention = self._human.intervene(view)
        takes_over = bool(intervention.mask[0])
        if takes_over != self._in_control:
            self._send(t="control", on=takes_over)
            self._in_control = takes_over
        if not takes_over:
            return
        space = self._space
        if isinstance(space, gym.spaces.Discrete):
            self._send(t="steer", action=int(intervention.action[0] - space.start), frame=frame)
            return
        assert isinstance(space, gym.spaces.Box)
        middle, half_range = (space.high + space.low) / 2, (space.high - space.low) / 2
        axes = np.clip((intervention.action[0] - middle) / half_range, -1, 1)
        self._send(t="steer", axes=axes.astype(float).tolist(), frame=frame)

    def _answer(self, message: dict[str, Any]) -> None:
        kind = Kind(message["kind"])
        if kind not in self._human.kinds:
            return
        told = message["segments"]
        obs_type, action_type = (np.dtype(name) for name in told["dtypes"])
        segments = Segments(
            ids=np.asarray(told["ids"], np.int64),
            obs=np.asarray(told["obs"], obs_type),
            action=np.asarray(told["action"], action_type),
            length=np.asarray(told["length"], np.int64),
            dt=told["dt"],
            step=np.asarray(told["step"], np.int64),
        )
        record = getattr(self._human, QUESTIONS[kind])(segments)
        reply: dict[str, Any] = {"seconds": float(record.human_seconds.sum())}
        if kind is Kind.PREFERENCE:
            reply["choice"] = CHOICES[int(record.choice[0])]
        elif kind is Kind.RANKING:
            reply["order"] = record.order[0].tolist() if len(record.order) else None
        else:
            length = int(segments.length[0, 0])
            action = record.action[0][:length].reshape(length, -1) if len(record.action) else None
            reply["action"] = None if action is None else action.tolist()
        self._send(t="answer", id=_token(), question=message["question"], **reply)

    def _send(self, **message: Any) -> None:
        self._socket.send(json.dumps(message))


def _token() -> str:
    return str(uuid.uuid4())
