"""Pictures of people who praise and blame: what is ideal, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import norm, truncnorm

from coachable.reproduce.human_models.palette import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    formula,
    label,
    points,
)
from coachable.reproduce.human_models.stage import DT, PI, Stage, judge
from teaching import Prices

DRAWINGS: dict[str, Callable[[Any, Stage], None]] = {}
STEPS = 60


def drawing(draw: Callable[[Any, Stage], None]) -> Callable[[Any, Stage], None]:
    """Enter a drawing under its name."""
    DRAWINGS[draw.__name__] = draw
    return draw


def ideal(steps: int = STEPS) -> np.ndarray:
    """[steps] what there is to say of a learner that is now better and now worse."""
    t = np.arange(steps)
    return np.rint(2.2 * np.sin(2 * np.pi * t / 30) * np.cos(2 * np.pi * t / 97))


def signal(axis: Any, stage: Stage, words: str, at: tuple[float, float], **settings: Any) -> None:
    """The ideal critic's ratings as a line, and what this one says: a dot a word."""
    right = ideal()
    human = stage.evaluating(1, scale="graded", levels=2, **settings)
    seen = judge(human, right[:, None])
    said, value = seen.mask[:, 0], seen.value[:, 0]
    t = np.arange(STEPS) * DT
    axis.step(t, right, where="mid", color=INK, linewidth=1.1)
    wrong = said & (value != right)
    points(axis, t[said & ~wrong], value[said & ~wrong])
    points(axis, t[wrong], value[wrong], ORANGE, 24)
    label(axis, *at, words, BLUE if not wrong.any() else ORANGE)
    axis.set(xlabel="s", ylabel="rating", ylim=(-2.7, 2.9), xlim=(-0.1, STEPS * DT))
    axis.set_yticks([-2, -1, 0, 1, 2])


@drawing
def forms(axis: Any, stage: Stage) -> None:
    """Five forms on the same four actions."""
    names = ["task", "action", "improvement", "advantage", "diminishing"]
    reward = np.array([0.3, -0.2, 0.0, -1.0])
    table = np.zeros((len(names), 4))
    for row, form in enumerate(names):
        human = stage.evaluating(4000, form=form, scale="continuous", say_neutral=True)
        key = np.repeat(np.arange(4), 1000)[None]
        table[row] = judge(human, reward[key], key).value.reshape(4, 1000).mean(axis=1)
    axis.imshow(np.clip(table, -1, 1), cmap="RdBu", vmin=-2.2, vmax=2.2, aspect="auto")
    for (row, column), value in np.ndenumerate(table):
        text = f"{value:+.1f}".replace("-", "−") if abs(value) > 0.04 else "0"
        axis.text(column, row, text, ha="center", va="center", fontsize=8.5, color=INK)
    axis.set_yticks(range(len(names)), names)
    actions = ["best", "best too", "a little worse", "bad"]
    axis.set_xticks(range(4), [f"{a}\nπ = {p:g}" for a, p in zip(actions, PI, strict=True)])
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


@drawing
def diminishing(axis: Any, stage: Stage) -> None:
    """Praise against how often the learner does it."""
    chance = np.linspace(0, 1, 11)
    human, key = stage.evaluating(1500, form="diminishing"), np.zeros((1, 1500), np.int64)
    said = [judge(human, action=key, probs=_policy(p)).mask.mean() for p in chance]
    formula(axis, chance, 1 - chance)
    points(axis, chance, said)
    label(axis, 0.42, 0.68, "1 − π(a|s)", INK)
    label(axis, 0.18, 0.6, "praised", BLUE, align="right")
    axis.set(xlabel="π(a|s) of an optimal action", ylabel="share", ylim=(-0.03, 1.03))


def _policy(p: float) -> np.ndarray:
    return np.array([p, 1 - p, 0.0, 0.0])


