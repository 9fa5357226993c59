"""Features φ(x) of a vector x that a linear model learns from; ‖φ‖ is 1, or close to it."""

from __future__ import annotations

import gymnasium as gym
import numpy as np

from algorithms.tamer.rl.config import TAMERRLConfig
from teaching import UserError

_MOST_TILES = 20_000


class Linear:
    """The observation itself and a 1.

    Attributes:
        count: P.
        binary: whether each feature is either there or not.

    """

    binary = False

    def __init__(self, size: int):
        self.count = size + 1

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """[M, P] of [M, D]."""
        return np.concatenate([x, np.ones((len(x), 1))], axis=1)


class RBF:
    """Random features of a Gaussian kernel: φᵀφ' ≈ exp(−‖x − x'‖² / 2ℓ²) (Rahimi and Recht 2007).

    They stand for radial basis functions where a grid of those would be too large.

    Args:
        low: [D] of x, −∞ where there is no bound.
        high: [D].
        count: P.
        length_scale: ℓ, in half-ranges; what has no bounds is squashed by tanh first.
        seed: of the features.

    """

    binary = False

    def __init__(
        self, low: np.ndarray, high: np.ndarray, count: int, length_scale: float, seed: int
    ):
        self.count = count
        rng = np.random.default_rng([seed, 0xF0])
        self._directions = rng.standard_normal((len(low), count)) / length_scale
        self._phases = rng.uniform(0, 2 * np.pi, count)
        # Bounds as large as a float can say are none.
        self._bounded = (high - low) < 1e6
        low, high = np.where(self._bounded, low, -1.0), np.where(self._bounded, high, 1.0)
        self._centre, self._half = (high + low) / 2, (high - low) / 2

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """[M, P] of [M, D]."""
        scaled = (x - self._centre) / self._half
        scaled = np.where(self._bounded, scaled, np.tanh(scaled))
        return np.sqrt(2 / self.count) * np.cos(scaled @ self._directions + self._phases)


class Tiles:
    """Tile coding: grids over a box, each shifted by a share of a tile (Sutton and Barto, 9.5.4).

    Args:
        low: [D] of x.
        high: [D].
        tilings: T; each has one tile that is on, of value 1/√T.
        tiles: along each dimension.

    """

    binary = True

    def __init__(self, low: np.ndarray, high: np.ndarray, tilings: int, tiles: int):
        if not (high - low < 1e6).all():
            raise UserError(
                "algorithm.features=tiles needs observations with bounds; choose rbf or linear"
            )
        sides = np.full(len(low), tiles + 1)
        if tilings * float(tiles + 1) ** len(low) > _MOST_TILES:
            raise UserError(
                f"algorithm.features=tiles would be {tilings} × {tiles + 1}^{len(low)} tiles; "
                "choose fewer, or rbf"
            )
        self._low, self._width, self._most = low, (high - low) / tiles, tiles
        per_tiling = int(np.prod(sides))
        self.count = tilings * per_tiling
        self._strides = np.cumprod([1, *sides[:-1]])
        # Uneven shifts, so that tiles do not line up along the diagonal.
        uneven = 2 * np.arange(len(low)) + 1
        self._shift = (np.arange(tilings)[:, None] * uneven / tilings) % 1.0
        self._first = np.arange(tilings) * per_tiling
        self._value = tilings**-0.5

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """[M, P] of [M, D]."""
        place = np.clip((x - self._low) / self._width, 0, self._most * (1 - 1e-9))
        tile = np.floor(place[:, None, :] + self._shift).astype(np.int64)
        features = np.zeros((len(x), self.count))
        on = self._first + tile @ self._strides
        features[np.arange(len(x))[:, None], on] = self._value
        return features


def features_for(
    config: TAMERRLConfig, space: gym.spaces.Box, extra: int, seed: int
) -> Linear | RBF | Tiles:
    """The features of a config for observations in `space`, with so many half-ranges after them."""
    low = np.concatenate([np.ravel(space.low).astype(float), np.full(extra, -1.0)])
    high = np.concatenate([np.ravel(space.high).astype(float), np.full(extra, 1.0)])
    if config.features == "linear":
        return Linear(len(low))
    if config.features == "tiles":
        return Tiles(low, high, config.tilings, config.tiles)
    return RBF(low, high, config.num_features, config.length_scale, seed)
