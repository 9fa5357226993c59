"""Rewards that depend on the past: a finite memory made part of the state."""

from __future__ import annotations

import numpy as np

from algorithms.dueling.problem import Problem


def augment(
    transition: np.ndarray,
    initial: np.ndarray,
    start: np.ndarray,
    update: np.ndarray,
    features: np.ndarray,
) -> Problem:
    """A problem over pairs of a state and what is remembered, in which the embedding is additive.

    A trajectory embedding that a memory of M values can compute as it goes,
    φ(τ) = Σ_h φ_h(s_h, m_h, a_h) with m_{h+1} = u(m_h, s_h, a_h, s_{h+1}), is additive over (s, m).
    What depends on the whole trajectory is paid at its last step. State s with memory m is number
    s·M + m.

    Args:
        transition: [S, A, S].
        initial: [S].
        start: [S], the memory of a trajectory that begins there.
        update: [M, S, A, S], the memory that follows.
        features: [H, S, M, A, d].

    """
    states, actions = transition.shape[:2]
    horizon, memory = features.shape[0], features.shape[2]
    following = np.zeros((states, memory, actions, states, memory))
    s, m, a, t = np.ogrid[:states, :memory, :actions, :states]
    following[s, m, a, t, update.transpose(1, 0, 2, 3)] = transition[:, None]
    first = np.zeros((states, memory))
    first[np.arange(states), start] = initial
    return Problem(
        transition=following.reshape(states * memory, actions, -1),
        initial=first.ravel(),
        features=np.ascontiguousarray(features.reshape(horizon, states * memory, actions, -1)),
        horizon=horizon,
    )
