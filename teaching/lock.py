"""One holder at a time: a lock that the kernel lets go of when its process dies."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path
from typing import IO

from teaching.errors import UserError

# A status check (`is_held`) takes the lock for a moment; who wants to hold it waits that out.
_PATIENCE = 0.2


def hold(path: Path | str, what: str) -> IO[bytes]:
    """Take the lock file at `path`; closing the returned file lets go of it.

    Args:
        path: the lock file, made if it is missing and never removed (removing it would race).
        what: the thing that it guards, for the message.

    Raises:
        UserError: somebody else, in this process or another, holds it, or it cannot be made.

    """
    try:
        file = open(path, "ab")  # noqa: SIM115 - it stays open for as long as the lock is held
    except OSError as error:
        raise UserError(f"{what} cannot be locked: {path}: {error.strerror}") from error
    patience_ends = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError as error:
            if time.monotonic() >= patience_ends:
                file.close()
                raise UserError(
                    f"{what} is in use by another process: wait for it or stop it"
                ) from error
            time.sleep(0.01)


def is_held(path: Path | str) -> bool:
    """Whether somebody holds the lock file at `path` now."""
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
