"""How alike two tasks are: by what is said they are for, and by what they look like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from algorithms.verbal.listening.clauses import tokens

TextSimilarity = Callable[[str, Sequence[str]], np.ndarray]
"""(a text, M others) -> [M], up to 1."""


def tfidf(text: str, others: Sequence[str]) -> np.ndarray:
    """[M] cosine of the TF-IDF vectors of words, log(1 + f)·(1 + log((2 + M)/(1 + df))) each.

    Document frequencies are those of `others` and `text` together. 0 where no word is shared, and
    where a text has no words but function words, which count for nothing.
    """
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    told = [[w for w in tokens(each) if w not in ENGLISH_STOP_WORDS] for each in (text, *others)]
    counts = [Counter(words) for words in told]
    vocabulary = sorted(set().union(*counts))
    rows = np.array([[count[word] for word in vocabulary] for count in counts], float)
    rows = rows.reshape(len(counts), len(vocabulary))
    rare = np.log((1 + len(counts)) / (1 + (rows > 0).sum(axis=0))) + 1
    weighted = np.log1p(rows) * rare
    length = np.linalg.norm(weighted, axis=1, keepdims=True)
    unit = weighted / np.where(length > 0, length, 1.0)
    return unit[1:] @ unit[0]


def nearness(scene: np.ndarray, others: np.ndarray) -> np.ndarray:
    """[M] 1/(1 + ‖scene − other‖²) of scenes [D] and [M, D], in units of a clear difference.

    Its tail is heavy, because a scene is told from a few episodes, of which one may be odd.
    """
    return 1 / (1 + ((others - scene) ** 2).sum(axis=1))


def both(text: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """[M] the product: two tasks are alike if they are so in words and in looks."""
    return np.clip(text, 0.0, 1.0) * scene
