"""All models that are measured: one by one, and in company."""

from __future__ import annotations

from dataclasses import fields

from coachable.reproduce.human_models import (
    attention,
    choosing,
    composed,
    composed_choosing,
    judging,
    limits,
    saying,
    taking_over,
)
from coachable.reproduce.human_models.model import Model
from simulated_humans.registry import HUMANS

SINGLE: dict[str, Model] = {
    **taking_over.MODELS,
    **attention.MODELS,
    **judging.MODELS,
    **saying.MODELS,
    **choosing.MODELS,
    **limits.MODELS,
}
COMPOSED: dict[str, Model] = {**composed.MODELS, **composed_choosing.MODELS}
MODELS: dict[str, Model] = {**SINGLE, **COMPOSED}

NO_ERROR = ("name", "expert")
"""Settings that say who it is and what it knows, not how it errs."""


def settings() -> set[str]:
    """All that can be set about how a built-in human errs, as "human.setting"."""
    return {
        f"{name}.{field.name}"
        for name, family in HUMANS.items()
        if name != "own"
        for field in fields(family.config)
        if field.name not in NO_ERROR
    }
