"""TAMER's regression (Knox and Stone 2009)."""

from __future__ import annotations

import numpy as np


def credited_features(features: np.ndarray, credit: np.ndarray) -> np.ndarray:
    """x̄ = Σ_k c_k φ(s_k, a_k), [N, P] of features [N, K, P] and credit [N, K]."""
    return np.einsum("nk,nkp->np", credit, features)


def descent(weights: np.ndarray, credited: np.ndarray, feedback: np.ndarray) -> np.ndarray:
    """(h − w·x̄) x̄, minus the gradient of ½ (h − w·x̄)²; NaN feedback is silence.

    Args:
        weights: [N, P], w.
        credited: [N, P], x̄.
        feedback: [N], h.

    Returns:
        [N, P], 0 where nothing was said.

    """
    error = feedback - np.einsum("np,np->n", weights, credited)
    return np.nan_to_num(error)[:, None] * credited
