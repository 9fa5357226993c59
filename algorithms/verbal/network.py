"""The inference network: from words and what was collected to the weights behind them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from algorithms.verbal.listening.clauses import tokens
from teaching import UserError

SCALE = 10.0
"""Points of reward that an output of 1 stands for."""

EMBEDDING, HIDDEN = 30, 128
UNKNOWN = "UNK"


@dataclass(frozen=True, slots=True, eq=False)
class RewardNetwork:
    """EmbeddingBag(30) ⊕ counts → 128 ReLU → one weight for each of the finest features.

    Attributes:
        vocabulary: [V] str, `UNKNOWN` among them.
        names: [K] str, the features that it was trained for.
        embedding: [V, 30].
        w1: [128, 30 + K].
        b1: [128].
        w2: [J, 128].
        b2: [J].
        index: word -> its row.

    """

    vocabulary: np.ndarray
    names: np.ndarray
    embedding: np.ndarray
    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray
    index: dict[str, int]

    def weights(self, text: str, counts: np.ndarray) -> np.ndarray:
        """[J] weights in points, of an utterance about an action with these counts [K]."""
        rows = indices(text, self.index)
        bag = self.embedding[rows].mean(axis=0)
        hidden = np.maximum(self.w1 @ np.concatenate([bag, counts]) + self.b1, 0.0)
        return SCALE * (self.w2 @ hidden + self.b2)


def indices(text: str, index: dict[str, int]) -> list[int]:
    """Rows of the words of an utterance; `UNKNOWN` for a word, or a text, that says nothing."""
    unknown = index[UNKNOWN]
    return [index.get(word, unknown) for word in tokens(text)] or [unknown]


def to_bytes(
    vocabulary: Sequence[str], names: Sequence[str], parameters: Sequence[np.ndarray]
) -> bytes:
    """A network as an npz file; `parameters` are embedding, w1, b1, w2 and b2."""
    buffer = io.BytesIO()
    labels = ("embedding", "w1", "b1", "w2", "b2")
    arrays: dict[str, Any] = {
        k: p.astype(np.float32) for k, p in zip(labels, parameters, strict=True)
    }
    np.savez_compressed(buffer, vocabulary=list(vocabulary), names=list(names), **arrays)
    return buffer.getvalue()


def read_network(data: bytes, source: str) -> RewardNetwork:
    """A network from an npz file.

    Raises:
        UserError: it is none.

    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            vocabulary, names = arrays["vocabulary"], arrays["names"]
            embedding, w1, b1, w2, b2 = (
                arrays[k].astype(float) for k in ("embedding", "w1", "b1", "w2", "b2")
            )
        fits = (
            embedding.shape == (len(vocabulary), EMBEDDING)
            and w1.shape == (HIDDEN, EMBEDDING + len(names))
            and b1.shape == (HIDDEN,)
            and w2.shape[1:] == (HIDDEN,)
            and b2.shape == w2.shape[:1]
        )
        finite = all(np.isfinite(a).all() for a in (embedding, w1, b1, w2, b2))
        index = {str(word): row for row, word in enumerate(vocabulary.tolist())}
        if not (fits and finite and UNKNOWN in index):
            raise ValueError("its arrays do not fit together")
    except (ValueError, KeyError, OSError, EOFError, IndexError) as error:
        raise UserError(f"{source} is no inference network: {error}") from error
    return RewardNetwork(vocabulary, names, embedding, w1, b1, w2, b2, index)


@lru_cache(maxsize=1)
def shipped() -> RewardNetwork:
    """The one that ``coachable train-listener`` wrote into the package."""
    file = files("algorithms.verbal") / "weights" / "network.npz"
    return read_network(file.read_bytes(), str(file))
