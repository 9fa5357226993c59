"""Films of what was seen lately, to be shown again to somebody who is asked about it."""

from __future__ import annotations

import io
from collections import OrderedDict

import numpy as np
from PIL import Image

Clip = tuple[bytes, ...]
"""A film: one JPEG a frame."""

_QUALITY = 85


def jpeg(frame: np.ndarray, quality: int = _QUALITY) -> bytes:
    """A picture [height, width, 3] uint8, compressed."""
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def film(frames: np.ndarray) -> Clip:
    """Frames [T, height, width, 3] uint8, compressed."""
    return tuple(jpeg(frame) for frame in frames)


class Clips:
    """The frames of the last steps of one world.

    Args:
        memory: how many steps are kept.

    """

    def __init__(self, memory: int = 5_000):
        self._memory = memory
        self._frames: OrderedDict[int, bytes] = OrderedDict()

    def add(self, step: int, frame: np.ndarray) -> None:
        """Keep what was seen after `step` steps."""
        self._frames[step] = jpeg(frame)
        if len(self._frames) > self._memory:
            self._frames.popitem(last=False)

    def between(self, start: int, length: int) -> Clip:
        """The frames of `length` steps from step `start` on, those that are still kept."""
        steps = range(start, start + length)
        return tuple(self._frames[step] for step in steps if step in self._frames)
