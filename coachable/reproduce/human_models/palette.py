"""The look of the pictures: few colours, each with one meaning, and labels at the lines."""

from __future__ import annotations

from typing import Any

import numpy as np

INK = "#333333"
"""The closed form, and what is ideal."""
GREY = "#9a9a9a"
BLUE = "#2a78b8"
"""The human."""
ORANGE = "#dd7a28"
"""The human, where it errs."""
PALE = "#cfe1f0"
"""While the human is in control, or watches."""


def label(axis: Any, x: float, y: float, text: str, colour: str = INK, align: str = "left") -> None:
    """Words at a place, in the colour of what they speak of."""
    axis.text(x, y, text, color=colour, ha=align, va="center", fontsize=8.5)


def formula(axis: Any, x: Any, y: Any) -> None:
    """A closed form as a line."""
    axis.plot(x, y, color=INK, linewidth=1.3, zorder=2)


def points(axis: Any, x: Any, y: Any, colour: str = BLUE, size: float = 18) -> None:
    """Measured figures."""
    axis.scatter(x, y, s=size, color=colour, zorder=3, linewidths=0)


def bars(axis: Any, x: Any, height: Any, width: float) -> None:
    """A measured distribution."""
    axis.bar(x, height, width=width, color=BLUE, alpha=0.55, linewidth=0)


def masses(axis: Any, x: Any, height: Any) -> None:
    """The distribution that it should be."""
    axis.scatter(x, height, s=16, color=INK, zorder=3, marker="_", linewidths=1.6)


def strips(axis: Any, mask: np.ndarray, y: float, dt: float, colour: str) -> None:
    """One row of a timeline: where [T] is True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(mask, np.int8), [0]])))
    spans = [(a * dt, (b - a) * dt) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    axis.broken_barh(spans, (y - 0.32, 0.64), facecolors=colour, linewidth=0)


def bare(axis: Any, names: list[str]) -> None:
    """A timeline's rows by name, from below."""
    axis.set_yticks(range(len(names)), names)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)
    axis.set_ylim(-0.6, len(names) - 0.4)


def shade(axis: Any, mask: np.ndarray, dt: float) -> None:
    """The stretches in which the human is in control."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(mask, np.int8), [0]])))
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        axis.axvspan(a * dt, b * dt, color=PALE, linewidth=0, zorder=0)
