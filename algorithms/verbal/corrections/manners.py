"""A student whose manner words correct: as offsets of its actions, or as preferences."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms.verbal.corrections import losses
from algorithms.verbal.corrections.config import FORMS
from algorithms.verbal.corrections.listening import (
    Asked,
    CorrectionListener,
    ListensToCorrections,
    meaning,
)
from teaching import UserError
from teaching.manner import Manner


class CorrectedManner:
    """How much more or less of each quality than the policy by itself, everywhere and by context.

    Args:
        manner: of the task.
        form: offset adds what a correction asks for; preference keeps a belief about the amounts
            that are wanted, and takes a correction for a comparison with a neighbouring amount.
        scoped: whether a correction that names a context holds there alone; otherwise everywhere.
        listener: of corrections; the shipped one unless another is given.
        regrow: whether a second correction the same way takes back a halving of the steps, so that
            one that was misheard is not felt for good (Rprop's rule, Riedmiller and Braun 1993);
            for who is corrected until somebody is content.

    Attributes:
        amounts: [1 + C, Q + marks] spreads; those of contexts are added where they hold.
        understood: (text, meaning) of what was heard last.

    """

    def __init__(
        self,
        manner: Manner,
        form: str = "offset",
        scoped: bool = True,
        listener: ListensToCorrections | None = None,
        regrow: bool = False,
    ):
        if form not in FORMS:
            raise UserError(f"form must be one of {', '.join(FORMS)}, got {form!r}")
        self.manner, self.form, self.scoped = manner, form, scoped
        self._listener = listener or CorrectionListener(manner)
        self._regrow = regrow
        shape = (1 + len(manner.contexts), len(manner.named))
        self.amounts = np.zeros(shape)
        self._belief = np.broadcast_to(losses.prior(), (*shape, len(losses.GRID))).copy()
        self._last = np.zeros(shape)
        self._scale = np.ones(shape)
        self.understood: list[tuple[str, str]] = []

    def hear(self, text: str) -> Asked:
        """Take in a correction of what was done with the amounts of now."""
        asked = self._listener.hear(text)
        self.understood = [(text, meaning(self.manner, asked))]
        rows = [1 + c for c in asked.contexts] if self.scoped and asked.contexts else [0]
        for row in rows:
            if self.form == "offset":
                self._add(row, asked)
            else:
                self._compare(row, asked)
        return asked

    def begin(self, amounts: np.ndarray, trust: float) -> None:
        """Begin with amounts [1 + C, Q + marks] that somebody was content with in a task like this.

        As offset, steps are half as long at first, for what is left to correct is less. As
        preference, it is what hearing no complaint about them says, to the power of `trust`, from
        0 to 1.
        """
        if self.form == "offset":
            self.amounts = np.array(amounts, float)
            self._scale = np.full_like(self.amounts, 0.5)
            return
        for row, wanted in enumerate(amounts):
            for quality, amount in enumerate(wanted):
                self._belief[row, quality] += trust * losses.contented(float(amount))
        self.amounts = losses.expected(self._belief)

    def act(
        self,
        obs: np.ndarray,
        proposed: np.ndarray,
        before: np.ndarray,
        proposed_before: np.ndarray | None = None,
    ) -> np.ndarray:
        """Correct what is proposed.

        Args:
            obs: [M, O...].
            proposed: [M, A...].
            before: [M, A...], the actions before.
            proposed_before: [M, A...], what was proposed before; the actions, if left out.

        Returns:
            [M, A...].

        """
        there = self.manner.holds(obs).astype(float)  # [M, C]
        amounts = self.amounts[0] + there @ self.amounts[1:]
        steps = len(self.manner.qualities)
        if self.manner.lead is not None and amounts[:, steps:].any():
            earlier = before if proposed_before is None else proposed_before
            proposed = self.manner.lead(obs, proposed, earlier, amounts[:, steps:])
        return self.manner.adjust(obs, proposed, before, amounts[:, :steps])

    def state_dict(self) -> dict[str, Any]:
        """Amounts, belief, and how large the next steps are."""
        return {
            "amounts": self.amounts.copy(),
            "belief": self._belief.copy(),
            "last": self._last.copy(),
            "scale": self._scale.copy(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.amounts = np.array(state["amounts"])
        self._belief = np.array(state["belief"])
        self._last, self._scale = np.array(state["last"]), np.array(state["scale"])

    def _add(self, row: int, asked: Asked) -> None:
        """A correction the other way means that the last step was too long: half of it will do."""
        if asked.quality is None or not asked.direction:
            return
        at = row, asked.quality
        if self._last[at] * asked.direction < 0:
            self._scale[at] /= 2
        elif self._last[at] and self._regrow:
            self._scale[at] = min(2 * self._scale[at], 1.0)
        self._last[at] = asked.direction
        self.amounts[at] += asked.direction * losses.STEP[asked.size] * self._scale[at]

    def _compare(self, row: int, asked: Asked) -> None:
        if asked.quality is None:  # nobody complains of anything
            for quality, amount in enumerate(self.amounts[row]):
                self._belief[row, quality] += losses.contented(float(amount))
        else:
            step = asked.direction * losses.STEP[asked.size]
            now = float(self.amounts[row, asked.quality])
            self._belief[row, asked.quality] += losses.preferred(now, step)
        self.amounts[row] = losses.expected(self._belief[row])
