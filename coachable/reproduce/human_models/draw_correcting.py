"""Pictures of people who make what they are shown a little better."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import norm

from coachable.reproduce.human_models.closed_forms import unequal
from coachable.reproduce.human_models.correcting import (
    SHOWN,
    chances,
    keys,
    off,
    spaced,
    usual_limit,
)
from coachable.reproduce.human_models.palette import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    bars,
    formula,
    label,
    masses,
    points,
)
from coachable.reproduce.human_models.stage import BOX, KEYS, MISSED, VALUED, Stage, improve
from teaching import Prices

DRAWINGS: dict[str, Callable[[Any, Stage], None]] = {}


def drawing(draw: Callable[[Any, Stage], None]) -> Callable[[Any, Stage], None]:
    """Enter a drawing under its name."""
    DRAWINGS[draw.__name__] = draw
    return draw


@drawing
def improvement(axis: Any, stage: Stage) -> None:
    """How far an edit goes, for each trajectory of 4 steps, over what was asked for."""
    for alpha, colour in ((0.3, BLUE), (0.7, ORANGE)):
        worth = spaced(stage.rng, 3000, 4)
        human = stage.correcting(KEYS, VALUED, improvement=alpha)
        edited = human.correct(improve(keys(3000, 4), worth)).action == 1
        gain = np.sort((edited * worth).sum(axis=1) / worth.sum(axis=1))
        axis.plot(gain, (np.arange(3000) + 0.5) / 3000, color=colour, linewidth=1.6)
        axis.axvline(alpha, color=INK, linewidth=1.1)
        label(axis, alpha - 0.015, 0.93, f"α = {alpha:g}", INK, align="right")
        one = (edited.sum(axis=1) == 1).mean()
        words = f"one step is\nenough: {one:.2f},\nformula {unequal(4, alpha):.2f}"
        label(axis, *((0.03, 0.4) if alpha < 0.5 else (0.85, 0.4)), words, colour)
    axis.set(xlabel="gain of the edit / gap", ylabel="trajectories", xlim=(0, 1.12), ylim=(0, 1.02))
    axis.set_xticks(np.linspace(0, 1, 6))


@drawing
def window(axis: Any, stage: Stage) -> None:
    """One trajectory, and what windows of several lengths let through."""
    worth = np.array([[0.4, 1.1, 0.5, 1.6, 1.4, 0.3, 0.9, 0.6]])
    names = ["worth", "window 1", "window 2", "window 4", "no window"]
    for row, longest in enumerate((1, 2, 4, None), start=1):
        human = stage.correcting(KEYS, VALUED, improvement=0.9, window=longest)
        edited = human.correct(improve(keys(1, 8), worth)).action[0] == 1
        for t in range(8):
            axis.add_patch(_square(t, -row, BLUE if edited[t] else "#ececec"))
        gain = (edited * worth[0]).sum() / worth.sum()
        colour = BLUE if gain >= 0.9 else ORANGE
        label(axis, 8.2, -row, f"{gain:.2f} of the gap", colour)
    for t in range(8):
        label(axis, t + 0.5, 0, f"{worth[0, t]:g}", INK, align="center")
    axis.set_yticks([-k for k in range(5)], names)
    axis.set(xlim=(0, 10.3), ylim=(-4.6, 0.6), xticks=[])
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _square(x: float, y: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x + 0.04, y - 0.36), 0.92, 0.72, facecolor=colour, linewidth=0)


@drawing
def blends(axis: Any, stage: Stage) -> None:
    """The way that is gone, against the share of the gap that is asked for."""
    fine = np.linspace(0.001, 1, 400)
    asked = np.linspace(0.02, 0.98, 33)
    axis.plot(fine, 1 - np.sqrt(1 - fine), color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    for pieces, colour, at in ((20, BLUE, (0.72, 0.36)), (4, ORANGE, (0.3, 0.6))):
        formula(axis, fine, np.ceil(pieces * (1 - np.sqrt(1 - fine)) - 1e-9) / pieces)
        moved = []
        for alpha in asked:
            human = stage.correcting(BOX, MISSED, blends=pieces, improvement=float(alpha))
            moved.append(1 - human.correct(improve(off(1))).action.item())
        points(axis, asked, moved, colour, 14)
        label(axis, *at, f"B = {pieces}", colour)
    label(axis, 0.56, 0.16, "just enough", GREY)
    axis.set(xlabel="α", ylabel="share of the way", xlim=(0, 1.02), ylim=(0, 1.05))


@drawing
def rough_edits(axis: Any, stage: Stage) -> None:
    """Six edits of three steps, for a careful and for a careless person."""
    order, n = [0, 1, 2, 4, 3, 6], 4000
    for beta, colour, shift in ((2.0, ORANGE, -0.2), (6.0, BLUE, 0.2)):
        human = stage.correcting(KEYS, VALUED, improvement=0.8, rationality=beta)
        seen = human.correct(improve(keys(n, 3), np.tile(SHOWN, (n, 1)))).action == 1
        tally = np.bincount(seen @ [1, 2, 4], minlength=8)[order] / n
        axis.bar(np.arange(6) + shift, tally, width=0.36, color=colour, alpha=0.6, linewidth=0)
        masses(axis, np.arange(6) + shift, chances(SHOWN, 0.8, beta)[0][order])
        label(axis, 0.2, 0.5 + 0.04 * beta, f"β = {beta:g}", colour)
    gain = chances(SHOWN, 0.8, 1.0)[1] * 7
    names = ["none", "1", "2", "3", "1, 2", "2, 3"]
    axis.set_xticks(
        range(6), [f"{name}\n{gain[i]:g} of 7" for name, i in zip(names, order, strict=True)]
    )
    label(axis, 1.3, 0.66, "– exp(β·gain/gap)", INK)
    label(axis, 5.0, 0.92, "called for", INK, align="center")
    axis.set(xlabel="steps that are edited, and their gain", ylabel="share", ylim=(0, 0.97))


@drawing
def passing_over(axis: Any, stage: Stage) -> None:
    """Which trajectories are worth a correction, as what is shown gets worse and better again."""
    period, memory = 120, 20
    size = np.repeat([1.0, 5.0, 1.0], period)
    gap = size * stage.rng.uniform(0, 2, len(size))
    human = stage.correcting(KEYS, VALUED, skip=0.6, memory=memory)
    left = human.correct(improve(keys(len(gap)), gap[:, None])).action[:, 0] == 0
    t = np.arange(len(gap))
    formula(axis, t[1:], usual_limit(gap, 0.6, memory)[1:])
    points(axis, t[~left], gap[~left], BLUE, 9)
    points(axis, t[left], gap[left], ORANGE, 9)
    label(axis, 20, 7.6, "edited", BLUE)
    label(axis, 20, 6.6, "left as it is", ORANGE)
    label(axis, 20, 5.6, "s·ḡ", INK)
    axis.set(xlabel="query, memory of 20", ylabel="gap", xlim=(-3, len(gap) + 2), ylim=(0, 10.3))


@drawing
def passing(axis: Any, stage: Stage) -> None:
    """Edits get rarer."""
    n, bins = 24_000, 16
    tau = n * 0.1 / 3
    human = stage.correcting(KEYS, VALUED, fatigue=tau, prices=Prices(correct=0.0))
    edited = (human.correct(improve(keys(n))).action[:, 0] == 1).reshape(bins, -1).mean(axis=1)
    t = (np.arange(bins) + 0.5) * 3 / bins
    formula(axis, np.linspace(0, 3, 100), np.exp(-np.linspace(0, 3, 100)))
    points(axis, t, edited)
    label(axis, 0.9, 0.52, "exp(−t/τ)", INK)
    axis.set(xlabel="human time / τ", ylabel="edited", ylim=(0, 1.03), xlim=(0, 3.1))


@drawing
def wrong_way(axis: Any, stage: Stage) -> None:
    """Forty corrections of a continuous action."""
    shown = stage.rng.uniform(-0.6, 0.6, (40, 1, 1)).astype(np.float32)
    shown = shown[np.argsort(shown.ravel())]
    human = stage.correcting(BOX, MISSED, improvement=0.6, mistake=0.2)
    answer = human.correct(improve(shown)).action.ravel()
    for i, (a, b) in enumerate(zip(shown.ravel(), answer, strict=True)):
        colour = ORANGE if abs(b) > abs(a) else BLUE
        axis.plot([i, i], [a, b], color=colour, linewidth=1.6)
        points(axis, [i], [b], colour, 12)
    axis.axhline(0, color=INK, linewidth=1.1)
    label(axis, 39.6, 0.07, "the expert's", INK, align="right")
    label(axis, 1, 0.8, "a correction, from what is shown to the dot", BLUE)
    label(axis, 1, 0.62, "a mistake, ε = 0.2", ORANGE)
    axis.set(xlabel="correction", ylabel="action", ylim=(-1, 1), xlim=(-1, 40), xticks=[])


@drawing
def editing_noise(axis: Any, stage: Stage) -> None:
    """What comes of a step that was to be 0."""
    edges = np.linspace(-1, 1, 41)
    middle = (edges[1:] + edges[:-1]) / 2
    human = stage.correcting(BOX, MISSED, improvement=1.0, blends=1, action_noise=0.3)
    answer = human.correct(improve(off(400, 10))).action.ravel()
    bars(axis, middle, np.histogram(answer, edges)[0] / answer.size / 0.05, 0.046)
    fine = np.linspace(-1, 1, 200)
    formula(axis, fine, norm.pdf(fine, scale=0.3))
    label(axis, 0.28, 1.2, "normal, σ = 0.3 half-ranges", INK)
    label(axis, 0.42, 0.85, "edited steps", BLUE)
    axis.set(xlabel="action where 0 is meant", ylabel="density", xlim=(-1, 1))
