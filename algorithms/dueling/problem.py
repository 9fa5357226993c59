"""A finite-horizon problem without its reward: what happens, and what is judged."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np

from algorithms.dueling import kernels
from teaching import UserError

_SUM = 1e-6


@dataclass(frozen=True, eq=False)
class Problem:
    """S states, A actions, H steps, and features whose sum over a trajectory is its embedding φ(τ).

    Attributes:
        transition: [S, A, S].
        initial: [S].
        features: [S, A, d], or [H, S, A, d] where they depend on the step.
        horizon: H.
        following: [S, A, K], the next states that are possible.
        chance: [S, A, K], their probabilities, 0 in the padding.

    Raises:
        UserError: shapes that do not fit, or what is no distribution.

    """

    transition: np.ndarray
    initial: np.ndarray
    features: np.ndarray
    horizon: int
    following: np.ndarray = field(init=False)
    chance: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        states, actions = self.transition.shape[:2]
        shape = (states, actions)
        if self.features.shape[-3:-1] != shape or self.features.ndim not in (3, 4):
            raise UserError(
                f"features must be [S, A, d] or [H, S, A, d], got {self.features.shape}"
            )
        if self.features.ndim == 4 and len(self.features) != self.horizon:
            raise UserError(f"features are of {len(self.features)} steps, not {self.horizon}")
        for name, rows in (("transition", self.transition), ("initial", self.initial)):
            if (rows < 0).any() or (np.abs(rows.sum(axis=-1) - 1.0) > _SUM).any():
                raise UserError(f"{name} must be distributions over the last axis")
        # A copy, for what is compiled takes no arrays that are locked.
        object.__setattr__(self, "initial", np.array(self.initial, np.float64))
        most = max(int((self.transition > 0).sum(axis=2).max()), 1)
        following = np.argsort(self.transition <= 0, axis=2, kind="stable")[..., :most]
        chance = np.take_along_axis(self.transition, following, axis=2)
        object.__setattr__(self, "following", np.ascontiguousarray(following, np.int64))
        object.__setattr__(self, "chance", np.ascontiguousarray(chance, np.float64))

    @property
    def dim(self) -> int:
        """d."""
        return self.features.shape[-1]

    def rewards(self, w: np.ndarray) -> np.ndarray:
        """[d] -> [H or 1, S, A], ⟨φ, w⟩."""
        rewards = self.features @ w
        return np.ascontiguousarray(rewards if rewards.ndim == 3 else rewards[None])

    def best(self, w: np.ndarray) -> tuple[np.ndarray, float]:
        """The policy [H, S] that is best for the reward ⟨φ, w⟩, and its value."""
        return self.best_for(self.rewards(w))

    def best_for(self, rewards: np.ndarray) -> tuple[np.ndarray, float]:
        """The same for rewards [H or 1, S, A]."""
        policy = np.zeros((self.horizon, len(self.initial)), np.int64)
        value = kernels.plan(self.following, self.chance, rewards, self.initial, policy)
        return policy, float(value)

    def embed(self, policy: np.ndarray) -> np.ndarray:
        """[d], φ(π) = E Σ_h φ_h(s_h, π_h(s_h))."""
        place = self.following, self.chance, self.initial, policy
        if self.features.ndim == 3:
            return kernels.occupancy(*place).ravel() @ self.features.reshape(-1, self.dim)
        seen = kernels.visits(*place)  # [H, S]
        taken = np.take_along_axis(self.features, policy[:, :, None, None], axis=2)[:, :, 0]
        return np.einsum("hs,hsd->d", seen, taken)

    def value(self, policy: np.ndarray, rewards: np.ndarray) -> float:
        """Expected sum of rewards [H or 1, S, A]."""
        seen = kernels.visits(self.following, self.chance, self.initial, policy)
        full = np.broadcast_to(rewards, (self.horizon, *rewards.shape[1:]))
        return float((seen * np.take_along_axis(full, policy[:, :, None], 2)[:, :, 0]).sum())

    def sample(
        self, policy: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """One trajectory: states [H], actions [H], φ(τ) [d]."""
        uniform = rng.random(self.horizon)
        state = int((self.initial.cumsum() <= uniform[0]).sum())
        states, actions = np.zeros(self.horizon, np.int64), np.zeros(self.horizon, np.int64)
        for h in range(self.horizon):
            action = policy[h, state]
            states[h], actions[h] = state, action
            if h + 1 < self.horizon:
                below = self.chance[state, action].cumsum()
                pick = min(int((below <= uniform[h + 1]).sum()), len(below) - 1)
                state = int(self.following[state, action, pick])
        return states, actions, self.embed_path(states, actions)

    def embed_path(self, states: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """[d], φ(τ) of states [T] and actions [T], T ≤ H."""
        if self.features.ndim == 3:
            return self.features[states, actions].sum(axis=0)
        return self.features[np.arange(len(states)), states, actions].sum(axis=0)

    def reachable(self) -> np.ndarray:
        """[H, S] bool, where one can be at each step, whatever the policy."""
        here: np.ndarray = np.greater(self.initial, 0)
        found: list[np.ndarray] = []
        moves: np.ndarray = np.greater(self.transition, 0).any(axis=1)  # [S, S]
        for _ in range(self.horizon):
            found.append(here)
            here = moves[here].any(axis=0)
        return np.array(found)

    def count_policies(self) -> float:
        """How many deterministic policies there are, as far as they can differ in what happens."""
        actions, places = self.transition.shape[1], int(self.reachable().sum())
        return float(actions**places) if places * np.log(actions) < 700 else np.inf

    def policies(self, most: int = 4096) -> np.ndarray:
        """[N, H, S], all of them.

        Raises:
            UserError: there are more than `most`.

        """
        if self.count_policies() > most:
            raise UserError(
                f"there are {self.count_policies():.3g} policies, more than {most}: do not "
                "enumerate them"
            )
        places = np.argwhere(self.reachable())
        choices = itertools.product(range(self.transition.shape[1]), repeat=len(places))
        table = np.zeros((int(self.count_policies()), self.horizon, len(self.initial)), np.int64)
        table[:, places[:, 0], places[:, 1]] = np.array(list(choices))
        return table


def distinct(policies: np.ndarray, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Policies [N, H, S] and embeddings [N, d] without those whose embedding is there already."""
    _, first = np.unique(np.round(phi, 10), axis=0, return_index=True)
    first.sort()
    return policies[first], phi[first]
