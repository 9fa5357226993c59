"""Pictures on the disk."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from coachable.files import write_whole


def save_figure(figure: Any, path: Path, dpi: int = 110) -> None:
    """Write a Matplotlib figure as a PNG, whole or not at all, and close it."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    plt.close(figure)
    write_whole(path, buffer.getvalue())
