"""Which of the last steps a signal speaks of (Knox and Stone 2009, Section 4.2).

The delay from a step to the word about it has a density; the credit of a step is the mass of that
density over the time that the step was on show. A signal that falls in a step is taken to come in
its middle, which is where a delay that was rounded to whole steps lies.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Distribution = Callable[[np.ndarray], np.ndarray]
"""F(x), how likely a delay is to be less than x seconds."""


def fixed(mean: float) -> Distribution:
    """Always the mean."""
    return lambda x: (np.asarray(x) > mean).astype(float)


def uniform(mean: float) -> Distribution:
    """Between 0.4 and 1.6 times the mean: Uniform(0.2, 0.8) s at 0.5 s."""
    if mean == 0:
        return fixed(0.0)
    return lambda x: np.clip((np.asarray(x) / mean - 0.4) / 1.2, 0.0, 1.0)


def gamma(mean: float) -> Distribution:
    """Shape 2, hence scale mean / 2: Gamma(2, 0.28 s) at 0.56 s is that of TAMER."""
    if mean == 0:
        return fixed(0.0)

    def below(x: np.ndarray) -> np.ndarray:
        scaled = np.maximum(np.asarray(x, np.float64), 0.0) / (mean / 2)
        return 1.0 - np.exp(-scaled) * (1.0 + scaled)

    return below


DELAY_FORMS: dict[str, Callable[[float], Distribution]] = {
    "fixed": fixed,
    "uniform": uniform,
    "gamma": gamma,
}

_LONGEST = {"fixed": 1.0, "uniform": 1.6, "gamma": 10.0}
"""Means, beyond which hardly any delay lies (of gamma ones 4 in 10⁸)."""


def window(form: str, mean: float, dt: float) -> int:
    """How many steps, the present one included, a signal may speak of."""
    return int(np.floor(_LONGEST[form] * mean / dt + 0.5)) + 1


def credits(durations: np.ndarray, delay: Distribution) -> np.ndarray:
    """The share of a signal that belongs to each of the last steps.

    Args:
        durations: [..., K] seconds that each step was on show, the present one first, the one
            before it next; 0 where there was none.
        delay: F of the reaction time.

    Returns:
        [..., K], which sum to 1 where the steps cover all delays that are possible.

    """
    # Seconds from the middle of the present step back to the start of each step.
    now = durations[..., :1] / 2
    start = durations.cumsum(axis=-1) - now
    # One step ends where the next begins, to the last bit: nothing falls between two of them.
    return np.diff(delay(np.concatenate([-now, start], axis=-1)), axis=-1)
