"""Lengths of the arm and the table, and the arm's kinematics by hand. Plain NumPy, no simulator.

The table is seen from above: x to the right, y away from the shoulder, metres. Joint angles are in
radians, counter-clockwise: the shoulder is at 0 where the upper arm points right (+x), the elbow
where the forearm continues the upper arm.
"""

from __future__ import annotations

import numpy as np

SHOULDER = np.array([0.0, -0.15])
"""Where the arm stands, in front of the table."""

UPPER_ARM, FOREARM = 0.4, 0.4
"""Lengths of the two links; the finger hangs from the end of the forearm."""

ELBOW_RANGE = (0.3, 2.7)
"""rad. The elbow bends to one side only, so that a place is reached in one way."""

TABLE = np.array([[-0.4, 0.0], [0.4, 0.6]])
"""The table's low and high corner."""

FINGER_RADIUS = 0.012

BLOCK_HALF = 0.035
"""Half the side of the block, a square seen from above."""


def forward(angles: np.ndarray) -> np.ndarray:
    """Where the finger is: [..., 2] rad -> [..., 2] m."""
    first, second = angles[..., 0], angles[..., 0] + angles[..., 1]
    x = UPPER_ARM * np.cos(first) + FOREARM * np.cos(second)
    y = UPPER_ARM * np.sin(first) + FOREARM * np.sin(second)
    return SHOULDER + np.stack([x, y], axis=-1)


def inverse(place: np.ndarray) -> np.ndarray:
    """The angles that bring the finger to a place: [..., 2] m -> [..., 2] rad.

    By the law of cosines. Out of reach, the arm is stretched towards the place.
    """
    x, y = np.moveaxis(place - SHOULDER, -1, 0)
    cosine = (x**2 + y**2 - UPPER_ARM**2 - FOREARM**2) / (2 * UPPER_ARM * FOREARM)
    elbow = np.arccos(np.clip(cosine, -1.0, 1.0))
    inner = np.arctan2(FOREARM * np.sin(elbow), UPPER_ARM + FOREARM * np.cos(elbow))
    return np.stack([np.arctan2(y, x) - inner, elbow], axis=-1)


def jacobian(angles: np.ndarray) -> np.ndarray:
    """How the finger moves with the joints: angles [..., 2] -> d place / d angles [..., 2, 2]."""
    first, second = angles[..., 0], angles[..., 0] + angles[..., 1]
    by_elbow = FOREARM * np.stack([-np.sin(second), np.cos(second)], axis=-1)
    by_shoulder = UPPER_ARM * np.stack([-np.sin(first), np.cos(first)], axis=-1) + by_elbow
    return np.stack([by_shoulder, by_elbow], axis=-1)
