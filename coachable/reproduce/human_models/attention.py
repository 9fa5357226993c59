"""What people miss, measured: lapses, false alarms, tiredness, and looking away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from coachable.reproduce.human_models.closed_forms import mean_of_correlated, staying
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import (
    Row,
    exact,
    fits_steps,
    lasting,
    mean,
    most_likely,
    recovered,
    share,
)
from coachable.reproduce.human_models.stage import (
    DT,
    Stage,
    geometric,
    judge,
    needs,
    spells,
    take_over,
    waits,
)
from teaching import Prices

MODELS: dict[str, Model] = {}
model = collect(MODELS, "intervening")

STEPS = 125
TIMELESS = Prices(takeover=0.0, judge=0.0)
"""Human time then passes as fast as the task's, whatever the human does."""


@model(
    "lapses",
    "lapse_rate lapse_duration",
)
def lapses(stage: Stage) -> Iterator[Row]:
    """a look misses a need with probability λ, and the next look is `lapse_duration` later:
    noticed at look k with probability λ^k·(1 − λ)."""
    rate, pause, steps = 0.3, 3, 42
    episodes = 3
    n = stage.worlds(episodes)
    human = stage.intervening(n, lapse_rate=rate, lapse_duration=pause * DT)
    need = np.ones((episodes * steps, n), bool)
    wait = waits(take_over(human, needs(need), every=steps).mask, steps)
    looks = np.arange(steps // pause + 1)
    pmf = np.zeros(steps + 1)
    pmf[looks * pause] = rate**looks * (1 - rate)
    yield share("noticed at once", wait == 0, 1 - rate)
    yield from lasting("until it is noticed, s", wait, pmf / pmf.sum(), DT)


@model(
    "false_alarms",
    "false_alarm_rate",
)
def false_alarms(stage: Stage) -> Iterator[Row]:
    """a Poisson process while nothing is wrong: 1 − e^{−rate·dt} at each step."""
    rate, longest = 0.8, 40
    n = stage.worlds(STEPS - longest)
    human = stage.intervening(n, false_alarm_rate=rate)
    mask = take_over(human, needs(np.zeros((STEPS, n)))).mask
    chance = -np.expm1(-rate * DT)
    free = np.concatenate([np.zeros((1, n), bool), mask[:-1]]) == 0
    yield share("of the steps of watching", mask[free], chance)
    yield fits_steps("between two of them, KS", spells(~mask, longest), geometric(chance, longest))
    yield exact("in control at two steps in a row", 0, (mask[1:] & mask[:-1]).sum(), mask.size)


def wearing_off(seconds: np.ndarray, hits: np.ndarray, tau: float, scale: float) -> Iterator[Row]:
    """Rows for chances of scale·exp(−t/τ): at three ages, and τ by maximum likelihood.

    The Fisher information of Bernoulli chances p(τ) is Σ (dp/dτ)² / (p(1 − p)), dp/dτ = p·t/τ².
    """
    seconds = np.broadcast_to(seconds, hits.shape)
    for low, high in ((0.0, 0.25), (0.75, 1.25), (1.75, 2.25)):
        now = (seconds >= low * tau) & (seconds < high * tau)
        yield share(f"at {low} to {high} τ", hits[now], scale * np.exp(-seconds[now] / tau))
    later = seconds > 0
    t, hit = seconds[later], hits[later]
    p = scale * np.exp(-t / tau)
    information = float(((p * t / tau**2) ** 2 / (p * (1 - p))).sum())

    def log_likelihood(guess: float) -> float:
        p = scale * np.exp(-t / guess)
        return float(np.where(hit, np.log(p), np.log1p(-p)).sum())

    estimate = most_likely(log_likelihood, tau / 2, tau * 2)
    yield recovered("τ by maximum likelihood, s", tau, estimate, information, t.size)


@model(
    "tiring",
    "fatigue",
)
def tiring(stage: Stage) -> Iterator[Row]:
    """after t seconds of human time on a world a need is noticed with probability e^{−t/τ}."""
    steps = 2 * STEPS
    n, tau = stage.worlds(STEPS), steps * DT / 2.5
    need = np.tile([[True], [False]], (STEPS, n))  # a need of one step at every other one
    human = stage.intervening(n, fatigue=tau, prices=TIMELESS)
    mask = take_over(human, needs(need)).mask[::2]
    yield from wearing_off((np.arange(0, steps, 2) * DT)[:, None], mask, tau, 1.0)


@model(
    "falling_silent",
    "evaluating.fatigue",
)
def falling_silent(stage: Stage) -> Iterator[Row]:
    """after t seconds of human time on a world a judgement is spoken with probability e^{−t/τ}."""
    n, tau = stage.worlds(STEPS), STEPS * DT / 2.5
    human = stage.evaluating(n, fatigue=tau, prices=TIMELESS)
    mask = judge(human, np.ones((STEPS, n))).mask
    yield from wearing_off((np.arange(STEPS) * DT)[:, None], mask, tau, 1.0)


def watched_rows(
    stage: Stage, seconds: Callable[[int, float, float], np.ndarray], who: str
) -> Iterator[Row]:
    """`seconds` gives human seconds [T, N] of (worlds, share, spell); a step watched costs dt."""
    part, spell, longest = 0.6, 0.8, 60
    n, stays = stage.worlds(STEPS / 5), staying(part, spell, DT)
    eyes = seconds(n, part, spell) > 0
    rho = (stays - part) / (1 - part)
    se = mean_of_correlated(part * (1 - part), rho, len(eyes))
    yield mean(f"{who}, share watched", eyes.mean(axis=0), part, se)
    yield share(f"{who}, watching goes on", eyes[1:][eyes[:-1]], stays)
    yield share(f"{who}, looking away goes on", ~eyes[1:][~eyes[:-1]], 1 - part + part * rho)
    yield fits_steps(f"{who}, spells, KS", spells(eyes, longest), geometric(1 - stays, longest))


@model(
    "spells",
    "watch_share watch_spell evaluating.watch_share evaluating.watch_spell",
)
def watching_in_spells(stage: Stage) -> Iterator[Row]:
    """a two-state Markov process with the share s and the mean spell m: watching goes on with
    probability s + (1 − s)·e^{−Λ·dt}, Λ = 1/(m·(1 − s)), so that spells are geometric."""

    def intervening(n: int, part: float, spell: float) -> np.ndarray:
        human = stage.intervening(n, watch_share=part, watch_spell=spell)
        return take_over(human, needs(np.zeros((STEPS, n)))).seconds

    def evaluating(n: int, part: float, spell: float) -> np.ndarray:
        human = stage.evaluating(n, watch_share=part, watch_spell=spell)
        return judge(human, np.zeros((STEPS, n))).seconds

    yield from watched_rows(stage, intervening, "intervening")
    yield from watched_rows(stage, evaluating, "evaluating")
    n = stage.worlds(STEPS)
    human = stage.evaluating(n, watch_share=0.6, prices=TIMELESS)
    seen = judge(human, np.ones((STEPS, n)))
    amiss = (seen.mask != (seen.seconds > 0)).sum()
    yield exact("judged, but not watched, or the reverse", 0, amiss, seen.mask.size)


@model(
    "turns",
    "watch_one evaluating.watch_one",
    "after Fleet-DAgger (Hoque et al. 2022)",
)
def watching_in_turns(stage: Stage) -> Iterator[Row]:
    """one of N worlds at a time, each for `watch_one` seconds: 1/N of the steps of each."""
    n, turn = 8, 0.3
    steps = round(turn / DT) * n * max(1, int(stage.draws / (n * turn / DT)) // 100)
    hands = take_over(stage.intervening(n, watch_one=turn), needs(np.zeros((steps, n)))).seconds
    words = judge(stage.evaluating(n, watch_one=turn), np.zeros((steps, n))).seconds
    due = np.arange(steps)[:, None] // round(turn / DT) % n == np.arange(n)
    for who, seconds in (("intervening", hands), ("evaluating", words)):
        eyes = seconds > 0
        yield exact(f"{who}, share of the first world", 1 / n, eyes[:, 0].mean(), steps)
        yield exact(f"{who}, steps out of turn", 0, (eyes != due).sum(), eyes.size)
