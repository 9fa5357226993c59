"""Listening by sentence embeddings: what words and clauses are like, not how they are spelt."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from algorithms.verbal.listening import minilm
from algorithms.verbal.listening.category import PLACE, TERM, UNHEARD
from algorithms.verbal.listening.category import shipped as ngrams
from algorithms.verbal.listening.grounding import SIMILAR, Similarity, spelling
from teaching import UserError

CUT = 0.42
"""Cosine from which on an unknown word is taken for one that the task declares; chosen on words
that no figure is about."""

PARTS = ("classifier", "direction", "size")
"""What is classified: the category of a clause; which way, and how much, a correction means."""

_SPOKEN = {
    TERM: "things",
    PLACE: "corner",
    UNHEARD: "something",
    "MORE": "more",
    "LESS": "less",
    "HIGH": "high",
    "LOW": "low",
}


def spoken(masked: Sequence[str]) -> str:
    """A clause with ordinary words for its masks, as the model takes it."""
    return " ".join(_SPOKEN.get(word, word) for word in masked)


def similarity(embed: Callable[[Sequence[str]], np.ndarray]) -> Similarity:
    """The better of spelling and cosine, the latter moved so that `CUT` is `SIMILAR`."""

    def alike(word: str, known: Sequence[str]) -> np.ndarray:
        cosine = embed(list(known)) @ embed([word])[0]
        return np.maximum(spelling(word, known), np.minimum(cosine + SIMILAR - CUT, 1.0))

    return alike


def text_similarity(embed: Callable[[Sequence[str]], np.ndarray]) -> Callable[..., np.ndarray]:
    """The cosine of whole texts, for `memory.store.Memory`."""

    def alike(text: str, others: Sequence[str]) -> np.ndarray:
        return np.maximum(embed(list(others)) @ embed([text])[0], 0.0)

    return alike


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddedClassifier:
    """Logistic regression on the embedding of a clause.

    Attributes:
        labels: [C] str.
        weights: [C, 384].
        bias: [C].
        part: one of `PARTS`, whose n-grams say which words are ordinary.
        embed: M texts -> [M, 384].

    """

    labels: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    part: str
    embed: Callable[[Sequence[str]], np.ndarray]

    def category(self, masked: Sequence[str]) -> str:
        """The likeliest label of a clause whose declared words are masked."""
        score = self.weights @ self.embed([spoken(masked)])[0] + self.bias
        return self.labels[int(score.argmax())]

    def knows(self, word: str) -> bool:
        """Whether the n-grams know it: those words are not taken for declared ones."""
        return ngrams(self.part).knows(word)


def to_bytes(parts: dict[str, tuple[Sequence[str], np.ndarray, np.ndarray]]) -> bytes:
    """An npz file of labels [C], weights [C, 384] and bias [C] of each part."""
    buffer = io.BytesIO()
    arrays = {}
    for name, (labels, weights, bias) in parts.items():
        arrays[f"{name}/labels"] = np.array(list(labels))
        arrays[f"{name}/weights"] = weights.astype(np.float32)
        arrays[f"{name}/bias"] = bias.astype(np.float32)
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def read(data: bytes, source: str) -> dict[str, EmbeddedClassifier]:
    """The classifiers of an npz file.

    Raises:
        UserError: it has none, or the extra ``embeddings`` is not installed.

    """
    embed = minilm.load().embed
    found = {}
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            for name in PARTS:
                labels = tuple(arrays[f"{name}/labels"].tolist())
                weights = arrays[f"{name}/weights"].astype(float)
                bias = arrays[f"{name}/bias"].astype(float)
                if weights.shape != (len(labels), 384) or bias.shape != (len(labels),):
                    raise ValueError("its arrays do not fit together")
                if not (np.isfinite(weights).all() and np.isfinite(bias).all()):
                    raise ValueError("it holds something else than finite numbers")
                found[name] = EmbeddedClassifier(labels, weights, bias, name, embed)
    except (ValueError, KeyError, OSError, EOFError) as error:
        raise UserError(f"{source} has no classifiers of embeddings: {error}") from error
    return found


@lru_cache(maxsize=1)
def shipped() -> dict[str, EmbeddedClassifier]:
    """Those that ``coachable train-listener`` wrote into the package."""
    file = files("algorithms.verbal") / "weights" / "embedded.npz"
    return read(file.read_bytes(), str(file))
