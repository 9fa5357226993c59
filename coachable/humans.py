"""All humans that ``human=`` may name: the simulated ones, and the seats for real people."""

from __future__ import annotations

from human_controllers.registry import CONTROLLERS
from simulated_humans.registry import HUMANS as SIMULATED
from teaching.family import HumanFamily

HUMANS: dict[str, HumanFamily] = {**SIMULATED, **CONTROLLERS}
