"""Fit a language-conditioned policy to corrected trajectories and what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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

_UNHEARD = 0.5
"""Largest share of a sentence's words that are hidden, so that it learns what to make of those that
it never met, of which a new sentence may have many."""
_BATCH = 16
_RATE = 3e-3


@dataclass(frozen=True, slots=True, eq=False)
class Practice:
    """One student who was corrected K times.

    Attributes:
        texts: [K][R] what was said, in R ways that mean the same.
        inputs: [K, S, X] after each utterance, S steps of the student's trajectory.
        change: [K, S, A] corrected action less proposed action on those steps.
        bound: [K, S, A] 1 where the corrected action lies at the upper end of its range, -1 at the
            lower end, else 0.

    """

    texts: Sequence[Sequence[str]]
    inputs: np.ndarray
    change: np.ndarray
    bound: np.ndarray


def fit(practice: Sequence[Practice], epochs: int, seed: int) -> LanguagePolicy:
    """Least squares on the corrected actions, in units of the spread of each, by Adam.

    What lies at the end of its range is censored: a larger change would have looked the same, and
    its likelihood is that of all of them (Tobin 1958), with a standard deviation of one spread.
    Taken for what it looks like it would make the policy shrink what cannot grow, whatever is said.

    Args:
        practice: students, all corrected equally often.
        epochs: passes over them.
        seed: of the first weights, of the order, of the wordings and of the words that are hidden.

    """
    import torch as th
    from torch import nn

    rng = np.random.default_rng([seed, 0x1A])
    texts = [text for p in practice for said in p.texts for text in said]
    met = {
        gram for text in texts for share in (0.0, 0.3) for gram in grams(_hidden(text, share, rng))
    }
    vocabulary = sorted(met | {UNHEARD})
    index = {gram: row for row, gram in enumerate(vocabulary)}
    x = th.as_tensor(np.stack([p.inputs for p in practice]), dtype=th.float32)  # [P, K, S, X]
    y = th.as_tensor(np.stack([p.change for p in practice]), dtype=th.float32)  # [P, K, S, A]
    beyond = th.as_tensor(np.stack([p.bound for p in practice]), dtype=th.float32)
    unit = y.flatten(0, 2).std(dim=0).clamp_min(1e-3)
    lessons, actions = y.shape[1], y.shape[3]
    with th.random.fork_rng():
        th.manual_seed(seed)
        bag = nn.Embedding(len(vocabulary), EMBEDDING + 1)
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
                    chosen = [practice[p].texts[k] for p in batch.tolist()]
                    words = [
                        _hidden(ways[int(rng.integers(len(ways)))], rng.uniform(0, _UNHEARD), rng)
                        for ways in chosen
                    ]
                    said = [rows_of(each, index) or [index[UNHEARD]] for each in words]
                    heard = bag(_padded(said))  # [B, L, E + 1]
                    there = th.tensor(
                        [[k < len(rows) for k in range(heard.shape[1])] for rows in said]
                    )
                    weight = heard[..., -1].masked_fill(~there, -th.inf).softmax(dim=1)
                    mean = th.einsum("bl,ble->be", weight, heard[..., :-1])
                    memory = unit_of_memory(mean, memory)
                    latents.append(asked(memory))
                latent = th.stack(latents, dim=1).cumsum(dim=1)  # [B, K, Z]
                how = last(first(x[batch]).tanh()).unflatten(-1, (actions, LATENT))
                change = th.einsum("pksaz,pkz->pksa", how, latent)
                error = (change - y[batch]) / unit
                seen = 0.5 * error.square()
                loss = th.where(
                    beyond[batch] == 0, seen, -th.special.log_ndtr(error * beyond[batch])
                ).mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    arrays = [p.detach().numpy().astype(float) for p in parameters]
    return LanguagePolicy(np.array(vocabulary), *arrays)


def _padded(rows: Sequence[Sequence[int]]) -> Any:
    """[B, L], filled up with row 0."""
    import torch as th

    longest = max(map(len, rows))
    return th.tensor([[*each, *[0] * (longest - len(each))] for each in rows])


def _hidden(text: str, share: float, rng: np.random.Generator) -> list[str]:
    """Its words, each hidden with a probability of `share`."""
    return [UNHEARD if rng.random() < share else word for word in tokens(text)]
