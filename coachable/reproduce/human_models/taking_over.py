"""When and with what hands people take over, measured: gates, hysteresis, reaction, hold, slips."""

from __future__ import annotations

from collections.abc import Iterator

import gymnasium as gym
import numpy as np
from scipy.stats import norm

from coachable.reproduce.human_models.closed_forms import clipped_normal, reaction, run_of
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import (
    Row,
    counts,
    exact,
    fits,
    lasting,
    mean,
    share,
    variance,
)
from coachable.reproduce.human_models.stage import (
    DT,
    KEYS,
    Stage,
    needs,
    still,
    take_over,
    waits,
)
from teaching import Oracle

MODELS: dict[str, Model] = {}
model = collect(MODELS, "intervening")

STEPS = 125
"""That many in a world: the numbers of one block are drawn whole."""


@model(
    "gate_distance",
    "gate threshold weights",
    "SafeDAgger (Zhang and Cho 2017), HG-DAgger (Kelly et al. 2019)",
)
def gate_distance(stage: Stage) -> Iterator[Row]:
    """takes over where max_i w_i·|a_i − a*_i| > θ; of proposals uniform on [−1, 1] about a* = 0
    that is 1 − Π_i min(1, θ/w_i), and of k keys at random 1 − 1/k."""
    n, threshold = stage.worlds(STEPS), 0.3
    line = stage.rng.uniform(-1, 1, (STEPS, n, 1)).astype(np.float32)
    seen = take_over(stage.intervening(n, threshold=threshold), line)
    yield share("takeovers, θ = 0.3", seen.mask, 1 - threshold)
    space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
    oracle = Oracle(action=lambda obs: np.zeros((len(obs), 2), np.float32))
    human = stage.intervening(n, space, oracle, threshold=threshold, weights=[1.0, 0.5])
    plane = stage.rng.uniform(-1, 1, (STEPS, n, 2)).astype(np.float32)
    # The second dimension counts half: it is let go as far as θ/0.5.
    yield share(
        "two dimensions, w = (1, 0.5)",
        take_over(human, plane).mask,
        1 - threshold * threshold / 0.5,
    )
    keys = stage.rng.integers(0, 4, (STEPS, n))
    yield share("four keys", take_over(stage.intervening(n, KEYS), keys).mask, 1 - 1 / 4)
    seen = take_over(stage.intervening(n, gate="always"), line)
    yield exact("gate: always", 1.0, seen.mask.mean(), seen.mask.size)


@model(
    "gate_likelihood",
    "gate threshold",
    "EGPO (Peng et al. 2021), PVP4Real (Peng et al. 2025)",
)
def gate_likelihood(stage: Stage) -> Iterator[Row]:
    """takes over where π*(a)/π*(a*) < θ; under a normal expert with σ that is |a − a*| > σ·√(−2 ln
    θ); of keys drawn from π* it is Σ_a π*(a)·[π*(a) < θ]."""
    n, sigma, threshold = stage.worlds(STEPS), 0.3, 0.2
    bell = Oracle(action=still, log_prob=lambda obs, a: -((a[:, 0] / sigma) ** 2) / 2 + 7.0)
    human = stage.intervening(n, oracle=bell, gate="likelihood", threshold=threshold)
    line = stage.rng.uniform(-1, 1, (STEPS, n, 1)).astype(np.float32)
    yield share(
        "a normal expert", take_over(human, line).mask, 1 - sigma * np.sqrt(-2 * np.log(threshold))
    )
    probs = np.array([0.6, 0.25, 0.1, 0.05])
    keys = Oracle(
        action=lambda obs: np.zeros(len(obs), np.int64),
        log_prob=lambda obs, a: np.log(probs)[a],
    )
    human = stage.intervening(n, KEYS, keys, gate="likelihood", threshold=threshold)
    drawn = stage.rng.choice(4, (STEPS, n), p=probs)
    yield share("an expert of four keys", take_over(human, drawn).mask, 0.1 + 0.05)


def hazardous() -> Oracle:
    """Failures come at the rate that the observation shows, in 1/s: risk 1 − exp(−rate·horizon)."""
    return Oracle(action=still, risk=lambda obs, action, horizon: -np.expm1(-obs[:, 0] * horizon))


