"""Settings of the cloning learners."""

from __future__ import annotations

from dataclasses import dataclass

from algorithms.core.config import InterventionConfig, require


@dataclass
class CloningConfig(InterventionConfig):
    """What the cloning learners share."""

    @property
    def target_networks(self) -> bool:
        """They learn no values."""
        return False


@dataclass
class HGDaggerConfig(CloningConfig):
    """HG-DAgger: the shared settings of every learner from interventions."""

    name: str = "hg_dagger"


@dataclass
class IWRConfig(CloningConfig):
    """Intervention-weighted regression: the shared settings."""

    name: str = "iwr"


@dataclass
class BCConfig(CloningConfig):
    """Behaviour cloning of a human who is in control all the time.

    Attributes:
        updates: gradient steps after the last demonstration.

    """

    name: str = "bc"
    updates: int = 20_000

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        super().__post_init__()
        require(self.updates >= 1, "updates", "≥ 1", self.updates)