@drawing
def mixture(axis: Any, stage: Stage) -> None:
    """A form an episode."""
    length, episodes = 12, 6
    human = stage.evaluating(
        1,
        mixture={"action": 1.0, "task": 1.0, "advantage": 1.0},
        mixture_per="episode",
        scale="continuous",
    )
    t = np.arange(length * episodes)
    reward = 0.45 + 0.12 * np.sin(0.9 * t)
    value = judge(human, reward[:, None], every=length).value[:, 0]
    for k in range(1, episodes):
        axis.axvline(k * length - 0.5, color=GREY, linewidth=0.7)
    form = np.abs(value[:, None] - np.stack([np.ones_like(t), reward, 0.1 + 0 * t], 1)).argmin(1)
    for k, (name, colour) in enumerate((("action", BLUE), ("task", ORANGE), ("advantage", INK))):
        points(axis, t[form == k], value[form == k], colour, 12)
        if (form == k).any():
            x = t[form == k][0]
            label(axis, x, value[form == k][:length].max() + 0.12, name, colour)
    axis.set(xlabel="step; a form an episode", ylabel="what is said", ylim=(0, 1.25))


@drawing
def dead_zone(axis: Any, stage: Stage) -> None:
    """What passes for the same."""
    from coachable.reproduce.human_models.judging import valued

    merit = np.linspace(-1, 1, 81)
    human = stage.evaluating(
        81, oracle=valued(), form="improvement", dead_zone=0.4, say_neutral=True
    )
    other = np.array([0.0, 1.0, 0.0, 0.0])
    value = judge(human, merit[None], probs=other).value[0]
    axis.axvspan(-0.4, 0.4, color="#eeeeee", linewidth=0, zorder=0)
    axis.plot([-1, 0, 0, 1], [-1, -1, 1, 1], color=INK, linewidth=1, linestyle=(0, (4, 3)))
    points(axis, merit, value, BLUE, 9)
    label(axis, -0.38, 0.2, "passes for 0", BLUE)
    label(axis, -0.05, 0.82, "without a dead zone", INK, align="right")
    axis.set(xlabel="advantage A", ylabel="judgement", yticks=[-1, 0, 1])


@drawing
def scale(axis: Any, stage: Stage) -> None:
    """A judgement on three scales."""
    thought = np.linspace(-3, 3, 301)
    people: dict[str, tuple[dict[str, Any], str]] = {
        "sign": ({"scale": "sign"}, GREY),
        "graded, 2 levels": ({"scale": "graded", "levels": 2}, BLUE),
        "continuous, clip 1.5": ({"scale": "continuous", "clip": 1.5}, ORANGE),
    }
    for (name, (settings, colour)), at in zip(
        people.items(), ((-2.9, -0.75), (1.7, 2.25), (2.1, 1.28)), strict=True
    ):
        human = stage.evaluating(len(thought), say_neutral=True, **settings)
        axis.plot(thought, judge(human, thought[None]).value[0], color=colour, linewidth=1.8)
        label(axis, *at, name, colour)
    axis.set(xlabel="judgement", ylabel="rating", ylim=(-2.4, 2.6), xlim=(-3, 3.6))


@drawing
def strictness(axis: Any, stage: Stage) -> None:
    """Praise against the height of the bar."""
    bar, n = np.linspace(-2, 2, 17), 1500
    share = []
    for b in bar:
        human = stage.evaluating(n, strictness=float(b))
        share.append((judge(human, stage.rng.normal(size=(1, n))).value > 0).mean())
    formula(axis, bar, norm.cdf(-bar))
    points(axis, bar, share)
    label(axis, 0.15, 0.6, "Φ(−b)", INK)
    label(axis, -1.95, 0.78, "lenient", BLUE)
    label(axis, 1.95, 0.22, "strict", BLUE, align="right")
    axis.set(xlabel="strictness b", ylabel="share praised", ylim=(0, 1.03))


