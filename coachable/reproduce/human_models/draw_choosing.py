"""Pictures of people who compare and rank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from coachable.reproduce.human_models.choosing import ORDERS, first, orders, pairs, ranking
from coachable.reproduce.human_models.closed_forms import logistic
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
from coachable.reproduce.human_models.stage import Stage, show
from simulated_humans.comparing import ComparingHuman
from teaching import Choice, Prices

DRAWINGS: dict[str, Callable[[Any, Stage], None]] = {}
GAPS = np.linspace(-3, 3, 13)
EACH = 1500


def drawing(draw: Callable[[Any, Stage], None]) -> Callable[[Any, Stage], None]:
    """Enter a drawing under its name."""
    DRAWINGS[draw.__name__] = draw
    return draw


def chosen_first(human: ComparingHuman, gaps: np.ndarray) -> np.ndarray:
    """Share of firsts at each of the gaps."""
    answer = human.prefer(show(pairs(np.repeat(gaps, EACH)))).choice
    return first(answer).reshape(len(gaps), EACH).mean(axis=1)


def against_the_gap(axis: Any) -> None:
    """Axes of P(first)."""
    axis.set(xlabel="R₁ − R₂", ylabel="P(first)", ylim=(-0.03, 1.03), xlim=(-3.1, 3.1))


@drawing
def bradley_terry(axis: Any, stage: Stage) -> None:
    """The law of choice for three people."""
    fine = np.linspace(-3, 3, 200)
    for beta, colour, at in ((0.5, ORANGE, (1.7, 0.6)), (2.0, BLUE, (1.25, 0.81))):
        human = stage.comparing(rationality=beta, scale="none")
        formula(axis, fine, logistic(beta * fine))
        points(axis, GAPS, chosen_first(human, GAPS), colour)
        label(axis, *at, f"β = {beta:g}", colour)
    exact = chosen_first(stage.comparing(), GAPS)
    axis.plot(GAPS, exact, color=GREY, linewidth=1, linestyle=(0, (4, 3)), drawstyle="steps-mid")
    label(axis, -0.35, 0.93, "β = ∞", GREY, align="right")
    against_the_gap(axis)


@drawing
def relative_noise(axis: Any, stage: Stage) -> None:
    """Returns grow tenfold, and after a while nothing has changed."""
    people, period, memory = 500, 60, 10
    gap = np.concatenate([np.ones(period), np.full(period, 10.0), np.ones(period)])
    said = np.zeros(len(gap))
    for _ in range(people):
        human = stage.comparing(rationality=0.6, memory=memory)
        said += first(human.prefer(show(pairs(gap))).choice) / people
    keep = (1 - 1 / memory) ** np.arange(len(gap))
    whole, middle, square = (
        np.convolve(x, keep)[: len(gap)] for x in (np.ones_like(gap), gap / 2, gap**2 / 2)
    )
    spread = np.sqrt(square / whole - (middle / whole) ** 2)
    formula(axis, np.arange(len(gap)), logistic(0.6 * gap / spread))
    points(axis, np.arange(len(gap)), said, BLUE, 8)
    for k in (period, 2 * period):
        axis.axvline(k, color=GREY, linewidth=0.7)
    for k, words in enumerate(("returns of 1", "returns of 10", "returns of 1")):
        label(axis, period * (k + 0.5), 1.03, words, GREY, align="center")
    axis.set(xlabel="query", ylabel="P(better)", ylim=(0.45, 1.07), xlim=(0, len(gap)))


@drawing
def plackett_luce(axis: Any, stage: Stage) -> None:
    """Six orders of three."""
    utility, beta, n = np.array([0.0, 1.0, 2.0]), 1.0, 5000
    human = stage.comparing(rationality=beta, scale="none")
    seen = orders(human.rank(show(np.tile(utility, (n, 1)))).order)
    chances = ranking(utility, beta)
    place = np.argsort(-chances)
    bars(axis, range(6), np.bincount(seen, minlength=6)[place] / n, 0.6)
    masses(axis, range(6), chances[place])
    names = [" ".join(f"{utility[k]:g}" for k in ORDERS[i]) for i in place]
    axis.set_xticks(range(6), names)
    label(axis, 1.6, 0.42, "– Plackett and Luce, β = 1", INK)
    label(axis, 1.6, 0.36, "rankings given", BLUE)
    axis.set(xlabel="returns, in the order given", ylabel="share")


@drawing
def myopia(axis: Any, stage: Stage) -> None:
    """What counts is the end."""
    rows, lead = 10, 2.0
    for gamma, colour in ((0.9, BLUE), (0.6, ORANGE)):
        reward = np.zeros((rows * EACH, 2, rows))
        reward[np.arange(rows * EACH), 0, np.repeat(np.arange(rows), EACH)] = lead
        human = stage.comparing(rationality=1.0, scale="none", discount=gamma)
        share = first(human.prefer(show(reward)).choice).reshape(rows, EACH).mean(axis=1)
        formula(
            axis, np.arange(1, rows + 1), logistic(lead * gamma ** (rows - 1.0 - np.arange(rows)))
        )
        points(axis, np.arange(1, rows + 1), share, colour)
    label(axis, 2.0, 0.74, "γ = 0.9", BLUE)
    label(axis, 5.5, 0.515, "γ = 0.6", ORANGE)
    axis.set(xlabel="row of ten on which the first is ahead", ylabel="P(first)", ylim=(0.47, 0.93))


@drawing
def wrong_answers(axis: Any, stage: Stage) -> None:
    """A floor and a ceiling."""
    epsilon = 0.15
    formula(axis, [-3, 0, 0, 3], [epsilon, epsilon, 1 - epsilon, 1 - epsilon])
    gaps = GAPS[GAPS != 0]
    points(axis, gaps, chosen_first(stage.comparing(mistake=epsilon), gaps))
    label(axis, 0.3, 0.72, "1 − ε", INK)
    label(axis, -0.3, 0.26, "ε = 0.15", INK, align="right")
    against_the_gap(axis)


@drawing
def confusion(axis: Any, stage: Stage) -> None:
    """What looks alike is taken for one another."""
    ratio = np.linspace(0.1, 4, 14)
    share = []
    for r in ratio:
        human = stage.comparing(confusion=2.0 / float(r))  # the distance of these pairs is 2
        share.append(first(human.prefer(show(pairs(np.ones(EACH)))).choice).mean())
    fine = np.linspace(0, 4, 100)
    formula(axis, fine, 1 - np.exp(-fine) / 2)
    points(axis, ratio, share)
    label(axis, 1.3, 0.8, "½ + ½·(1 − exp(−d/c))", INK)
    axis.set(
        xlabel="distance d / confusion c", ylabel="P(better)", ylim=(0.47, 1.02), xlim=(0, 4.1)
    )


@drawing
def skip_and_equal(axis: Any, stage: Stage) -> None:
    """Which pairs get which answer."""
    returns = stage.rng.uniform(0, 2, (4000, 2))
    answer = stage.comparing(skip=0.6, equal=0.2).prefer(show(returns)).choice
    late = np.arange(4000) >= 1500
    for choice, colour, words, at in (
        (Choice.FIRST, BLUE, "first", (1.55, 0.45)),
        (Choice.SECOND, ORANGE, "second", (0.45, 1.55)),
        (Choice.EQUAL, INK, "equal", (1.3, 1.3)),
        (Choice.SKIP, GREY, "skipped", (0.3, 0.3)),
    ):
        chosen = late & (answer == choice)
        points(axis, returns[chosen, 0], returns[chosen, 1], colour, 3)
        axis.text(
            *at,
            words,
            color=colour,
            ha="center",
            va="center",
            fontsize=8.5,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            zorder=4,
        )
    axis.set(xlabel="R₁", ylabel="R₂", xlim=(0, 2), ylim=(0, 2))


@drawing
def guessing(axis: Any, stage: Stage) -> None:
    """Answers turn into guesses."""
    n, bins = 24_000, 16
    tau = n / 3
    human = stage.comparing(fatigue=tau, prices=Prices(compare=1.0))
    share = first(human.prefer(show(pairs(np.ones(n)))).choice).reshape(bins, -1).mean(axis=1)
    t = (np.arange(bins) + 0.5) * 3 / bins
    formula(axis, t, 0.5 + 0.5 * np.exp(-t))
    points(axis, t, share)
    label(axis, 0.8, 0.82, "½ + ½·exp(−t/τ)", INK)
    axis.set(xlabel="human time / τ", ylabel="P(better)", ylim=(0.47, 1.02), xlim=(0, 3.1))
