"""Errors of watching and judging in company: the rate of the whole, from those of its parts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import norm, truncnorm

from coachable.reproduce.human_models.attention import TIMELESS, wearing_off
from coachable.reproduce.human_models.closed_forms import (
    clipped_normal,
    mean_of_correlated,
    reaction,
    said_in_the_end,
    staying,
)
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import (
    Row,
    counts,
    exact,
    lasting,
    mean,
    share,
    variance,
)
from coachable.reproduce.human_models.saying import goods
from coachable.reproduce.human_models.stage import DT, PI, Stage, judge, needs, take_over, waits

MODELS: dict[str, Model] = {}
model = collect(MODELS)

STEPS = 125


@model(
    "lapse + delay",
    "intervening.lapse_rate intervening.lapse_duration intervening.delay",
)
def lapse_and_delay(stage: Stage) -> Iterator[Row]:
    """the waits add up: P(k) = Σ_j λ^j·(1 − λ)·P_delay(k − j·m), m being `lapse_duration` in
    steps."""
    rate, pause, steps = 0.25, 3, 41
    n = stage.worlds(3)
    human = stage.intervening(
        n, lapse_rate=rate, lapse_duration=pause * DT, delay=0.5, delay_form="uniform"
    )
    wait = waits(take_over(human, needs(np.ones((3 * steps, n))), every=steps).mask, steps)
    looks = np.arange(steps // pause)
    missed = np.zeros(steps)
    missed[looks * pause] = rate**looks * (1 - rate)
    pmf = np.convolve(missed, reaction("uniform", 0.5, DT, 12))[: steps + 1]
    yield from lasting("from need to takeover, s", wait, pmf / pmf.sum(), DT)


@model(
    "fatigue + lapse",
    "intervening.fatigue intervening.lapse_rate",
)
def fatigue_and_lapse(stage: Stage) -> Iterator[Row]:
    """(1 − λ)·e^{−t/τ}."""
    n, rate, tau = stage.worlds(STEPS), 0.3, 2 * STEPS * DT / 2.5
    need = np.tile([[True], [False]], (STEPS, n))
    human = stage.intervening(n, lapse_rate=rate, fatigue=tau, prices=TIMELESS)
    mask = take_over(human, needs(need)).mask[::2]
    yield from wearing_off((np.arange(0, 2 * STEPS, 2) * DT)[:, None], mask, tau, 1 - rate)


@model(
    "watch share + lapse",
    "intervening.watch_share intervening.lapse_rate",
)
def watching_and_lapse(stage: Stage) -> Iterator[Row]:
    """noticed at once with probability s·(1 − λ)."""
    part, rate = 0.6, 0.3
    # The needs lie 25 s apart and spells last 1 s: e^{−62} of one look is left at the next.
    n = stage.worlds(STEPS // 5)
    need = np.tile((np.arange(5) == 4)[:, None], (STEPS // 5, n))
    human = stage.intervening(n, watch_share=part, watch_spell=1.0, lapse_rate=rate)
    mask = take_over(human, needs(need), dt=5.0).mask[4::5]
    yield share("noticed at once", mask, part * (1 - rate))


@model(
    "inconsistency + lapse + delay",
    "intervening.inconsistency intervening.lapse_rate intervening.delay",
)
def limit_and_lapse(stage: Stage) -> Iterator[Row]:
    """Φ(ln(s/θ)/σ)·(1 − λ), and so many steps later."""
    sigma, rate, late, length = 0.3, 0.2, 2, 5
    n = stage.worlds(STEPS // length)
    human = stage.intervening(
        n, inconsistency=sigma, lapse_rate=rate, lapse_duration=np.inf, delay=late * DT
    )
    mask = take_over(human, np.full((STEPS, n, 1), 0.6, np.float32), every=length).mask
    mask = mask.reshape(-1, length, n)
    yield share("in control at last", mask[:, -1], norm.cdf(np.log(0.6 / 0.5) / sigma) * (1 - rate))
    yield exact("in control sooner than the delay", 0, mask[:, :late].sum(), mask[:, :late].size)


@model(
    "action noise + inconsistency",
    "intervening.action_noise intervening.inconsistency",
)
def noise_and_style(stage: Stage) -> Iterator[Row]:
    """variances add up, then the stops cut off: clip(√(σ² + ς²)·z); at two steps of one takeover
    the covariance is ς²."""
    noise, style, length = 0.15, 0.2, 2
    n = stage.worlds(60)
    human = stage.intervening(n, gate="always", action_noise=noise, inconsistency=style)
    action = take_over(human, np.zeros((120, n, 1), np.float32), every=length).value
    action = action.reshape(60, length, n)
    total = noise**2 + style**2
    second, fourth = clipped_normal(np.sqrt(total), 1.0)
    yield variance("a − a*, variance", action[:, 0], 0.0, second, fourth)
    # Of normal numbers x, y of variance v and covariance c, xy has the variance v² + c²; a stop
    # that is four deviations away changes neither in the digits shown.
    product = action[:, 0].astype(float) * action[:, 1]
    yield mean("two steps of a takeover, covariance", product, style**2, total**2 + style**4)


@model(
    "false alarm + hold",
    "intervening.false_alarm_rate intervening.hold",
)
def alarm_and_hold(stage: Stage) -> Iterator[Row]:
    """an alarm keeps the controls for H steps: the share in control follows c_t = Σ_{k<H} a_{t−k}
    with starts a_t = q·(1 − c_{t−1}), q = 1 − e^{−rate·dt}."""
    rate, held, length = 1.5, 4, 25
    episodes = STEPS // length
    n = stage.worlds(episodes)
    human = stage.intervening(n, false_alarm_rate=rate, hold=held * DT)
    mask = take_over(human, needs(np.zeros((STEPS, n))), every=length).mask
    chance, starts, control = -np.expm1(-rate * DT), np.zeros(length), np.zeros(length)
    for t in range(length):
        # Letting go takes the step after the last one held, on which nothing is watched out for.
        busy = starts[max(0, t - held) : t].sum()
        starts[t] = chance * (1 - busy)
        control[t] = starts[max(0, t - held + 1) : t + 1].sum()
    for t in (5, 24):
        yield share(f"in control at step {t}", mask[t::length], control[t])


@model(
    "delay + silence",
    "evaluating.delay evaluating.silence",
)
def delay_and_silence(stage: Stage) -> Iterator[Row]:
    """of two words that fall on one step the later judgement wins: with q = 1 − s, the share q·Σ_d
    P(d)·Π_{j<d} (1 − q·P(j)) of the judgements is said."""
    chance, longest = 0.3, 8
    # Judgements stand in each other's way over the longest delay; those further apart do not.
    steps = STEPS
    n = stage.worlds((steps - longest) // (longest + 1))
    human = stage.evaluating(n, delay=0.5, delay_form="uniform", silence=chance)
    seen = judge(human, np.ones((steps, n)))
    assert seen.about is not None
    said = np.zeros((steps, n), bool)
    when, world = np.nonzero(seen.mask)
    said[seen.about[when, world], world] = True
    law = reaction("uniform", 0.5, DT, 10)
    apart = said[: steps - longest : longest + 1][:-1]
    yield share("judgements said, s = 0.3", apart, said_in_the_end(law, 1 - chance))


@model(
    "delay + the end of an episode",
    "evaluating.delay",
)
def delay_and_end(stage: Stage) -> Iterator[Row]:
    """what is on its way dies with its episode: of L judgements the first L − d are said."""
    length, late = 10, 3
    n = stage.worlds(STEPS)
    seen = judge(stage.evaluating(n, delay=late * DT), np.ones((120, n)), every=length)
    yield exact("judgements said", (length - late) / length, seen.mask.mean(), seen.mask.size)


@model(
    "silence + positive bias",
    "evaluating.silence evaluating.spare_blame evaluating.praise_neutral",
)
def silence_and_kindness(stage: Stage) -> Iterator[Row]:
    """praise of what is right 1 − s, of what is neutral κ·(1 − s); blame (1 − k)·(1 − s)."""
    n, chance, spare, kind = stage.worlds(STEPS), 0.3, 0.25, 0.4
    reward = goods(stage, n)
    human = stage.evaluating(n, silence=chance, spare_blame=spare, praise_neutral=kind)
    value = judge(human, reward).value
    yield share("praise of what is right", value[reward > 0] > 0, 1 - chance)
    yield share("praise of what is neutral", value[reward == 0] > 0, kind * (1 - chance))
    yield share("blame of what is wrong", value[reward < 0] < 0, (1 - spare) * (1 - chance))


@model(
    "mistakes + kindness + silence about wrong",
    "evaluating.mistakes evaluating.spare_blame evaluating.silence evaluating.silence_about",
)
def mistakes_and_the_rest(stage: Stage) -> Iterator[Row]:
    """each error acts on what the one before left: of what is right, ε·(1 − k)·(1 − s) is blamed
    and 1 − ε praised; of what is wrong, (1 − ε)·(1 − k)·(1 − s) is blamed and ε praised."""
    n, epsilon, spare, chance = stage.worlds(STEPS), 0.15, 0.25, 0.3
    human = stage.evaluating(
        n, mistakes=epsilon, spare_blame=spare, silence=chance, silence_about="wrong"
    )
    reward = np.tile([[1.0], [-1.0]], (STEPS, n))
    value = judge(human, reward).value
    for what, wrong, side in (("right", epsilon, value[::2]), ("wrong", 1 - epsilon, value[1::2])):
        blame = wrong * (1 - spare) * (1 - chance)
        masses = [blame, 1 - blame - (1 - wrong), 1 - wrong]
        tally = np.bincount((side + 1).astype(int).ravel(), minlength=3)
        yield counts(f"blame, silence, praise of what is {what}, χ²", tally, np.array(masses))
        yield share(f"blame of what is {what}", side < 0, blame)


@model(
    "fatigue + silence",
    "evaluating.fatigue evaluating.silence",
)
def fatigue_and_silence(stage: Stage) -> Iterator[Row]:
    """said with probability (1 − s)·e^{−t/τ}."""
    n, chance, tau = stage.worlds(STEPS), 0.3, STEPS * DT / 2.5
    human = stage.evaluating(n, fatigue=tau, silence=chance, prices=TIMELESS)
    mask = judge(human, np.ones((STEPS, n))).mask
    yield from wearing_off((np.arange(STEPS) * DT)[:, None], mask, tau, 1 - chance)


@model(
    "watch share + silence",
    "evaluating.watch_share evaluating.silence",
)
def watching_and_silence(stage: Stage) -> Iterator[Row]:
    """said with probability w·(1 − s)."""
    part, spell, chance = 0.7, 0.5, 0.4
    n = stage.worlds(STEPS / 5)
    human = stage.evaluating(n, watch_share=part, watch_spell=spell, silence=chance)
    mask = judge(human, np.ones((STEPS, n))).mask
    # Said is watched, correlated from step to step, times a coin, which is not.
    rho = (staying(part, spell, DT) - part) / (1 - part)
    coin = part * (1 - chance) * chance / STEPS
    eyes = (1 - chance) ** 2 * mean_of_correlated(part * (1 - part), rho, STEPS)
    yield mean("judgements said", mask.mean(axis=0), part * (1 - chance), coin + eyes)


@model(
    "diminishing + mistakes + silence",
    "evaluating.form evaluating.mistakes evaluating.silence",
)
def diminishing_and_mistakes(stage: Stage) -> Iterator[Row]:
    """praise of an optimal action (1 − π(a|s))·(1 − ε)·(1 − s)."""
    n, epsilon, chance = stage.worlds(STEPS), 0.1, 0.2
    human = stage.evaluating(n, form="diminishing", mistakes=epsilon, silence=chance)
    value = judge(human, action=np.ones((STEPS, n), np.int64)).value
    spoken = (1 - PI[1]) * (1 - chance)
    yield share("praise", value > 0, spoken * (1 - epsilon))
    yield share("blame", value < 0, spoken * epsilon)


@model(
    "rating noise + mistakes",
    "evaluating.rating_noise evaluating.mistakes evaluating.scale",
)
def noise_and_mistakes(stage: Stage) -> Iterator[Row]:
    """the mirror image with probability ε: P(k) = (1 − ε)·P_noise(k) + ε·P_noise(−k)."""
    n, level, epsilon, levels = stage.worlds(STEPS), 0.4, 0.2, 2
    human = stage.evaluating(
        n, scale="graded", levels=levels, rating_noise=level, mistakes=epsilon, say_neutral=True
    )
    value = judge(human, np.ones((STEPS, n))).value
    sigma = level * (2 * levels + 1) / 4
    law = truncnorm(-2, min(2, 1 / sigma), loc=1, scale=sigma)
    noisy = np.diff(law.cdf([-np.inf, -1.5, -0.5, 0.5, 1.5, np.inf]))
    masses = (1 - epsilon) * noisy + epsilon * noisy[::-1]
    tally = np.bincount((value + levels).astype(int).ravel(), minlength=5)
    yield counts("the five points, χ²", tally, masses)
    yield share("praise", value > 0, masses[3:].sum())
