"""What people say in words, measured: of what kind, how much, how well put, and when not at all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from coachable.reproduce.human_models import talk
from coachable.reproduce.human_models.attention import STEPS, wearing_off
from coachable.reproduce.human_models.model import Model, collect
from coachable.reproduce.human_models.rows import Row, counts, exact, share
from coachable.reproduce.human_models.stage import DT, Stage
from simulated_humans.phrases import EVALUATIVE, IMPERATIVE, IRONIES
from teaching import Prices

MODELS: dict[str, Model] = {}
model = collect(MODELS, "speaking")

EACH = 10
"""Draws that one sentence stands for: to make up a sentence takes time."""


@model(
    "kinds_of_words",
    "evaluative imperative descriptive",
    "Sumers et al. (2021)",
)
def kinds_of_words(stage: Stage) -> Iterator[Row]:
    """each clause is of one of three kinds, in the proportions of their weights."""
    n = stage.worlds(EACH)
    texts, _ = talk.listen(
        talk.speaking(stage, n, evaluative=5.0, imperative=2.0, descriptive=3.0, more=0.0), n
    )
    kinds = (talk.EVALUATIONS, talk.INSTRUCTIONS, talk.DESCRIPTIONS)
    seen = np.array([sum(text in kind for text in texts) for kind in kinds])
    yield exact("clauses of one of the three kinds", n, seen.sum(), n)
    yield counts("kinds, χ²", seen, np.array([0.5, 0.2, 0.3]))


@model(
    "talkative",
    "more",
    "after Sumers et al. (2021)",
)
def talkative(stage: Stage) -> Iterator[Row]:
    """after the first and after the second clause another one follows with probability m."""
    n, m = stage.worlds(EACH), 0.4
    texts, _ = talk.listen(talk.speaking(stage, n, more=m), n)
    length = np.array([len(text.split(". ")) for text in texts])
    yield share("one clause", length == 1, 1 - m)
    yield share("two clauses", length == 2, m * (1 - m))
    yield share("three clauses", length == 3, m * m)


@model(
    "gladly",
    "gladly",
    "after Sumers et al. (2021)",
)
def gladly(stage: Stage) -> Iterator[Row]:
    """of what things are worth, something good is said with probability g."""
    n, g = stage.worlds(EACH), 0.7
    human = talk.speaking(stage, n, only="descriptive", gladly=g, more=0.0)
    texts, _ = talk.listen(human, n)
    yield share("about what is good", np.array(["red" in text for text in texts]), g)


@model(
    "paraphrases",
    "phrasing",
)
def paraphrases(stage: Stage) -> Iterator[Row]:
    """each sentence is as likely as any other of those that the phrasing has."""
    n = stage.worlds(EACH)
    kept = talk.all_of(IMPERATIVE, "held_out")

    def held_out(phrasing: str) -> np.ndarray:
        human = talk.speaking(stage, n, only="imperative", phrasing=phrasing, more=0.0)
        return np.array([text in kept for text in talk.listen(human, n)[0]])

    yield exact("known: held-out sentences", 0, held_out("known").sum(), n)
    yield exact("held_out: held-out sentences", n, held_out("held_out").sum(), n)
    every = len(IMPERATIVE.known) + len(IMPERATIVE.held_out)
    yield share("all: held-out sentences", held_out("all"), len(IMPERATIVE.held_out) / every)


@model(
    "wording",
    "hedges typos",
)
def wording(stage: Stage) -> Iterator[Row]:
    """a clause is hedged with probability h; a word of four letters or more has a slip with
    probability ε, and always looks otherwise for it."""
    n, h, epsilon = stage.worlds(EACH), 0.3, 0.1
    human = talk.speaking(stage, n, only="imperative", hedges=h, more=0.0)
    texts, _ = talk.listen(human, n)
    yield share("hedged", np.array([text not in talk.INSTRUCTIONS for text in texts]), h)
    meant = set().union(*(text.split() for text in talk.INSTRUCTIONS))
    long = {word for word in meant if len(word) >= 4 and word.isalpha()}
    human = talk.speaking(stage, n, only="imperative", typos=epsilon, more=0.0)
    words = [word for text in talk.listen(human, n)[0] for word in text.split()]
    # A word that nobody means is a slip; so it is counted unless it happens to be another one.
    slip = np.array([word not in meant for word in words if word in long or word not in meant])
    yield share("words of four letters with a slip", slip, epsilon)


@model(
    "irony",
    "sarcasm mistakes",
)
def irony(stage: Stage) -> Iterator[Row]:
    """blame of what was done is said as praise, with a mark of irony, with probability s; by
    mistake good is said for bad with probability ε, and another place is named."""
    n, s, epsilon = stage.worlds(EACH), 0.2, 0.1
    ironic = {i.format(p) for i in IRONIES for p in talk.all_of(EVALUATIVE["best"])}
    human = talk.speaking(stage, n, only="evaluative", sarcasm=s, more=0.0)
    texts, _ = talk.listen(human, n, action=talk.BAD)
    yield share("irony for blame", np.array([text in ironic for text in texts]), s)
    human = talk.speaking(stage, n, only="evaluative", mistakes=epsilon, more=0.0)
    blame = talk.all_of(EVALUATIVE["worst"])
    texts, _ = talk.listen(human, n)
    yield share("blame of what is right", np.array([text in blame for text in texts]), epsilon)
    human = talk.speaking(stage, n, only="imperative", mistakes=epsilon, more=0.0)
    texts, _ = talk.listen(human, n)
    right = np.array(["right" in text.replace("right corner", "right").split() for text in texts])
    named = np.mean(["{place}" in text for text in IMPERATIVE.known])
    yield share("the wrong place", right, epsilon * float(named))


@model(
    "keeping_quiet",
    "silence fatigue",
    "Cederborg et al. (2015)",
)
def keeping_quiet(stage: Stage) -> Iterator[Row]:
    """says nothing with probability s; after t seconds of human time on a world it speaks with
    probability e^{−t/τ}."""
    n, s = stage.worlds(EACH), 0.3
    texts, _ = talk.listen(talk.speaking(stage, n, silence=s), n)
    yield share("said", np.array([bool(text) for text in texts]), 1 - s)
    n, tau = stage.worlds(STEPS), STEPS * DT / 2.5
    human = talk.speaking(stage, n, fatigue=tau, prices=Prices(say=0.0))
    said, _ = talk.listen(human, n, STEPS)
    mask = np.array([bool(text) for text in said]).reshape(STEPS, n)
    yield from wearing_off((np.arange(STEPS) * DT)[:, None], mask, tau, 1.0)
