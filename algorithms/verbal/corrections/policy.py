"""A policy conditioned on what was said: corrections change a latent, and the latent the actions.

The loop of corrections is that of guiding policies with language (Co-Reyes et al. 2019). Each
correction adds to the latent what a recurrent unit makes of it after those before, and the change
of an action is linear in the latent: where nothing was said nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from algorithms.verbal.listening.category import UNHEARD, grams
from algorithms.verbal.listening.clauses import tokens
from teaching.manner import Manner

EMBEDDING, MEMORY, LATENT, HIDDEN = 16, 24, 6, 64
"""Widths: of an utterance, of what is remembered of all of them, of what they ask for, of the
network that turns that into actions."""


@dataclass(frozen=True, slots=True, eq=False)
class LanguagePolicy:
    """The arrays; X = obs, proposed action and the one before, H = 24, Z = 6, E = 16.

    Attributes:
        vocabulary: [V] str, words and pairs, `UNHEARD` among them.
        embedding: [V, E + 1]; an utterance is the mean of its words and pairs, weighted by the
            softmax of the last number, so that words that say nothing do not thin it out.
        w_ih: [3H, E], of the gated recurrent unit (Cho et al. 2014): reset, update, new.
        w_hh: [3H, H].
        b_ih: [3H].
        b_hh: [3H].
        asked: [Z, H], from memory to what is added to the latent.
        w1: [64, X].
        b1: [64].
        w2: [A·Z, 64].
        b2: [A·Z].

    """

    vocabulary: np.ndarray
    embedding: np.ndarray
    w_ih: np.ndarray
    w_hh: np.ndarray
    b_ih: np.ndarray
    b_hh: np.ndarray
    asked: np.ndarray
    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray
    index: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Number the vocabulary."""
        numbered = {gram: row for row, gram in enumerate(self.vocabulary.tolist())}
        object.__setattr__(self, "index", numbered)

    def rows(self, text: str) -> list[int]:
        """Those of the words and pairs of an utterance."""
        return rows_of(tokens(text), self.index)

    def listen(self, rows: Sequence[int], memory: np.ndarray) -> np.ndarray:
        """[H] what is remembered after an utterance with words and pairs `rows`, and before [H]."""
        heard = self.heard(rows)
        mine = self.w_ih @ heard + self.b_ih
        before = self.w_hh @ memory + self.b_hh
        (r_i, u_i, n_i), (r_h, u_h, n_h) = np.split(mine, 3), np.split(before, 3)
        reset, update = 1 / (1 + np.exp(-r_i - r_h)), 1 / (1 + np.exp(-u_i - u_h))
        return (1 - update) * np.tanh(n_i + reset * n_h) + update * memory

    def heard(self, rows: Sequence[int]) -> np.ndarray:
        """[E] of an utterance with words and pairs `rows`; 0 where there are none."""
        if not len(rows):
            return np.zeros(EMBEDDING)
        found = self.embedding[list(rows)]
        weight = np.exp(found[:, -1] - found[:, -1].max())
        return weight @ found[:, :-1] / weight.sum()

    def change(self, x: np.ndarray, latent: np.ndarray) -> np.ndarray:
        """[M, X], [Z] or [M, Z] -> [M, A], what is added to the proposed actions."""
        hidden = np.tanh(x @ self.w1.T + self.b1)
        how = (hidden @ self.w2.T + self.b2).reshape(len(x), -1, LATENT)
        return np.einsum("maz,mz->ma", how, np.broadcast_to(latent, (len(x), LATENT)))


def inputs(obs: np.ndarray, proposed: np.ndarray, before: np.ndarray) -> np.ndarray:
    """[M, X] of observations [M, O...] and actions [M, A...]."""
    return np.concatenate([np.reshape(part, (len(obs), -1)) for part in (obs, proposed, before)], 1)


def rows_of(words: Sequence[str], index: dict[str, int]) -> list[int]:
    """Rows of the words and pairs of an utterance; words that are unknown share one."""
    heard = [word if word in index else UNHEARD for word in words]
    return [index[gram] for gram in grams(heard) if gram in index]


class ConditionedManner:
    """A student who hands proposed actions and what was said to a language-conditioned policy.

    Args:
        manner: of the task, for people to read.
        policy: trained by `fit_policy.fit`.

    Attributes:
        understood: (text, meaning) of what was heard last.

    """

    def __init__(self, manner: Manner, policy: LanguagePolicy):
        self.manner, self._policy = manner, policy
        self._memory, self._latent = np.zeros(MEMORY), np.zeros(LATENT)
        self.understood: list[tuple[str, str]] = []

    def hear(self, text: str) -> None:
        """Take in a correction of what was done."""
        self._memory = self._policy.listen(self._policy.rows(text), self._memory)
        asked = self._policy.asked @ self._memory
        self._latent = self._latent + asked
        self.understood = [(text, "latent " + ", ".join(f"{z:+.1f}" for z in asked))]

    def act(self, obs: np.ndarray, proposed: np.ndarray, before: np.ndarray) -> np.ndarray:
        """[M, A...] the proposed actions as they were corrected; `before` are the last ones."""
        change = self._policy.change(inputs(obs, proposed, before), self._latent)
        return np.clip(proposed + change.reshape(proposed.shape), -1.0, 1.0).astype(np.float32)

    def state_dict(self) -> dict[str, Any]:
        """What is remembered of the words, and what they came to."""
        return {"memory": self._memory.copy(), "latent": self._latent.copy()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._memory, self._latent = np.array(state["memory"]), np.array(state["latent"])
