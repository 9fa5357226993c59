"""For tests that need a frame of a MuJoCo task."""

from ctypes.util import find_library

import pytest

from envs.physics.opengl import backend
from teaching import UserError


def require_frames():
    """Skip the test where no OpenGL context can be made; never where OSMesa is installed."""
    try:
        backend()
    except UserError as error:
        if find_library("OSMesa"):
            raise
        pytest.skip(str(error))
