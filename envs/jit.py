"""Compilation of a folder's kernels, kept on disk until a file of that folder changes.

Numba's own cache looks at the file of the function that is called, not at the files of the
functions that it calls, so that after an edit or a pull it could run yesterday's physics. And two
processes that save two forms of one function at once could leave the code of one under the name of
the other. Here every state of a folder has a cache of its own, and saving is done one at a time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import FunctionCache

_PREFIX = "kernels-of-"

_in_use: list[int] = []
"""Descriptors of the caches that this process uses, locked for as long as it lives."""


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile without fast-math and without threads: the same numbers on every call.

    The machine code is kept beside the byte code of the function's folder, or where that cannot be
    written to, in the user's cache; where neither can be, it lasts for this process.
    """
    compiled: Any = numba.njit(function)
    place = _cache_of(Path(function.__code__.co_filename).parent)
    if place is not None:
        compiled._cache = _Cache(function, place)
    return compiled


class _Cache(FunctionCache):
    """Numba's cache of one function, at `place`."""

    def __init__(self, function: Callable[..., Any], place: Path):
        settings: Any = numba.config  # Numba sets its attributes at run time
        usual, settings.CACHE_DIR = settings.CACHE_DIR, str(place)
        try:
            super().__init__(function)
        finally:
            settings.CACHE_DIR = usual
        # The folder's name stands for the sources: that a file was touched does not matter.
        self._cache_file._source_stamp = place.name

    def save_overload(self, sig: Any, data: Any) -> None:
        """Add one form of the function; the index is read, extended and written by one process."""
        with _alone(Path(self.cache_path) / ".lock"):
            super().save_overload(sig, data)


@cache
def _cache_of(folder: Path) -> Path | None:
    """Where the compiled form of `folder`, as it is now, is kept; None if nowhere."""
    sources = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    name = _PREFIX + hashlib.sha256(sources).hexdigest()[:12]
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    whose = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    for parent in (folder / "__pycache__", root / "coachable" / f"{folder.name}-{whose}"):
        try:
            return _take(parent, name)
        except OSError:
            continue
    return None


def _take(parent: Path, name: str) -> Path:
    """Make the cache and hold it, so that nobody removes it; a new one replaces earlier ones.

    Raises:
        OSError: it cannot be made, or not be written to.

    """
    path = parent / name
    is_new = not path.exists()
    while True:
        path.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # removed since
            continue
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if path.exists() and os.path.samestat(path.stat(), os.fstat(descriptor)):
            break
        os.close(descriptor)
    _in_use.append(descriptor)
    if not os.access(path, os.W_OK):
        raise PermissionError(path)
    if is_new:
        for other in parent.glob(f"{_PREFIX}*"):
            if other != path:
                _remove_unused(other)
    return path


def _remove_unused(path: Path) -> None:
    """Remove the cache of an earlier state, unless a process still runs that state."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with open(lock, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
