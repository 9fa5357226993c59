"""Settings of the recorded human."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class ReplayConfig:
    """Which recording is given again.

    Attributes:
        name: key in `human_controllers.registry.CONTROLLERS`.
        log: a run's folder, or a feedback log's file.

    """

    name: str = "replay"
    log: str = ""
