"""The one place where MuJoCo is imported."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from teaching import UserError

_VARIABLE = "MUJOCO_GL"


def load(name: str = "mujoco") -> ModuleType:
    """Import `mujoco` or a module of it, even where its choice of OpenGL cannot be loaded.

    ``import mujoco`` already loads the library that MUJOCO_GL names, and fails in odd ways where it
    is missing. Physics needs none: without it only pictures are refused, in `opengl.py`.

    Raises:
        UserError: MuJoCo itself is missing or damaged.

    """
    try:
        return importlib.import_module(name)
    except Exception:  # of whatever kind the library's loader happens to raise
        chosen = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = "disable"
    try:
        return importlib.import_module(name)
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(f"MuJoCo cannot be imported ({reason}): pip install mujoco") from None
    finally:
        if chosen is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = chosen
