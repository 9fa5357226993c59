"""All models that are measured: one by one, and in company."""

from __future__ import annotations

import inspect
from dataclasses import fields

from coachable.reproduce.human_models import (
    attention,
    choosing,
    composed,
    composed_choosing,
    composed_correcting,
    correcting,
    correcting_words,
    demonstrating,
    judging,
    limits,
    saying,
    taking_over,
    talking,
)
from coachable.reproduce.human_models.model import Model
from simulated_humans.registry import HUMANS
from teaching.family import HumanFamily

SINGLE: dict[str, Model] = {
    **taking_over.MODELS,
    **attention.MODELS,
    **judging.MODELS,
    **saying.MODELS,
    **choosing.MODELS,
    **correcting.MODELS,
    **demonstrating.MODELS,
    **talking.MODELS,
    **correcting_words.MODELS,
    **limits.MODELS,
}
COMPOSED: dict[str, Model] = {
    **composed.MODELS,
    **composed_choosing.MODELS,
    **composed_correcting.MODELS,
}
MODELS: dict[str, Model] = {**SINGLE, **COMPOSED}

NO_ERROR = ("name", "expert")
"""Settings that say who it is and what it knows, not how it errs."""


def settings() -> set[str]:
    """All that can be set about how a built-in human errs, as "human.setting".

    What a config inherits, unchanged, from that of another human which is made in the same way
    works by the same code: the models of that other human cover it, and it is left out here.
    """
    return {
        f"{name}.{field.name}"
        for name, family in HUMANS.items()
        if name != "own"
        for field in fields(family.config)
        if field.name not in NO_ERROR and field.name not in inherited(family)
    }


def inherited(family: HumanFamily) -> set[str]:
    """Fields that a family's config has from another family's, whose human is the same one."""
    own = inspect.get_annotations(family.config)
    return {
        field.name
        for other in HUMANS.values()
        if other is not family
        and other.make is family.make
        and issubclass(family.config, other.config)
        for field in fields(other.config)
        if field.name not in own
    }
