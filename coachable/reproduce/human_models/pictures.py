"""One small picture a model: what it does to an ideal signal, drawn from the human itself."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from coachable.files import write_whole
from coachable.reproduce.human_models import (
    draw_choosing,
    draw_correcting,
    draw_correcting_words,
    draw_demonstrating,
    draw_judging,
    draw_taking_over,
    draw_talking,
)
from coachable.reproduce.human_models.palette import BLUE, GREY, INK, label
from coachable.reproduce.human_models.stage import Stage

DRAWINGS: dict[str, Callable[..., None]] = {
    **draw_taking_over.DRAWINGS,
    **draw_judging.DRAWINGS,
    **draw_choosing.DRAWINGS,
    **draw_correcting.DRAWINGS,
    **draw_demonstrating.DRAWINGS,
    **draw_talking.DRAWINGS,
    **draw_correcting_words.DRAWINGS,
}
"""Model -> what draws it on an axis."""

SUMMARY = "z"
"""Name of the picture of all rows together."""

DRAWS, SEED = 4000, 0


def draw_all(folder: Path, z: Sequence[Sequence[float]]) -> None:
    """Write NAME.png of every model, and one of the z of all rows [seeds][rows], into a folder."""
    for name, draw in DRAWINGS.items():
        picture(folder / f"{name}.png", partial(draw, stage=Stage(name, DRAWS, SEED)))
    picture(folder / f"{SUMMARY}.png", lambda axis: quantiles(axis, np.concatenate(z)))


def picture(path: Path, draw: Callable[[Any], None]) -> None:
    """One panel, with nothing in it that says nothing."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    style: Any = {
        "font.size": 9,
        "axes.edgecolor": GREY,
        "axes.labelcolor": INK,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
    }
    with plt.rc_context(style):
        figure, axis = plt.subplots(figsize=(5.0, 2.6))
        draw(axis)
        figure.tight_layout()
        buffer = io.BytesIO()
        # Without the library's version in it, the same picture is the same file.
        figure.savefig(buffer, format="png", dpi=120, metadata={"Software": None})
        plt.close(figure)
    write_whole(path, buffer.getvalue())


def quantiles(axis: Any, z: np.ndarray) -> None:
    """The z of all rows in order, against those of a standard normal sample."""
    z = np.sort(z)
    wanted = norm.ppf((np.arange(len(z)) + 0.5) / len(z))
    axis.plot([-3.4, 3.4], [-3.4, 3.4], color=INK, linewidth=1)
    axis.scatter(wanted, z, s=6, color=BLUE, linewidths=0)
    label(axis, 2.0, 3.0, "standard normal", INK, align="right")
    label(axis, 1.2, -0.4, f"{len(z)} rows, five seeds" if len(z) > 500 else f"{len(z)} rows", BLUE)
    axis.set(xlabel="quantile of the normal law", ylabel="z", xlim=(-3.5, 3.5))
