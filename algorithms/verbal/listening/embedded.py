"""Listening by sentence embeddings: what words and clauses are like, not how they are spelt."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from algorithms.verbal.listening import minilm
from algorithms.verbal.listening.category import PLACE, TERM, UNHEARD, Classifier
from algorithms.verbal.listening.category import shipped as ngrams
from algorithms.verbal.listening.grounding import SIMILAR, Similarity, spelling
from teaching import UserError
from teaching.words import Term, Words

CUT = 0.4
"""Cosine from which on an unknown word is taken for one that is known; chosen with half of the
known sentences held out from the other half."""

MARGIN = 0.1
"""By how much more an unknown word must be like a declared term than like other things; chosen on
words that no figure is about."""

_SPOKEN = {TERM: "things", PLACE: "corner", UNHEARD: "something"}


def spoken(masked: Sequence[str]) -> str:
    """A clause with ordinary words for its masks, as the model takes it."""
    return " ".join(_SPOKEN.get(word, word) for word in masked)


def similarity(words: Words, embed: Callable[[Sequence[str]], np.ndarray]) -> Similarity:
    """Of words that nobody knows, to the words of a task: by spelling, and by what they mean.

    A word is as like a term as to the two words for it that are most like it, by itself and as
    one of the term's group ("the colour salmon"); less how like it is to things of other sorts,
    for a word that is like everything says nothing.
    """
    terms = [(term, embed(list(term.words)), _grouped(term, embed)) for term in words.terms]
    others = embed(list(_OTHERS))

    def alike(word: str, known: Sequence[str]) -> np.ndarray:
        found = spelling(word, known)
        word = _singular(word)
        itself = embed([word])[0]
        other = float(np.sort(others @ itself)[-3:].mean())
        for term, alone, grouped in terms:
            in_group = embed([f"the {term.group} {word}"])[0]
            each = 0.5 * (alone @ itself + grouped @ in_group)
            score = float(np.sort(each)[-2:].mean()) - other - MARGIN + SIMILAR
            at = [k for k, other_word in enumerate(known) if other_word == term.name]
            found[at] = np.maximum(found[at], min(score, 1.0))
        return found

    return alike


def _singular(word: str) -> str:
    """Of an English noun with a regular plural; another word that ends in s loses it too."""
    for end in ("xes", "ches", "shes", "sses"):
        if word.endswith(end):
            return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _grouped(term: Term, embed: Callable[[Sequence[str]], np.ndarray]) -> np.ndarray:
    return embed([f"the {term.group} {word}" for word in term.words])


_OTHERS = (
    "animal", "person", "place", "food", "time", "feeling", "tool", "sound", "machine", "weather",
    "clothes", "music", "building", "drink", "number", "money", "quantity", "size", "value",
    "quality", "action", "movement", "speed", "thought", "reason", "word", "year", "day", "way",
    "thing", "part", "good", "bad", "big", "small", "new", "old", "high", "low", "easy", "hard",
    "cheap", "dear", "gain", "loss", "more", "less", "very", "well", "soon", "always", "never",
    "take", "give", "make", "go", "come", "see", "find", "use", "want", "keep", "leave", "wait",
    "help", "hurt", "win", "lose",
)  # fmt: skip


class Nearest:
    """A classifier of n-grams that takes an unknown word for the known one that is most like it.

    "Somewhat" is then heard as "slightly", which the n-grams know; from a cosine of `CUT` on.
    """

    def __init__(self, classifier: Classifier, embed: Callable[[Sequence[str]], np.ndarray]):
        """Prepare; masks, which are in capitals, are like no word."""
        self._classifier, self._embed = classifier, embed
        single = [word for word in classifier.vocabulary.tolist() if word.isalpha()]
        self._words = [word for word in single if word.islower()]
        self._found: dict[str, str] = {}

    def category(self, masked: Sequence[str]) -> str:
        """The likeliest label of a clause whose declared words are masked."""
        return self._classifier.category([self._near(word) for word in masked])

    def knows(self, word: str) -> bool:
        """Whether the n-grams know it."""
        return self._classifier.knows(word)

    def _near(self, word: str) -> str:
        if not word.islower() or self._classifier.knows(word):
            return word
        if word not in self._found:
            cosine = self._embed(self._words) @ self._embed([word])[0]
            best = int(cosine.argmax())
            self._found[word] = self._words[best] if cosine[best] >= CUT else word
        return self._found[word]


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedClassifier:
    """Logistic regression on the embedding of a clause.

    Attributes:
        labels: [C] str.
        weights: [C, 384].
        bias: [C].
        embed: M texts -> [M, 384].

    """

    labels: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    embed: Callable[[Sequence[str]], np.ndarray]

    def category(self, masked: Sequence[str]) -> str:
        """The likeliest label of a clause whose declared words are masked."""
        score = self.weights @ self.embed([spoken(masked)])[0] + self.bias
        return self.labels[int(score.argmax())]

    def knows(self, word: str) -> bool:
        """Whether the n-grams know it, or its plural: it is then not taken for a declared one."""
        return ngrams().knows(word) or ngrams().knows(word + "s")


def to_bytes(labels: Sequence[str], weights: np.ndarray, bias: np.ndarray) -> bytes:
    """An npz file of labels [C], weights [C, 384] and bias [C]."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        labels=list(labels),
        weights=weights.astype(np.float32),
        bias=bias.astype(np.float32),
    )
    return buffer.getvalue()


def read(data: bytes, source: str) -> EmbeddedClassifier:
    """The classifier of an npz file.

    Raises:
        UserError: it has none, or the extra ``embeddings`` is not installed.

    """
    embed = minilm.load().embed
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            labels = tuple(arrays["labels"].tolist())
            weights, bias = (arrays[k].astype(float) for k in ("weights", "bias"))
        fits = weights.shape == (len(labels), minilm.WIDTH) and bias.shape == (len(labels),)
        if not (fits and np.isfinite(weights).all() and np.isfinite(bias).all()):
            raise ValueError("its arrays do not fit together")
    except (ValueError, KeyError, OSError, EOFError) as error:
        raise UserError(f"{source} is no classifier of embedded clauses: {error}") from error
    return EmbeddedClassifier(labels, weights, bias, embed)


@lru_cache(maxsize=1)
def shipped() -> EmbeddedClassifier:
    """The one that ``coachable train-listener`` wrote into the package."""
    file = files("algorithms.verbal") / "weights" / "embedded.npz"
    return read(file.read_bytes(), str(file))
