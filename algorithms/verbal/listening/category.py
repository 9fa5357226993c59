"""What kind of feedback a clause is: TF-IDF and logistic regression, as stored arrays."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Self

import numpy as np

from teaching import UserError

CATEGORIES = ("evaluative", "imperative", "descriptive")
"""Of what was done, of what to do, of what things are worth."""

TERM, PLACE = "TERM", "PLACE"
"""What stands for a word that the task declares, so that one classifier serves every task."""

UNHEARD = "UNHEARD"
"""What stands for a word that the classifier has not met."""


def grams(masked: Sequence[str]) -> list[str]:
    """Words and pairs of neighbours, the clause's ends included."""
    ends = ["^", *masked, "$"]
    return [*masked, *(f"{a} {b}" for a, b in pairwise(ends))]


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A fitted classifier of C labels.

    Attributes:
        labels: [C] str.
        vocabulary: [V] str, words and pairs.
        idf: [V], inverse document frequencies.
        weights: [C, V], of the logistic regression, a row a label.
        bias: [C].

    """

    labels: tuple[str, ...]
    vocabulary: np.ndarray
    idf: np.ndarray
    weights: np.ndarray
    bias: np.ndarray
    index: dict[str, int]

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        vocabulary: np.ndarray,
        idf: np.ndarray,
        weights: np.ndarray,
        bias: np.ndarray,
    ) -> Self:
        """Put arrays together."""
        index = {gram: i for i, gram in enumerate(vocabulary.tolist())}
        return cls(tuple(labels), vocabulary, idf, weights, bias, index)

    def probabilities(self, masked: Sequence[str]) -> np.ndarray:
        """[C], of a clause whose declared words are masked.

        A clause of which nothing is known gets the classifier's prior.
        """
        heard = [word if word in self.index else UNHEARD for word in masked]
        counts = Counter(self.index[gram] for gram in grams(heard) if gram in self.index)
        score = self.bias.copy()
        if counts:
            at = np.fromiter(counts, int)
            weight = np.fromiter(counts.values(), float) * self.idf[at]
            score += self.weights[:, at] @ (weight / np.linalg.norm(weight))
        grown = np.exp(score - score.max())
        return grown / grown.sum()

    def category(self, masked: Sequence[str]) -> str:
        """The likeliest label."""
        return self.labels[int(self.probabilities(masked).argmax())]

    def knows(self, word: str) -> bool:
        """Whether it has met a word."""
        return word in self.index

    def to_bytes(self) -> bytes:
        """The arrays as an npz file."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            labels=list(self.labels),
            vocabulary=self.vocabulary,
            idf=self.idf.astype(np.float32),
            weights=self.weights.astype(np.float32),
            bias=self.bias.astype(np.float32),
        )
        return buffer.getvalue()


def read_classifier(data: bytes, source: str) -> Classifier:
    """A classifier from an npz file.

    Raises:
        UserError: it is none.

    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            labels, vocabulary = arrays["labels"].tolist(), arrays["vocabulary"]
            idf, weights, bias = (arrays[k].astype(float) for k in ("idf", "weights", "bias"))
        size, count = len(vocabulary), len(labels)
        fits = idf.shape == (size,) and weights.shape == (count, size) and bias.shape == (count,)
        finite = all(np.isfinite(a).all() for a in (idf, weights, bias))
        if not (fits and finite and vocabulary.dtype.kind == "U"):
            raise ValueError("its arrays do not fit together")
    except (ValueError, KeyError, OSError, EOFError) as error:
        raise UserError(f"{source} is no classifier of clauses: {error}") from error
    return Classifier.of(labels, vocabulary, idf, weights, bias)


@lru_cache(maxsize=4)
def shipped(name: str = "classifier") -> Classifier:
    """One that ``coachable train-listener`` wrote into the package."""
    file = files("algorithms.verbal") / "weights" / f"{name}.npz"
    return read_classifier(file.read_bytes(), str(file))
