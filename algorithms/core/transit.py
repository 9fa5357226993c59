"""Words that wires and screens have delayed are given back to the steps that they came from."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import numpy as np

from algorithms.core.step import Step
from teaching.clock import delay_steps

LONGEST = 100
"""Steps that a word may have been underway; a later one is taken for one of so many."""


class TransitBuffer:
    """Holds steps back for as long as words about them have been known to be underway.

    A learner knows how late a human is, or finds it out (`algorithms.core.delay`). What lies
    between the picture and the moment at which the word is taken in comes on top of that, differs
    from word to word, and is measured (`teaching.info.TRANSIT`): so it is taken off before the
    learner looks.
    Where nothing was ever underway, nothing is held back.

    Attributes:
        lag: steps that are held back.

    """

    def __init__(self) -> None:
        self.lag = 0
        self._held: deque[Step] = deque()

    def pass_on(self, step: Step, transit: np.ndarray, dt: float) -> Iterable[Step]:
        """Take in a step, and give back those that nothing is underway about any more.

        Args:
            step: the newest; its `feedback` may be changed.
            transit: [N] seconds that what was said on this step was underway; NaN for none.
            dt: seconds a step.

        """
        if not self._held and self.lag == 0 and not (transit > 0).any():
            return (step,)
        self._held.append(step)
        for world in np.flatnonzero(transit > 0):
            late = min(delay_steps(float(transit[world]), dt), LONGEST)
            self.lag = max(self.lag, late)
            about = self._held[max(len(self._held) - 1 - late, 0)]
            said, step.feedback[world] = step.feedback[world], np.nan
            about.feedback[world] = said
        return [self._held.popleft() for _ in range(len(self._held) - self.lag)]

    def state_dict(self) -> dict[str, Any]:
        """The steps that are held back."""
        return {
            "lag": self.lag,
            "held": {
                str(i): {field.name: getattr(step, field.name) for field in fields(step)}
                for i, step in enumerate(self._held)
            },
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.lag = int(state["lag"])
        held = (state["held"][str(i)] for i in range(len(state["held"])))
        self._held = deque(_step(one) for one in held)


def _step(state: dict[str, Any]) -> Step:
    arrays: dict[str, Any] = {k: None if v is None else np.array(v) for k, v in state.items()}
    return Step(**arrays)
