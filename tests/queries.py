"""Segments whose observations are their rewards, and people to show them to."""

from dataclasses import replace

import gymnasium as gym
import numpy as np

from simulated_humans.comparing import ComparingHuman
from simulated_humans.comparing_config import ComparingConfig
from teaching import Oracle, Segments

BOX = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
DT = 0.1


def first_feature(obs, action):
    return obs[:, 0]


def show(reward, length=None, action=None, ids=None) -> Segments:
    """Queries of [B, K, T] rewards, or of [B, K] where a segment has one row."""
    reward = np.asarray(reward, np.float64)
    if reward.ndim == 2:
        reward = reward[..., None]
    b, k, t = reward.shape
    return Segments(
        ids=np.arange(b * k).reshape(b, k) if ids is None else ids,
        obs=reward[..., None],
        action=np.zeros((b, k, t, 1), np.float32) if action is None else action,
        length=np.full((b, k), t) if length is None else np.asarray(length),
        dt=DT,
        step=np.arange(b),
    )


def rows(segments: Segments, which) -> Segments:
    """Some of the queries."""
    names = ("ids", "obs", "action", "length", "step")
    return replace(segments, **{name: getattr(segments, name)[which] for name in names})


def comparer(seed=0, reward=first_feature, space=BOX, **settings) -> ComparingHuman:
    oracle = Oracle(action=lambda obs: np.zeros((len(obs), 1)), reward=reward)
    return ComparingHuman(ComparingConfig(**settings), oracle, space, 1, seed)


def within(count, n, p, errors=3.0) -> bool:
    """A count of successes is within so many standard errors of n·p."""
    return abs(count - n * p) <= errors * np.sqrt(n * p * (1 - p))
