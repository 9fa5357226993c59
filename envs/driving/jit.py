"""Compilation of the kernels, with a cache that notices a change in any file of this folder.

Numba's own cache looks at the file of the function that is called, not at the files of the
functions that it calls, so that after an edit or a pull it could run yesterday's physics.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import config as _config

settings: Any = _config  # Numba sets its attributes at run time

_HERE = Path(__file__).parent
_SOURCES = b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))
_CACHE = _HERE / "__pycache__" / f"kernels-{hashlib.sha256(_SOURCES).hexdigest()[:12]}"


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile without fast-math and without threads: the same numbers on every call."""
    before = settings.CACHE_DIR
    try:
        _CACHE.mkdir(parents=True, exist_ok=True)
        settings.CACHE_DIR = str(_CACHE)
    except OSError:
        pass  # an installation that cannot be written to: Numba looks for a place of its own
    try:
        return njit(cache=True)(function)
    finally:
        settings.CACHE_DIR = before