@drawing
def bar_moves(axis: Any, stage: Stage) -> None:
    """Bars that rise and wander."""
    steps, n, drift, wander = 60, 6, 0.5, 0.4
    human = stage.evaluating(
        n,
        drift=drift,
        wander=wander,
        scale="continuous",
        say_neutral=True,
        prices=Prices(judge=0.0),
    )
    height = -judge(human, np.zeros((steps, n)), dt=5.0).value
    t = np.arange(steps) / 12
    spread = wander * np.sqrt(t)
    axis.fill_between(t, drift * t - 2 * spread, drift * t + 2 * spread, color="#eeeeee", lw=0)
    axis.plot(t, height, color=BLUE, linewidth=1)
    formula(axis, t, drift * t)
    label(axis, 0.1, 3.4, "drift·t ± 2·wander·√t", INK)
    label(axis, 0.1, 2.8, "six worlds", BLUE)
    axis.set(xlabel="min of human time", ylabel="height of the bar", xlim=(0, 5))


@drawing
def rating_noise(axis: Any, stage: Stage) -> None:
    """Two ratings, and what is said."""
    n, level, clip = 20_000, 0.4, 2.0
    sigma = level * 2 * clip / 4
    for rating, colour in ((0.0, BLUE), (2.0, ORANGE)):
        human = stage.evaluating(
            n, scale="continuous", clip=clip, rating_noise=level, say_neutral=True
        )
        value = judge(human, np.full((1, n), rating)).value[0]
        top = min(2, (clip - rating) / sigma)
        axis.hist(value, bins=np.linspace(-1, 2, 61), density=True, color=colour, alpha=0.5)
        x = np.linspace(rating - 2 * sigma, rating + top * sigma, 200)
        formula(axis, x, truncnorm(-2, top, loc=rating, scale=sigma).pdf(x))
    label(axis, -0.95, 0.95, "rating 0", BLUE)
    label(axis, 1.15, 1.7, "rating 2, the end", ORANGE, align="right")
    axis.set(xlabel="what is said", ylabel="density", xlim=(-1.1, 2.1))


@drawing
def mistakes(axis: Any, stage: Stage) -> None:
    """The wrong way round."""
    signal(axis, stage, "the wrong way round, ε = 0.15", (1.9, 2.6), mistakes=0.15)


@drawing
def kindness(axis: Any, stage: Stage) -> None:
    """Blame kept back, praise for nothing."""
    words = "blame kept back (0.5), praise for nothing (0.5)"
    signal(axis, stage, words, (1.7, 2.6), spare_blame=0.5, praise_neutral=0.5)


@drawing
def silence(axis: Any, stage: Stage) -> None:
    """Nothing said about some."""
    words = "a dot a word; silent about what is wrong (0.7)"
    signal(axis, stage, words, (1.7, 2.6), silence=0.7, silence_about="wrong")


@drawing
def falling_silent(axis: Any, stage: Stage) -> None:
    """Fewer and fewer words."""
    words, prices = "a dot a word: fewer and fewer, τ = 2.5 s", Prices(judge=0.0)
    signal(axis, stage, words, (1.7, 2.6), fatigue=2.5, prices=prices)


@drawing
def word_delay(axis: Any, stage: Stage) -> None:
    """Words that come late."""
    right = ideal()
    human = stage.evaluating(1, scale="graded", levels=2, delay=0.56, delay_form="gamma")
    seen = judge(human, right[:, None])
    assert seen.about is not None
    said, value, about = seen.mask[:, 0], seen.value[:, 0], seen.about[:, 0]
    t = np.arange(STEPS) * DT
    axis.step(t, right, where="mid", color=INK, linewidth=1.1)
    for k in np.flatnonzero(said):
        axis.plot([about[k] * DT, t[k]], [value[k]] * 2, color=ORANGE, linewidth=0.7, alpha=0.6)
    points(axis, t[said], value[said], ORANGE, 20)
    label(axis, 1.7, 2.6, "a dot a word, a line to what it is about", ORANGE)
    axis.set(xlabel="s", ylabel="rating", ylim=(-2.7, 2.9), xlim=(-0.1, STEPS * DT))
    axis.set_yticks([-2, -1, 0, 1, 2])
