"""What there is no chance in: budgets and prices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coachable.reproduce.human_models import manner_talk, talk
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import Row, exact
from coachable.reproduce.human_models.stage import (
    DT,
    KEYS,
    VALUED,
    Stage,
    improve,
    judge,
    needs,
    show,
    take_over,
)
from teaching import Choice, Prices

MODELS: dict[str, Model] = {}
model = collect(MODELS)


@model(
    "budgets",
    "intervening.budget_steps intervening.budget_seconds evaluating.budget_signals "
    "evaluating.budget_seconds comparing.budget_queries comparing.budget_seconds "
    "correcting.budget_queries correcting.budget_seconds speaking.budget_signals "
    "speaking.budget_seconds corrector.budget_signals corrector.budget_seconds",
    "PVP (Peng et al. 2023), GUIDE (Zhang et al. 2024)",
)
def budgets(stage: Stage) -> Iterator[Row]:
    """leaves for good once the number is used up, or on the first step or query that would overrun
    the seconds."""
    steps, n = 50, 4
    need = needs(np.ones((steps, n)))
    seen = take_over(stage.intervening(n, budget_steps=37), need)
    yield exact("intervening: steps in control, of 37", 37, seen.mask.sum(), need.size)
    # Four worlds cost 4·(0.1 + 0.5) s on the first step, and 0.4 s on every later one.
    seen = take_over(stage.intervening(n, budget_seconds=7.7), need)
    yield exact("intervening: seconds, of 7.7", 2.4 + 13 * 0.4, seen.seconds.sum(), need.size)
    good = np.ones((steps, n))
    seen = judge(stage.evaluating(n, budget_signals=37), good)
    yield exact("evaluating: judgements, of 37", 37, seen.mask.sum(), good.size)
    # Four worlds cost 4·(0.1 + 0.5) s on every step.
    seen = judge(stage.evaluating(n, budget_seconds=9.9), good)
    yield exact("evaluating: seconds, of 9.9", 4 * 2.4, seen.seconds.sum(), good.size)
    pairs = show(np.tile([1.0, 0.0], (50, 1)))
    answer = stage.comparing(budget_queries=37).prefer(pairs)
    yield exact("comparing: answers, of 37", 37, (answer.choice != Choice.SKIP).sum(), 50)
    answer = stage.comparing(budget_seconds=49.0).prefer(pairs)
    yield exact("comparing: seconds, of 49", 9 * 5.0, answer.human_seconds.sum(), 50)
    # Every other trajectory is as good as can be, and uses up no edit.
    shown = improve(np.tile(np.array([[0], [1]]), (25, 2)))
    human = stage.correcting(KEYS, VALUED, improvement=1.0, budget_queries=12)
    answers = len(human.correct(shown).action)
    yield exact("correcting: answers, of 12 edits", 23, answers, 50)
    # An edit of both steps costs 2·(0.1 + 0.3) s, and a look at what is good 0.2 s.
    human = stage.correcting(KEYS, VALUED, improvement=1.0, budget_seconds=7.9)
    seconds = human.correct(shown).human_seconds.sum()
    yield exact("correcting: seconds, of 7.9", 7 * 1.0 + 0.8, seconds, 50)
    texts, _ = talk.listen(talk.speaking(stage, n, budget_signals=37), n, steps)
    yield exact("speaking: utterances, of 37", 37, sum(map(bool, texts)), need.size)
    # Four worlds cost 4·0.1 s a step.
    speaker = talk.speaking(stage, n, budget_seconds=9.9, prices=Prices(say=0.0))
    _, paid = talk.listen(speaker, n, steps)
    yield exact("speaking: seconds, of 9.9", 24 * 0.4, paid.sum(), need.size)
    # Of the first of 51 episodes nothing is said yet.
    flawed = np.array([2.0, 0.0, 0.0, 0.0, 0.0])
    heard = manner_talk.corrector(stage, n, budget_signals=37)
    said = sum(bool(text) for row in manner_talk.listen(heard, flawed, n, 50)[0] for text in row)
    yield exact("corrector: corrections, of 37", 37, said, 4 * 50)
    heard = manner_talk.corrector(stage, n, budget_seconds=9.9, prices=Prices(say=0.0))
    _, paid = manner_talk.listen(heard, flawed, n, 50)
    yield exact("corrector: seconds, of 9.9", 24 * 0.4, paid.sum(), 4 * 50)


@model(
    "prices",
    "intervening.prices evaluating.prices comparing.prices correcting.prices speaking.prices "
    "corrector.prices",
)
def prices(stage: Stage) -> Iterator[Row]:
    """`watch` or `steer` for each second, `takeover` and `judge` for each one, `compare`, `skip`,
    `rank` for each segment, `correct` for each second that is edited, `say` for each word."""
    p = Prices(
        watch=0.7, steer=1.3, takeover=0.9, judge=0.4, compare=6.0, skip=1.5, rank=2.5, correct=2.2
    )
    steps, n = 100, 8
    need = np.tile((np.arange(steps) % 10 < 3)[:, None], (1, n))  # ten takeovers of three steps
    seen = take_over(stage.intervening(n, prices=p), needs(need))
    each = 70 * p.watch * DT + 30 * p.steer * DT + 10 * p.takeover
    yield exact("intervening: seconds", n * each, seen.seconds.sum(), need.size)
    said = judge(stage.evaluating(n, prices=p), need.astype(float))
    each = 100 * p.watch * DT + 30 * p.judge
    yield exact("evaluating: seconds", n * each, said.seconds.sum(), need.size)
    # Every third pair returns under a tenth of what is usual.
    returns = np.tile([[10.0, 10.0], [10.0, 10.0], [0.1, 0.1]], (30, 1))
    answer = stage.comparing(skip=0.1, prices=p).prefer(show(returns))
    paid = 60 * p.compare + 30 * p.skip
    yield exact("comparing: seconds of pairs", paid, answer.human_seconds.sum(), 90)
    ranked = stage.comparing(prices=p).rank(show(np.zeros((20, 4))))
    yield exact("comparing: seconds of rankings", 20 * 4 * p.rank, ranked.human_seconds.sum(), 20)
    # Of eight steps of equal worth, three make up 0.3 of the gap.
    human = stage.correcting(KEYS, VALUED, prices=p)
    paid = human.correct(improve(np.zeros((20, 8), np.int64))).human_seconds.sum()
    each = 8 * p.watch * DT + 3 * p.correct * DT
    yield exact("correcting: seconds", 20 * each, paid, 20)
    texts, cost = talk.listen(talk.speaking(stage, n, prices=p), n, steps)
    words = sum(len(text.split()) for text in texts)
    paid = n * steps * p.watch * DT + words * p.say
    yield exact("speaking: seconds", paid, cost.sum(), need.size)
    flawed = np.array([2.0, 0.0, 0.0, 0.0, 0.0])
    rows, cost = manner_talk.listen(manner_talk.corrector(stage, n, prices=p), flawed, n, steps)
    words = sum(len(text.split()) for row in rows for text in row)
    paid = n * (steps + 1) * p.watch * DT + words * p.say
    yield exact("corrector: seconds", paid, cost.sum(), need.size)
