"""Text with labels: what the lab's own humans say of what somebody does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms.verbal.listening.clauses import tokens
from envs.collection.assignment import COLOUR_OF, SHAPE_OF, weights
from envs.collection.features import COLOURS, FEATURES, SHAPES
from envs.collection.words import WORDS
from simulated_humans.comparing_manners import Correction, say
from simulated_humans.sentences import pick
from teaching import View
from teaching.manner import Manner

CATEGORIES = ("evaluative", "imperative", "descriptive")
HELD_OUT_ASSIGNMENTS = (4, 13, 22, 31)
"""Of the collection task's 36; the inference network is trained on the others."""

_WORLDS = 100

Examples = tuple[list[str], np.ndarray, np.ndarray]
"""M utterances, [M, K] counts of what they are about, [M, J] weights behind them."""


@dataclass(frozen=True)
class Said:
    """Something that was said, and what about.

    Attributes:
        text: the utterance.
        obs: [160] what the learner saw.
        action: what it was about to do.
        assignment: of colours and shapes to worth.

    """

    text: str
    obs: np.ndarray
    action: int
    assignment: int


def examples(said: Sequence[Said]) -> Examples:
    """As they are."""
    counts = WORDS.count(np.stack([s.obs for s in said]), np.array([s.action for s in said]))
    truth = np.stack([weights(s.assignment)[list(WORDS.finest)] for s in said])
    return [s.text for s in said], counts, truth


def exchanged(said: Sequence[Said], assignments: Sequence[int], seed: int) -> Examples:
    """Each under every assignment, with the words of one colour or shape put for another's."""
    rng = np.random.default_rng([seed, 0xE7])
    texts, counts, truth = [], [], []
    plain = WORDS.count(np.stack([s.obs for s in said]), np.array([s.action for s in said]))
    for message, count in zip(said, plain, strict=True):
        for assignment in assignments:
            names = exchange(message.assignment, assignment)
            texts.append(" ".join(_put(word, names, rng) for word in tokens(message.text)))
            moved = np.zeros(len(FEATURES))
            for k, feature in enumerate(WORDS.features):
                moved[WORDS.features.index(tuple(names[term] for term in feature))] = count[k]
            counts.append(moved)
            truth.append(weights(assignment)[list(WORDS.finest)])
    return texts, np.stack(counts), np.stack(truth)


def exchange(old: int, new: int) -> dict[str, str]:
    """The colour and the shape that play the part of each in another assignment."""
    names: dict[str, str] = {}
    for kinds, order in ((COLOURS, COLOUR_OF), (SHAPES, SHAPE_OF)):
        names |= {kinds[a]: kinds[b] for a, b in zip(order[old], order[new], strict=True)}
    return names


def _put(word: str, names: dict[str, str], rng: np.random.Generator) -> str:
    """The word itself, or one for what plays its part."""
    term = _MEANS.get(word)
    return word if term is None else str(rng.choice(_SAID[names[term]]))


_SAID = {term.name: term.words for term in WORDS.terms}
_MEANS = {
    form: term.name for term in WORDS.terms for w in term.words for form in (w, w + "s", w + "es")
}


def only(category: str) -> dict[str, float]:
    """Settings of a speaker of one category."""
    return {name: float(name == category) for name in CATEGORIES}


def speak(
    phrasing: str,
    seed: int,
    rounds: int,
    assignments: list[int] | None = None,
    **settings: Any,
) -> Iterator[Said]:
    """What a hundred people say, round after round, of what somebody does who knows half of it."""
    from envs.collection.batch import CollectionBatch
    from envs.collection.oracle import collection_oracle
    from envs.collection.task import CollectionConfig
    from simulated_humans.speaking import SpeakingHuman
    from simulated_humans.speaking_config import SpeakingConfig

    config = CollectionConfig(levels=1, assignment=None)
    batch = CollectionBatch(config, "train", _WORLDS)
    for world in range(_WORLDS):
        batch.seed(world, 1000 * seed + world)
    human = SpeakingHuman(
        SpeakingConfig(phrasing=phrasing, **{"hedges": 0.2, "typos": 0.0, **settings}),  # type: ignore[arg-type]
        collection_oracle(batch),
        batch.action_space,
        _WORLDS,
        seed,
    )
    rng = np.random.default_rng([seed, 0x11])
    for step in range(rounds):
        batch.start(np.ones(_WORLDS, bool))
        action = somebody(batch.action_values(), rng)
        view = View(
            obs=batch.observe(),
            proposed_action=action,
            step=np.full(_WORLDS, step),
            episode_start=np.ones(_WORLDS, bool),
            dt=config.dt,
        )
        texts = human.speak(view).text
        for world, text in enumerate(texts):
            assignment = int(batch.assignment[world])
            if assignments is None or assignment in assignments:
                yield Said(text, view.obs[world], int(action[world]), assignment)


TEMPERATURE = 0.41
"""Of a choice by the softmax of points over the level's most: about 44 % of the most is scored, as
by the people in Sumers et al. (2021)."""


def somebody(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """[N] actions of people who know half of it, by the values [N, 128] of all actions."""
    chance = np.exp(values / values.max(axis=1, keepdims=True) / TEMPERATURE)
    chance[:, ::32] = 0.0  # people take something
    below = chance.cumsum(axis=1)
    return (below <= rng.random((len(values), 1)) * below[:, -1:]).sum(axis=1)


def corrections(
    manner: Manner, phrasing: str, count: int, seed: int, typos: float = 0.0
) -> Iterator[tuple[str, Correction]]:
    """What correctors say, and what they mean; one in ten is content."""
    rng = np.random.default_rng([seed, 0xC0])
    for _ in range(count):
        size = pick(("little", "some", "much"), rng)
        direction = 0 if rng.random() < 0.1 else 1 - 2 * int(rng.integers(2))
        context = int(rng.integers(-1, len(manner.contexts)))
        quality = int(rng.integers(len(manner.qualities)))
        meant = Correction(quality, direction, size if direction else "some", context)
        yield say(meant, manner, phrasing, rng, typos), meant