@model(
    "gate_risk",
    "gate threshold horizon check_every",
    "PPL (Cai et al. 2025)",
)
def gate_risk(stage: Stage) -> Iterator[Row]:
    """takes over where the risk of failing within h seconds is above θ, as judged at the last
    look; if failures come at a rate λ ~ Exp(1), P(1 − e^{−λh} > θ) = (1 − θ)^{1/h}."""
    looks, every, threshold, horizon = STEPS // 5, 5, 0.5, 2.0
    n = stage.worlds(looks)
    human = stage.intervening(
        n,
        oracle=hazardous(),
        gate="risk",
        threshold=threshold,
        horizon=horizon,
        check_every=every * DT,
    )
    rate = stage.rng.exponential(size=(STEPS, n, 1))
    mask = take_over(human, np.zeros((STEPS, n, 1), np.float32), rate).mask
    mask = mask.reshape(looks, every, n)
    yield share("takeovers, θ = 0.5, h = 2 s", mask[:, 0], (1 - threshold) ** (1 / horizon))
    changed = (mask[:, 1:] != mask[:, :1]).sum()
    yield exact("changes of mind between looks", 0, changed, mask[:, 1:].size)


@model(
    "hysteresis",
    "release quiet",
    "after ThriftyDAgger (Hoque et al. 2021)",
)
def hysteresis(stage: Stage) -> Iterator[Row]:
    """a need opens at a score > θ and closes after m + 1 scores ≤ release·θ in a row, m being
    `quiet` in steps; of scores with P(≤ release·θ) = c it lasts (1 − c^{m+1}) / ((1 −
    c)·c^{m+1}) steps."""
    threshold, release, quiet, each = 0.8, 0.75, 2, 100
    calm, closing = threshold * release, quiet + 1
    expected, spread = run_of(calm, closing)
    n = stage.worlds(each)
    human = stage.intervening(n, threshold=threshold, release=release, quiet=quiet * DT)
    # A fixed number of needs in each world, not a fixed time, which would favour short ones.
    steps = int(1.5 * each * (expected + 1 / (1 - threshold)))
    score = stage.rng.random((steps, n, 1)).astype(np.float32)
    mask = take_over(human, score).mask
    needed, lengths = np.cumsum(mask[1:] & ~mask[:-1], axis=0), list[np.ndarray]()
    for world in range(n):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], mask[:, world].view(np.int8), [0]])))
        lengths.append((edges[1::2] - edges[::2])[:each])
    assert needed[-1].min() > each
    yield mean("length of a need, steps", np.concatenate(lengths), expected, spread)


