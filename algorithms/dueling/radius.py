"""How far from ŵ the truth may be: confidence radii, as published and as used."""

from __future__ import annotations

import numpy as np


def curvature(feature_bound: float, weight_bound: float) -> float:
    """κ = 1 / min σ'(z) over |z| ≤ B·W, with B ≥ ‖φ(τ¹) − φ(τ²)‖ and W ≥ ‖w*‖."""
    return float(2.0 + 2.0 * np.cosh(feature_bound * weight_bound))  # σ'(z) = 1 / (2 + 2 cosh z)


def published(
    rounds: int,
    dim: int,
    feature_bound: float,
    weight_bound: float,
    ridge: float = 1.0,
    delta: float = 0.05,
) -> float:
    """γ_t = 2κβ_t(δ) + α_{d,t}(δ), in the norm of V̄⁻¹ with V̄ = κλI + Σ z zᵀ over policies.

    β_t(δ) = √λ·W + √(log(1/δ) + 2d·log(1 + tB/(κλd))) bounds the error of ŵ, and
    α_{d,t}(δ) = 20·B·W·√(d·log(t(1 + 2t)/δ)) what trajectories tell less than policies would.

    Source: Pacchiano, Saha and Lee (2021), known transitions; the constants are recalled from the
    paper rather than copied, and their order of magnitude is what matters here.
    """
    t = max(rounds, 1)
    kappa = curvature(feature_bound, weight_bound)
    grown = np.log1p(t * feature_bound / (kappa * ridge * dim))
    beta = np.sqrt(ridge) * weight_bound + np.sqrt(np.log(1 / delta) + 2 * dim * grown)
    alpha = 20 * feature_bound * weight_bound * np.sqrt(dim * np.log(t * (1 + 2 * t) / delta))
    return float(2 * kappa * beta + alpha)


def scaled(rounds: int, dim: int, scale: float = 1.0) -> float:
    """scale·√(d·log(1 + t/d)), in the norm of F⁻¹: the published rate without its constants."""
    return float(scale * np.sqrt(dim * np.log1p(max(rounds, 1) / dim)))
