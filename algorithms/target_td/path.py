"""The path Jacobians of any loss, met only in products with vectors, and what they say of a period.

Fellows et al. (2023), Section 3.2: H̄ and J̄_δ are the means, over the line from one pair (w, w̄) to
another, of the loss's Hessian ∇²_w L(w; w̄) and of ∂δ/∂w̄, δ(w, w̄) = −∇_w L(w; w̄) being the step.
By the fundamental theorem of calculus, δ(end) − δ(start) = −H̄ (w₁ − w₀) + J̄_δ (w̄₁ − w̄₀).

Unlike the Gauss–Newton part in `tangent`, H̄ has the curvature that residuals and Huber's loss bring
in. Neither matrix is ever made: H̄v is a Hessian-vector product, J̄_δ v a Jacobian-vector product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import torch as th
from torch.func import jvp, vjp, vmap

from algorithms.target_td.losses import new_target
from algorithms.target_td.rules import TargetRule

Step = Callable[[th.Tensor, th.Tensor], th.Tensor]
"""δ [P] of the weights [P] and of the target's [P]."""

Point = tuple[th.Tensor, th.Tensor]


def _dependent(vector: th.Tensor) -> float:
    """A vector of which no more than this share is left beside a basis adds nothing to it."""
    return float(th.finfo(vector.dtype).eps) ** 0.5


@dataclass(frozen=True, eq=False)
class PathJacobian:
    """H̄ and J̄_δ.

    Attributes:
        step: δ, twice differentiable.
        points: where on the path the Jacobians are taken.
        shares: of each point in the mean.
        scale: [P] square root of what each weight's step is multiplied by (Adam's), else None. All
            is then told in weights divided by it, in which the steps are plain gradient steps.

    """

    step: Step
    points: Sequence[Point]
    shares: Sequence[float] = (1.0,)
    scale: th.Tensor | None = None

    @classmethod
    def between(
        cls, step: Step, start: Point, end: Point, nodes: int, scale: th.Tensor | None = None
    ) -> Self:
        """Along the line from `start` to `end`, by Gauss and Legendre's rule with so many nodes."""
        places, weights = np.polynomial.legendre.leggauss(nodes)
        points = [
            (
                th.lerp(start[0], end[0], float(0.5 + 0.5 * t)),
                th.lerp(start[1], end[1], float(0.5 + 0.5 * t)),
            )
            for t in places
        ]
        return cls(step, points, [float(w) / 2.0 for w in weights], scale)

    def hessian(self, vectors: th.Tensor) -> th.Tensor:
        """H̄ V [P, m] of vectors V [P, m]."""
        return -self._mean(vectors, lambda w, bar, v: _forward(lambda x: self.step(x, bar), w, v))

    def coupling(self, vectors: th.Tensor) -> th.Tensor:
        """J̄_δ V [P, m] of vectors V [P, m]."""
        return self._mean(vectors, lambda w, bar, v: _forward(lambda x: self.step(w, x), bar, v))

    def coupling_transposed(self, vectors: th.Tensor) -> th.Tensor:
        """J̄_δᵀ V [P, m] of vectors V [P, m]."""
        return self._mean(vectors, lambda w, bar, v: _backward(lambda x: self.step(w, x), bar, v))

    def _mean(
        self,
        vectors: th.Tensor,
        product: Callable[[th.Tensor, th.Tensor, th.Tensor], th.Tensor],
    ) -> th.Tensor:
        own = self.scale[:, None] if self.scale is not None else None
        inner = vectors if own is None else own * vectors
        total = th.zeros_like(vectors)
        for (weights, target), share in zip(self.points, self.shares, strict=True):
            total += share * product(weights, target, inner)
        return total if own is None else own * total


def _forward(of: Callable[[th.Tensor], th.Tensor], at: th.Tensor, vectors: th.Tensor) -> th.Tensor:
    return vmap(lambda v: jvp(of, (at,), (v,))[1], in_dims=1, out_dims=1)(vectors)


def _backward(of: Callable[[th.Tensor], th.Tensor], at: th.Tensor, vectors: th.Tensor) -> th.Tensor:
    pull = vjp(of, at)[1]
    return vmap(lambda v: pull(v)[0], in_dims=1, out_dims=1)(vectors)


def flatten(parameters: Mapping[str, th.Tensor]) -> th.Tensor:
    """[P], the weights of all parameters one after the other, detached."""
    return th.cat([p.detach().flatten() for p in parameters.values()])


def unflatten(flat: th.Tensor, shapes: Mapping[str, th.Size]) -> dict[str, th.Tensor]:
    """The parameters of those shapes that [P] is made of."""
    parts = flat.split([shape.numel() for shape in shapes.values()])
    return {
        name: part.view(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)
    }


