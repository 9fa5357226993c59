"""How people compare and rank, measured: noise, myopia, mistakes, confusion, skips, ties."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from coachable.reproduce.human_models.closed_forms import logistic
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import (
    Row,
    counts,
    exact,
    most_likely,
    recovered,
    share,
)
from coachable.reproduce.human_models.stage import Stage, show
from teaching import Choice, Prices

MODELS: dict[str, Model] = {}
model = collect(MODELS, "comparing")

BPREF = "B-Pref (Lee et al. 2021)"
ORDERS = list(permutations(range(3)))


def first(choice: np.ndarray) -> np.ndarray:
    """[B] bool."""
    return choice == Choice.FIRST


def pairs(gap: np.ndarray) -> np.ndarray:
    """[B, 2] returns of which the first is ahead by the gap [B]."""
    return np.stack([gap, np.zeros_like(gap)], axis=1)


@model(
    "bradley_terry",
    "rationality scale",
    "Bradley and Terry (1952); Christiano et al. (2017)",
)
def bradley_terry(stage: Stage) -> Iterator[Row]:
    """P(first) = σ(β·(R₁ − R₂)); β = ∞ (null) chooses the better one, and by a coin where they
    tie."""
    beta, n = 1.5, stage.draws
    gap = stage.rng.choice([-1.0, 0.0, 0.5, 1.0, 2.0], n)
    human = stage.comparing(rationality=beta, scale="none")
    chosen = first(human.prefer(show(pairs(gap))).choice)
    for d in np.unique(gap):
        yield share(f"first, R₁ − R₂ = {d:g}, β = 1.5", chosen[gap == d], float(logistic(beta * d)))
    # Information of β: Σ d²·σ(βd)·(1 − σ(βd)), the variance of the score.
    p = logistic(beta * gap)
    information = float((gap**2 * p * (1 - p)).sum())
    side = np.where(chosen, gap, -gap)
    estimate = most_likely(lambda b: -float(np.logaddexp(0, -b * side).sum()), 0.5, 4.0)
    yield recovered("β by maximum likelihood", beta, estimate, information, n)
    chosen = first(stage.comparing().prefer(show(pairs(gap))).choice)
    yield exact(
        "β = ∞: the better one", 1, (chosen == (gap > 0))[gap != 0].mean(), (gap != 0).sum()
    )
    yield share("β = ∞: first of two that tie", chosen[gap == 0], 0.5)


@model(
    "relative_noise",
    "rationality scale memory",
)
def relative_noise(stage: Stage) -> Iterator[Row]:
    """scale: spread divides returns by their standard deviation over the queries so far, each
    weighing (1 − 1/memory)^age: P(first) = σ(β·(R₁ − R₂)/s)."""
    beta, size = 1.0, 50.0
    # Of returns 0 and g in every query, the standard deviation is g/2: P = σ(2β) whatever g is.
    gap = np.full(stage.draws, size)
    chosen = first(stage.comparing(rationality=beta).prefer(show(pairs(gap))).choice)
    yield share("first, returns of 50 and 0", chosen, float(logistic(2 * beta)))
    memory, period = 20, 200
    gap = np.where(np.arange(stage.draws) // period % 2, 10.0, 1.0)  # the reward's scale changes
    age = np.arange(400)
    weight = (1 - 1 / memory) ** age
    whole, moments = np.convolve(np.ones_like(gap), weight)[: len(gap)], list[np.ndarray]()
    for power in (1, 2):
        moments.append(np.convolve(gap**power / 2, weight)[: len(gap)] / whole)
    p = logistic(beta * gap / np.sqrt(moments[1] - moments[0] ** 2))
    human = stage.comparing(rationality=beta, memory=memory)
    chosen = first(human.prefer(show(pairs(gap))).choice)
    yield share("first, memory of 20 queries", chosen, p)
    since = np.arange(len(gap)) % period
    grown, shrunk = (gap == 10) & (since < 5), (gap == 1) & (since < 5) & (np.arange(len(gap)) > 5)
    yield share("first, just after rewards have grown", chosen[grown], p[grown])
    yield share("first, just after they have shrunk", chosen[shrunk], p[shrunk])


def ranking(utility: np.ndarray, beta: float) -> np.ndarray:
    """[6] probabilities of the orders of three, by enumeration of Plackett and Luce's product."""
    worth = np.exp(beta * utility)
    return np.array(
        [np.prod([worth[o[k]] / sum(worth[j] for j in o[k:]) for k in range(3)]) for o in ORDERS]
    )


def orders(order: np.ndarray) -> np.ndarray:
    """[B] index among ORDERS of [B, 3]."""
    code = {9 * a + 3 * b + c: i for i, (a, b, c) in enumerate(ORDERS)}
    table = np.full(27, -1)
    table[list(code)] = list(code.values())
    return table[order.astype(int) @ [9, 3, 1]]


