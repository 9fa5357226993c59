"""``coachable train-listener``: fit what listens, on text that the lab's own humans make."""

from __future__ import annotations

import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from algorithms.verbal.listening.category import TERM, UNHEARD, Classifier
from algorithms.verbal.listening.clauses import tokens
from algorithms.verbal.listening.listener import Classifies
from coachable.files import make_folder, write_whole
from coachable.listener_data import (
    CATEGORIES,
    HELD_OUT_ASSIGNMENTS,
    corrections,
    examples,
    exchanged,
    only,
    speak,
)
from coachable.train import one_thread
from teaching import UserError
from teaching.manner import Manner

_FILES = ("classifier.npz", "direction.npz", "size.npz", "network.npz")
_EMBEDDED = "embedded.npz"
_CORRECTIONS = 5000
_CLAUSE_ROUNDS = 60
_UNHEARD = 0.1
"""Share of the words that the classifier is not shown, so that it learns what to make of those."""
_EMBEDDED_ROUNDS = 20
_NOUNS = ("apples", "lamps", "dogs", "letters", "clouds", "keys", "shoes", "boats")
"""Things that no task has, in the place of those that it has."""
_NETWORK_ROUNDS = 800
_EPOCHS = 30
_FIGURES = "held-out sentences, weighted F1 of the classifier: {f1:.2f}"


def train_listener(out: str, overwrite: bool = False) -> int:
    """The verb: write what listens into a folder, and say how good it is at clauses.

    Raises:
        UserError: there is something already, or the folder cannot be written to.

    """
    one_thread()
    folder = make_folder(Path(out))
    for name in (*_FILES, _EMBEDDED):
        if (folder / name).exists() and not overwrite:
            raise UserError(f"{folder / name} is there already; --overwrite replaces it")
    started = time.monotonic()
    classifier = fit_classifier(seed=0)
    print(_FIGURES.format(f1=weighted_f1(*judged(classifier, "held_out", seed=1))))
    write_whole(folder / "classifier.npz", classifier.to_bytes())
    for name, part in fit_corrections(seed=3).items():
        write_whole(folder / f"{name}.npz", part.to_bytes())
    write_whole(folder / "network.npz", fit_network(seed=2))
    written = list(_FILES)
    if find_spec("all_minilm_l6_v2") is not None:  # the extra embeddings
        write_whole(folder / _EMBEDDED, fit_embedded(seed=0))
        written.append(_EMBEDDED)
    print(f"{folder}: {', '.join(written)} ({time.monotonic() - started:.0f} s)")
    return 0


def fit_classifier(seed: int) -> Classifier:
    """A classifier of clauses, from sentences that are not held out."""
    from algorithms.verbal import fit

    clauses, labels = masked("known", seed)
    rng = np.random.default_rng([seed, 0x0F])
    heard = [[UNHEARD if rng.random() < _UNHEARD else word for word in c] for c in clauses]
    return fit.fit_classifier(heard, labels, CATEGORIES)


def fit_network(
    seed: int, rounds: int = _NETWORK_ROUNDS, epochs: int = _EPOCHS, messages: int | None = None
) -> bytes:
    """An inference network, from what people said who had known weights in mind.

    Args:
        seed: of the text and of the fit.
        rounds: of a hundred messages each.
        epochs: passes over them.
        messages: how many messages there are at all; they are then said again under every other
            assignment, with the words exchanged, as in Sumers et al. (2021). None takes every
            round as it is.

    Returns:
        An npz file.

    """
    from algorithms.verbal import fit, network
    from envs.collection.assignment import ASSIGNMENTS
    from envs.collection.words import WORDS

    known = [a for a in range(ASSIGNMENTS) if a not in HELD_OUT_ASSIGNMENTS]
    said = [s for s in speak("known", seed, rounds, known) if s.text][:messages]
    data = examples(said) if messages is None else exchanged(said, known, seed)
    vocabulary, found = fit.fit_network(*data, epochs, seed)
    return network.to_bytes(vocabulary, WORDS.names, found)


