"""The web server of the browser's seat, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from teaching import UserError

with contextlib.suppress(ImportError):  # said when a seat is made
    # Here and not where they are used: FastAPI looks the types of its routes up among the globals.
    from fastapi import FastAPI, Request, Response, WebSocket

if TYPE_CHECKING:
    from human_controllers.browser.seat import Browser

STATIC = Path(__file__).parent / "static"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

_NO_TOKEN = "the address needs its token: copy all of it from the terminal\n"

_CONNECTIONS = 128
"""Requests and pages at one time, the refused ones included."""


class Server:
    """Listens from the moment it is made, and serves from `start` on."""

    def __init__(self, seat: Browser):
        """Take the port.

        Raises:
            UserError: FastAPI is missing, or the address cannot be had.

        """
        try:
            import fastapi  # noqa: F401
            import uvicorn  # noqa: F401
            import websockets  # noqa: F401
        except ImportError as error:
            raise UserError(
                f"human=browser needs {error.name}: pip install 'coachable[browser]'"
            ) from None
        self._seat = seat
        config = seat.config
        family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((config.host, config.port))
        except OSError as error:
            self._socket.close()
            raise UserError(
                f"human=browser cannot listen at {config.host}:{config.port} "
                f"({error.strerror or error}); try human.port=0"
            ) from None
        self.port = int(self._socket.getsockname()[1])
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = False
        self._connections: set[Any] = set()
        self._server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """What to open in a browser."""
        host = self._seat.config.host
        if host in ("0.0.0.0", "::"):
            host = socket.gethostname()
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}/?token={self._seat.token}"

    def start(self) -> None:
        """Serve."""
        import uvicorn

        from human_controllers.browser.guard import LARGEST

        config = uvicorn.Config(
            self._application(),
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws_max_size=LARGEST,
            ws_ping_interval=10.0,
            ws_ping_timeout=20.0,
            limit_concurrency=_CONNECTIONS,
            timeout_graceful_shutdown=2,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="seat", daemon=True)
        self._thread.start()
        ready.wait()
        self._seat.desk.tell = self.wake

    def wake(self) -> None:
        """Let every page hear of a change; from any thread."""
        if not self._woken and self._loop is not None:
            self._woken = True
            with contextlib.suppress(RuntimeError):  # it has just closed
                self._loop.call_soon_threadsafe(self._wake)

    def stop(self) -> None:
        """Say good-bye to every page and give the port back."""
        self._seat.desk.tell = lambda: None
        if self._thread is not None and self._loop is not None:
            with contextlib.suppress(RuntimeError):
                asyncio.run_coroutine_threadsafe(self._end(), self._loop)
            self._thread.join(timeout=10)
        self._socket.close()

    def _run(self, ready: threading.Event) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            self._loop.call_soon(ready.set)
            await self._server.serve(sockets=[self._socket])

        asyncio.run(serve())

    def _wake(self) -> None:
        self._woken = False
        for connection in self._connections:
            connection.woken.set()

    async def _end(self) -> None:
        await asyncio.gather(*(c.end("training has ended") for c in list(self._connections)))
        self._server.should_exit = True

    def _application(self) -> Any:
        from human_controllers.browser import sheets
        from human_controllers.browser.connection import Connection
        from human_controllers.browser.guard import HEADERS, Guard

        seat = self._seat
        guard = Guard(seat.config, seat.token, self.port)
        # Read once: nothing that a page sends is ever part of a path.
        files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.is_file()}
        app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

        def answer(content: bytes | str, status: int = 200, media: str = "text/plain") -> Response:
            return Response(content, status, dict(HEADERS), media)

        def refusal(request: Request, with_token: bool) -> Response | None:
            if not guard.host_is_ours(request.headers.get("host")):
                return answer("this is not the address of the seat\n", 421)
            if not guard.origin_is_ours(request.headers.get("origin")):
                return answer("another page must not do this\n", 403)
            if with_token and not guard.knows(request.query_params.get("token")):
                return answer(_NO_TOKEN, 403)
            return None

        @app.get("/")
        async def page(request: Request) -> Response:
            return refusal(request, True) or answer(files["index.html"], media=_TYPES[".html"])

        @app.get("/static/{name}")
        async def static(request: Request, name: str) -> Response:
            no = refusal(request, False)
            if no is not None:
                return no
            if name not in files:
                return answer("there is no such file\n", 404)
            return answer(files[name], media=_TYPES.get(Path(name).suffix, "text/plain"))

        @app.get("/clip/{number}/{place}")
        async def clip(request: Request, number: int, place: int) -> Response:
            no = refusal(request, True)
            if no is not None:
                return no
            with seat.desk.changed:
                question = seat.desk.line.find(number)
            clips = () if question is None or question.clips is None else question.clips
            if not 0 <= place < len(clips) or not clips[place]:
                return answer("this question is closed\n", 404)
            return answer(await asyncio.to_thread(sheets.sheet, clips[place]), media="image/jpeg")

        @app.websocket("/ws")
        async def talk(socket: WebSocket) -> None:
            headers = socket.headers
            allowed = guard.host_is_ours(headers.get("host")) and guard.origin_is_ours(
                headers.get("origin")
            )
            if not allowed or not guard.knows(socket.query_params.get("token")):
                await socket.accept()
                await socket.close(4401, "wrong token or page")
                return
            await socket.accept()
            connection = Connection(socket, seat)
            self._connections.add(connection)
            try:
                await connection.serve()
            finally:
                self._connections.discard(connection)

        return app
