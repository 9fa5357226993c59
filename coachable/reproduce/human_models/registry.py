"""All models that are measured: one by one, and in company."""

from __future__ import annotations

from dataclasses import fields

from coachable.reproduce.human_models import (
    attention,
    choosing,
    composed,
    judging,
    limits,
    taking_over,
)
from coachable.reproduce.human_models.model import Model
from simulated_humans.registry import HUMANS

SINGLE: dict[str, Model] = {
    **taking_over.MODELS,
    **attention.MODELS,
    **judging.MODELS,
    **choosing.MODELS,
    **limits.MODELS,
}
COMPOSED: dict[str, Model] = composed.MODELS
MODELS: dict[str, Model] = {**SINGLE, **COMPOSED}

NO_ERROR = ("name", "expert")
"""Settings that say who it is and what it knows, not how it errs."""


def settings() -> set[str]:
    """ "human.setting" of everything that can be set about how a built-in human errs."""
    return {
        f"{name}.{field.name}"
        for name, family in HUMANS.items()
        if name != "own"
        for field in fields(family.config)
        if field.name not in NO_ERROR
    }
