"""All humans that ``human=`` may name: the simulated ones, and the seats for real people."""

from __future__ import annotations

from human_controllers.registry import CONTROLLERS
from simulated_humans.registry import HUMANS as SIMULATED
from teaching.family import HumanFamily

HUMANS: dict[str, HumanFamily] = {**SIMULATED, **CONTROLLERS}


def types(name: str) -> bool:
    """Whether it is a person who types, and so has the terminal to themselves."""
    return HUMANS[name].person and not HUMANS[name].looks
