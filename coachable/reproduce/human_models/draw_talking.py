"""Pictures of people who speak: how often they do what their settings say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from coachable.reproduce.human_models import talk
from coachable.reproduce.human_models.palette import BLUE, bars, formula, label, masses, points
from coachable.reproduce.human_models.stage import DT, Stage
from simulated_humans.phrases import EVALUATIVE, IMPERATIVE
from teaching import Prices

DRAWINGS: dict[str, Callable[[Any, Stage], None]] = {}
WORLDS = 400


def drawing(draw: Callable[[Any, Stage], None]) -> Callable[[Any, Stage], None]:
    """Enter a drawing under its name."""
    DRAWINGS[draw.__name__] = draw
    return draw


def said(stage: Stage, action: int = talk.GOOD, **settings: Any) -> list[str]:
    """What four hundred people say."""
    return talk.listen(talk.speaking(stage, WORLDS, **settings), WORLDS, action=action)[0]


def rates(axis: Any, xlabel: str, ylabel: str, measured: Callable[[float], float]) -> None:
    """A measured share against the setting that it should be."""
    rate = np.linspace(0, 1, 9)
    formula(axis, [0, 1], [0, 1])
    points(axis, rate, [measured(float(r)) for r in rate])
    axis.set(xlabel=xlabel, ylabel=ylabel, xlim=(-0.03, 1.03), ylim=(-0.03, 1.06))


def part(texts: list[str], found: Callable[[str], bool]) -> float:
    """Share of the texts."""
    return float(np.mean([found(text) for text in texts]))


@drawing
def kinds_of_words(axis: Any, stage: Stage) -> None:
    """Shares of the three kinds."""
    texts = said(stage, more=0.0)
    kinds = (talk.EVALUATIONS, talk.INSTRUCTIONS, talk.DESCRIPTIONS)
    bars(axis, range(3), [part(texts, kind.__contains__) for kind in kinds], 0.5)
    masses(axis, range(3), [0.57, 0.14, 0.29])
    axis.set_xticks(range(3), ["what was done", "where to go", "what things\nare worth"])
    axis.set(ylabel="share of clauses")


@drawing
def talkative(axis: Any, stage: Stage) -> None:
    """How many clauses a message has."""
    texts, m = said(stage, more=0.33), 0.33
    length = np.array([len(text.split(". ")) for text in texts])
    bars(axis, [1, 2, 3], [(length == k).mean() for k in (1, 2, 3)], 0.5)
    masses(axis, [1, 2, 3], [1 - m, m * (1 - m), m * m])
    axis.set_xticks([1, 2, 3])
    axis.set(xlabel="clauses in a message", ylabel="share")


@drawing
def gladly(axis: Any, stage: Stage) -> None:
    """Good things spoken of."""
    rates(
        axis,
        "gladly",
        "about something good",
        lambda g: part(
            said(stage, only="descriptive", gladly=g, more=0.0), lambda text: "red" in text
        ),
    )


@drawing
def paraphrases(axis: Any, stage: Stage) -> None:
    """Held-out sentences of each phrasing."""
    kept = talk.all_of(IMPERATIVE, "held_out")
    names = ["known", "all", "held_out"]
    shares = [
        part(said(stage, only="imperative", phrasing=p, more=0.0), kept.__contains__) for p in names
    ]
    every = len(IMPERATIVE.known) + len(IMPERATIVE.held_out)
    bars(axis, range(3), shares, 0.5)
    masses(axis, range(3), [0.0, len(IMPERATIVE.held_out) / every, 1.0])
    axis.set_xticks(range(3), names)
    axis.set(ylabel="held-out sentences")


@drawing
def wording(axis: Any, stage: Stage) -> None:
    """Hedges, and an example of slips."""
    rates(
        axis,
        "hedges",
        "hedged",
        lambda h: part(
            said(stage, only="imperative", hedges=h, more=0.0),
            lambda text: text not in talk.INSTRUCTIONS,
        ),
    )
    slips = said(stage, only="imperative", typos=0.3, more=0.0)
    example = next(text for text in slips if text not in talk.INSTRUCTIONS and len(text) < 25)
    label(axis, 0.03, 0.98, f"typos: {example}", BLUE)


@drawing
def irony(axis: Any, stage: Stage) -> None:
    """Praise that means blame."""
    plain = talk.all_of(EVALUATIVE["worst"])
    rates(
        axis,
        "sarcasm",
        "irony for blame",
        lambda s: part(
            said(stage, talk.BAD, only="evaluative", sarcasm=s, more=0.0),
            lambda text: text not in plain,
        ),
    )


@drawing
def keeping_quiet(axis: Any, stage: Stage) -> None:
    """Words get fewer."""
    steps, tau = 60, 2.0
    human = talk.speaking(stage, WORLDS, fatigue=tau, silence=0.3, prices=Prices(say=0.0))
    texts, _ = talk.listen(human, WORLDS, steps)
    share = np.array([bool(text) for text in texts]).reshape(steps, WORLDS).mean(axis=1)
    t = np.arange(steps) * DT
    points(axis, t, share, size=9)
    formula(axis, t, 0.7 * np.exp(-t / tau))
    label(axis, 2.3, 0.6, "silence 0.3, fatigue 2 s", BLUE)
    axis.set(xlabel="s", ylabel="says something", ylim=(0, 0.8))
