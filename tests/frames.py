"""For tests that need a frame of a MuJoCo task."""

import os
from ctypes.util import find_library

import pytest

from envs.physics.opengl import backend
from teaching import UserError


def require_frames():
    """Skip where no OpenGL context can be made; never where OSMesa is there and not ruled out."""
    try:
        backend()
    except UserError as error:
        if find_library("OSMesa") and "MUJOCO_GL" not in os.environ:
            raise
        pytest.skip(str(error))
