"""Compilation for this folder, with a cache that an edit to any of its files renews.

Numba alone compares only the file of the function that is called, and would go on running an old
version of what that function calls.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

_FOLDER = Path(__file__).parent
_DIGEST = hashlib.sha256(b"".join(p.read_bytes() for p in sorted(_FOLDER.glob("*.py"))))
_CACHE = _FOLDER / "__pycache__" / f"compiled-{_DIGEST.hexdigest()[:12]}"


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on first use and keep the machine code beside this folder's byte code."""
    settings: Any = numba.config
    usual = settings.CACHE_DIR
    with contextlib.suppress(OSError):
        _CACHE.mkdir(parents=True, exist_ok=True)
        settings.CACHE_DIR = str(_CACHE)
    try:
        return numba.njit(cache=True)(function)
    finally:
        settings.CACHE_DIR = usual
