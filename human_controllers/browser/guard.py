"""Who may talk to the server: the token, the Host, the Origin, and how much and how fast."""

from __future__ import annotations

import hmac
import socket
import time
from collections.abc import Callable

from human_controllers.browser.config import LOOPBACK, BrowserConfig

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every answer: the page loads nothing from elsewhere, and nobody frames or keeps it."""

LARGEST = 256 * 1024
"""Bytes of one message."""


class Guard:
    """Checks what a request claims.

    Args:
        config: of the seat.
        token: that the address must carry.
        port: that the server listens at.

    """

    def __init__(self, config: BrowserConfig, token: str, port: int):
        self._token = token.encode()
        names = {*LOOPBACK, *config.names}
        if config.open_to_network:
            names |= _own_names()
        self._hosts = {f"{_bracketed(name)}:{port}".lower() for name in names}
        if port == 80:
            self._hosts |= {_bracketed(name).lower() for name in names}

    def knows(self, token: str | None) -> bool:
        """Whether the token is ours; the time that this takes tells nothing."""
        return token is not None and hmac.compare_digest(token.encode(), self._token)

    def host_is_ours(self, host: str | None) -> bool:
        """Whether the Host is this machine: a name that somebody lets point here is not."""
        return host is not None and host.lower() in self._hosts

    def origin_is_ours(self, origin: str | None) -> bool:
        """Whether the page is ours. Programs send no Origin; browsers always do."""
        if origin is None:
            return True
        scheme, _, rest = origin.partition("://")
        return scheme == "http" and rest.lower() in self._hosts


class Bucket:
    """How fast messages may come: so many at once, then so many a second."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic):
        self._rate, self._burst, self._clock = rate, burst, clock
        self._level, self._at = burst, clock()

    def take(self) -> bool:
        """Whether one more may come now."""
        now = self._clock()
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True


def _own_names() -> set[str]:
    name = socket.gethostname()
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None)}
    except OSError:
        addresses = set()
    return {name, *addresses, *_outward()}


def _outward() -> set[str]:
    """The address that this machine is known by to others; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation: nobody is there
        except OSError:
            return set()
        return {str(probe.getsockname()[0])}


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name