UTILITY = np.array([0.0, 0.7, 1.5])


@model(
    "plackett_luce",
    "rationality",
    "Luce (1959), Plackett (1975)",
)
def plackett_luce(stage: Stage) -> Iterator[Row]:
    """P(order) = Π_k e^{βR_k} / Σ_{j ≥ k} e^{βR_j}, k in the order given."""
    beta, n = 1.2, stage.draws
    human = stage.comparing(rationality=beta, scale="none")
    seen = orders(human.rank(show(np.tile(UTILITY, (n, 1)))).order)
    chances = ranking(UTILITY, beta)
    yield counts("the six orders, χ²", np.bincount(seen, minlength=6), chances)
    for order in ((2, 1, 0), (1, 2, 0), (0, 1, 2)):
        i = ORDERS.index(order)
        name = " > ".join(f"R = {UTILITY[k]:g}" for k in order)
        yield share(name, seen == i, chances[i])
    log_chances = lambda b: np.log(ranking(UTILITY, b))  # noqa: E731
    slope = (log_chances(beta + 1e-5) - log_chances(beta - 1e-5)) / 2e-5
    tally = np.bincount(seen, minlength=6)
    estimate = most_likely(lambda b: float(tally @ log_chances(b)), 0.4, 3.0)
    # The information of one ranking is the variance of its score, d log P / dβ.
    yield recovered("β by maximum likelihood", beta, estimate, n * float(chances @ slope**2), n)


@model(
    "myopia",
    "discount",
    BPREF,
)
def myopia(stage: Stage) -> Iterator[Row]:
    """the row that is k rows from the end counts γ^k: P(first) = σ(β·Σ_k γ^k·(r₁ − r₂))."""
    gamma, n, rows = 0.8, stage.draws, 5
    human = stage.comparing(rationality=1.0, scale="none", discount=gamma)
    row = stage.rng.integers(0, rows, n)  # the first segment earns 1.5 on this one row
    reward = np.zeros((n, 2, rows))
    reward[np.arange(n), 0, row] = 1.5
    chosen = first(human.prefer(show(reward)).choice)
    for r in (0, 2, 4):
        chance = float(logistic(1.5 * gamma ** (rows - 1 - r)))
        yield share(f"first, ahead on row {r + 1} of 5, γ = 0.8", chosen[row == r], chance)

    def log_likelihood(guess: float) -> float:
        side = np.where(chosen, 1.5, -1.5) * guess ** (rows - 1.0 - row)
        return -float(np.logaddexp(0, -side).sum())

    to_go = rows - 1.0 - row
    p = logistic(1.5 * gamma**to_go)
    slope = 1.5 * to_go * gamma ** (to_go - 1)
    information = float((slope**2 * p * (1 - p)).sum())
    estimate = most_likely(log_likelihood, 0.3, 1.2)
    yield recovered("γ by maximum likelihood", gamma, estimate, information, n)


@model(
    "wrong_answers",
    "mistake",
    BPREF + "; rankings: ours",
)
def wrong_answers(stage: Stage) -> Iterator[Row]:
    """the other answer with probability ε; in a ranking two neighbours change places."""
    epsilon, n = 0.1, stage.draws
    chosen = first(stage.comparing(mistake=epsilon).prefer(show(pairs(np.ones(n)))).choice)
    yield share("the worse one, ε = 0.1", ~chosen, epsilon)
    human = stage.comparing(mistake=epsilon)
    seen = np.bincount(orders(human.rank(show(np.tile(UTILITY, (n, 1)))).order), minlength=6)
    chances = np.zeros(6)
    for order, p in (((2, 1, 0), 1 - epsilon), ((1, 2, 0), epsilon / 2), ((2, 0, 1), epsilon / 2)):
        chances[ORDERS.index(order)] = p
    yield counts("the orders of three, χ²", seen, chances)


