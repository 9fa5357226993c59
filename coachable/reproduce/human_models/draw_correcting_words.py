"""Pictures of people who correct in words: how often they do what their settings say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from coachable.reproduce.human_models import manner_talk as talk
from coachable.reproduce.human_models.correcting_words import QUALITIES, off
from coachable.reproduce.human_models.palette import BLUE, bars, formula, label, masses, points
from coachable.reproduce.human_models.stage import Stage

DRAWINGS: dict[str, Callable[[Any, Stage], None]] = {}
WORLDS = 400


def drawing(draw: Callable[[Any, Stage], None]) -> Callable[[Any, Stage], None]:
    """Enter a drawing under its name."""
    DRAWINGS[draw.__name__] = draw
    return draw


@drawing
def what_is_corrected(axis: Any, stage: Stage) -> None:
    """Which of four deviations is spoken of."""
    size, tau = np.array([1.0, 2.0, 0.5, 1.5]), 0.8
    flawed = off(**dict(zip(QUALITIES, size, strict=True)))
    (texts,), _ = talk.listen(talk.corrector(stage, WORLDS, temperature=tau), flawed, WORLDS)
    seen = [np.mean([talk.about(text, name) for text in texts]) for name in QUALITIES]
    weight = np.exp(size / tau)
    bars(axis, range(4), seen, 0.5)
    masses(axis, range(4), weight / weight.sum())
    axis.set_xticks(range(4), [f"{name}\n{d:g}" for name, d in zip(QUALITIES, size, strict=True)])
    axis.set(xlabel="spreads off; temperature 0.8", ylabel="spoken of")


@drawing
def where_and_wholes(axis: Any, stage: Stage) -> None:
    """Timing is spoken of where it is off most."""
    spreads = np.linspace(0.0, 2.0, 9)

    def spoken(d: float, wholes: bool) -> float:
        human = talk.corrector(stage, WORLDS, wholes=wholes)
        (texts,), _ = talk.listen(human, off(pace=1.1, timing=d), WORLDS)
        return float(np.mean([talk.about(text, "timing") for text in texts]))

    formula(axis, [0, 1.1, 1.1, 2], [0, 0, 1, 1])
    points(axis, spreads, [spoken(float(d), True) for d in spreads])
    label(axis, 0.05, 0.85, "pace 1.1 spreads off", BLUE)
    axis.set(xlabel="timing, spreads off", ylabel="timing spoken of", ylim=(-0.05, 1.1))


@drawing
def persistence(axis: Any, stage: Stage) -> None:
    """What is off most, and every fourth time what comes next."""
    texts, _ = talk.listen(talk.corrector(stage, 1), off(pace=2.0, berth=1.0), 1, 12)
    spoken = [QUALITIES.index(q) for (t,) in texts for q in QUALITIES if talk.about(t, q)]
    points(axis, np.arange(1, 13), spoken)
    masses(axis, np.arange(1, 13), [int(k % 4 == 3) for k in range(12)])
    axis.set_yticks([0, 1], ["pace, 2 off", "berth, 1 off"])
    axis.set(xlabel="episode; patience 3", ylim=(-0.4, 1.4))


@drawing
def put_into_words(axis: Any, stage: Stage) -> None:
    """More for less."""
    rate = np.linspace(0, 1, 9)

    def wrong(epsilon: float) -> float:
        human = talk.corrector(stage, WORLDS, mistakes=epsilon)
        (texts,), _ = talk.listen(human, off(pace=-1.2), WORLDS)
        return float(np.mean([not talk.asks_for_more(text, "pace") for text in texts]))

    formula(axis, [0, 1], [0, 1])
    points(axis, rate, [wrong(float(r)) for r in rate])
    axis.set(xlabel="mistakes", ylabel="less for more", xlim=(-0.03, 1.03), ylim=(-0.03, 1.06))
