"""One page's connection: what it says is done, and what it should see is sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from human_controllers.browser import messages as say
from human_controllers.browser import sheets
from human_controllers.browser.desk import Desk, Refused
from human_controllers.browser.guard import Bucket
from human_controllers.browser.guests import Guest
from human_controllers.browser.line import NotYours, ticket
from teaching import Kind, UserError
from teaching.questions import Question

if TYPE_CHECKING:
    from human_controllers.browser.seat import Browser

SLOW, TOO_LARGE, TOO_FAST, FULL = 4408, 4413, 4429, 1013
"""Codes with which a connection is closed."""

_PATIENCE = 10.0
"""Seconds for a first message to come, and for one to be taken off our hands."""

_STATE_EVERY = 0.25
"""Seconds between two accounts of how things stand, unless something has changed hands."""

_UNDERWAY = 2
"""Pictures that may be on their way to one page."""

_MALFORMED = 20
"""Messages that are not the protocol's, after which a page is sent away."""


class Closed(Exception):
    """The connection has to end; with what code."""

    def __init__(self, code: int, reason: str):
        super().__init__(reason)
        self.code, self.reason = code, reason


class Connection:
    """Serves one page from its hello to its end."""

    def __init__(self, socket: WebSocket, seat: Browser):
        self.woken = asyncio.Event()
        self._socket, self._seat = socket, seat
        self._desk: Desk = seat.desk
        self._guest: Guest | None = None
        lockstep = seat.config.pace == "lockstep"
        self._pace = Bucket(20_000, 20_000) if lockstep else Bucket(400, 800)
        self._labels = Bucket(50, 400)
        self._wrong = 0
        self._frame = -1
        self._state: dict[str, Any] = {}
        self._state_at = -np.inf
        self._heard = 0

    async def serve(self) -> None:
        """Until one side has enough."""
        try:
            await self._serve()
        except Refused as no:
            await self._close(FULL, str(no))
        except Closed as end:
            await self._close(end.code, end.reason)
        except (WebSocketDisconnect, RuntimeError, OSError):
            pass  # the page has gone
        finally:
            if self._guest is not None:
                self._desk.leave(self._guest)

    async def _serve(self) -> None:
        self._guest = self._desk.join(await self._hello())
        self._heard = self._desk.understood[-1][0] if self._desk.understood else 0
        await self._send({"t": "welcome", "you": self._guest.name, **self._seat.welcome()})
        both = [asyncio.create_task(self._write()), asyncio.create_task(self._read())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            outcomes = await asyncio.gather(*both, return_exceptions=True)
        # What we have decided says more than what came of it.
        errors = [error for error in outcomes if isinstance(error, Exception)]
        for error in sorted(errors, key=lambda error: not isinstance(error, Closed)):
            raise error

    async def end(self, text: str) -> None:
        """Say that the run is over."""
        try:
            await self._send({"t": "end", "text": text})
            await self._close(1000, text)
        except (Closed, WebSocketDisconnect, RuntimeError, OSError):
            pass

    async def _hello(self) -> say.Hello:
        try:
            async with asyncio.timeout(_PATIENCE):
                message = say.parse(await self._receive())
        except TimeoutError as error:
            raise Closed(SLOW, "no hello came") from error
        except say.Malformed as error:
            raise Closed(SLOW, f"no hello came: {error}") from error
        if not isinstance(message, say.Hello):
            raise Closed(SLOW, "the first message must be a hello")
        return message

    async def _receive(self) -> str:
        try:
            text = await self._socket.receive_text()
        except KeyError as error:
            raise Closed(TOO_LARGE, "a message was no text") from error
        if not self._pace.take():
            raise Closed(TOO_FAST, "messages came too fast")
        return text

    async def _read(self) -> None:
        assert self._guest is not None
        while True:
            text = await self._receive()
            name: str | None = None
            try:
                message = say.parse(text)
                name = getattr(message, "id", None)
                if name is not None and not self._labels.take():
                    raise Closed(TOO_FAST, "signals came too fast")
                self._desk.receive(self._guest, message)
            except (say.Malformed, Refused, NotYours) as no:
                self._wrong += isinstance(no, say.Malformed)
                if self._wrong > _MALFORMED:
                    raise Closed(TOO_FAST, "too many messages made no sense") from no
                await self._send({"t": "refused", "id": name, "text": str(no)})
                continue
            except UserError as error:  # the disk is full: nothing may be called saved
                await self._send({"t": "refused", "text": f"could not be saved: {error}"})
                continue
            if name is not None:
                await self._send({"t": "kept", "id": name})

    async def _write(self) -> None:
        while True:
            await self._show()
            await self._ask()
            await self._tell()
            # Not wait_for, which may lose a cancellation to an event that comes with it.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STATE_EVERY):
                    await self.woken.wait()
            self.woken.clear()

    async def _show(self) -> None:
        """The moment on view, if the page looks and has room for it."""
        guest = self._guest
        assert guest is not None
        if guest.looking != "live" or guest.underway >= _UNDERWAY:
            return
        view = self._desk.view
        if view is None or int(view.step[0]) <= self._frame:
            return
        if "view" in guest.wants:
            frame = int(view.step[0])
            guest.send(frame, self._seat.now())
            await self._send(
                {
                    "t": "view",
                    "frame": frame,
                    "obs": np.asarray(view.obs[0]).tolist(),
                    "proposed": np.asarray(view.proposed_action[0]).tolist(),
                    "start": bool(view.episode_start[0]),
                    "dt": view.dt,
                    "dtypes": [view.obs.dtype.str, view.proposed_action.dtype.str],
                }
            )
            self._frame = frame
        elif (picture := self._desk.encoded()) is not None and picture[0] > self._frame:
            frame, jpeg = picture
            guest.send(frame, self._seat.now())
            self._frame = frame
            await self._out(self._socket.send_bytes(frame.to_bytes(4, "little") + jpeg))

    async def _ask(self) -> None:
        """The question that is to be before this person now."""
        guest = self._guest
        assert guest is not None
        if guest.looking == "away" and guest.served is None:
            return
        question = self._desk.question_for(guest)
        name = None if question is None else ticket(question)
        if name is not None and name == guest.served:
            return
        if guest.served is not None:
            await self._send({"t": "withdrawn", "question": guest.served})
        guest.served = name
        if question is not None:
            await self._send(self._put(question))

    def _put(self, question: Question) -> dict[str, Any]:
        segments = question.segments
        clips = question.clips or tuple(() for _ in range(segments.ids.shape[1]))
        message: dict[str, Any] = {
            "t": "question",
            "question": ticket(question),
            "kind": question.kind.value,
            "clips": [sheets.layout(clip) for clip in clips],
            "fps": 1.0 / segments.dt,
            "left": self._desk.line.left(ticket(question)),
        }
        if question.kind is Kind.CORRECTION:
            message["action"] = self._seat.editable(segments)
        assert self._guest is not None
        if "view" in self._guest.wants:
            message["segments"] = {
                "ids": segments.ids.tolist(),
                "obs": segments.obs.tolist(),
                "action": segments.action.tolist(),
                "length": segments.length.tolist(),
                "dt": segments.dt,
                "step": segments.step.tolist(),
                "dtypes": [segments.obs.dtype.str, segments.action.dtype.str],
            }
        return message

    async def _tell(self) -> None:
        """How things stand, and what was made of words."""
        guest = self._guest
        assert guest is not None
        for number, text, meaning in list(self._desk.understood):
            if number > self._heard:
                self._heard = number
                await self._send({"t": "understood", "text": text, "meaning": meaning})
        state = self._seat.state()
        state["in_control"] = self._desk.driver is guest
        urgent = any(
            state.get(key) != self._state.get(key) for key in ("driver", "paused", "people")
        )
        now = time.monotonic()
        if state != self._state and (urgent or now - self._state_at > _STATE_EVERY):
            self._state, self._state_at = state, now
            await self._send({"t": "state", **state})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._out(self._socket.send_text(json.dumps(message, allow_nan=False)))

    async def _out(self, sending: Any) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await sending
        except TimeoutError as error:
            raise Closed(SLOW, "the page does not take what is sent") from error

    async def _close(self, code: int, reason: str) -> None:
        with contextlib.suppress(TimeoutError, RuntimeError, OSError):
            async with asyncio.timeout(1.0):
                await self._socket.close(code, reason)