def one_period(
    jacobian: PathJacobian, alpha: float, rule: TargetRule
) -> Callable[[th.Tensor], th.Tensor]:
    """What a period makes of a push of (w, w̄, w̄ before), [3P]: k Hessian-vector products."""

    def carried_on(pushed: th.Tensor) -> th.Tensor:
        weights, target, before = pushed.view(3, -1, 1)
        pull = jacobian.coupling(target)
        for _ in range(int(rule.period)):
            weights = weights + alpha * (pull - jacobian.hessian(weights) - rule.ridge * weights)
        moved = new_target(target, before, weights, rule.tau, rule.momentum)
        return th.cat([weights, moved, target])[:, 0]

    return carried_on


def leading(operator: Callable[[th.Tensor], th.Tensor], start: th.Tensor, steps: int) -> complex:
    """The eigenvalue of largest modulus, by Arnoldi's method: power iteration that keeps its path.

    Args:
        operator: [P] to [P], linear, symmetric or not.
        start: [P], not 0.
        steps: products with it; as many as P, or as `start` is made of eigenvectors, are exact.

    """
    basis = [start / start.norm()]
    entries = np.zeros((steps + 1, steps))
    for j in range(steps):
        image = operator(basis[j])
        size = float(image.norm())
        for _ in range(2):  # once more for what rounding left
            for i, earlier in enumerate(basis):
                share = float(earlier @ image)
                entries[i, j] += share
                image = image - share * earlier
        entries[j + 1, j] = left = float(image.norm())
        if left <= _dependent(image) * max(size, 1e-300):
            steps = j + 1
            break
        basis.append(image / left)
    values = np.linalg.eigvals(entries[:steps, :steps])
    return complex(values[np.abs(values).argmax()])


@dataclass(frozen=True, eq=False)
class Projected:
    """QᵀH̄Q and QᵀJ̄_δQ [m, m], in the place of a linear problem's H and J_δ.

    Attributes:
        hessian: [m, m], symmetric.
        delta_jacobian: [m, m].
        basis: Q [P, m], orthonormal.

    """

    hessian: np.ndarray
    delta_jacobian: np.ndarray
    basis: th.Tensor

    @cached_property
    def eigen(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues of QᵀH̄Q ascending, negative ones too, and vectors; none of no numbers."""
        if not np.isfinite(self.hessian).all():
            return np.empty(0), np.empty((len(self.hessian), 0))
        return np.linalg.eigh(self.hessian)


def project(jacobian: PathJacobian, start: th.Tensor, size: int) -> Projected:
    """H̄ and J̄_δ on what they make of a few vectors, so that a period of any length costs the same.

    The space is filled with products of both, the shortest first: v, H̄v, J̄_δ v, H̄²v, J̄_δ H̄v, ...,
    to `size` dimensions, and is exact once it holds all that they can make of `start`.

    Args:
        jacobian: of both.
        start: [P, b] vectors to begin with.
        size: dimensions at most; as many products with each.

    """
    basis = _orthonormal(start, None)[:, :size]
    curved, coupled = jacobian.hessian(basis), jacobian.coupling(basis)
    fresh = th.cat([curved, coupled], dim=1)
    while basis.shape[1] < size:
        more = _orthonormal(fresh, basis)[:, : size - basis.shape[1]]
        if not more.shape[1]:
            break
        fresh = th.cat([jacobian.hessian(more), jacobian.coupling(more)], dim=1)
        basis = th.cat([basis, more], dim=1)
        curved = th.cat([curved, fresh[:, : more.shape[1]]], dim=1)
        coupled = th.cat([coupled, fresh[:, more.shape[1] :]], dim=1)
    hessian = (basis.T @ curved).double().numpy()
    return Projected((hessian + hessian.T) / 2.0, (basis.T @ coupled).double().numpy(), basis)


def _orthonormal(vectors: th.Tensor, basis: th.Tensor | None) -> th.Tensor:
    """[P, r] of what `vectors` [P, m] add to `basis`, one after the other."""
    found: list[th.Tensor] = []
    for vector in vectors.T:
        size = vector.norm()
        rest = vector
        for _ in range(2):
            if basis is not None:
                rest = rest - basis @ (basis.T @ rest)
            for earlier in found:
                rest = rest - earlier * (earlier @ rest)
        left = rest.norm()
        if left > _dependent(vector) * max(float(size), 1e-30):
            found.append(rest / left)
    return th.stack(found, dim=1) if found else vectors[:, :0]
