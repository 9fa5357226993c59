"""A small convolutional network for grid views, after the one of Peng et al. 2023 for MiniGrid."""

from __future__ import annotations

import gymnasium as gym
import torch as th
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

WIDTH = 64
"""Features out of the network."""


class GridCNN(BaseFeaturesExtractor):
    """Two 3×3 convolutions of 16 and 32 channels and a layer of 64 tanh units.

    Takes [B, channels, height, width] float32, gives [B, 64].
    """

    def __init__(self, observation_space: gym.spaces.Box):
        super().__init__(observation_space, WIDTH)
        channels, height, width = observation_space.shape
        self.network = nn.Sequential(
            nn.Conv2d(channels, 16, 3),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * (height - 4) * (width - 4), WIDTH),
            nn.Tanh(),
        )

    def forward(self, observations: th.Tensor) -> th.Tensor:
        """Features of a batch of views."""
        return self.network(observations)


def is_grid(space: gym.Space) -> bool:
    """Whether observations are views [channels, height, width] and not vectors."""
    return isinstance(space, gym.spaces.Box) and len(space.shape) == 3
