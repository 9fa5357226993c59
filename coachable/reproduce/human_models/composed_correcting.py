"""Errors of correcting and of demonstrating in company, measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coachable.reproduce.human_models.closed_forms import clipped_normal
from coachable.reproduce.human_models.correcting import chances, keys, usual_limit
from coachable.reproduce.human_models.demonstrating import MANY, WIDE, drive, shown
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import Row, counts, mean, share, variance
from coachable.reproduce.human_models.stage import KEYS, VALUED, Stage, improve
from teaching import Prices

MODELS: dict[str, Model] = {}
model = collect(MODELS, "correcting")


@model("correcting: mistake + fatigue", "mistake fatigue")
def mistake_and_fatigue(stage: Stage) -> Iterator[Row]:
    """with attention w = e^{−t/τ}: as meant w·(1 − ε), another key wε, of k keys one in k − 1 of
    them the one that was shown: left as it is 1 − w·(1 − ε/(k − 1))."""
    n, epsilon = stage.draws // 2, 0.2
    tau = n * 0.1 / 1.5
    human = stage.correcting(KEYS, VALUED, mistake=epsilon, fatigue=tau, prices=Prices(correct=0.0))
    answer = human.correct(improve(keys(n))).action[:, 0]
    attention = np.exp(-np.arange(n) * 0.1 / tau)
    for low, high in ((0.0, 0.5), (0.5, 1.0)):
        now, told = slice(int(low * n), int(high * n)), f"from {1.5 * low:g} to {1.5 * high:g} τ"
        w = attention[now]
        yield share(f"as meant, {told}", answer[now] == 1, w * (1 - epsilon))
        yield share(f"left as it is, {told}", answer[now] == 0, 1 - w * (1 - epsilon / 3))


@model("correcting: skip + rationality", "skip rationality improvement")
def skip_and_choice(stage: Stage) -> Iterator[Row]:
    """left out where the gap is under s·ḡ, else P(edit) ∝ e^{β·gain/gap}: of gaps uniform on
    [0, 2], an edit of probability p is made with (1 − s·ḡ/2)·p."""
    beta, n = 3.0, stage.draws // 2
    parts = np.array([1.0, 2.0, 4.0]) / 7
    gap = stage.rng.uniform(0, 2, n)
    human = stage.correcting(KEYS, VALUED, skip=0.6, rationality=beta, improvement=0.8)
    code = (human.correct(improve(keys(n, 3), gap[:, None] * parts)).action == 1) @ [1, 2, 4]
    looked = 1 - np.minimum(usual_limit(gap, 0.6) / 2, 1)
    chance, _ = chances(parts, 0.8, beta)
    yield share("the edit that is called for", code == 2 + 4, looked * chance[2 + 4])
    yield share("left as it is", code == 0, 1 - looked * (1 - chance[0]))
    tally = np.bincount(code, minlength=8)[1:]
    yield counts("of what is edited, the edits, χ²", tally, chance[1:] / chance[1:].sum())


@model("correcting: mistake + action noise", "mistake action_noise improvement")
def mistake_and_noise(stage: Stage) -> Iterator[Row]:
    """of k keys as meant with (1 − ε)·(1 − p) + ε·p/(k − 1): what goes wrong twice may be right."""
    n, epsilon, noise = stage.draws // 2, 0.2, 0.3
    human = stage.correcting(KEYS, VALUED, mistake=epsilon, action_noise=noise)
    answer = human.correct(improve(keys(n))).action[:, 0]
    meant = (1 - epsilon) * (1 - noise) + epsilon * noise / 3
    yield share("as meant", answer == 1, meant)
    other = (1 - meant) / 3
    masses = np.array([other, meant, other, other])
    yield counts("which of four keys, χ²", np.bincount(answer, minlength=4), masses)


@model(
    "demonstrating: action noise + execution noise",
    "demonstrating.execution_noise intervening.action_noise",
    "after DART (Laskey et al. 2017)",
)
def hand_and_execution(stage: Stage) -> Iterator[Row]:
    """the label has the hand's variance s², what is done has s² + σ², and the two errors have
    nothing to do with each other; of k keys as meant with (1 − p)(1 − q) + p·q/(k − 1)."""
    hand, noise = 0.15, 0.1  # five errors of the hand and of both are within the bounds
    proposals = np.zeros((stage.worlds(WIDE), WIDE), np.float32)
    env = shown(stage, MANY, action_noise=hand, execution_noise=noise)
    label, done = (x.astype(np.float64) for x in drive(env, proposals))
    yield variance("label: variance", label, 0.0, hand**2)
    yield variance("done: variance", done, 0.0, *clipped_normal(np.hypot(hand, noise), 1.0))
    yield mean("covariance of both errors", label * (done - label), 0.0, (hand * noise) ** 2)
    p, q, n = 0.2, 0.3, stage.draws // 20
    env = shown(stage, KEYS, action_noise=p, execution_noise=q)
    label, done = drive(env, np.ones(n, np.int64))
    yield share("four keys: label as meant", label == 0, 1 - p)
    yield share("four keys: done as meant", done == 0, (1 - p) * (1 - q) + p * q / 3)
