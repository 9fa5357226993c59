"""The loops that NumPy is too slow for, compiled.

All of them are in one file and have one signature each, so that Numba's cache, which looks at the
file of the function that is called and at nothing else, is never out of date.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np


def kernel(signature: str) -> Callable[[Callable[..., Any]], Any]:
    """Compile without fast-math and without threads: the same numbers on every call."""
    return numba.njit(signature, cache=True)


@kernel("Tuple((b1[:,:], i8[:,:], f8[:]))(f8[:,:,::1], f8[:,::1], f8[:,:,::1], f8, f8[:,::1])")
def most_uncertain_pairs(
    phi: np.ndarray, w: np.ndarray, factor: np.ndarray, radius: float, bonus: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The policies that nobody beats for sure, and of those the pair that is known least.

    Policy i is out where some j has ⟨w, φ_j − φ_i⟩ > γ‖φ_j − φ_i‖ + b_i + b_j; of the rest the pair
    with the largest γ‖φ_i − φ_j‖ + b_i + b_j is taken. The norm is that of L Lᵀ.

    Args:
        phi: [G, N, d].
        w: [G, d].
        factor: [G, d, d], L.
        radius: γ.
        bonus: [G, N], b; 0 where transitions are known.

    Returns:
        Active [G, N] bool, pair [G, 2] and the pair's ‖φ_i − φ_j‖ [G].

    """
    count, size = phi.shape[:2]
    active = np.ones((count, size), np.bool_)
    pair = np.zeros((count, 2), np.int64)
    width = np.zeros(count)
    for g in range(count):
        every = np.ascontiguousarray(phi[g])
        # From the best by w to the worst, so that only those before one can beat it.
        order = np.argsort(-(every @ w[g]))
        ranked = every[order]
        z, value, b = ranked @ factor[g], ranked @ w[g], bonus[g][order]
        inner = z @ z.T
        square = np.diag(inner).copy()
        best, left = -1.0, 0
        at = np.empty(size, np.int64)
        for i in range(size):
            beaten = False
            for j in range(i):
                lead = value[j] - value[i] - b[i] - b[j]
                apart = max(square[i] + square[j] - 2.0 * inner[i, j], 0.0)
                if lead > 0.0 and lead * lead > radius * radius * apart:
                    beaten = True
                    break
            if beaten:
                active[g, order[i]] = False
            else:
                at[left] = i
                left += 1
        plain = not b.any()  # then the farthest pair is the widest, and no root is needed
        for first in range(left):
            i = at[first]
            for second in range(first, left):
                j = at[second]
                apart = max(square[i] + square[j] - 2.0 * inner[i, j], 0.0)
                wide = apart if plain else radius * np.sqrt(apart) + b[i] + b[j]
                if wide > best:
                    best, width[g] = wide, np.sqrt(apart)
                    pair[g, 0], pair[g, 1] = order[i], order[j]
    return active, pair, width


@kernel(
    "Tuple((f8[:,:,::1], f8[:,::1]))"
    "(f8[:,:,:,::1], f8[:,::1], f8[:,:,:,:,::1], f8[:,:,::1], i8[:,:,::1])"
)
def features_of_policies(
    transition: np.ndarray,
    initial: np.ndarray,
    features: np.ndarray,
    bonus: np.ndarray,
    policies: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """φ(π) = E Σ_h φ_h(s_h, a_h), and the expected sum of bonuses, of N policies in G models.

    Args:
        transition: [G, S, A, S].
        initial: [G, S].
        features: [G, H, S, A, d].
        bonus: [G, S, A].
        policies: [N, H, S] actions.

    Returns:
        [G, N, d] and [G, N].

    """
    count, states = initial.shape
    horizon, dim = features.shape[1], features.shape[4]
    phi = np.zeros((count, len(policies), dim))
    total = np.zeros((count, len(policies)))
    here, there = np.zeros(states), np.zeros(states)
    for g in range(count):
        for n in range(len(policies)):
            here[:] = initial[g]
            for h in range(horizon):
                there[:] = 0.0
                for s in range(states):
                    if here[s] > 0.0:
                        a = policies[n, h, s]
                        total[g, n] += here[s] * bonus[g, s, a]
                        for c in range(dim):
                            phi[g, n, c] += here[s] * features[g, h, s, a, c]
                        for t in range(states):
                            there[t] += here[s] * transition[g, s, a, t]
                here[:] = there
    return phi, total


@kernel("f8(i8[:,:,::1], f8[:,:,::1], f8[:,:,::1], f8[:], i8[:,:])")
def plan(
    following: np.ndarray,
    chance: np.ndarray,
    reward: np.ndarray,
    initial: np.ndarray,
    policy: np.ndarray,
) -> float:
    """Backward induction; ties go to the first action.

    Args:
        following: [S, A, K] the next states that are possible.
        chance: [S, A, K] their probabilities; 0 fills up.
        reward: [H or 1, S, A]; one for all steps where the first axis is 1.
        initial: [S].
        policy: [H, S], filled with the best actions.

    Returns:
        The value.

    """
    horizon, states = policy.shape
    actions, most = following.shape[1], following.shape[2]
    later, now = np.zeros(states), np.zeros(states)
    for step in range(horizon):
        h = horizon - 1 - step
        r = h if len(reward) > 1 else 0
        for s in range(states):
            best, pick = -np.inf, 0
            for a in range(actions):
                q = reward[r, s, a]
                for k in range(most):
                    q += chance[s, a, k] * later[following[s, a, k]]
                if q > best:
                    best, pick = q, a
            now[s], policy[h, s] = best, pick
        later[:] = now
    value = 0.0
    for s in range(states):
        value += initial[s] * later[s]
    return value


@kernel("f8[:,::1](i8[:,:,::1], f8[:,:,::1], f8[:], i8[:,:])")
def visits(
    following: np.ndarray, chance: np.ndarray, initial: np.ndarray, policy: np.ndarray
) -> np.ndarray:
    """[H, S], how likely each state is at each step; arguments as for `plan`."""
    horizon, states = policy.shape
    found = np.zeros((horizon, states))
    found[0] = initial
    for h in range(horizon - 1):
        for s in range(states):
            if found[h, s] > 0.0:
                a = policy[h, s]
                for k in range(following.shape[2]):
                    found[h + 1, following[s, a, k]] += found[h, s] * chance[s, a, k]
    return found


@kernel("f8[:,::1](i8[:,:,::1], f8[:,:,::1], f8[:], i8[:,:])")
def occupancy(
    following: np.ndarray, chance: np.ndarray, initial: np.ndarray, policy: np.ndarray
) -> np.ndarray:
    """[S, A], how often an action is taken in a state over all H steps; arguments as for `plan`."""
    horizon, states = policy.shape
    found = np.zeros((states, following.shape[1]))
    here, there = initial.copy(), np.zeros(states)
    for h in range(horizon):
        there[:] = 0.0
        for s in range(states):
            if here[s] > 0.0:
                a = policy[h, s]
                found[s, a] += here[s]
                if h + 1 < horizon:
                    for k in range(following.shape[2]):
                        there[following[s, a, k]] += here[s] * chance[s, a, k]
        here[:] = there
    return found
