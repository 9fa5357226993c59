"""Settings of the learners from language."""

from __future__ import annotations

from dataclasses import dataclass

from algorithms.core.config import require

SHIPPED = "shipped"


@dataclass
class VerbalConfig:
    """What the learners share; the defaults are the published ones (Sumers et al. 2021).

    Attributes:
        name: the registry entry.
        prior_variance: of each weight, before anything was said.
        noise_variance: σ² of what an utterance says of the weights.
        weights: shipped, or a folder that ``coachable train-listener`` wrote.

    """

    name: str = "verbal"
    prior_variance: float = 25.0
    noise_variance: float = 0.5
    weights: str = SHIPPED

    def __post_init__(self) -> None:
        """Refuse what cannot be learned with."""
        require(self.prior_variance > 0, "prior_variance", "> 0", self.prior_variance)
        require(self.noise_variance > 0, "noise_variance", "> 0", self.noise_variance)
        require(bool(self.weights), "weights", "shipped or a folder", self.weights)


@dataclass
class LiteralConfig(VerbalConfig):
    """Takes words by what they say.

    Attributes:
        scale: ζ of a clause whose sentiment is 1, in points of reward.

    """

    name: str = "literal"
    scale: float = 30.0

    def __post_init__(self) -> None:
        """Refuse what cannot be learned with."""
        super().__post_init__()
        require(self.scale > 0, "scale", "> 0", self.scale)


@dataclass
class PragmaticConfig(LiteralConfig):
    """Takes words by what they are likely meant to say.

    Attributes:
        unmentioned: ζ of the features that a clause does not name.

    """

    name: str = "pragmatic"
    unmentioned: float = -30.0

    def __post_init__(self) -> None:
        """Refuse what cannot be learned with."""
        super().__post_init__()
        require(self.unmentioned <= 0, "unmentioned", "≤ 0", self.unmentioned)


@dataclass
class InferenceNetworkConfig(VerbalConfig):
    """Takes words by what people said who had such weights in mind."""

    name: str = "inference_network"
