"""The trajectory preference perceptron."""

from __future__ import annotations

import numpy as np


def perceptron(
    w: np.ndarray,
    proposed: np.ndarray,
    improved: np.ndarray,
    units: np.ndarray,
    signs: np.ndarray | None = None,
) -> np.ndarray:
    """w ← P(w + u²(φ(x, ȳ) − φ(x, y))), from φ of what was proposed and of what it was improved to.

    It is the perceptron of the features u·φ, with its weights given for φ itself.

    P sets to 0 the weights that have not the sign that is known of them. It is the projection
    onto a convex cone K with w* in K, and the bound below stands: by Moreau's decomposition
    w = P(w) + P°(w) with ⟨P°(w), w*⟩ ≤ 0, so that ⟨P(w), w*⟩ ≥ ⟨w, w*⟩, and ‖P(w)‖ ≤ ‖w‖.

    Where corrections are α-informative with slack ξ, the mean regret after T rounds is at most
    2R‖w*‖/(α√T) + Σ ξ_t/(αT), with ‖φ‖ ≤ R. The size of w does not matter, so that no
    step size is needed.

    Source: Shivaswamy and Joachims (2012); for trajectories Jain et al. (2013, Algorithm 1).
    """
    w = w + units**2 * (improved - proposed)
    return w if signs is None else np.where(w * signs < 0, 0.0, w)


def average_slope(regret: np.ndarray, start: int) -> float:
    """The exponent of the mean regret between round `start` and the last; regret [T] of rounds."""
    mean = np.cumsum(regret) / np.arange(1, len(regret) + 1)
    return float(np.log(mean[-1] / mean[start - 1]) / np.log(len(regret) / start))
