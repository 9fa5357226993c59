"""From judgement to rating: the scale that a human answers on, and noise on the rating."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri

SCALES = ("sign", "graded", "continuous")


class Scale:
    """Where a judgement lies on the scale that the human has to answer on.

    - sign: −1, 0 or 1;
    - graded: a whole number from −levels to levels;
    - continuous: any number, from −clip to clip if there is a clip.

    One point of the graded and of the continuous scale stands for a judgement of `unit`.

    Attributes:
        limit: the largest rating, which may be infinite.
        width: of the scale; in points for a graded one, as there are ten from 0 to 9.

    """

    def __init__(self, kind: str, levels: int, unit: float, clip: float | None):
        self._kind = kind
        self._unit = unit
        self.limit = {"sign": 1.0, "graded": float(levels)}.get(kind, clip or math.inf)
        self.width = 2 * self.limit + (kind == "graded")

    def rate(self, judgement: np.ndarray) -> np.ndarray:
        """[N] ratings of [N] judgements."""
        if self._kind == "sign":
            return np.sign(judgement)
        return self.snap(np.clip(judgement / self._unit, -self.limit, self.limit))

    def snap(self, rating: np.ndarray) -> np.ndarray:
        """[N] the next point of the scale; halves go to the even one, which favours no side."""
        return np.rint(rating) if self._kind == "graded" else rating


def rating_noise(
    rating: np.ndarray, level: float, width: float, limit: float, uniform: np.ndarray
) -> np.ndarray:
    """Ratings from a normal around the right one, cut off at ±2σ and at the ends of the scale.

    x ~ N(rating, σ²) within [max(rating − 2σ, −limit), min(rating + 2σ, limit)], 4σ = level·width.
    Source: Metz et al. (2025), whose scale of ten points from 0 to 9 has the width 10.

    Args:
        rating: [N], within the scale.
        level: of noise, ≥ 0.
        width: of the scale, see `Scale.width`.
        limit: the ends of the scale are ±limit.
        uniform: [N] in [0, 1).

    Returns:
        [N] ratings, not rounded to points.

    """
    sigma = level * width / 4
    if not sigma:
        return rating
    low = ndtr(np.maximum((-limit - rating) / sigma, -2.0))
    high = ndtr(np.minimum((limit - rating) / sigma, 2.0))
    # The inverse of the distribution function, of a uniform number between its ends.
    return rating + sigma * ndtri(low + uniform * (high - low))
