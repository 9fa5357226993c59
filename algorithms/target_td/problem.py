"""A policy to be evaluated with values that are linear in features: arrays, and their matrices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from algorithms.target_td.losses import Batch
from teaching import UserError

_RANK = 1e-10
"""Eigenvalues of the Hessian below this share of the largest one count as 0."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearProblem:
    """M kinds of transition, how often each is met, and the matrices that follow from them.

    With V(s) = φ(s)·w, a gradient step on the loss ½ E[ρ (φ·w − r − γ φ'·w̄)²] is
    w ← w − α (H w − J_δ w̄ − b) in expectation (Fellows et al. 2023, Section 4).

    Attributes:
        features: [M, d] φ(s) of the state that is left.
        next_features: [M, d] φ(s') of the state that is entered; 0 where nothing comes after it.
        reward: [M] r.
        ratio: [M] ρ = π(a|s) / μ(a|s), 1 where the data are of the policy's own actions.
        probability: [M] of meeting this kind, summing to 1.
        discount: γ in [0, 1].

    Raises:
        UserError: arrays that do not fit each other.

    """

    features: np.ndarray
    next_features: np.ndarray
    reward: np.ndarray
    ratio: np.ndarray
    probability: np.ndarray
    discount: float

    def __post_init__(self) -> None:
        """Copy, check and lock the arrays."""
        rows, width = np.shape(self.features)
        shapes: dict[str, tuple[int, ...]] = dict.fromkeys(
            ("reward", "ratio", "probability"), (rows,)
        )
        shapes |= {"features": (rows, width), "next_features": (rows, width)}
        for name, shape in shapes.items():
            array = np.array(getattr(self, name), np.float64)
            if array.shape != shape or not np.isfinite(array).all():
                raise UserError(f"{name} must be {shape} finite numbers, got {array.shape}")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if (self.ratio < 0).any() or (self.probability < 0).any():
            raise UserError("ratio and probability must be at least 0")
        if abs(self.probability.sum() - 1.0) > 1e-6:
            raise UserError(f"probability must sum to 1, got {self.probability.sum():.9g}")
        if not 0.0 <= self.discount <= 1.0:
            raise UserError(f"discount must be from 0 to 1, got {self.discount}")

    @classmethod
    def of_chain(
        cls,
        chain: np.ndarray,
        reward: np.ndarray,
        visits: np.ndarray,
        features: np.ndarray,
        discount: float,
    ) -> Self:
        """States from `visits`, next states from the policy's own chain.

        Args:
            chain: [S, S] P of the policy; a row that sums to less than 1 ends with the rest.
            reward: [S] expected reward.
            visits: [S] how often the data leave each state; of the policy itself this is on-policy.
            features: [S, d].
            discount: γ.

        """
        chain = np.asarray(chain, np.float64)
        ends = np.clip(1.0 - chain.sum(axis=1, keepdims=True), 0.0, None)
        state, following = np.nonzero(np.hstack([chain, np.where(ends < 1e-12, 0.0, ends)]))
        probability = np.hstack([chain, ends])[state, following]
        entered = np.vstack([features, np.zeros((1, np.shape(features)[1]))])
        return cls(
            features=np.asarray(features)[state],
            next_features=entered[following],
            reward=np.asarray(reward)[state],
            ratio=np.ones(len(state)),
            probability=np.asarray(visits)[state] * probability,
            discount=discount,
        )

    @classmethod
    def with_ratios(
        cls,
        transition: np.ndarray,
        reward: np.ndarray,
        behaviour: np.ndarray,
        target: np.ndarray,
        visits: np.ndarray,
        features: np.ndarray,
        discount: float,
    ) -> Self:
        """Transitions of the behaviour policy, corrected by importance ratios.

        Its matrices are those of the target's chain from the same states; its samples are noisier.

        Args:
            transition: [S, A, S].
            reward: [S, A].
            behaviour: [S, A] μ, that makes the data.
            target: [S, A] π, that is evaluated; 0 wherever μ is.
            visits: [S] how often the data leave each state.
            features: [S, d].
            discount: γ.

        Raises:
            UserError: the target does what the behaviour never does.

        """
        if ((behaviour == 0) & (target > 0) & (visits[:, None] > 0)).any():
            raise UserError("the target policy takes actions that the behaviour never takes")
        ratio = np.divide(target, behaviour, out=np.zeros_like(target, float), where=behaviour > 0)
        joint = visits[:, None, None] * behaviour[:, :, None] * transition
        state, action, following = np.nonzero(joint)
        return cls(
            features=features[state],
            next_features=features[following],
            reward=reward[state, action],
            ratio=ratio[state, action],
            probability=joint[state, action, following],
            discount=discount,
        )

    @property
    def width(self) -> int:
        """Number of features, d."""
        return self.features.shape[1]

    @cached_property
    def hessian(self) -> np.ndarray:
        """H = E[ρ φ φᵀ] [d, d], of the loss at a fixed target."""
        return self.features.T @ (self._weight[:, None] * self.features)

    @cached_property
    def delta_jacobian(self) -> np.ndarray:
        """J_δ = γ E[ρ φ φ'ᵀ] [d, d], how the step moves with the target's weights."""
        return self.discount * self.features.T @ (self._weight[:, None] * self.next_features)

    @property
    def td_jacobian(self) -> np.ndarray:
        """J_TD = J_δ − H [d, d], of the expected TD step."""
        return self.delta_jacobian - self.hessian

    @cached_property
    def offset(self) -> np.ndarray:
        """b = E[ρ r φ] [d]."""
        return self.features.T @ (self._weight * self.reward)

    @cached_property
    def eigen(self) -> tuple[np.ndarray, np.ndarray]:
        """Positive eigenvalues of H, [r] ascending, and their vectors [d, r]: range(H)."""
        values, vectors = np.linalg.eigh(self.hessian)
        kept = values > _RANK * values[-1]
        return values[kept], vectors[:, kept]

    def solution(self) -> np.ndarray:
        """w* [d] with J_TD w* = −b, of least norm: where TD and every target rule stand still."""
        return np.linalg.lstsq(self.td_jacobian, -self.offset, rcond=None)[0]

    def everything(self) -> Batch:
        """All transitions by their probability: a step on them is the expected one."""
        return Batch(self.features, self.next_features, self.reward, self.ratio, self.probability)

    def draw(self, rng: np.random.Generator, size: int) -> Batch:
        """Draw `size` transitions."""
        kind = rng.choice(len(self.probability), size, p=self.probability)
        return Batch(
            self.features[kind],
            self.next_features[kind],
            self.reward[kind],
            self.ratio[kind],
            np.full(size, 1.0 / size),
        )

    def value_norm(self, weights: np.ndarray) -> np.ndarray:
        """√(wᵀ H w) of weights [..., d]: the root mean square of the values φ·w over the data."""
        square = np.einsum("...i,ij,...j->...", weights, self.hessian, weights)
        return np.sqrt(np.maximum(square, 0.0))

    @property
    def _weight(self) -> np.ndarray:
        return self.probability * self.ratio
