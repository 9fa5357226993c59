"""How people improve what they are shown, measured: how far, where, by what mistake."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.signal import lfilter

from coachable.reproduce.human_models.closed_forms import between, clipped_normal, unequal
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import (
    Row,
    counts,
    exact,
    fits,
    most_likely,
    recovered,
    share,
    variance,
)
from coachable.reproduce.human_models.stage import BOX, KEYS, MISSED, VALUED, Stage, improve
from teaching import Prices

MODELS: dict[str, Model] = {}
model = collect(MODELS, "correcting")

COACTIVE = "coactive learning (Shivaswamy and Joachims 2012)"


def keys(queries: int, steps: int = 1) -> np.ndarray:
    """[queries, steps] of key 0, which is worth nothing."""
    return np.zeros((queries, steps), np.int64)


def off(queries: int, steps: int = 1) -> np.ndarray:
    """[queries, steps, 1] of the box's end, a half-range away from the expert."""
    return np.ones((queries, steps, 1), np.float32)


def windows(steps: int, longest: int) -> list[np.ndarray]:
    """For each size the windows of so many steps, as [C, steps] of 0 and 1."""
    t = np.arange(steps)
    return [
        np.stack([(t >= i) & (t < i + size) for i in range(steps - size + 1)]).astype(float)
        for size in range(1, longest + 1)
    ]


def spaced(rng: np.random.Generator, queries: int, steps: int) -> np.ndarray:
    """[queries, steps] worths like the gaps between points thrown on a line."""
    return rng.exponential(size=(queries, steps))


@model("improvement", "improvement", COACTIVE)
def improvement(stage: Stage) -> Iterator[Row]:
    """the smallest edit that gains α·gap, and of these the least gain: the gain lies between α·gap
    and the least of its size above it. Where the worths of n steps are spacings of a line, one step
    is enough with probability Σ_k (−1)^{k+1}·C(n, k)·max(0, 1 − kα)^{n−1}."""
    steps, n = 4, stage.draws // 2
    for alpha in (0.3, 0.6):
        worth = spaced(stage.rng, n, steps)
        human = stage.correcting(KEYS, VALUED, improvement=alpha)
        edited = human.correct(improve(keys(n, steps), worth)).action == 1
        gain, gap, size = (edited * worth).sum(axis=1), worth.sum(axis=1), edited.sum(axis=1)
        yield exact(f"α = {alpha}: gain ≥ α·gap", 1, (gain >= alpha * gap).mean(), n)
        least, smaller = np.full(n, np.inf), np.zeros(n, bool)
        for span, masks in enumerate(windows(steps, steps), start=1):
            all_gains = worth @ masks.T
            enough = np.where(all_gains >= alpha * gap[:, None], all_gains, np.inf).min(axis=1)
            least = np.where(size == span, enough, least)
            smaller |= (span < size) & np.isfinite(enough)
        beyond = np.abs(gain - least).max()
        yield exact(f"α = {alpha}: largest difference from the least that is enough", 0, beyond, n)
        yield exact(f"α = {alpha}: a smaller edit would have done", 0, smaller.mean(), n)
        yield share(f"α = {alpha}: one step of four", size == 1, unequal(steps, alpha))


@model("window", "window improvement", "ours")
def window(stage: Stage) -> Iterator[Row]:
    """at most so many steps in a row; where that is not enough for α·gap, the edit that gains most:
    of four steps whose worths are drawn alike, one at a time, each with ¼."""
    steps, n = 4, stage.draws
    worth = spaced(stage.rng, n, steps)
    human = stage.correcting(KEYS, VALUED, improvement=1.0, window=1)
    edited = human.correct(improve(keys(n, steps), worth)).action == 1
    yield exact("window 1: steps edited at most", 1, edited.sum(axis=1).max(), n)
    yield exact("window 1: the step worth most", 1, edited[np.arange(n), worth.argmax(1)].mean(), n)
    yield counts("window 1: which step, χ²", edited.sum(axis=0), np.full(steps, 1 / steps))
    few = n // 10
    human = stage.correcting(KEYS, VALUED, improvement=1.0, window=2)
    edited = human.correct(improve(keys(few, steps), worth[:few])).action == 1
    most = (worth[:few] @ windows(steps, 2)[1].T).max(axis=1)
    beyond = np.abs((edited * worth[:few]).sum(axis=1) - most).max()
    yield exact("window 2: largest difference from the most to be gained", 0, beyond, few)
    # Half of the steps can be moved: 1 − (1 − b/20)² ≥ 2·0.3 from b = 20·(1 − √0.4) = 7.4 on.
    human = stage.correcting(BOX, MISSED, window=2)
    answer = human.correct(improve(off(20, steps))).action[..., 0]
    yield exact("continuous, window 2: first two steps", 1 - 8 / 20, answer[:, :2].max(), 20)
    yield exact("continuous, window 2: last two steps", 1.0, answer[:, 2:].min(), 20)


