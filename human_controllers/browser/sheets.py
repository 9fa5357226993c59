"""Films as pages want them: all frames of a clip on one sheet."""

from __future__ import annotations

import io
import math
from functools import lru_cache

from PIL import Image

from teaching.clips import Clip

_COLUMNS = 8
_LARGEST = 8000
"""Pixels of a sheet's side; browsers cannot do with much more."""


@lru_cache(maxsize=64)
def layout(clip: Clip) -> dict[str, int]:
    """How many frames, how large, and how many in a row."""
    if not clip:
        return {"frames": 0, "width": 0, "height": 0, "columns": 1}
    width, height = Image.open(io.BytesIO(clip[0])).size
    columns = min(len(clip), _COLUMNS)
    rows = math.ceil(len(clip) / columns)
    factor = max(1, math.ceil(max(columns * width, rows * height) / _LARGEST))
    return {
        "frames": len(clip),
        "width": width // factor,
        "height": height // factor,
        "columns": columns,
    }


@lru_cache(maxsize=16)
def sheet(clip: Clip) -> bytes:
    """One JPEG of all frames, left to right, then down."""
    place = layout(clip)
    width, height, columns = place["width"], place["height"], place["columns"]
    rows = math.ceil(len(clip) / columns)
    whole = Image.new("RGB", (columns * width, rows * height))
    for number, frame in enumerate(clip):
        at = (number % columns * width, number // columns * height)
        whole.paste(Image.open(io.BytesIO(frame)).resize((width, height)), at)
    file = io.BytesIO()
    whole.save(file, "JPEG", quality=85)
    return file.getvalue()
