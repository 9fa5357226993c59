"""Fit a language-conditioned policy to corrected trajectories and what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from algorithms.verbal.corrections.policy import (
    EMBEDDING,
    HIDDEN,
    LATENT,
    MEMORY,
    LanguagePolicy,
    rows_of,
)
from algorithms.verbal.listening.category import UNHEARD, grams
from algorithms.verbal.listening.clauses import tokens

_UNHEARD = 0.1
"""Share of the words that are hidden, so that it learns what to make of those that it never met."""
_BATCH = 16
_RATE = 3e-3


@dataclass(frozen=True, slots=True, eq=False)
class Practice:
    """One student who was corrected K times.

    Attributes:
        texts: [K] what was said.
        inputs: [K, S, X] after each utterance, S steps of the student's trajectory.
        change: [K, S, A] corrected action less proposed action on those steps.

    """

    texts: Sequence[str]
    inputs: np.ndarray
    change: np.ndarray


def fit(practice: Sequence[Practice], epochs: int, seed: int) -> LanguagePolicy:
    """Least squares on the corrected actions, in units of the spread of each, by Adam.

    Args:
        practice: students, all corrected equally often.
        epochs: passes over them.
        seed: of the first weights, of the order, and of the words that are hidden.

    """
    import torch as th
    from torch import nn

    rng = np.random.default_rng([seed, 0x1A])
    texts = [text for p in practice for text in p.texts]
    met = {
        gram for text in texts for share in (0.0, 0.3) for gram in grams(_hidden(text, share, rng))
    }
    vocabulary = sorted(met | {UNHEARD})
    index = {gram: row for row, gram in enumerate(vocabulary)}
    x = th.as_tensor(np.stack([p.inputs for p in practice]), dtype=th.float32)  # [P, K, S, X]
    y = th.as_tensor(np.stack([p.change for p in practice]), dtype=th.float32)  # [P, K, S, A]
    unit = y.flatten(0, 2).std(dim=0).clamp_min(1e-3)
    lessons, actions = y.shape[1], y.shape[3]
    with th.random.fork_rng():
        th.manual_seed(seed)
        bag = nn.EmbeddingBag(len(vocabulary), EMBEDDING, mode="mean")
        nn.init.normal_(bag.weight, std=0.5)
        unit_of_memory = nn.GRUCell(EMBEDDING, MEMORY)
        asked = nn.Linear(MEMORY, LATENT, bias=False)
        first, last = nn.Linear(x.shape[3], HIDDEN), nn.Linear(HIDDEN, actions * LATENT)
        parts = (bag, unit_of_memory, asked, first, last)
        parameters = [p for part in parts for p in part.parameters()]
        optimiser = th.optim.Adam(parameters, lr=_RATE)
        for epoch in range(epochs):
            for group in optimiser.param_groups:
                group["lr"] = _RATE * (1 - epoch / epochs)
            for batch in th.randperm(len(practice)).split(_BATCH):
                memory, latents = th.zeros(len(batch), MEMORY), []
                for k in range(lessons):
                    words = [_hidden(practice[p].texts[k], _UNHEARD, rng) for p in batch.tolist()]
                    said = [rows_of(each, index) or [index[UNHEARD]] for each in words]
                    starts = np.cumsum([0, *map(len, said)])[:-1]
                    flat = th.tensor([row for rows in said for row in rows])
                    memory = unit_of_memory(bag(flat, th.as_tensor(starts)), memory)
                    latents.append(asked(memory))
                latent = th.stack(latents, dim=1)  # [B, K, Z]
                how = last(first(x[batch]).tanh()).unflatten(-1, (actions, LATENT))
                change = th.einsum("pksaz,pkz->pksa", how, latent)
                loss = ((change - y[batch]) / unit).square().mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    arrays = [p.detach().numpy().astype(float) for p in parameters]
    return LanguagePolicy(np.array(vocabulary), *arrays)


def _hidden(text: str, share: float, rng: np.random.Generator) -> list[str]:
    """Its words, each hidden with a probability of `share`."""
    return [UNHEARD if rng.random() < share else word for word in tokens(text)]
