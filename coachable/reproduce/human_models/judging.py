"""What people think of an action, measured: forms, bars, scales and the noise on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import norm, truncnorm

from coachable.reproduce.human_models.attention import TIMELESS
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import (
    Row,
    counts,
    exact,
    fits,
    mean,
    most_likely,
    recovered,
    share,
    variance,
)
from coachable.reproduce.human_models.stage import BOX, PI, Q, Stage, judge, still
from teaching import Oracle

MODELS: dict[str, Model] = {}
model = collect(MODELS, "evaluating")

STEPS = 125
COACH = "COACH (MacGlashan et al. 2017)"


@model(
    "forms",
    "form threshold",
    COACH,
)
def forms(stage: Stage) -> Iterator[Row]:
    """task: r(s, a); action: +1 where Q*(s, a) = max Q*, else −1 (continuous: |a − a*| ≤ θ);
    improvement: sign of A = Q*(s, a) − E_π Q*; advantage: A."""
    n = stage.worlds(STEPS)
    # Keys as the learner draws them: 0 and 1 are optimal and better than E_π Q = 0.9, 2 is neither.
    for form in ("action", "improvement"):
        key = stage.rng.choice(4, (STEPS, n), p=PI)
        praise = judge(stage.evaluating(n, form=form), action=key).value > 0
        yield share(f"{form}: praise", praise, PI[0] + PI[1])
    key, advantage = stage.rng.choice(4, (STEPS, n), p=PI), Q - PI @ Q
    value = judge(stage.evaluating(n, form="advantage", scale="continuous"), action=key).value
    yield mean("advantage, mean under π", value, 0.0, float(PI @ advantage**2))
    gap = np.abs(value - advantage[key]).max()
    yield exact("advantage, largest difference from A", 0, gap, key.size)
    reward = stage.rng.normal(size=(STEPS, n))
    human = stage.evaluating(n, scale="continuous")
    gap = np.abs(judge(human, reward).value - reward.astype(np.float32)).max()
    yield exact("task, largest difference from r", 0, gap, reward.size)
    human = stage.evaluating(n, BOX, Oracle(action=still), form="action", threshold=0.3)
    box = stage.rng.uniform(-1, 1, (STEPS, n, 1)).astype(np.float32)
    yield share("action, continuous, θ = 0.3: praise", judge(human, action=box).value > 0, 0.3)


@model(
    "diminishing",
    "form",
    COACH,
)
def diminishing(stage: Stage) -> Iterator[Row]:
    """praise for an optimal action is left out with probability π(a|s)."""
    n = stage.worlds(STEPS)
    for best in (0, 1):
        human = stage.evaluating(n, form="diminishing")
        seen = judge(human, action=np.full((STEPS, n), best))
        yield share(f"praise where π(a) = {PI[best]}", seen.mask, 1 - PI[best])
    key = stage.rng.choice(4, (STEPS, n), p=PI)
    seen = judge(stage.evaluating(n, form="diminishing"), action=key)
    yield share("praise of actions drawn from π", seen.value > 0, (PI[:2] * (1 - PI[:2])).sum())
    blamed = (seen.value < 0) == (key == 2)
    yield exact("blame where it is due", 1, blamed.mean(), key.size)


MIXED = {"action": 1.0, "task": 2.0, "advantage": 1.0}


@model(
    "mixture",
    "mixture mixture_per",
    "after COACH",
)
def mixture(stage: Stage) -> Iterator[Row]:
    """form i with probability w_i / Σ w, drawn for each signal or for each episode."""
    n, length = stage.worlds(STEPS / 5), 5
    # Of key 0, `action` says 1, `task` 0.3 and `advantage` 0.1.
    marks = np.array([1.0, 0.3, 0.1])
    weights = np.array(list(MIXED.values())) / sum(MIXED.values())
    for per, every in (("signal", None), ("episode", length)):
        human = stage.evaluating(n, mixture=MIXED, mixture_per=per, scale="continuous")
        value = judge(human, np.full((STEPS, n), 0.3), every=every).value
        form = np.abs(value[..., None] - marks).argmin(axis=2)
        if every:
            form = form.reshape(-1, length, n)
            yield exact("changes within an episode", 0, np.ptp(form, axis=1).max(), form.size)
            form = form[:, 0]
        seen = np.bincount(form.ravel(), minlength=3)
        yield counts(f"forms, drawn for each {per}, χ²", seen, weights)
        yield share(f"task, drawn for each {per}", form == 1, weights[1])


def valued() -> Oracle:
    """Key 0 is worth what the observation shows, and all others nothing."""
    return Oracle(
        action=lambda obs: np.zeros(len(obs), np.int64),
        q_values=lambda obs: np.concatenate([obs, np.zeros((len(obs), 3))], axis=1),
    )


@model(
    "dead_zone",
    "dead_zone",
)
def dead_zone(stage: Stage) -> Iterator[Row]:
    """an advantage A with |A| ≤ z passes for 0; of A ~ N(0, 1) that is 2Φ(z) − 1."""
    n, zone = stage.worlds(STEPS), 0.4
    human = stage.evaluating(n, oracle=valued(), form="improvement", dead_zone=zone)
    # The learner takes key 1, so that E_π Q = 0 and the advantage of key 0 is its value.
    merit, other = stage.rng.normal(size=(STEPS, n)), np.array([0.0, 1.0, 0.0, 0.0])
    seen = judge(human, merit, probs=other)
    yield share("neutral, z = 0.4", ~seen.mask, 2 * norm.cdf(zone) - 1)
    yield share("praise", seen.value > 0, norm.sf(zone))


@model(
    "scale",
    "scale levels unit clip say_neutral",
    "after Knox and Stone (2009)",
)
def scale(stage: Stage) -> Iterator[Row]:
    """graded: the whole number next to j/unit, at most `levels`; continuous: j/unit cut off at
    ±clip; of j ~ N(0, 1) the point k has the mass of [(k − ½)·unit, (k + ½)·unit]."""
    n, levels, unit, clip = stage.worlds(STEPS), 2, 0.6, 1.5
    thought = stage.rng.normal(size=(STEPS, n))
    yield share("sign: praise", judge(stage.evaluating(n), thought).value > 0, 0.5)
    human = stage.evaluating(n, scale="graded", levels=levels, unit=unit)
    quiet = judge(human, thought)
    yield share("graded: a rating of 0, left out", ~quiet.mask, 2 * norm.cdf(unit / 2) - 1)
    loud = stage.evaluating(n, scale="graded", levels=levels, unit=unit, say_neutral=True)
    seen = judge(loud, thought)
    yield exact("graded, say_neutral: said", 1, seen.mask.mean(), thought.size)
    edges = np.array([-np.inf, -1.5, -0.5, 0.5, 1.5, np.inf]) * unit
    points = np.bincount((seen.value + levels).astype(int).ravel(), minlength=5)
    yield counts("graded: the five points, χ²", points, np.diff(norm.cdf(edges)))
    human = stage.evaluating(n, scale="continuous", unit=unit, clip=clip)
    value = judge(human, thought).value
    yield share("continuous: at an end", np.abs(value) >= clip, 2 * norm.sf(clip * unit))
    inside, tail = value[np.abs(value) < clip], norm.cdf(-clip * unit)
    yield fits(
        "continuous: between the ends, KS",
        inside,
        lambda x: (norm.cdf(x * unit) - tail) / (1 - 2 * tail),
    )


@model(
    "strictness",
    "strictness",
)
def strictness(stage: Stage) -> Iterator[Row]:
    """praise where the merit reaches the bar b; of merits ~ N(0, 1) that is Φ(−b), and of actions
    uniform on [−1, 1] with the threshold θ it is θ − b."""
    n = stage.worlds(STEPS)
    for bar, who in ((0.5, "strict"), (-0.5, "lenient")):
        human = stage.evaluating(n, strictness=bar)
        praise = judge(human, stage.rng.normal(size=(STEPS, n))).value > 0
        yield share(f"{who}, b = {bar}: praise of rewards", praise, norm.cdf(-bar))
    human = stage.evaluating(n, BOX, Oracle(action=still), form="action", strictness=0.2)
    box = stage.rng.uniform(-1, 1, (STEPS, n, 1)).astype(np.float32)
    yield share("strict, b = 0.2: praise of actions", judge(human, action=box).value > 0, 0.5 - 0.2)


@model(
    "bar_moves",
    "drift wander",
)
def bar_moves(stage: Stage) -> Iterator[Row]:
    """after t minutes the bar is at b + drift·t + wander·W(t), W a Brownian motion."""
    n, drift, wander, dt = stage.worlds(STEPS), 1.0, 0.5, 1.0
    minutes = np.arange(STEPS)[:, None] * dt / 60
    human = stage.evaluating(n, drift=drift, prices=TIMELESS)
    praise = judge(human, stage.rng.normal(size=(STEPS, n)), dt=dt).value > 0
    for low, high in ((0, 0.25), (0.9, 1.1), (1.75, 2)):
        now = (minutes[:, 0] >= low) & (minutes[:, 0] < high)
        chance = np.broadcast_to(norm.cdf(-drift * minutes[now]), praise[now].shape)
        yield share(f"drift 1/min: praise at {low} to {high} min", praise[now], chance)

    def log_likelihood(guess: float) -> float:
        p = norm.cdf(-guess * minutes)
        return float(np.where(praise, np.log(p), np.log1p(-p)).sum())

    p = norm.cdf(-drift * minutes)
    information = n * float(((norm.pdf(drift * minutes) * minutes) ** 2 / (p * (1 - p))).sum())
    estimate = most_likely(log_likelihood, 0.5, 2.0)
    yield recovered("drift by maximum likelihood, 1/min", drift, estimate, information, praise.size)
    human = stage.evaluating(
        n, wander=wander, prices=TIMELESS, scale="continuous", say_neutral=True
    )
    height = -judge(human, np.zeros((STEPS, n)), dt=dt).value  # a reward of 0 lies so far below
    steps, each = np.diff(height, axis=0), wander**2 * dt / 60
    yield variance("wander 0.5: variance of a step of 1 s", steps, 0.0, each)
    yield mean("wander: covariance of neighbours", steps[1:] * steps[:-1], 0.0, each**2)
    yield variance("wander: variance after 2 min", height[120], 0.0, wander**2 * 2)


@model(
    "rating_noise",
    "rating_noise",
    "Metz et al. (2025)",
)
def rating_noise(stage: Stage) -> Iterator[Row]:
    """normal about the rating with 4σ = level × width, cut off at 2σ and at the scale's ends."""
    n, level, clip = stage.worlds(STEPS), 0.4, 2.0
    sigma = level * 2 * clip / 4  # a continuous scale is 2·clip wide
    for rating in (0.0, 2.0):
        human = stage.evaluating(
            n, scale="continuous", clip=clip, rating_noise=level, say_neutral=True
        )
        value = judge(human, np.full((STEPS, n), rating)).value
        law = truncnorm(-2, min(2, (clip - rating) / sigma), loc=rating, scale=sigma)
        middle, spread = (float(x) for x in law.stats("mv"))
        yield mean(f"rating {rating:g}: mean", value, middle, spread)
        fourth = float(law.expect(lambda x, middle=middle: (x - middle) ** 4))
        yield variance(f"rating {rating:g}: variance", value, middle, spread, fourth)
        yield fits(f"rating {rating:g}: KS", value, law.cdf)
    levels = 2
    human = stage.evaluating(n, scale="graded", levels=levels, rating_noise=level, say_neutral=True)
    value = judge(human, np.ones((STEPS, n))).value
    sigma = level * (2 * levels + 1) / 4  # five points are 5 wide
    law = truncnorm(-2, min(2, 1 / sigma), loc=1, scale=sigma)
    masses = np.diff(law.cdf([-np.inf, -0.5, 0.5, 1.5, np.inf]))
    seen = np.bincount((value + 1).astype(int).ravel(), minlength=4)
    yield counts("five points, rating 1: points, χ²", seen, masses)