@model(
    "reaction",
    "delay delay_form",
    "uniform: HIPPO Gym (Taylor et al. 2021); gamma: TAMER (Knox and Stone 2009)",
)
def reaction_times(stage: Stage) -> Iterator[Row]:
    """P(k steps) = F((k + ½)dt) − F((k − ½)dt), F being that of the mean alone, of Uniform(0.4,
    1.6)·mean or of Gamma(2, mean/2)."""
    for form, delay, dt, steps in (
        ("fixed", 0.34, 0.1, 6),
        ("uniform", 0.5, 0.1, 10),
        ("gamma", 0.56, 0.28, 25),
    ):
        episodes = max(1, 250 // (2 * steps))
        n = stage.worlds(episodes)
        human = stage.intervening(n, delay=delay, delay_form=form)
        episode = np.repeat([True, False], steps)  # help is needed in the first half
        need = np.tile(episode[:, None], (episodes, n))
        mask = take_over(human, needs(need), every=2 * steps, dt=dt).mask
        mask = mask.reshape(episodes, 2, steps, n)
        pmf = reaction(form, delay, dt, steps)
        for half, what in ((mask[:, 0], "taking over"), (~mask[:, 1], "letting go")):
            wait = waits(half.reshape(-1, n), steps)
            what = f"{form}, {what}"
            if form == "fixed":
                yield exact(f"{what}, s", 0.3, wait.mean() * dt, wait.size)
            else:
                yield from lasting(what, wait, pmf, dt)


@model(
    "hold",
    "hold",
)
def hold(stage: Stage) -> Iterator[Row]:
    """lets go no sooner than H = `hold`/dt steps: of needs that are there with probability p at
    each step, control lasts H + k steps with probability p^k·(1 − p)."""
    held, p, steps = 3, 0.6, 25
    episodes = STEPS // steps
    n = stage.worlds(episodes)
    need = stage.rng.random((episodes, steps, n)) < p
    need[:, 0] = True
    human = stage.intervening(n, hold=held * DT)
    mask = take_over(human, needs(need.reshape(-1, n)), every=steps).mask
    k = np.arange(steps)
    pmf = np.where(k >= held, p ** np.maximum(k - held, 0.0) * (1 - p), 0.0)
    pmf = np.append(pmf, 1 - pmf.sum())
    yield from lasting("time in control, s", waits(~mask, steps), pmf, DT)
    need[:] = np.arange(steps)[:, None] == 0
    mask = take_over(human, needs(need.reshape(-1, n)), every=steps).mask
    yield exact("a need of one step, s", held * DT, waits(~mask, steps).mean() * DT, episodes * n)


@model(
    "action_noise",
    "action_noise",
    "DART (Laskey et al. 2017); keys: ours",
)
def action_noise(stage: Stage) -> Iterator[Row]:
    """a = clip(a* + half-range·σz), z normal and fresh at each step; of k keys another one with
    probability ε, each of them with ε/(k − 1)."""
    n, sigma = stage.worlds(STEPS), 0.5
    human = stage.intervening(n, gate="always", action_noise=sigma)
    action = take_over(human, np.zeros((STEPS, n, 1), np.float32)).value[..., 0]
    second, fourth = clipped_normal(sigma, 1.0)
    yield mean("a − a*, mean", action, 0.0, second)
    yield variance("a − a*, variance", action, 0.0, second, fourth)
    yield share("at a stop, 2Φ(−1/σ)", np.abs(action) >= 1, 2 * norm.sf(1 / sigma))
    inner, edge = action[np.abs(action) < 1], norm.cdf(-1 / sigma)
    yield fits(
        "between the stops, KS", inner, lambda a: (norm.cdf(a / sigma) - edge) / (1 - 2 * edge)
    )
    # Of independent numbers, products of neighbours have the mean 0 and the variance of squares.
    yield mean("next to one another, covariance", action[1:] * action[:-1], 0.0, second**2)
    epsilon = 0.3
    human = stage.intervening(n, KEYS, gate="always", action_noise=epsilon)
    key = take_over(human, np.zeros((STEPS, n), np.int64)).value
    yield share("another key, ε = 0.3", key != 0, epsilon)
    yield counts("which key, χ²", np.bincount(key[key != 0], minlength=4)[1:], np.full(3, 1 / 3))


@model(
    "inconsistency",
    "inconsistency",
)
def inconsistency(stage: Stage) -> Iterator[Row]:
    """each takeover has an offset σz of its own, and a limit θ·e^{σz}: takes over at a score s
    with probability Φ(ln(s/θ)/σ); of keys, opens with another one with probability σ."""
    sigma, length = 0.25, 5
    episodes = STEPS // length
    n = stage.worlds(episodes)
    human = stage.intervening(n, gate="always", inconsistency=sigma)
    action = take_over(human, np.zeros((STEPS, n, 1), np.float32), every=length).value
    style = action.reshape(episodes, length, n)
    second, fourth = clipped_normal(sigma, 1.0)
    yield variance("offset, variance over takeovers", style[:, 0], 0.0, second, fourth)
    yield exact("offset, largest change within one", 0, np.ptp(style, axis=1).max(), style.size)
    for score in (0.4, 0.6):
        human = stage.intervening(n, threshold=0.5, inconsistency=sigma)
        proposal = np.full((STEPS, n, 1), score, np.float32)
        mask = take_over(human, proposal, every=length).mask[::length]
        yield share(
            f"takeovers at a score of {score}, θ = 0.5", mask, norm.cdf(np.log(score / 0.5) / sigma)
        )
    human = stage.intervening(n, KEYS, gate="always", inconsistency=sigma)
    key = take_over(human, np.zeros((STEPS, n), np.int64), every=length).value
    key = key.reshape(episodes, length, n)
    yield share("takeovers that open with a detour", key[:, 0] != 0, sigma)
    yield exact("detours later on", 0, (key[:, 1:] != 0).sum(), key[:, 1:].size)
