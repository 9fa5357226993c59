"""A bandit with a table of values, on which every judgement can be worked out by hand."""

from dataclasses import dataclass

import gymnasium as gym
import numpy as np

from simulated_humans.evaluating import EvaluatingHuman
from simulated_humans.evaluating_config import EvaluatingConfig
from teaching import Oracle, View

KEYS = gym.spaces.Discrete(4)
DT = 0.1

# Actions 0 and 1 tie for the best; E_π Q* = 0.5·1 + 0.25·1 + 0.25·0.6 + 0·(−2) = 0.9.
Q = np.array([1.0, 1.0, 0.6, -2.0])
PI = np.array([0.5, 0.25, 0.25, 0.0])
REWARD = np.array([0.3, -0.2, 0.0, -4.0])


def bandit(q=Q, reward=REWARD):
    return Oracle(
        action=lambda obs: np.zeros(len(obs), np.int64),
        q_values=lambda obs: np.tile(q, (len(obs), 1)),
        reward=lambda obs, action: reward[action],
    )


def critic(num_worlds=1, seed=0, space=KEYS, oracle=None, **settings):
    config = EvaluatingConfig(**settings)
    return EvaluatingHuman(config, oracle or bandit(), space, num_worlds, seed)


def look(action, step=0, start=False, probs=PI, dt=DT):
    """A view of worlds in which `action` [N] is proposed."""
    action = np.asarray(action)
    n = len(action)
    return View(
        obs=np.zeros((n, 1), np.float32),
        proposed_action=action,
        step=np.full(n, step, np.int64),
        episode_start=np.broadcast_to(np.asarray(start, bool), (n,)).copy(),
        dt=dt,
        action_probs=None if probs is None else np.tile(probs, (n, 1)),
    )


@dataclass
class Said:
    mask: np.ndarray  # [T, N]
    value: np.ndarray  # [T, N], 0 where nothing is said
    about: np.ndarray  # [T, N]
    seconds: np.ndarray  # [T, N]

    def share(self, value):
        """Of all steps and worlds, where this was said."""
        return (self.mask & (self.value == np.float32(value))).mean()


def listen(human, actions, first=0, starts=(0,), **view):
    """What the human says to actions [T, N]; episodes of all worlds start at `starts`."""
    records = []
    for t, action in enumerate(actions, start=first):
        records.append(human.evaluate(look(action, t, t in starts, **view)))
    return Said(
        mask=np.stack([r.mask for r in records]),
        value=np.stack([r.value for r in records]),
        about=np.stack([r.about for r in records]),
        seconds=np.stack([r.human_seconds for r in records]),
    )


def near(share, probability, trials):
    """Within three standard errors; the seeds are fixed, so it is so once and for all."""
    error = np.sqrt(probability * (1 - probability) / trials)
    return abs(share - probability) <= 3 * error + 1e-12
