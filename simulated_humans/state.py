"""Saving and restoring the arrays in which a simulated human keeps what it is in the middle of."""

from __future__ import annotations

from typing import Any

import numpy as np

from teaching import UserError


def snapshot(part: object, *names: str) -> dict[str, Any]:
    """Copies of the named array attributes, under their names without a leading underscore."""
    return {name.lstrip("_"): getattr(part, name).copy() for name in names}


def restore(part: object, state: dict[str, Any], *names: str) -> None:
    """Put copies back; raise UserError where the shapes tell of another number of worlds."""
    for name in names:
        now = getattr(part, name)
        saved = np.asarray(state[name.lstrip("_")])
        if saved.shape != now.shape:
            raise UserError(
                f"saved human does not fit: {name.lstrip('_')} has shape {saved.shape}, "
                f"expected {now.shape}; resume with the same task and number of worlds"
            )
        setattr(part, name, saved.astype(now.dtype, copy=True))
