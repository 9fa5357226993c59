"""What a correction says of how much of each quality is wanted, as pure functions."""

from __future__ import annotations

import numpy as np

STEP = {"little": 0.35, "some": 1.0, "much": 2.0}
"""Spreads that a size stands for."""

GRID = np.linspace(-6.0, 6.0, 121)
"""Spreads; where the wanted amount may lie."""

PRIOR_SD, CONTENT_SD = 3.0, 0.7
"""Spreads, of a normal: before anything was said; and around what nobody complains of."""

SHARPNESS = 1.0
"""β of Bradley–Terry, for each squared spread."""


def prior() -> np.ndarray:
    """[G] log density of the wanted amount, up to a constant."""
    return -0.5 * (GRID / PRIOR_SD) ** 2


def preferred(now: float, step: float) -> np.ndarray:
    """Log-likelihood [G] of hearing that `now + step` would be better than `now`.

    Bradley–Terry on r(x) = −(x − z)² for each wanted amount z:
    P = σ(β[(now − z)² − (now + step − z)²]). A correction is a comparison with what was not done.
    """
    gain = SHARPNESS * ((now - GRID) ** 2 - (now + step - GRID) ** 2)
    return -np.logaddexp(0.0, -gain)


def contented(now: float) -> np.ndarray:
    """Log-likelihood [G] of hearing no complaint about `now`."""
    return -0.5 * ((now - GRID) / CONTENT_SD) ** 2


def expected(log_belief: np.ndarray) -> np.ndarray:
    """[..., G] -> [...], the mean wanted amount."""
    weight = np.exp(log_belief - log_belief.max(axis=-1, keepdims=True))
    return (weight @ GRID) / weight.sum(axis=-1)
