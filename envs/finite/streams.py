"""One stream of random numbers a world, in one array: SplitMix64 (Steele et al. 2014).

The state of a stream is a single number, so that N of them are drawn from at once, saved as they
are, and know nothing of each other.
"""

from __future__ import annotations

import numpy as np

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def seeded(seed: int) -> np.uint64:
    """Return the state in which the stream of a seed >= 0 begins."""
    return np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]


def draw(streams: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Advance the streams [N] uint64 of `mask` [N] by one; uniforms in [0, 1), one for each."""
    bits = streams[mask] + _STEP
    streams[mask] = bits
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX[0]
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX[1]
    return ((bits ^ (bits >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
