"""Which two policies to play, where all policies can be listed; for G learners side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from algorithms.dueling import kernels, radius
from algorithms.dueling.preference_model import PreferenceModel


@dataclass(frozen=True, slots=True)
class Selection:
    """What is played next.

    Attributes:
        pair: [G, 2] numbers of policies.
        active: [G], policies that may still be the best, by a rule that keeps such a set; else N.
        width: [G], ‖φ(π¹) − φ(π²)‖ of the pair, in the rule's norm.
        ask: [G] bool, whether the comparison is worth its price.

    """

    pair: np.ndarray
    active: np.ndarray
    width: np.ndarray
    ask: np.ndarray


@dataclass(slots=True, eq=False)
class Listed:
    """What a rule goes by.

    Attributes:
        phi: [G, N, d], embeddings of the policies.
        bonus: [G, N], how much each may gain by what is not known of the transitions.
        model: of w.
        rng: of what is drawn.
        radius_scale: of `radius.scaled`; of the posterior's width in ``lsvi``.
        published: (B, W) for the published radius in the norm of V̄⁻¹, else None.
        weight_bound: W that ŵ is projected to, or None.
        explore: rounds in which ``explore_then_commit`` explores.
        ask_above: expected disagreement under which ``lsvi`` does not ask.
        previous: [G], what ``lsvi`` played last.

    """

    phi: np.ndarray
    bonus: np.ndarray
    model: PreferenceModel
    rng: np.random.Generator
    radius_scale: float = 1.0
    published: tuple[float, float] | None = None
    weight_bound: float | None = None
    explore: int = 0
    ask_above: float = 0.0
    previous: np.ndarray | None = None

    def norm(self) -> np.ndarray:
        """[G, d, d], the inverse that lengths of differences are measured with."""
        return self.model.fisher_inverse if self.published is None else self.model.design_inverse

    def confidence(self) -> float:
        """γ_t."""
        rounds, dim = self.model.rounds, self.phi.shape[2]
        if self.published is None:
            return radius.scaled(rounds, dim, self.radius_scale)
        return radius.published(rounds, dim, *self.published)

    def weights(self) -> np.ndarray:
        """[G, d], ŵ, projected where a bound is known."""
        if self.weight_bound is None:
            return self.model.w
        metric = self.model.fisher if self.published is None else self.model.design
        return self.model.project(self.weight_bound, metric)

    def selection(self, pair: np.ndarray, ask: np.ndarray | None = None) -> Selection:
        """A pair with its width, by a rule that leaves no policy out."""
        rows = np.arange(len(pair))
        z = self.phi[rows, pair[:, 0]] - self.phi[rows, pair[:, 1]]
        square = np.einsum("gc,gcd,gd->g", z, self.norm(), z)
        return Selection(
            pair=pair,
            active=np.full(len(pair), self.phi.shape[1]),
            width=np.sqrt(np.maximum(square, 0.0)),
            ask=np.ones(len(pair), bool) if ask is None else ask,
        )

    def values(self, w: np.ndarray) -> np.ndarray:
        """[G, N], ⟨φ(π), w⟩ + b(π)."""
        return np.matmul(self.phi, w[:, :, None])[:, :, 0] + self.bonus


def ucb(listed: Listed) -> Selection:
    """Of the policies that no other beats for sure, the pair about which least is known.

    Source: Pacchiano, Saha and Lee (2021), known and unknown transitions.
    """
    factor = np.linalg.cholesky(listed.norm())
    active, pair, width = kernels.most_uncertain_pairs(
        np.ascontiguousarray(listed.phi),
        np.ascontiguousarray(listed.weights()),
        np.ascontiguousarray(factor),
        listed.confidence(),
        np.ascontiguousarray(listed.bonus),
    )
    return Selection(pair, active.sum(axis=1), width, np.ones(len(pair), bool))


def thompson(listed: Listed) -> Selection:
    """The best policies of two draws of w from the Laplace posterior."""
    draws = listed.model.draw(listed.rng, 2)
    pair = np.stack([listed.values(w).argmax(axis=1) for w in draws], axis=1)
    return listed.selection(pair)


def lsvi(listed: Listed) -> Selection:
    """The best policy of one widened draw, against the one before; asked if it may tell something.

    Source: Wu and Sun (2023), randomised least-squares value iteration from preferences. With the
    policies listed, value iteration is an argmax.
    """
    w = listed.model.w + listed.radius_scale * (
        listed.model.draw(listed.rng, 1)[0] - listed.model.w
    )
    now = listed.values(w).argmax(axis=1)
    before = now if listed.previous is None else listed.previous
    listed.previous = now
    chosen = listed.selection(np.stack([now, before], axis=1))
    # E|⟨θ − θ', z⟩| over two draws of the posterior: a normal with twice the variance.
    disagreement = 2.0 * listed.radius_scale * chosen.width / np.sqrt(np.pi)
    return Selection(chosen.pair, chosen.active, chosen.width, disagreement > listed.ask_above)


def random(listed: Listed) -> Selection:
    """Any two."""
    pair = listed.rng.integers(listed.phi.shape[1], size=(len(listed.phi), 2))
    return listed.selection(pair)


def greedy(listed: Listed) -> Selection:
    """The two that are best by ŵ."""
    return listed.selection(np.argsort(-listed.values(listed.weights()), axis=1)[:, :2])


def mle(listed: Listed) -> Selection:
    """The one that is best by ŵ, twice: what differs is chance."""
    best = listed.values(listed.weights()).argmax(axis=1)
    return listed.selection(np.stack([best, best], axis=1))


def explore_then_commit(listed: Listed) -> Selection:
    """Any two for some rounds, and from then on the best by ŵ, which is asked about no more."""
    if listed.model.rounds < listed.explore:
        return random(listed)
    chosen = mle(listed)
    return Selection(chosen.pair, chosen.active, chosen.width, np.zeros(len(chosen.pair), bool))


RULES: dict[str, Callable[[Listed], Selection]] = {
    "ucb": ucb,
    "thompson": thompson,
    "lsvi": lsvi,
    "random": random,
    "greedy": greedy,
    "mle": mle,
    "explore_then_commit": explore_then_commit,
}
