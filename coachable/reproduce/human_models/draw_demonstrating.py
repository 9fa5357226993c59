"""Pictures of people who show how it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from coachable.reproduce.human_models.demonstrating import (
    ODD,
    disagreeing,
    drive,
    shown,
    starts,
)
from coachable.reproduce.human_models.palette import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    formula,
    label,
    points,
)
from coachable.reproduce.human_models.stage import BOX, KEYS, Stage

DRAWINGS: dict[str, Callable[[Any, Stage], None]] = {}


def drawing(draw: Callable[[Any, Stage], None]) -> Callable[[Any, Stage], None]:
    """Enter a drawing under its name."""
    DRAWINGS[draw.__name__] = draw
    return draw


@drawing
def execution_noise(axis: Any, stage: Stage) -> None:
    """The label stays where it was meant, and what is done does not."""
    steps = 150
    env = shown(stage, BOX, execution_noise=0.3)
    meant, done = drive(env, np.zeros((steps, 1), np.float32))
    t = np.arange(steps)
    for side in (-1, 1):
        axis.axhline(side * 0.6, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    axis.vlines(t, meant[:, 0], done[:, 0], color=ORANGE, linewidth=0.7)
    points(axis, t, done[:, 0], ORANGE, 8)
    points(axis, t, meant[:, 0], BLUE, 6)
    label(axis, 2, 0.92, "done", ORANGE)
    label(axis, 22, 0.92, "label: what was meant", BLUE)
    label(axis, 150, 0.7, "2σ, σ = 0.3 half-ranges", GREY, align="right")
    axis.set(xlabel="step", ylabel="action", ylim=(-1.03, 1.03), xlim=(-2, steps + 1))


@drawing
def reset_share(axis: Any, stage: Stage) -> None:
    """Starts at remembered states, against the share that is asked for."""
    asked = np.linspace(0, 1, 11)
    before, after = [], []
    for chance in asked:
        env = shown(stage, KEYS, reset_share=float(chance))
        before.append((starts(env, 100) > 0).mean())
        drive(env, disagreeing(np.arange(8) % 2 == 1))
        after.append((starts(env, 800) > 0).mean())
    formula(axis, [0, 1], [0, 1])
    points(axis, asked, before, GREY)
    points(axis, asked, after)
    label(axis, 0.52, 0.42, "s", INK)
    label(axis, 0.45, 0.6, "four states remembered", BLUE, align="right")
    label(axis, 0.55, 0.09, "none remembered", GREY)
    axis.set(xlabel="reset share s", ylabel="starts at one", ylim=(-0.05, 1.05))


@drawing
def interest(axis: Any, stage: Stage) -> None:
    """A learner that strays from the expert now and then, and what is remembered of it."""
    theta, steps = 0.3, 80
    t = np.arange(steps)
    far = np.abs(0.45 * np.sin(t / 6.0) * np.cos(t / 15.0) + 0.1 * np.sin(t / 2.1))
    proposals = np.stack([far, np.zeros(steps)], axis=1).astype(np.float32)
    env = shown(stage, ODD, interest_threshold=theta, reset_share=1.0)
    # The expert's second action is 0 too, so that only the first dimension plays a part.
    drive(env, proposals)
    places = np.unique(starts(env, 300))
    axis.axhline(theta, color=INK, linewidth=1.1)
    axis.plot(t, far, color=GREY, linewidth=1.3)
    axis.fill_between(t, theta, far, where=far > theta, color=ORANGE, alpha=0.25, linewidth=0)
    points(axis, places, far[places], BLUE, 34)
    label(axis, steps - 1, theta + 0.03, "θ = 0.3", INK, align="right")
    label(axis, 1, 0.62, "first of a spell: remembered, and gone back to", BLUE)
    label(axis, 1, 0.55, "beyond the threshold", ORANGE)
    axis.set(
        xlabel="step", ylabel="learner − human\nin half-ranges", xlim=(0, steps), ylim=(0, 0.67)
    )
