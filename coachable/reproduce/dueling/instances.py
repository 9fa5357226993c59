"""Instances to learn in, G of them side by side, and a human of the suite who compares in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from algorithms.dueling.kernels import features_of_policies
from algorithms.dueling.problem import Problem
from teaching import Choice, Oracle, Segments


@dataclass(slots=True, eq=False)
class Instances:
    """G problems of one shape, and what is true of them.

    Attributes:
        transition: [G, S, A, S].
        initial: [G, S].
        features: [G, H, S, A, d].
        policies: [N, H, S], the same for all.
        phi: [G, N, d], their true embeddings.
        w: [G, d], w*.

    """

    transition: np.ndarray
    initial: np.ndarray
    features: np.ndarray
    policies: np.ndarray
    phi: np.ndarray
    w: np.ndarray

    @property
    def regret(self) -> np.ndarray:
        """[G, N], V(π*) − V(π)."""
        value = np.matmul(self.phi, self.w[:, :, None])[:, :, 0]
        return value.max(axis=1, keepdims=True) - value

    @property
    def reward(self) -> np.ndarray:
        """[G, H, S, A], ⟨φ, w*⟩."""
        return np.einsum("ghsad,gd->ghsa", self.features, self.w)


def trees(seeds: np.ndarray, norms: np.ndarray, dim: int = 6) -> Instances:
    """Trees of 1, 2 and 4 states with two actions and 128 policies, one a (seed, ‖w*‖).

    From each state an action leads to either state of the next layer's two with a probability from
    a Dirichlet; features are normal and fixed by the seed, as is the direction of w*.

    Args:
        seeds: [G].
        norms: [G], ‖w*‖.
        dim: d.

    """
    parts: list[tuple[np.ndarray, ...]] = []
    for seed, norm in zip(seeds.tolist(), norms.tolist(), strict=True):
        rng = np.random.default_rng([seed, 0xD0E1])
        transition = np.zeros((7, 2, 7))
        for state in range(3):
            transition[state, :, [2 * state + 1, 2 * state + 2]] = rng.dirichlet([1.0, 1.0], 2).T
        transition[3:, :, 0] = 1.0  # after the last step; never seen
        features = rng.normal(size=(7, 2, dim)) / np.sqrt(dim)
        direction = rng.normal(size=dim)
        parts.append((transition, features, norm * direction / np.linalg.norm(direction)))
    transition, features, w = (np.stack(part) for part in zip(*parts, strict=True))
    initial = np.tile(np.eye(7)[0], (len(seeds), 1))
    policies = Problem(transition[0], initial[0], features[0], 3).policies(128)
    by_step = np.ascontiguousarray(np.repeat(features[:, None], 3, axis=1))
    none = np.zeros(transition.shape[:3])
    phi, _ = features_of_policies(transition, initial, by_step, none, policies)
    return Instances(transition, initial, by_step, policies, phi, w)


class Comparators:
    """One comparing human of the suite who is asked about all G instances in one batch.

    Their choice is Bradley–Terry in the true returns: with `rationality` 1 and no rescaling
    P(first) = σ(⟨φ(τ¹) − φ(τ²), w*⟩), which a test checks.
    """

    def __init__(self, reward: np.ndarray, seed: int):
        """`reward` [G, H, S, A], ⟨φ, w*⟩."""
        import gymnasium as gym

        from simulated_humans.comparing import ComparingHuman
        from simulated_humans.comparing_config import ComparingConfig

        self._count, self._horizon = reward.shape[:2]

        def look_up(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
            place = obs.astype(np.int64)
            return reward[place[:, 0], place[:, 1], place[:, 2], action.astype(np.int64)]

        config = ComparingConfig(rationality=1.0, scale="none")
        oracle = Oracle(action=lambda obs: np.zeros(len(obs), np.int64), reward=look_up)
        space = gym.spaces.Discrete(reward.shape[3])
        self.human = ComparingHuman(config, oracle, space, 1, seed)
        self.asked = 0
        self.seconds = 0.0

    def prefer(self, states: np.ndarray, actions: np.ndarray, ask: np.ndarray) -> np.ndarray:
        """[G] of 1 and 0, whether the first was preferred; NaN where `ask` [G] is False.

        Args:
            states: [G, 2, H].
            actions: [G, 2, H].
            ask: [G] bool.

        """
        who = np.flatnonzero(ask)
        answer = np.full(self._count, np.nan)
        if not len(who):
            return answer
        obs = np.empty((len(who), 2, self._horizon, 3))
        obs[..., 0] = who[:, None, None]
        obs[..., 1] = np.arange(self._horizon)
        obs[..., 2] = states[who]
        told = self.human.prefer(
            Segments(
                ids=np.arange(2 * len(who)).reshape(-1, 2),
                obs=obs,
                action=actions[who],
                length=np.full((len(who), 2), self._horizon),
                dt=1.0,
                step=np.zeros(len(who), np.int64),
            )
        )
        self.asked += len(who)
        self.seconds += float(told.human_seconds.sum())
        answer[who] = told.choice == Choice.FIRST
        return answer


class Worlds:
    """Trajectories of pairs of policies, in all G instances at once."""

    def __init__(self, instances: Instances):
        self._of = instances
        self._below = instances.transition.cumsum(axis=3)
        self._first = instances.initial.cumsum(axis=1)

    def sample(
        self, pair: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """[G, 2] policies -> states [G, 2, H], actions [G, 2, H], φ(τ) [G, 2, d]."""
        of, (count, horizon) = self._of, self._of.features.shape[:2]
        uniform = rng.random((horizon, count, 2))
        states = np.zeros((count, 2, horizon), np.int64)
        actions = np.zeros_like(states)
        phi = np.zeros((count, 2, of.features.shape[4]))
        g = np.arange(count)[:, None]
        state = (self._first[:, None] <= uniform[0][:, :, None]).sum(axis=2)
        for h in range(horizon):
            action = of.policies[pair, h, state]
            states[:, :, h], actions[:, :, h] = state, action
            phi += of.features[g, h, state, action]
            if h + 1 < horizon:
                below = self._below[g, state, action]
                last = below.shape[2] - 1
                state = np.minimum((below <= uniform[h + 1][:, :, None]).sum(axis=2), last)
        return states, actions, phi
