from dataclasses import dataclass

from algorithms.core.config import InterventionConfig


@dataclass
class MedianConfig(InterventionConfig):
    name: str = "median"
