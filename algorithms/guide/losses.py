"""GUIDE's reward (Zhang et al. 2024, section 4)."""

from __future__ import annotations

from typing import Literal

Base = Literal["ddpg", "td3", "sac"]


def grounded_reward(
    reward: float, feedback: float, scale: float, shift: float, weight: float
) -> float:
    """scale · r + shift + weight · f, with the judgement f cut off at −1 and 1."""
    return scale * reward + shift + weight * min(max(feedback, -1.0), 1.0)