@model(
    "confusion",
    "confusion",
    "Shepard (1987)",
)
def confusion(stage: Stage) -> Iterator[Row]:
    """two segments at distance d are taken for one another with probability e^{−d/c}, and then
    either comes first: P(first) = ½ + (1 − e^{−d/c})·(p − ½)."""
    n = stage.draws
    for c in (1.0, 4.0):
        # One feature, 1 here and 0 there in every query: spread ½, and so the distance is 2.
        chosen = first(stage.comparing(confusion=c).prefer(show(pairs(np.ones(n)))).choice)
        yield share(f"the better one, d = 2, c = {c:g}", chosen, 0.5 + (1 - np.exp(-2 / c)) / 2)
    # A second feature, the same in both segments but not in all queries: d = √((2² + 0²)/2) = √2.
    seen = np.zeros((n, 2, 1, 2))
    seen[:, 0, 0, 0] = 1.0
    seen[:, :, 0, 1] = (np.arange(n) % 2)[:, None]
    chosen = first(stage.comparing(confusion=1.0).prefer(show(seen)).choice)
    yield share("the better one, d = √2, c = 1", chosen[1:], 0.5 + (1 - np.exp(-np.sqrt(2))) / 2)
    # Three in a row: neighbours down the order 2, 1, 0, each mixed up with ½e^{−d/c}.
    human = stage.comparing(confusion=2.0)
    tally = orders(human.rank(show(np.tile(UTILITY, (n, 1)))).order)
    spread = UTILITY.std()
    chances = np.zeros(6)
    mixed = lambda a, b: 0.5 * np.exp(-abs(UTILITY[a] - UTILITY[b]) / spread / 2.0)  # noqa: E731
    for swap_first in (False, True):
        a, b = (1, 2) if swap_first else (2, 1)
        p = mixed(2, 1) if swap_first else 1 - mixed(2, 1)
        chances[ORDERS.index((a, b, 0))] += p * (1 - mixed(b, 0))
        chances[ORDERS.index((a, 0, b))] += p * mixed(b, 0)
    yield counts("the orders of three, χ²", np.bincount(tally, minlength=6), chances)


def usual_before(returns: np.ndarray) -> np.ndarray:
    """[B] the mean of all returns [B, 2] before each query, times the weight that they have in it.

    The usual return at query k is (k − 1)/k of the mean before it and 1/k of its own, which plays
    no part that could be seen: the first thousand queries are left out.
    """
    before = np.cumsum(returns.mean(axis=1)) - returns.mean(axis=1)
    return before / np.arange(1, len(returns) + 1)


WARM = 1000


@model(
    "skip_and_equal",
    "skip equal",
    BPREF,
)
def skip_and_equal(stage: Stage) -> Iterator[Row]:
    """skips where both returns are under ε·R̄, ties where they differ by less than ε·R̄, R̄ being
    the mean so far; of returns uniform on [0, 2]: (εR̄/2)² and 1 − (1 − εR̄/2)²."""
    returns = stage.rng.uniform(0, 2, (stage.draws + WARM, 2))
    usual = usual_before(returns)[WARM:]
    answer = stage.comparing(skip=0.6).prefer(show(returns)).choice[WARM:]
    yield share("skipped, ε = 0.6", answer == Choice.SKIP, (0.6 * usual / 2) ** 2)
    answer = stage.comparing(equal=0.2).prefer(show(returns)).choice[WARM:]
    yield share("called equal, ε = 0.2", answer == Choice.EQUAL, 1 - (1 - 0.2 * usual / 2) ** 2)
    better = np.where(returns[WARM:, 0] > returns[WARM:, 1], Choice.FIRST, Choice.SECOND)
    answered = answer != Choice.EQUAL
    yield exact("otherwise the better one", 1, (answer == better)[answered].mean(), answered.sum())


@model(
    "guessing",
    "fatigue",
)
def guessing(stage: Stage) -> Iterator[Row]:
    """after t seconds of human time a query has attention with probability e^{−t/τ}, and without
    it the answer is a guess: P(better) = ½ + ½·e^{−t/τ}, and K! orders are alike likely."""
    n, price = stage.draws, 2.0
    tau = n * price / 2.5
    prices = Prices(compare=price, rank=price / 3)
    human = stage.comparing(fatigue=tau, prices=prices)
    chosen = first(human.prefer(show(pairs(np.ones(n)))).choice)
    seconds = np.arange(n) * price
    for low, high in ((0.0, 0.1), (0.9, 1.1), (2.0, 2.2)):
        now = (seconds >= low * tau) & (seconds < high * tau)
        p = 0.5 + 0.5 * np.exp(-seconds[now] / tau)
        yield share(f"the better one, at {low} to {high} τ", chosen[now], p)
    human = stage.comparing(fatigue=tau, prices=prices)
    best = orders(human.rank(show(np.tile(UTILITY, (n, 1)))).order) == ORDERS.index((2, 1, 0))
    attention = np.exp(-seconds / tau)
    yield share("the best order of three", best, attention + (1 - attention) / 6)
    half = 0.5 * np.exp(-seconds / tau)
    slope = half * seconds / tau**2

    def log_likelihood(guess: float) -> float:
        p = 0.5 + 0.5 * np.exp(-seconds[1:] / guess)
        return float(np.where(chosen[1:], np.log(p), np.log1p(-p)).sum())

    information = float((slope[1:] ** 2 / (0.25 - half[1:] ** 2)).sum())
    estimate = most_likely(log_likelihood, tau / 2, tau * 2)
    yield recovered("τ by maximum likelihood, s", tau, estimate, information, n - 1)
