"""Checks of settings: each failure is one line with the field, the bound and the value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields

from teaching import Prices, UserError


def check(config: object, name: str, bound: str, holds: Callable[[float], bool]) -> None:
    """Raise UserError unless the setting is None or `holds`; `name` may be dotted."""
    group, _, leaf = name.rpartition(".")
    value = getattr(getattr(config, group) if group else config, leaf)
    # NaN fails every comparison, and so every bound.
    if value is not None and not holds(value):
        raise UserError(f"human.{name} must be {bound}, got {value}")


def check_choice(config: object, name: str, choices: tuple[str, ...]) -> None:
    """Raise UserError unless the setting is one of the choices."""
    value = getattr(config, name)
    if value not in choices:
        raise UserError(f"human.{name} must be one of {', '.join(choices)}, got {value!r}")


def check_expert(expert: str) -> None:
    """Raise UserError where no expert is named."""
    if not expert:
        raise UserError("human.expert must be task, module:function or a file, got nothing")


def check_prices(config: object) -> None:
    """Raise UserError for a price that is negative, infinite or no number."""
    for price in fields(Prices):
        check(config, f"prices.{price.name}", "≥ 0 s", lambda x: 0 <= x < math.inf)


def check_watching(config: object) -> None:
    """Raise UserError for settings that `watching.Watching` cannot be made of."""
    check(config, "watch_share", "in [0, 1]", lambda x: 0 <= x <= 1)
    check(config, "watch_spell", "> 0 s", lambda x: 0 < x < math.inf)
    check(config, "watch_one", "> 0 s", lambda x: 0 < x < math.inf)
