"""The linear problem that a network is at the moment: its path Jacobian, on a batch.

Near the present weights V_{w+v}(s) ≈ V_w(s) + φ(s)·v with φ(s) = ∇_w V_w(s), and
φ'(s) = ∇_w̄ V_w̄(s') for the target. With these features H is the Gauss–Newton part of the Hessian
and J_δ the Jacobian in the target's weights (Fellows et al. 2023, Section 5), and all of
`algorithms.target_td.prediction` holds of the next steps.

A network has more weights than a batch has rows, but steps stay in the span of the rows: with
Φ = √c φ, w = Φᵀa, they are a ← a − α (G a − K ā), G = ΦΦᵀ and K = γ √c φ' Φᵀ, which are [B, B].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch as th
from torch.func import grad, vmap

_RANK = 1e-5
"""Single precision: eigenvalues of G below this share of the largest one count as 0."""

Parameters = Mapping[str, th.Tensor]


@dataclass(frozen=True, eq=False)
class Tangent:
    """G [B, B] and K [B, B], in the place of a linear problem's H and J_δ."""

    hessian: np.ndarray
    delta_jacobian: np.ndarray

    @cached_property
    def eigen(self) -> tuple[np.ndarray, np.ndarray]:
        """Positive eigenvalues of G, ascending, and their vectors; none of what is no number."""
        if not np.isfinite(self.hessian).all():
            return np.empty(0), np.empty((len(self.hessian), 0))
        values, vectors = np.linalg.eigh(self.hessian)
        kept = values > _RANK * max(values[-1], 1e-300)
        return values[kept], vectors[:, kept]


def tangent(features: th.Tensor, next_features: th.Tensor, weight: th.Tensor) -> Tangent:
    """From the gradients of the values.

    Args:
        features: [B, P] φ, times the square root of what an optimiser scales each weight's step by.
        next_features: [B, P] γ φ', scaled likewise; 0 where nothing comes after.
        weight: [B] c, of a row's squared error in twice the loss.

    """
    root = weight.sqrt()[:, None]
    rows = root * features
    gram, coupling = rows @ rows.T, (root * next_features) @ rows.T
    return Tangent(gram.double().numpy(), coupling.double().numpy())


def gradients(
    value: Callable[..., th.Tensor], parameters: Parameters, *inputs: th.Tensor
) -> th.Tensor:
    """[B, P], the gradient of a scalar ``value(parameters, *rows)`` for each row of the inputs.

    The weights of all parameters are one after the other, in the order of `parameters`.
    """
    detached = {name: p.detach() for name, p in parameters.items()}
    per_row = vmap(grad(value), in_dims=(None, *(0 for _ in inputs)))(detached, *inputs)
    return th.cat([per_row[name].flatten(1) for name in detached], dim=1)
