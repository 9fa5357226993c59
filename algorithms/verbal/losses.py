"""The beliefs of learners from language, as pure functions (Sumers et al. 2021).

K features, L learners. A belief about the weights is a normal distribution, kept in information
form: precision Λ [K, K] and shift h = Λμ [K].
"""

from __future__ import annotations

import numpy as np


def prior(features: int, variance: float) -> tuple[np.ndarray, np.ndarray]:
    """Belief N(0, variance·I) before anything was said: precision [K, K] and shift [K]."""
    return np.eye(features) / variance, np.zeros(features)


def observation(
    reference: np.ndarray, sentiment: float, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """What one clause adds to a belief.

    Λ ← Λ + f fᵀ/σ² and μ ← Λ_new⁻¹(Λμ + (f fᵀ/σ²)·(f ζ)), with the reference f and the sentiment ζ.
    The published observation is itself a normal, of mean fζ and precision f fᵀ/σ², multiplied onto
    the belief. As f fᵀ f ζ = f ‖f‖² ζ, this is Bayesian regression of ζ‖f‖², not of ζ, on f.

    Args:
        reference: f [K], with a sum of 1.
        sentiment: ζ, on the scale of rewards.
        noise: σ².

    Returns:
        What is added to the precision [K, K], and to the shift [K].

    """
    precision = np.outer(reference, reference) / noise
    return precision, precision @ (reference * sentiment)


def unmentioned(reference: np.ndarray) -> np.ndarray | None:
    """The features that a clause is not about, [K] with a sum of 1; None where it is about all.

    The pragmatic learner takes them for bad: whoever could have named them did not.
    """
    rest = (reference == 0).astype(float)
    return rest / rest.sum() if rest.any() else None


def mean(precision: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """[..., K] μ = Λ⁻¹h."""
    return np.linalg.solve(precision, shift[..., None])[..., 0]


def draw(precision: np.ndarray, shift: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Thompson sampling: weights drawn from the belief.

    With Λ = CCᵀ, μ + C⁻ᵀz has the covariance C⁻ᵀC⁻¹ = Λ⁻¹.

    Args:
        precision: [..., K, K].
        shift: [..., K].
        normal: z [..., K], standard normal.

    Returns:
        [..., K].

    """
    root = np.linalg.cholesky(precision)
    spread = np.linalg.solve(np.swapaxes(root, -1, -2), normal[..., None])[..., 0]
    return mean(precision, shift) + spread


def network_observation(
    finest: np.ndarray, weights: np.ndarray, features: int, precision: float
) -> tuple[np.ndarray, np.ndarray]:
    """What the inference network's answer adds to a belief: each weight measured by itself.

    Args:
        finest: [J] int, the features whose weights it answers with.
        weights: [J], its answer.
        features: K.
        precision: of each, 1/σ².

    Returns:
        What is added to the precision [K, K], and to the shift [K].

    """
    diagonal, shift = np.zeros(features), np.zeros(features)
    diagonal[finest] = precision
    shift[finest] = precision * weights
    return np.diag(diagonal), shift
