"""The distribution of how long it took from pictures to the actions that answered them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure

FILE_NAME = "latency.png"
"""What the picture is called in a run's folder."""


def draw_latency(figures: Mapping[str, Any], path: Path, bound: float | None = None) -> None:
    """Draw a bar a range of milliseconds, with the median, and a bound where there is one.

    Args:
        figures: of `human_controllers.browser.latency.Latency`.
        path: of the PNG.
        bound: milliseconds.

    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    edges = [f"{edge}" for edge in figures["edges"]]
    share = np.array(figures["counts"]) / figures["steps"]
    last = int(np.flatnonzero(share)[-1]) + 1
    figure, axis = plt.subplots(figsize=(7, 3.2))
    axis.bar(np.arange(last) + 0.5, share[:last], width=0.9, color="C0")
    shown = min(last + 1, len(edges))
    axis.set_xticks(np.arange(shown), edges[:shown])
    axis.set_xlabel("milliseconds from picture to action")
    axis.set_ylabel("share of the steps")
    for value, colour, name in (
        (figures["median"], "C1", f"median {figures['median']:.1f} ms"),
        (bound, "C3", None if bound is None else f"bound {bound:.0f} ms"),
    ):
        if value is not None:
            place = np.interp(value, figures["edges"], np.arange(len(edges)))
            axis.axvline(place, color=colour, linestyle="--", label=name)
    axis.set_title(
        f"{figures['steps']:,} steps; 95 % within {figures['p95']:.0f} ms", fontsize="medium"
    )
    axis.legend(frameon=False)
    figure.tight_layout()
    save_figure(figure, path, dpi=120)
