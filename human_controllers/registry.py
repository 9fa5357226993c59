"""Which seats there are for real people, and for recorded ones."""

from __future__ import annotations

from teaching.family import HumanFamily

FAMILIES: tuple[HumanFamily, ...] = ()

CONTROLLERS = {family.name: family for family in FAMILIES}
