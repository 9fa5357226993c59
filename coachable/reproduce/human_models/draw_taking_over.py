"""Pictures of people who take over, and of what people miss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from coachable.reproduce.human_models.closed_forms import reaction
from coachable.reproduce.human_models.palette import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    bare,
    bars,
    formula,
    label,
    masses,
    points,
    shade,
    strips,
)
from coachable.reproduce.human_models.stage import (
    DT,
    Stage,
    geometric,
    judge,
    needs,
    spells,
    still,
    take_over,
    waits,
)
from coachable.reproduce.human_models.taking_over import hazardous
from teaching import Oracle, Prices

DRAWINGS: dict[str, Callable[[Any, Stage], None]] = {}
SECONDS = 10.0
STEPS = round(SECONDS / DT)


def drawing(draw: Callable[[Any, Stage], None]) -> Callable[[Any, Stage], None]:
    """Enter a drawing under its name."""
    DRAWINGS[draw.__name__] = draw
    return draw


def wave(stage: Stage, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """[STEPS] how urgent help is: three swells and a ripple."""
    t = np.arange(STEPS) * DT
    swell = np.sin(0.55 * t) * np.sin(1.9 * t) + 0.12 * np.sin(9 * t)
    return low + (high - low) * np.clip((swell + 0.9) / 1.8, 0, 1)


def timeline(axis: Any, score: np.ndarray, mask: np.ndarray, limit: float, what: str) -> None:
    """A score over time, the limit, and control as a shade."""
    t = np.arange(len(score)) * DT
    shade(axis, mask, DT)
    axis.axhline(limit, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    axis.plot(t, score, color=INK, linewidth=1.3)
    label(axis, SECONDS * 1.01, limit, "limit", GREY)
    first = np.flatnonzero(mask)
    if first.size:
        label(axis, first[0] * DT + 0.1, -0.09, "in control", BLUE)
    axis.set(xlabel="s", ylabel=what, xlim=(0, SECONDS), ylim=(-0.18, 1.05))


@drawing
def gate_distance(axis: Any, stage: Stage) -> None:
    """Takes over where the distance is above the limit."""
    score = wave(stage)
    mask = take_over(stage.intervening(1), score[:, None, None].astype(np.float32)).mask[:, 0]
    timeline(axis, score, mask, 0.5, "|a − a*|")


@drawing
def gate_likelihood(axis: Any, stage: Stage) -> None:
    """The expert's relative density, and where it takes over."""
    sigma, threshold, n = 0.3, 0.2, 201
    bell = Oracle(action=still, log_prob=lambda obs, a: -((a[:, 0] / sigma) ** 2) / 2)
    human = stage.intervening(n, oracle=bell, gate="likelihood", threshold=threshold)
    a = np.linspace(-1, 1, n)
    mask = take_over(human, a[None, :, None].astype(np.float32)).mask[0]
    density = np.exp(-((a / sigma) ** 2) / 2)
    formula(axis, a, density)
    axis.axhline(threshold, color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    for side in (a < 0, a > 0):
        here = a[side & mask]
        axis.axvspan(here.min(), here.max(), color="#cfe1f0", linewidth=0, zorder=0)
    label(axis, -0.97, 0.75, "takes over", BLUE)
    label(axis, 0.97, 0.75, "takes over", BLUE, align="right")
    label(axis, 0.0, threshold + 0.07, "θ", GREY, align="center")
    axis.set(xlabel="proposed action a", ylabel="π*(a) / π*(a*)", xlim=(-1, 1), ylim=(0, 1.05))


@drawing
def gate_risk(axis: Any, stage: Stage) -> None:
    """The risk as it is, and as it was at the last look."""
    horizon, every = 2.0, 10
    risk = wave(stage, 0.02, 0.95)
    rate = -np.log1p(-risk) / horizon
    human = stage.intervening(
        1, oracle=hazardous(), gate="risk", horizon=horizon, check_every=every * DT
    )
    mask = take_over(human, np.zeros((STEPS, 1, 1), np.float32), rate[:, None, None]).mask[:, 0]
    timeline(axis, risk, mask, 0.5, "risk within 2 s")
    looks = np.arange(0, STEPS, every)
    points(axis, looks * DT, risk[looks], BLUE, 22)
    label(axis, looks[1] * DT + 0.12, risk[looks[1]] + 0.09, "a look a second", BLUE)


@drawing
def hysteresis(axis: Any, stage: Stage) -> None:
    """Opens at one limit and closes at another."""
    score = wave(stage)
    human = stage.intervening(1, threshold=0.6, release=0.7, quiet=0.4)
    mask = take_over(human, score[:, None, None].astype(np.float32)).mask[:, 0]
    timeline(axis, score, mask, 0.6, "|a − a*|")
    axis.axhline(0.42, color=GREY, linewidth=0.9, linestyle=(0, (1, 2)))
    label(axis, SECONDS * 1.01, 0.42, "release", GREY)


@drawing
def reaction_histogram(axis: Any, stage: Stage) -> None:
    """Two distributions of reaction times."""
    for form, delay, side, colour in (("uniform", 0.5, -1, BLUE), ("gamma", 0.56, 1, ORANGE)):
        steps, n = 60, stage.draws
        human = stage.intervening(n, delay=delay, delay_form=form)
        wait = waits(take_over(human, needs(np.ones((steps, n))), every=steps).mask, steps)
        seen = np.bincount(wait.ravel(), minlength=20)[:20] / n
        x = np.arange(20) * DT + side * 0.02
        axis.bar(x, seen, width=0.038, color=colour, alpha=0.6, linewidth=0)
        masses(axis, x, reaction(form, delay, DT, 20))
    label(axis, 0.85, 0.15, "uniform, mean 0.5 s", BLUE)
    label(axis, 1.05, 0.075, "gamma, mean 0.56 s", ORANGE)
    label(axis, 1.4, 0.03, "– closed form", INK)
    axis.set(xlabel="s from need to control, in steps of 0.1 s", ylabel="share", xlim=(-0.05, 1.9))


DRAWINGS["reaction"] = DRAWINGS.pop("reaction_histogram")


@drawing
def hold(axis: Any, stage: Stage) -> None:
    """Needs of any length, and control that lasts."""
    need = np.zeros(STEPS, bool)
    for first, last in ((8, 10), (30, 34), (36, 38), (43, 45), (65, 82)):
        need[first:last] = True
    human = stage.intervening(1, hold=1.0)
    mask = take_over(human, needs(need[:, None])).mask[:, 0]
    strips(axis, mask, 0, DT, BLUE)
    strips(axis, need, 1, DT, INK)
    bare(axis, ["in control,\nhold = 1 s", "help needed"])
    axis.set(xlabel="s", xlim=(0, SECONDS))


@drawing
def action_noise(axis: Any, stage: Stage) -> None:
    """The expert's action, and what the hands do."""
    t = np.arange(STEPS) * DT
    wanted = 0.8 * np.sin(0.9 * t)
    moving = Oracle(action=lambda obs: obs.astype(np.float32))
    human = stage.intervening(1, oracle=moving, gate="always", action_noise=0.2)
    done = take_over(human, np.zeros((STEPS, 1, 1), np.float32), wanted[:, None, None]).value
    formula(axis, t, wanted)
    points(axis, t, done[:, 0, 0], BLUE, 12)
    label(axis, 3.9, 0.25, "the expert", INK)
    label(axis, 6.0, 0.75, "the hands, σ = 0.2", BLUE, align="right")
    axis.set(xlabel="s", ylabel="action", xlim=(0, SECONDS), ylim=(-1.08, 1.08))


@drawing
def inconsistency(axis: Any, stage: Stage) -> None:
    """Each takeover in a style of its own."""
    t = np.arange(STEPS) * DT
    wanted = 0.6 * np.sin(0.9 * t)
    moving = Oracle(action=lambda obs: obs.astype(np.float32))
    human = stage.intervening(1, oracle=moving, gate="always", inconsistency=0.2)
    proposal = np.zeros((STEPS, 1, 1), np.float32)
    done = take_over(human, proposal, wanted[:, None, None], every=20).value[:, 0, 0]
    formula(axis, t, wanted)
    for k in range(0, STEPS, 20):
        axis.plot(t[k : k + 20], done[k : k + 20], color=BLUE, linewidth=2.2)
    label(axis, 4.1, -0.05, "the expert", INK)
    label(axis, 2.1, 0.92, "five takeovers", BLUE)
    axis.set(xlabel="s", ylabel="action", xlim=(0, SECONDS), ylim=(-1.08, 1.08))


@drawing
def lapses(axis: Any, stage: Stage) -> None:
    """How long a need goes unnoticed."""
    rate, pause, steps, n = 0.4, 5, 30, stage.draws
    human = stage.intervening(n, lapse_rate=rate, lapse_duration=pause * DT)
    wait = waits(take_over(human, needs(np.ones((steps, n))), every=steps).mask, steps)
    looks = np.arange(6)
    bars(axis, looks * pause * DT, [(wait == k * pause).mean() for k in looks], 0.12)
    masses(axis, looks * pause * DT, rate**looks * (1 - rate))
    label(axis, 0.62, 0.27, "missed once: looks again 0.5 s later", BLUE)
    label(axis, 0.1, 0.6, "– λᵏ(1 − λ), λ = 0.4", INK)
    axis.set(xlabel="s until a need is noticed", ylabel="share")


@drawing
def false_alarms(axis: Any, stage: Stage) -> None:
    """Waiting times of a Poisson process."""
    rate, steps, longest = 0.8, 300, 60
    human = stage.intervening(80, false_alarm_rate=rate)
    mask = take_over(human, needs(np.zeros((steps, 80)))).mask
    gap = spells(~mask, longest)
    pmf = geometric(-np.expm1(-rate * DT), longest)
    wide = [slice(1 + 4 * k, 5 + 4 * k) for k in range(12)]
    seen = np.bincount(gap, minlength=longest + 1) / len(gap)
    middle = [(w.start + 1.5) * DT for w in wide]
    bars(axis, middle, [seen[w].sum() for w in wide], 0.36)
    masses(axis, middle, [pmf[w].sum() for w in wide])
    label(axis, 1.6, 0.2, "between two false alarms, 0.8 a second", BLUE)
    label(axis, 1.6, 0.165, "– closed form", INK)
    axis.set(xlabel="s", ylabel="share")


@drawing
def tiring(axis: Any, stage: Stage) -> None:
    """Attention wears off."""
    steps, tau, n = 400, 14.0, 100
    need = np.tile((np.arange(steps) % 2 == 0)[:, None], (1, n))
    human = stage.intervening(n, fatigue=tau, prices=Prices(takeover=0.0))
    mask = take_over(human, needs(need)).mask[::2].reshape(20, -1)
    t = (np.arange(20) + 0.5) * steps * DT / 20
    formula(axis, t / tau, np.exp(-t / tau))
    points(axis, t / tau, mask.mean(axis=1))
    label(axis, 0.7, 0.66, "exp(−t/τ)", INK)
    label(axis, 1.5, 0.35, "needs noticed", BLUE)
    axis.set(xlabel="human time / τ", ylabel="share", ylim=(0, 1.03), xlim=(0, None))


@drawing
def spell_raster(axis: Any, stage: Stage) -> None:
    """Worlds that are watched now and then."""
    steps, n = 300, 5
    human = stage.evaluating(n, watch_share=0.6, watch_spell=3.0)
    eyes = judge(human, np.zeros((steps, n))).seconds > 0
    for world in range(n):
        strips(axis, eyes[:, world], world, DT, BLUE)
    bare(axis, [f"world {k + 1}" for k in range(n)])
    axis.set(xlabel="s, watched for 0.6 of the time in spells of 3 s", xlim=(0, steps * DT))


DRAWINGS["spells"] = DRAWINGS.pop("spell_raster")


@drawing
def turns(axis: Any, stage: Stage) -> None:
    """One world after the other; who steers stays."""
    n, steps = 4, 120
    need = np.zeros((steps, n), bool)
    need[12:35, 1] = True
    seen = take_over(stage.intervening(n, watch_one=1.0), needs(need))
    for world in range(n):
        strips(axis, seen.seconds[:, world] > 0, world, DT, "#cfe1f0")
        strips(axis, seen.mask[:, world], world, DT, BLUE)
    bare(axis, [f"world {k + 1}" for k in range(n)])
    label(axis, 0.1, 0, "watched", BLUE)
    label(axis, 3.7, 1, "steers, and stays", BLUE)
    axis.set(xlabel="s, a second each in turn", xlim=(0, steps * DT))


@drawing
def budgets(axis: Any, stage: Stage) -> None:
    """What is spent, up to the budget."""
    n = 4
    t = np.arange(STEPS) * DT
    need = np.tile((np.sin(2.2 * t) > 0.3)[:, None], (1, n))
    for budget, colour in ((None, GREY), (25.0, BLUE)):
        seen = take_over(stage.intervening(n, budget_seconds=budget), needs(need))
        axis.plot(t, np.cumsum(seen.seconds.sum(axis=1)), color=colour, linewidth=1.8)
    axis.axhline(25, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    label(axis, 0.2, 27.5, "budget", INK)
    label(axis, 9.9, 21.5, "has left", BLUE, align="right")
    label(axis, 7.2, 40, "without a budget", GREY, align="right")
    axis.set(xlabel="s of four worlds", ylabel="human seconds", xlim=(0, SECONDS), ylim=(0, None))


@drawing
def prices(axis: Any, stage: Stage) -> None:
    """What each step of a takeover costs."""
    steps = 30
    need = ((np.arange(steps) >= 8) & (np.arange(steps) < 20))[:, None]
    p = Prices(watch=1.0, steer=2.0, takeover=0.5)
    seen = take_over(stage.intervening(1, prices=p), needs(need))
    colours = [BLUE if m else GREY for m in seen.mask[:, 0]]
    axis.bar(np.arange(steps) * DT, seen.seconds[:, 0], width=0.07, color=colours, linewidth=0)
    label(axis, 0.0, 0.16, "watches", GREY)
    label(axis, 0.92, 0.66, "takes over: 0.5 s more", BLUE)
    label(axis, 1.2, 0.26, "steers", BLUE)
    axis.set(xlabel="s", ylabel="human seconds a step")
