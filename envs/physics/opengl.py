"""Where the OpenGL context of pictures comes from, where there is no display.

MUJOCO_GL decides if it is set, as everywhere in MuJoCo. Otherwise it is EGL or OSMesa, whichever
can make a context here.
"""

from __future__ import annotations

import functools
import importlib
import os
import subprocess
import sys
from typing import Any

from envs.physics.library import load
from teaching import UserError

_OFF = ("disable", "disabled", "off", "false", "0")
_ON = ("", "enable", "enabled", "on", "true", "1")
_TRIED = ("egl", "osmesa")
_SECONDS = 60
# In a process of its own: PyOpenGL settles on one of the two for good when it is first imported.
_TRIAL = """
import mujoco, mujoco.{0}
context = mujoco.{0}.GLContext(8, 8)
context.make_current()
mujoco.MjrContext(mujoco.MjModel.from_xml_string("<mujoco/>"), 100)
"""


def make_context(width: int, height: int) -> Any:
    """Return MuJoCo's `GLContext` of the backend that works here.

    Raises:
        UserError: there is none.

    """
    name = backend()
    load()
    try:
        context = importlib.import_module(f"mujoco.{name}").GLContext(width, height)
        if not getattr(context, "_context", True):  # GLFW warns, and goes on with nothing
            raise RuntimeError("no context")
        return context
    except Exception as error:  # of whatever kind the library's loader happens to raise
        raise UserError(_refusal(f"{name} could not be used: {_line(error)}")) from None


@functools.cache
def backend() -> str:
    """Return the name of the backend: ``egl``, ``osmesa``, or what MUJOCO_GL says.

    Raises:
        UserError: MUJOCO_GL forbids pictures, or no backend can make a context.

    """
    chosen = os.environ.get("MUJOCO_GL", "").lower().strip()
    if chosen in _OFF:
        raise UserError(_refusal(f"MUJOCO_GL={chosen} forbids them"))
    if chosen not in _ON:
        return "glfw" if chosen in ("glx", "wgl") else chosen
    if sys.platform != "linux":
        return "cgl" if sys.platform == "darwin" else "glfw"
    for name in _TRIED:
        if _works(name):
            return name
    raise UserError(_refusal("neither EGL nor OSMesa can make one here"))


def _works(name: str) -> bool:
    command = [sys.executable, "-W", "ignore", "-c", _TRIAL.format(name)]
    environment = os.environ | {"MUJOCO_GL": name}
    try:
        tried = subprocess.run(command, env=environment, capture_output=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return tried.returncode == 0


def _refusal(reason: str) -> str:
    advice = "run `make libraries`"
    if os.environ.get("MUJOCO_GL"):
        advice += " or unset MUJOCO_GL"
    return f"pictures of MuJoCo tasks need an OpenGL context ({reason}): {advice}"


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
