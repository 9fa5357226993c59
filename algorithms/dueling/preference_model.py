"""What is known of w after some comparisons, for G learners side by side."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy.special import expit

from algorithms.dueling.losses import logistic_derivatives, logistic_loss

_ALWAYS = 40
"""Up to so many comparisons the likelihood is maximised anew after each."""
_GROWTH = 1.05
"""From then on whenever there are 5 % more; in between, one Newton step on what is new."""
_TOLERANCE = 1e-9


class PreferenceModel:
    """Regularised maximum likelihood of w, with its Fisher matrix and the design matrix.

    Each comparison moves ŵ by a Newton step on its own term, with the Fisher matrix so far: that is
    the maximum to first order; every so often the whole likelihood is maximised by Newton's method,
    from where ŵ is. A test holds the one against the other.

    Args:
        count: G.
        dim: d.
        ridge: λ of λ/2·‖w‖².
        curvature: κ of the design matrix κλI + Σ z zᵀ; the published 1 / min σ'.

    Attributes:
        w: [G, d], ŵ.
        fisher: [G, d, d], F = λI + Σ σ'(x·ŵ) x xᵀ; `fisher_inverse` its inverse.
        design: [G, d, d], V̄ = κλI + Σ z zᵀ over differences z of policies, with `design_inverse`.
        rounds: comparisons taken in so far, skipped ones included.

    """

    def __init__(self, count: int, dim: int, ridge: float = 1.0, curvature: float = 1.0):
        eye = np.broadcast_to(np.eye(dim), (count, dim, dim))
        self.w: np.ndarray = np.zeros((count, dim))
        self.fisher, self.fisher_inverse = ridge * eye, eye / ridge
        self.design, self.design_inverse = ridge * curvature * eye, eye / (ridge * curvature)
        self.rounds = 0
        self._ridge = ridge
        self._x = np.zeros((count, 64, dim))
        self._y = np.zeros((count, 64))
        self._weight = np.zeros((count, 64))
        self._refit_at = 1

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, weight: np.ndarray, ridge: float = 1.0) -> Self:
        """The maximum for answers that are all there: x [G, n, d], y and weight [G, n]."""
        model = cls(len(x), x.shape[2], ridge)
        model._x, model._y, model._weight = x, y, weight
        model.rounds = x.shape[1]
        model.maximise()
        return model

    def update(
        self, x: np.ndarray, y: np.ndarray, weight: np.ndarray, z: np.ndarray | None = None
    ) -> None:
        """Take in one comparison of each learner.

        Args:
            x: [G, d], φ(τ¹) − φ(τ²).
            y: [G], 1, 0 or ½.
            weight: [G], 1, or 0 where nothing was answered.
            z: [G, d], φ(π¹) − φ(π²); x if left out.

        """
        self._append(x, y, weight)
        z = x if z is None else z
        self.design = self.design + z[:, :, None] * z[:, None, :]
        self.design_inverse = _rank_one(self.design_inverse, z, np.ones(len(z)))
        if self.rounds < self._refit_at:
            p = expit((x * self.w).sum(axis=1))
            slope = weight * p * (1.0 - p)
            self.fisher = self.fisher + slope[:, None, None] * x[:, :, None] * x[:, None, :]
            self.fisher_inverse = _rank_one(self.fisher_inverse, x, slope)
            step = np.matmul(self.fisher_inverse, x[:, :, None])[:, :, 0]
            self.w = self.w + (weight * (y - p))[:, None] * step
            return
        self.maximise()
        more = self.rounds + 1 if self.rounds < _ALWAYS else self.rounds * _GROWTH
        self._refit_at = int(np.ceil(more))

    def maximise(self, most: int = 50) -> None:
        """Newton's method from ŵ on, with step halving; leaves F exact at ŵ."""
        used = slice(0, self.rounds)
        data = self._x[:, used], self._y[:, used], self._weight[:, used]
        loss = logistic_loss(self.w, *data, self._ridge)
        for _ in range(most):
            gradient, hessian = logistic_derivatives(self.w, *data, self._ridge)
            step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
            decrement = (step * gradient).sum(axis=1)
            if (decrement < _TOLERANCE).all():
                break
            size = np.ones(len(loss))
            for _ in range(30):
                tried = self.w - size[:, None] * step
                value = logistic_loss(tried, *data, self._ridge)
                worse = value > loss - 1e-4 * size * decrement + 1e-12
                if not worse.any():
                    break
                size = np.where(worse, size / 2, size)
            self.w, loss = np.asarray(tried), value
        self.fisher = hessian
        self.fisher_inverse = np.asarray(np.linalg.inv(hessian))
        # Rounding adds up in the rank-one updates; here it is swept away.
        self.design_inverse = np.asarray(np.linalg.inv(self.design))

    def project(self, most: float, metric: np.ndarray) -> np.ndarray:
        """[G, d], the nearest to ŵ with ‖w‖ ≤ `most`, in the norm of `metric` [G, d, d]."""
        return project(self.w, metric, most)

    def draw(self, rng: np.random.Generator, draws: int) -> np.ndarray:
        """[draws, G, d] from the Laplace approximation N(ŵ, F⁻¹)."""
        factor = np.linalg.cholesky(self.fisher_inverse)
        normal = rng.normal(size=(draws, *self.w.shape))
        return self.w + np.matmul(factor, normal[..., None])[..., 0]

    def state_dict(self) -> dict[str, Any]:
        """Everything above, and the comparisons."""
        used = slice(0, self.rounds)
        return {
            "w": self.w.copy(),
            "fisher": np.array(self.fisher),
            "fisher_inverse": np.array(self.fisher_inverse),
            "design": np.array(self.design),
            "design_inverse": np.array(self.design_inverse),
            "x": self._x[:, used].copy(),
            "y": self._y[:, used].copy(),
            "weight": self._weight[:, used].copy(),
            "refit_at": self._refit_at,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        for name in ("w", "fisher", "fisher_inverse", "design", "design_inverse"):
            setattr(self, name, np.array(state[name]))
        self._x, self._y = np.array(state["x"]), np.array(state["y"])
        self._weight = np.array(state["weight"])
        self.rounds = self._x.shape[1]
        self._refit_at = int(state["refit_at"])

    def _append(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> None:
        if self.rounds == self._x.shape[1]:
            self._x, self._y, self._weight = (
                np.concatenate(
                    [part, np.zeros((part.shape[0], max(64, self.rounds), *part.shape[2:]))], 1
                )
                for part in (self._x, self._y, self._weight)
            )
        self._x[:, self.rounds], self._y[:, self.rounds] = x, y
        self._weight[:, self.rounds] = weight
        self.rounds += 1


def project(w: np.ndarray, metric: np.ndarray, most: float) -> np.ndarray:
    """argmin of (v − w)ᵀ M (v − w) over ‖v‖ ≤ most: (M + μI)⁻¹ M w with the μ ≥ 0 that fits.

    Args:
        w: [G, d].
        metric: [G, d, d], M, symmetric and positive definite.
        most: > 0.

    Returns:
        [G, d].

    """
    far = np.linalg.norm(w, axis=1) > most
    if not far.any():
        return w
    values, vectors = np.linalg.eigh(metric[far])
    part = np.matmul(vectors.transpose(0, 2, 1), w[far][:, :, None])[:, :, 0]
    low = np.zeros(len(part))
    # ‖v‖ falls in μ, and where μ/(μ + the largest eigenvalue) is near 1 it is under the bound.
    high = values[:, -1] * np.linalg.norm(w[far], axis=1) / most
    for _ in range(100):
        middle = (low + high) / 2
        shrunk = part * values / (values + middle[:, None])
        outside = np.linalg.norm(shrunk, axis=1) > most
        low, high = np.where(outside, middle, low), np.where(outside, high, middle)
    shrunk = part * values / (values + high[:, None])
    near = w.copy()
    near[far] = np.matmul(vectors, shrunk[:, :, None])[:, :, 0]
    return near


def _rank_one(inverse: np.ndarray, x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(M + weight·x xᵀ)⁻¹ from M⁻¹ [G, d, d] (Sherman and Morrison)."""
    along = np.matmul(inverse, x[:, :, None])[:, :, 0]
    scale = weight / (1.0 + weight * (x * along).sum(axis=1))
    return inverse - scale[:, None, None] * along[:, :, None] * along[:, None, :]
