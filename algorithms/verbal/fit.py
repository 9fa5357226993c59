"""Fit the classifier of clauses, and the inference network, to text with labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from algorithms.verbal.listening.category import Classifier, grams
from algorithms.verbal.listening.clauses import tokens
from algorithms.verbal.network import EMBEDDING, HIDDEN, SCALE, UNKNOWN, indices

_RAREST = 3
"""Words that occur less often share one row."""

_BATCH = 64


def fit_classifier(
    clauses: Sequence[Sequence[str]], said: Sequence[str], labels: Sequence[str]
) -> Classifier:
    """TF-IDF and logistic regression by scikit-learn.

    Args:
        clauses: masked tokens of each.
        said: the label of each.
        labels: three or more, every one of which must occur.

    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(analyzer=grams, min_df=2)
    features = vectorizer.fit_transform(clauses)
    numbers = [labels.index(label) for label in said]
    model = LogisticRegression(C=10.0, max_iter=1000, class_weight="balanced")
    model.fit(features, numbers)
    vocabulary = vectorizer.get_feature_names_out()
    return Classifier.of(
        labels, np.array(vocabulary.tolist()), vectorizer.idf_, model.coef_, model.intercept_
    )


def fit_embedded(
    texts: Sequence[str],
    said: Sequence[str],
    labels: Sequence[str],
    embed: Callable[[Sequence[str]], np.ndarray],
) -> tuple[Sequence[str], np.ndarray, np.ndarray]:
    """Logistic regression on embeddings by scikit-learn: labels, weights [C, D], bias [C].

    Args:
        texts: clauses with ordinary words for their masks.
        said: the label of each.
        labels: three or more, every one of which must occur.
        embed: M texts -> [M, D].

    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced")
    model.fit(embed(texts), [labels.index(label) for label in said])
    return labels, model.coef_, model.intercept_


def fit_network(
    texts: Sequence[str],
    counts: np.ndarray,
    weights: np.ndarray,
    epochs: int,
    seed: int,
) -> tuple[list[str], list[np.ndarray]]:
    """The inference network, by Adam on the squared error.

    Args:
        texts: M utterances.
        counts: [M, K] of the actions that they are about.
        weights: [M, J] true weights of the finest features, in points.
        epochs: passes over the data.
        seed: of the first weights and of the order.

    Returns:
        The vocabulary, and embedding, w1, b1, w2, b2.

    """
    import torch as th
    from torch import nn

    common = Counter(word for text in texts for word in tokens(text))
    vocabulary = sorted(word for word, count in common.items() if count >= _RAREST)
    vocabulary.append(UNKNOWN)
    index = {word: row for row, word in enumerate(vocabulary)}
    rows = [indices(text, index) for text in texts]
    width = max(map(len, rows))
    padded = th.full((len(rows), width), len(vocabulary))
    for k, row in enumerate(rows):
        padded[k, : len(row)] = th.tensor(row)
    inputs = th.as_tensor(np.asarray(counts, np.float32))
    targets = th.as_tensor(np.asarray(weights / SCALE, np.float32))
    with th.random.fork_rng():
        th.manual_seed(seed)
        bag = nn.EmbeddingBag(len(vocabulary) + 1, EMBEDDING, padding_idx=len(vocabulary))
        first = nn.Linear(EMBEDDING + counts.shape[1], HIDDEN)
        last = nn.Linear(HIDDEN, weights.shape[1])
        parameters = [*bag.parameters(), *first.parameters(), *last.parameters()]
        optimiser = th.optim.Adam(parameters, lr=1e-3, weight_decay=1e-6)
        for epoch in range(epochs):
            for group in optimiser.param_groups:
                group["lr"] = 1e-3 * (1 - epoch / epochs)
            for batch in th.randperm(len(texts)).split(_BATCH):
                hidden = first(th.cat([bag(padded[batch]), inputs[batch]], dim=1)).relu()
                loss = (last(hidden) - targets[batch]).square().mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    found = [p.detach().numpy().copy() for p in parameters]
    found[0] = found[0][:-1]  # without the row that pads
    return vocabulary, found