@model("blends", "blends improvement", COACTIVE + ", in steps of our own")
def blends(stage: Stage) -> Iterator[Row]:
    """of B steps from a to a*, the fewest that close the share α: of a cost (a − a*)² that is
    b = ⌈B·(1 − √(1 − α))⌉, whatever a is."""
    n = stage.draws // 20
    shown = stage.rng.uniform(0.1, 1, (n, 1, 1)) * stage.rng.choice([-1, 1], (n, 1, 1))
    shown = shown.astype(np.float32)
    for pieces in (20, 5, 1):
        for alpha in (0.1, 0.3, 0.9):
            human = stage.correcting(BOX, MISSED, blends=pieces, improvement=alpha)
            answer = human.correct(improve(shown)).action
            b = np.ceil(pieces * (1 - np.sqrt(1 - alpha)))
            moved = 1 - (answer / shown).mean(dtype=np.float64)
            yield exact(f"B = {pieces}, α = {alpha}: share of the way", b / pieces, moved, n)


def chances(worth: np.ndarray, alpha: float, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """[2^T] probability of each answer, by enumeration, and its gain over the gap.

    The answer that edits the steps t has the number Σ 2^t.
    """
    bits = 2 ** np.arange(len(worth))
    masks = np.zeros((1, len(worth)))
    for longer in windows(len(worth), len(worth)):
        masks = np.concatenate([masks, longer])
        gains = longer @ worth / worth.sum()
        if (gains >= alpha).any():
            break
    called = gains[gains >= alpha].min()
    gain = np.zeros(2 ** len(worth))
    gain[(masks @ bits).astype(int)] = masks @ worth / worth.sum()
    chance = np.zeros_like(gain)
    kept = (masks[masks @ worth / worth.sum() <= called] @ bits).astype(int)
    chance[kept] = np.exp(beta * gain[kept])
    return chance / chance.sum(), gain


SHOWN = np.array([1.0, 2.0, 4.0])
"""Worths of three steps: 7 in all."""


@model(
    "rough_edits",
    "rationality",
    "after reward-rational choice (Jeon, Milli and Dragan 2020)",
)
def rough_edits(stage: Stage) -> Iterator[Row]:
    """P(edit) ∝ e^{β·gain/gap}, over all edits of no greater size and no higher gain than the one
    that is called for, and over none; β = ∞ (null) makes the one that is called for."""
    beta, n = 3.0, stage.draws // 2
    codes: dict[float, np.ndarray] = {}
    # α = 0.8 calls for the last two steps; α = 0.2 for the middle one, and the last is too good.
    for alpha in (0.8, 0.2):
        human = stage.correcting(KEYS, VALUED, improvement=alpha, rationality=beta)
        seen = human.correct(improve(keys(n, 3), np.tile(SHOWN, (n, 1)))).action == 1
        codes[alpha] = seen @ [1, 2, 4]
        chance, _ = chances(SHOWN, alpha, beta)
        tally = np.bincount(codes[alpha], minlength=8)
        yield counts(f"α = {alpha}: the edits, χ²", tally, chance)
        yield share(f"α = {alpha}: left as it is", codes[alpha] == 0, chance[0])
    chance, gain = chances(SHOWN, 0.8, beta)
    yield share("α = 0.8: the edit that is called for", codes[0.8] == 2 + 4, chance[2 + 4])
    tally = np.bincount(codes[0.8], minlength=8)

    def log_likelihood(guess: float) -> float:
        likely, _ = chances(SHOWN, 0.8, guess)
        return float(tally[likely > 0] @ np.log(likely[likely > 0]))

    information = n * float(chance @ gain**2 - (chance @ gain) ** 2)  # of an exponential family
    estimate = most_likely(log_likelihood, 0.5, 8.0)
    yield recovered("β by maximum likelihood", beta, estimate, information, n)
    few = n // 5
    human = stage.correcting(BOX, MISSED, blends=4, improvement=0.9, rationality=beta)
    moved = 1 - human.correct(improve(off(few))).action.ravel()
    b = np.arange(4)  # 1 − (1 − b/4)² ≥ 0.9 from b = 2.7 on
    worth = np.exp(beta * (1 - (1 - b / 4) ** 2))
    tally = np.bincount(np.rint(4 * moved).astype(int), minlength=4)
    yield counts("continuous, four blends: which, χ²", tally, worth / worth.sum())


def usual_limit(gap: np.ndarray, skip: float, memory: int | None = None) -> np.ndarray:
    """[B] the gap under which each query is skipped, from the gaps before it.

    With the usual gap (ρ·A + g)/(ρ·V + 1), where A and V are the weighed sum and the weight of what
    came before and ρ = 1 − 1/memory, g < skip·usual where g < skip·ρ·A / (ρ·V + 1 − skip).
    """
    keep = 1.0 if memory is None else 1 - 1 / memory
    total, weight = (lfilter([1.0], [1.0, -keep], x) for x in (gap, np.ones_like(gap)))
    before = keep * np.concatenate([[0.0], total[:-1]])
    return skip * before / (weight - skip)


@model("passing_over", "skip memory", "ours, after B-Pref (Lee et al. 2021)")
def passing_over(stage: Stage) -> Iterator[Row]:
    """left as it is where the gap is under s·ḡ, ḡ being the mean so far, each query weighing
    (1 − 1/memory)^age; of gaps uniform on [0, 2c]: P = s·ḡ/2c, up to 1."""
    n = stage.draws // 2
    gap = stage.rng.uniform(0, 2, n)
    human = stage.correcting(KEYS, VALUED, skip=0.6)
    left = human.correct(improve(keys(n), gap[:, None])).action[:, 0] == 0
    yield share("s = 0.6", left, np.minimum(usual_limit(gap, 0.6) / 2, 1))
    yield exact("the others are edited", 1, (~left == (gap >= usual_limit(gap, 0.6))).mean(), n)
    period = 200
    size = np.where(np.arange(n) // period % 2, 10.0, 1.0)  # what is shown gets worse, and better
    gap = size * stage.rng.uniform(0, 2, n)
    human = stage.correcting(KEYS, VALUED, skip=0.6, memory=20)
    left = human.correct(improve(keys(n), gap[:, None])).action[:, 0] == 0
    p = np.minimum(usual_limit(gap, 0.6, 20) / (2 * size), 1)
    yield share("s = 0.6, memory of 20 queries", left, p)
    since = np.arange(n) % period
    late, grown = since >= 100, (size == 10) & (since < 10)
    yield share("long after the gaps have changed", left[late], p[late])
    yield share("just after they have grown", left[grown], p[grown])
    shrunk = (size == 1) & (since < 40) & (np.arange(n) >= period)
    yield share("in the 40 queries after they have shrunk", left[shrunk], p[shrunk])


@model("passing", "fatigue", "ours")
def passing(stage: Stage) -> Iterator[Row]:
    """after t seconds of human time a query has attention with probability e^{−t/τ}; without it the
    trajectory comes back as it was."""
    n = stage.draws
    price = 0.1  # a step is watched, and to correct it costs nothing
    tau = n * price / 2.5
    human = stage.correcting(KEYS, VALUED, fatigue=tau, prices=Prices(correct=0.0))
    edited = human.correct(improve(keys(n))).action[:, 0] == 1
    seconds = np.arange(n) * price
    for low, high in ((0.0, 0.1), (0.9, 1.1), (2.0, 2.2)):
        now = (seconds >= low * tau) & (seconds < high * tau)
        yield share(f"edited, at {low} to {high} τ", edited[now], np.exp(-seconds[now] / tau))
    later = seconds[1:]

    def log_likelihood(guess: float) -> float:
        p = np.exp(-later / guess)
        return float(np.where(edited[1:], np.log(p), np.log1p(-p)).sum())

    p = np.exp(-later / tau)
    information = float(((p * later / tau**2) ** 2 / (p * (1 - p))).sum())
    estimate = most_likely(log_likelihood, tau / 2, tau * 2)
    yield recovered("τ by maximum likelihood, s", tau, estimate, information, n - 1)
    # An edit costs as well, and tires: what was spent before follows from the record.
    few = n // 5
    tau = few * price
    answer = stage.correcting(KEYS, VALUED, fatigue=tau).correct(improve(keys(few)))
    spent = np.cumsum(answer.human_seconds) - answer.human_seconds
    yield share("edited, where edits cost time", answer.action[:, 0] == 1, np.exp(-spent / tau))


@model("wrong_way", "mistake", "ours, after B-Pref (Lee et al. 2021)")
def wrong_way(stage: Stage) -> Iterator[Row]:
    """with probability ε the whole correction goes the wrong way: another key than the one that is
    meant, each alike often; of continuous actions as far from a as was meant, away from a*."""
    epsilon, n = 0.1, stage.draws // 2
    answer = stage.correcting(KEYS, VALUED, mistake=epsilon).correct(improve(keys(n))).action[:, 0]
    yield share("another key, ε = 0.1", answer != 1, epsilon)
    third = epsilon / 3
    masses = np.array([third, 1 - epsilon, third, third])
    yield counts("which of four keys, χ²", np.bincount(answer, minlength=4), masses)
    few = n // 5
    human = stage.correcting(KEYS, VALUED, mistake=epsilon, improvement=1.0)
    wrong = human.correct(improve(keys(few, 2))).action != 1
    yield share("two steps: wrong", wrong[:, 0], epsilon)
    yield exact("two steps: only one of them is wrong", 0, wrong.std(axis=1).max(), few)
    human = stage.correcting(BOX, MISSED, mistake=epsilon)
    answer = human.correct(improve(0.5 * off(n))).action.ravel()
    yield share("continuous: the wrong way, ε = 0.1", answer > 0.5, epsilon)
    # 0.3 of the gap takes b = 20·(1 − √0.7) = 3.3, so 4 of 20 steps from 0.5 to 0 or to 1.
    beyond = np.abs(np.abs(answer - 0.5) - 0.5 * 4 / 20).max()
    yield exact("continuous: largest difference from as far", 0, beyond, n)


@model("editing_noise", "action_noise", "after DART (Laskey et al. 2017)")
def editing_noise(stage: Stage) -> Iterator[Row]:
    """on each edited step: a + σ·half-range·z, cut off at the ends; of keys, another one with
    probability p, each alike often. What is not edited stays as it was."""
    steps, noise = 10, 0.2
    n = stage.draws // (2 * steps)
    human = stage.correcting(KEYS, VALUED, improvement=1.0, action_noise=noise)
    answer = human.correct(improve(keys(n, steps))).action
    yield share("another key, p = 0.2", answer != 1, noise)
    masses = np.array([noise / 3, 1 - noise, noise / 3, noise / 3])
    yield counts("which of four keys, χ²", np.bincount(answer.ravel(), minlength=4), masses)
    for sigma in (0.2, 0.6):
        human = stage.correcting(BOX, MISSED, improvement=1.0, action_noise=sigma, blends=1)
        answer = human.correct(improve(off(n, steps))).action
        second, fourth = clipped_normal(sigma, 1.0)
        yield variance(f"σ = {sigma}: variance", answer, 0.0, second, fourth)
        inside = answer[np.abs(answer) < 1]
        yield fits(
            f"σ = {sigma}: between the ends, KS",
            inside,
            between(sigma, 1.0),
        )
    human = stage.correcting(BOX, MISSED, window=5, action_noise=0.2)
    answer = human.correct(improve(off(100, steps))).action
    yield exact("steps that are not edited", 1.0, answer[:, 5:].min(), answer[:, 5:].size)
