"""A task of one number: the expert does nothing, and the learner proposes a gap from that."""

from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest

from simulated_humans.config import InterveningConfig
from simulated_humans.intervening import InterveningHuman
from teaching import Oracle, View

BOX = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
DT = 0.1


def still(obs: np.ndarray) -> np.ndarray:
    return np.zeros((len(obs), 1), np.float32)


@dataclass
class Played:
    mask: np.ndarray  # [T, N]
    action: np.ndarray  # [T, N, A...]
    seconds: np.ndarray  # [T, N]


def make_view(proposed: np.ndarray, step: int = 0, start=False, dt: float = DT) -> View:
    n = len(proposed)
    return View(
        obs=np.zeros((n, 3), np.float32),
        proposed_action=proposed,
        step=np.full(n, step, np.int64),
        episode_start=np.broadcast_to(np.asarray(start, bool), (n,)).copy(),
        dt=dt,
    )


def play_proposals(human, proposals, first: int = 0, starts=(0,), dt: float = DT) -> Played:
    """Proposals [T, N, A...]; episodes of all worlds start at the steps in `starts`."""
    records = []
    for t, proposed in enumerate(proposals, start=first):
        if t in starts:
            human.reset(np.ones(len(proposed), bool))
        records.append(human.intervene(make_view(proposed, t, t in starts, dt)))
    return Played(
        mask=np.stack([r.mask for r in records]),
        action=np.stack([r.action for r in records]),
        seconds=np.stack([r.human_seconds for r in records]),
    )


@pytest.fixture
def make():
    """Build a human: (num_worlds, seed, space, oracle, **settings)."""

    def build(num_worlds=1, seed=0, space=BOX, oracle=None, **settings):
        oracle = oracle or Oracle(action=still)
        return InterveningHuman(InterveningConfig(**settings), oracle, space, num_worlds, seed)

    return build


@pytest.fixture
def play():
    return play_proposals


@pytest.fixture
def view():
    return make_view


@pytest.fixture
def needs():
    """Turn 0/1 [T] or [T, N] into proposals that are at, or far from, the expert's action."""

    def build(need):
        need = np.asarray(need, np.float32)
        if need.ndim == 1:
            need = need[:, None]
        return need[..., None]

    return build