def fit_corrections(seed: int) -> dict[str, Classifier]:
    """Which way and how much a correction means, from what is said of driving."""
    from algorithms.verbal import fit
    from algorithms.verbal.corrections import listening
    from envs.driving.manner import MANNER

    find = listening.finder(MANNER, known=lambda word: True)
    said = list(corrections(MANNER, "known", _CORRECTIONS, seed))
    rng = np.random.default_rng([seed, 0x0F])
    clauses = []
    for text, _ in said:
        words = listening.mask(find.scan(tokens(text)))
        clauses.append([UNHEARD if rng.random() < _UNHEARD else word for word in words])
    ways = [listening.DIRECTIONS[meant.direction + 1] for _, meant in said]
    sizes = [meant.size for _, meant in said]
    return {
        "direction": fit.fit_classifier(clauses, ways, listening.DIRECTIONS),
        "size": fit.fit_classifier(clauses, sizes, listening.SIZES),
    }


def fit_embedded(seed: int) -> bytes:
    """The classifier of embedded clauses, from the same sentences as that of n-grams.

    Raises:
        UserError: the extra ``embeddings`` is not installed.

    """
    from algorithms.verbal import fit
    from algorithms.verbal.listening import embedded, minilm

    clauses, labels = masked("known", seed, _EMBEDDED_ROUNDS)
    rng = np.random.default_rng([seed, 0x0F])
    texts = []
    for clause in clauses:
        noun = _NOUNS[int(rng.integers(len(_NOUNS)))] if rng.random() < _UNHEARD else TERM
        texts.append(embedded.spoken([noun if word == TERM else word for word in clause]))
    return embedded.to_bytes(*fit.fit_embedded(texts, labels, CATEGORIES, minilm.load().embed))


def grounding_accuracy(
    manner: Manner,
    phrasing: str,
    seed: int,
    count: int = 1000,
    typos: float = 0.0,
    backend: str = "lexicon",
) -> dict[str, float]:
    """Shares of corrections of which a shipped listener gets what, how much, and where.

    What is the quality and the way.
    """
    from algorithms.verbal.listening.backends import correction_listener_of

    listener = correction_listener_of(manner, backend)
    hits = []
    for text, meant in corrections(manner, phrasing, count, seed, typos):
        asked = listener.hear(text)
        right = asked.direction == meant.direction
        if meant.direction:
            right &= asked.quality == meant.quality
        where = asked.contexts == (() if meant.context < 0 else (meant.context,))
        hits.append((right, asked.size == meant.size, where or not meant.direction))
    quality, size, where = np.mean(hits, axis=0)
    return {"what": float(quality), "how much": float(size), "where": float(where)}


def masked(
    phrasing: str, seed: int, rounds: int = _CLAUSE_ROUNDS
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Clauses with the task's words masked, and their categories; as many of each."""
    from algorithms.verbal.listening.clauses import split
    from algorithms.verbal.listening.grounding import Lexicon
    from envs.collection.words import WORDS

    lexicon = Lexicon(WORDS, known=lambda word: True)
    clauses, labels = [], []
    for k, category in enumerate(CATEGORIES):
        for said in speak(phrasing, seed + 100 * k, rounds, None, **only(category)):
            for clause in split(said.text):
                clauses.append(lexicon.find(tokens(clause)).masked)
                labels.append(category)
    return clauses, labels


def judged(
    classifier: Classifies, phrasing: str, seed: int, rounds: int = _CLAUSE_ROUNDS
) -> tuple[list[str], list[str]]:
    """What is true of clauses, and what the classifier says."""
    clauses, labels = masked(phrasing, seed, rounds)
    return labels, [classifier.category(clause) for clause in clauses]


def weighted_f1(truth: list[str], said: list[str]) -> float:
    """F1 of each category, weighted by how often it is true."""
    real, found = np.array(truth), np.array(said)
    total = 0.0
    for category in CATEGORIES:
        hits = float(((real == category) & (found == category)).sum())
        wrong = float(((real == category) ^ (found == category)).sum())
        share = float((real == category).mean())
        total += share * (2 * hits / (2 * hits + wrong) if hits else 0.0)
    return total
