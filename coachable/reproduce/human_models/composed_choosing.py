"""Errors of comparing and ranking in company, measured."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coachable.reproduce.human_models.choosing import (
    ORDERS,
    UTILITY,
    WARM,
    first,
    orders,
    pairs,
    ranking,
    usual_before,
)
from coachable.reproduce.human_models.closed_forms import (
    logistic,
)
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import (
    Row,
    counts,
    share,
)
from coachable.reproduce.human_models.stage import Stage
from coachable.reproduce.human_models.stage import show as segments
from teaching import Choice, Prices

MODELS: dict[str, Model] = {}
model = collect(MODELS, "comparing")

STEPS = 125


@model(
    "mistake + skip + equal",
    "mistake skip equal",
    "B-Pref (Lee et al. 2021)",
)
def mistake_skip_equal(stage: Stage) -> Iterator[Row]:
    """skip, else tie, else the better one with 1 − ε; of returns uniform on [0, 2], a = ε_s·R̄, t
    = ε_e·R̄: skips a²/4, ties 1 − (1 − t/2)² − (a² − (a − t)²)/4."""
    epsilon = 0.2
    returns = stage.rng.uniform(0, 2, (stage.draws + WARM, 2))
    usual = usual_before(returns)[WARM:]
    human = stage.comparing(mistake=epsilon, skip=0.6, equal=0.2)
    answer = human.prefer(segments(returns)).choice[WARM:]
    a, t = 0.6 * usual, 0.2 * usual
    skipped = a**2 / 4
    tied = 1 - (1 - t / 2) ** 2 - (a**2 - (a - t) ** 2) / 4
    worse = np.where(returns[WARM:, 0] > returns[WARM:, 1], Choice.SECOND, Choice.FIRST)
    yield share("skipped", answer == Choice.SKIP, skipped)
    yield share("called equal", answer == Choice.EQUAL, tied)
    yield share("the worse one", answer == worse, epsilon * (1 - skipped - tied))


@model(
    "rationality + confusion + mistake",
    "rationality confusion mistake",
)
def choice_and_confusion(stage: Stage) -> Iterator[Row]:
    """p = σ(β·ΔR), p′ = ½ + (1 − e^{−d/c})·(p − ½), P(first) = ε + (1 − 2ε)·p′."""
    beta, c, epsilon, gap = 1.0, 2.0, 0.1, 1.5
    human = stage.comparing(rationality=beta, scale="none", confusion=c, mistake=epsilon)
    chosen = first(human.prefer(segments(pairs(np.full(stage.draws, gap)))).choice)
    p = 0.5 + (1 - np.exp(-2 / c)) * (float(logistic(beta * gap)) - 0.5)  # d = 2: see confusion
    yield share("first", chosen, epsilon + (1 - 2 * epsilon) * p)


@model(
    "fatigue + rationality + mistake",
    "fatigue rationality mistake",
)
def fatigue_and_choice(stage: Stage) -> Iterator[Row]:
    """with attention w = e^{−t/τ}: P(first) = ε + (1 − 2ε)·(½ + w·(σ(β·ΔR) − ½))."""
    beta, epsilon, gap, n = 2.0, 0.1, 1.0, stage.draws
    tau = n / 2.0
    human = stage.comparing(
        rationality=beta, scale="none", mistake=epsilon, fatigue=tau, prices=Prices(compare=1.0)
    )
    chosen = first(human.prefer(segments(pairs(np.full(n, gap)))).choice)
    attention = np.exp(-np.arange(n) / tau)
    p = epsilon + (1 - 2 * epsilon) * (0.5 + attention * (float(logistic(beta * gap)) - 0.5))
    for low, high in ((0.0, 0.5), (0.5, 1.0)):
        now = slice(int(low * n), int(high * n))
        yield share(f"first, from {2 * low:g} to {2 * high:g} τ", chosen[now], p[now])


@model(
    "Plackett–Luce + mistake",
    "rationality mistake",
)
def ranking_and_mistake(stage: Stage) -> Iterator[Row]:
    """P(order) = (1 − ε)·PL(order) + ½ε·Σ PL(the orders one exchange of neighbours away)."""
    beta, epsilon, n = 1.2, 0.3, stage.draws
    human = stage.comparing(rationality=beta, scale="none", mistake=epsilon)
    tally = orders(human.rank(segments(np.tile(UTILITY, (n, 1)))).order)
    plain = ranking(UTILITY, beta)
    masses = (1 - epsilon) * plain
    for i, (a, b, c) in enumerate(ORDERS):
        masses[i] += epsilon / 2 * (plain[ORDERS.index((b, a, c))] + plain[ORDERS.index((a, c, b))])
    best = ORDERS.index((2, 1, 0))
    yield counts("the six orders, χ²", np.bincount(tally, minlength=6), masses)
    yield share("the best order", tally == best, masses[best])
