"""Dueling bandits, the case of one step and no features: R runs side by side, K arms.

What all of them know is how often arm i beat arm j, `wins` [R, K, K].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np


class Bandit(Protocol):
    """An algorithm for dueling bandits."""

    def choose(self, t: int) -> np.ndarray:
        """[R, 2], the arms of round t = 1, 2, …."""

    def learn(self, pair: np.ndarray, first_won: np.ndarray) -> None:
        """Take in the results [R] bool of the pairs [R, 2]."""


class _Counting:
    """Wins, and what follows from them."""

    def __init__(self, runs: int, arms: int, rng: np.random.Generator):
        self.wins = np.zeros((runs, arms, arms))
        self._rng, self._runs, self._arms = rng, runs, arms
        self._rows = np.arange(runs)
        self._same = np.eye(arms, dtype=bool)

    def learn(self, pair: np.ndarray, first_won: np.ndarray) -> None:
        """Count who won."""
        won = np.where(first_won, pair[:, 0], pair[:, 1])
        lost = np.where(first_won, pair[:, 1], pair[:, 0])
        self.wins[self._rows, won, lost] += 1.0

    def _bounds(self, t: int, alpha: float) -> tuple[np.ndarray, np.ndarray]:
        """Upper and lower confidence bounds [R, K, K] of P(i beats j), ½ ± 0 for i = j."""
        plays = self.wins + self.wins.transpose(0, 2, 1)
        mean = np.where(plays > 0, self.wins / np.maximum(plays, 1.0), 0.5)
        wide = np.where(plays > 0, np.sqrt(alpha * np.log(t + 1) / np.maximum(plays, 1.0)), 1.0)
        wide[:, self._same] = 0.0
        return mean + wide, mean - wide

    def _any_best(self, score: np.ndarray) -> np.ndarray:
        """[R], an arm with the largest score [R, K]; ties are broken by lot."""
        best = score == score.max(axis=1, keepdims=True)
        return np.where(best, self._rng.random(score.shape), -1.0).argmax(axis=1)


class RUCB(_Counting):
    """Relative upper confidence bound (Zoghi, Whiteson, Munos and de Rijke 2014), α = .51."""

    def __init__(self, runs: int, arms: int, rng: np.random.Generator, alpha: float = 0.51):
        super().__init__(runs, arms, rng)
        self._alpha = alpha
        self._champion = np.full(runs, -1)

    def choose(self, t: int) -> np.ndarray:
        """A possible champion, and the arm that it is the least sure to beat."""
        upper, _ = self._bounds(t, self._alpha)
        possible: np.ndarray = np.all(upper >= 0.5, axis=2)  # [R, K]
        count = possible.sum(axis=1)
        held = (self._champion >= 0) & possible[self._rows, self._champion]
        self._champion = np.where(held, self._champion, -1)
        self._champion = np.where(count == 1, possible.argmax(axis=1), self._champion)
        # The old champion with probability ½, the other candidates share the rest; nobody is a
        # candidate, then anybody.
        chance = np.where(count[:, None] > 0, possible, 1.0) * self._rng.random(possible.shape)
        others = chance.copy()
        kept = self._champion >= 0
        others[self._rows[kept], self._champion[kept]] = -1.0
        another = others.argmax(axis=1)
        keep = kept & ((self._rng.random(self._runs) < 0.5) | (count == 1))
        first = np.where(keep, self._champion, another)
        second = self._any_best(upper[self._rows, :, first])
        return np.stack([first, second], axis=1)


class DoubleThompson(_Counting):
    """Double Thompson sampling (Wu and Liu 2016), α = .51."""

    def __init__(self, runs: int, arms: int, rng: np.random.Generator, alpha: float = 0.51):
        super().__init__(runs, arms, rng)
        self._alpha = alpha

    def choose(self, t: int) -> np.ndarray:
        """The most wins in a sample of those that may win most; then its best rival in another."""
        upper, lower = self._bounds(t, self._alpha)
        possible = ((upper > 0.5) & ~self._same).sum(axis=2)
        candidates = possible == possible.max(axis=1, keepdims=True)
        sample = self._sample()
        won = ((sample > 0.5) & ~self._same).sum(axis=2)
        first = self._any_best(np.where(candidates, won, -1))
        rival = self._sample()[self._rows, :, first]
        rival[self._rows, first] = 0.5
        unsure = lower[self._rows, :, first] <= 0.5
        second = self._any_best(np.where(unsure, rival, -1.0))
        return np.stack([first, second], axis=1)

    def _sample(self) -> np.ndarray:
        """[R, K, K] from the Beta posteriors, with θ_ji = 1 − θ_ij."""
        beta = self._rng.beta(self.wins + 1.0, self.wins.transpose(0, 2, 1) + 1.0)
        upper = np.triu(beta, 1)
        return upper + np.tril(1.0 - upper.transpose(0, 2, 1), -1)


class RMED1(_Counting):
    """Relative minimum empirical divergence (Komiyama et al. 2015), f(K) = .3·K^1.01."""

    def __init__(self, runs: int, arms: int, rng: np.random.Generator):
        super().__init__(runs, arms, rng)
        every = np.ones((runs, arms), bool)
        self._current, self._left, self._next = every, every.copy(), np.zeros_like(every)
        self._slack = 0.3 * arms**1.01
        self._pairs = np.argwhere(np.triu(np.ones((arms, arms)), 1))

    def choose(self, t: int) -> np.ndarray:
        """Each pair once; then the arms that may be best in turn, each against who may beat it."""
        if t <= len(self._pairs):
            return np.tile(self._pairs[t - 1], (self._runs, 1))
        mean, divergence = self._divergence()
        best = divergence.argmin(axis=1)
        first = self._current.argmax(axis=1)
        ahead = (mean[self._rows, first] <= 0.5) & ~self._same[first]  # [R, K], who may beat it
        usual = ~ahead.any(axis=1) | ahead[self._rows, best]
        mine = np.where(self._same[first], np.inf, mean[self._rows, first])
        second = np.where(usual, best, mine.argmin(axis=1))
        self._advance(t, first, divergence)
        return np.stack([first, second], axis=1)

    def _divergence(self) -> tuple[np.ndarray, np.ndarray]:
        """μ̂ [R, K, K], and I_i = Σ_j over μ̂_ij ≤ ½ of N_ij·KL(μ̂_ij, ½) [R, K]."""
        plays = self.wins + self.wins.transpose(0, 2, 1)
        mean = np.where(plays > 0, self.wins / np.maximum(plays, 1.0), 0.5)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = [np.where(p > 0, p * np.log(2 * p), 0.0) for p in (mean, 1.0 - mean)]
        return mean, np.where(mean <= 0.5, plays * (terms[0] + terms[1]), 0.0).sum(axis=2)

    def _advance(self, t: int, first: np.ndarray, divergence: np.ndarray) -> None:
        self._left[self._rows, first] = False
        likely = divergence - divergence.min(axis=1, keepdims=True) <= np.log(t) + self._slack
        self._next |= likely & ~self._left
        self._current[self._rows, first] = False
        over = ~self._current.any(axis=1)
        self._current[over] = self._left[over] = self._next[over]
        self._next[over] = False


class RandomPairs(_Counting):
    """Any two arms."""

    def choose(self, t: int) -> np.ndarray:
        """[R, 2] at random."""
        return self._rng.integers(self._arms, size=(self._runs, 2))


BANDITS: dict[str, Callable[[int, int, np.random.Generator], Bandit]] = {
    "RMED1": RMED1,
    "DTS": DoubleThompson,
    "RUCB": RUCB,
    "random": RandomPairs,
}
