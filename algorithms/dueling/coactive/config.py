"""Settings of coactive learning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class CoactiveConfig:
    """The trajectory preference perceptron (Jain et al. 2013); it has nothing to tune.

    Attributes:
        name: the registry entry.

    """

    name: str = "coactive"
