"""What people correct in words, measured: what they choose, where, how often, how well put."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coachable.reproduce.human_models import manner_talk as talk
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import Row, counts, exact, share
from coachable.reproduce.human_models.stage import Stage
from simulated_humans.correction_phrases import CONTENT

MODELS: dict[str, Model] = {}
model = collect(MODELS, "corrector")

EACH = 20
"""Draws that one sentence stands for: to make up a sentence takes time."""
QUALITIES = ("pace", "berth", "calm", "timing")


def off(**spreads: float) -> np.ndarray:
    """[5], an observation that is so far off."""
    names = (*QUALITIES, "there")
    return np.array([spreads.get(name, 0.0) for name in names])


def content(texts: list[str], phrasing: str = "all") -> np.ndarray:
    """[n] bool, whether nothing is asked for, in sentences of this phrasing."""
    kept = {"known": CONTENT.known, "held_out": CONTENT.held_out}.get(
        phrasing, CONTENT.known + CONTENT.held_out
    )
    return np.array([text in kept for text in texts])


@model(
    "what_is_corrected",
    "temperature content",
    "CORGI (Srivastava et al. 2023) for the largest; the softmax is ours",
)
def what_is_corrected(stage: Stage) -> Iterator[Row]:
    """of the deviations d, in spreads, one is spoken of with probability ∝ e^{|d|/τ}, the largest
    where τ = 0; none where all are under the content c."""
    n, tau = stage.worlds(EACH), 0.8
    amounts = {"pace": 1.0, "berth": -2.0, "calm": 0.5, "timing": 1.5}
    (texts,), _ = talk.listen(talk.corrector(stage, n, temperature=tau), off(**amounts), n)
    seen = np.array([sum(talk.about(text, name) for text in texts) for name in QUALITIES])
    weight = np.exp(np.abs(list(amounts.values())) / tau)
    yield counts("spoken of, τ = 0.8, χ²", seen, weight / weight.sum())
    (texts,), _ = talk.listen(talk.corrector(stage, 100), off(**amounts), 100)
    yield exact("τ = 0: the largest", 100, sum(talk.about(t, "berth") for t in texts), 100)
    for deviation, nothing in ((0.39, 1.0), (0.41, 0.0)):
        (texts,), _ = talk.listen(talk.corrector(stage, 100, content=0.4), off(pace=deviation), 100)
        yield exact(f"c = 0.4, d = {deviation}: content", nothing, content(texts).mean(), 100)


@model(
    "where_and_wholes",
    "contexts wholes",
)
def where_and_wholes(stage: Stage) -> Iterator[Row]:
    """says where, if it may, what is off there and hardly elsewhere; speaks of what shows of whole
    episodes, if it may."""
    flawed = off(pace=2.0, there=1.0)
    for may in (True, False):
        human = talk.corrector(stage, 100, contexts=may)
        named = float(np.mean(["downhill" in text for text in _of_two_steps(human, flawed)]))
        yield exact(f"contexts {may}: named", float(may), named, 100)
        human = talk.corrector(stage, 100, wholes=may)
        (texts,), _ = talk.listen(human, off(pace=0.5, timing=2.0), 100)
        spoken = float(np.mean([talk.about(text, "timing") for text in texts]))
        yield exact(f"wholes {may}: spoken of", float(may), spoken, 100)


def _of_two_steps(human: talk.CorrectorHuman, flawed: np.ndarray) -> list[str]:
    """Of an episode with a step where the context holds, and one where it does not."""
    rows = np.stack([flawed, np.zeros(5)])
    mine = rows, np.zeros((2, 1))
    right = np.stack([flawed * (np.arange(5) == talk.THERE), np.zeros(5)]), np.zeros((2, 1))
    rng = np.random.default_rng(0)
    meant = human.correction_of(mine, right, rng)
    from simulated_humans.comparing_manners import say

    return [say(meant, talk.MANNER, "known", rng) for _ in range(100)]


@model(
    "persistence",
    "patience every",
)
def persistence(stage: Stage) -> Iterator[Row]:
    """of k episodes one is spoken of; after p corrections of the same thing in a row, one of
    another: p of p + 1 are about what is off most."""
    n, patience, every = 50, 3, 2
    flawed = off(pace=2.0, berth=1.0)
    texts, _ = talk.listen(talk.corrector(stage, n, patience=patience), flawed, n, 12)
    spoken = [talk.about(text, "pace") for row in texts for text in row]
    yield exact("p = 3: about what is off most", 3 / 4, float(np.mean(spoken)), len(spoken))
    texts, _ = talk.listen(talk.corrector(stage, n, every=every), flawed, n, 12)
    said = [bool(text) for row in texts for text in row]
    yield exact("k = 2: episodes spoken of", 1 / 2, float(np.mean(said)), len(said))


@model(
    "put_into_words",
    "phrasing typos mistakes silence",
)
def put_into_words(stage: Stage) -> Iterator[Row]:
    """each sentence is as likely as any other of those that the phrasing has; a word of four
    letters or more has a slip with probability t; more is said for less with probability ε; of an
    episode nothing is said with probability s."""
    n = stage.worlds(EACH)
    for phrasing in ("known", "held_out", "all"):
        (texts,), _ = talk.listen(talk.corrector(stage, n, phrasing=phrasing), off(), n)
        kept = content(texts, "held_out")
        if phrasing == "all":
            every = len(CONTENT.known) + len(CONTENT.held_out)
            yield share("all: held-out sentences", kept, len(CONTENT.held_out) / every)
        else:
            wanted = n * (phrasing == "held_out")
            yield exact(f"{phrasing}: held-out sentences", wanted, kept.sum(), n)
    epsilon, silence, slip = 0.1, 0.3, 0.1
    (texts,), _ = talk.listen(talk.corrector(stage, n, mistakes=epsilon), off(pace=-1.2), n)
    wrong = np.array([not talk.asks_for_more(text, "pace") for text in texts])
    yield share("less for more", wrong, epsilon)
    (texts,), _ = talk.listen(talk.corrector(stage, n, silence=silence), off(pace=-1.2), n)
    yield share("said", np.array([bool(text) for text in texts]), 1 - silence)
    flawed, sampled = off(pace=-2.0), talk.corrector(stage, 400)
    meant = {word for text in talk.listen(sampled, flawed, 400)[0][0] for word in text.split()}
    (texts,), _ = talk.listen(talk.corrector(stage, n, typos=slip), flawed, n)
    words = [word for text in texts for word in text.split()]
    # What nobody means is a slip; so it is counted unless it happens to be another word.
    long = [w for w in words if w not in meant or (len(w) >= 4 and w.isalpha())]
    yield share("words of four letters with a slip", np.array([w not in meant for w in long]), slip)
