"""The three ways in which Ĥ joins a learner from reward (Knox and Stone 2010, 2012)."""

from __future__ import annotations

import numpy as np


def shaped(reward: np.ndarray, liking: np.ndarray, beta: float) -> np.ndarray:
    """r + β Ĥ(s, a), [N] of rewards and Ĥ of what was done (2010, method 1)."""
    return reward + beta * liking


def biased(values: np.ndarray, liking: np.ndarray, beta: float) -> np.ndarray:
    """Q(s, ·) + β Ĥ(s, ·), [N, A], to choose by and not to learn from (2010, method 6)."""
    return values + beta * liking


def share(beta: float) -> float:
    """min(β, 1), how often the action is argmax Ĥ (2010, method 7)."""
    return min(beta, 1.0)


def annealed(beta: float, decay: float, annealing: str) -> float:
    """β after one more step: β·decay where it falls geometrically, max(β − decay, 0) linearly."""
    return beta * decay if annealing == "geometric" else max(beta - decay, 0.0)


def greedy(values: np.ndarray) -> np.ndarray:
    """[N, A] probabilities that the best actions share evenly."""
    best = values >= values.max(axis=1, keepdims=True)
    return best / best.sum(axis=1, keepdims=True)


def epsilon_greedy(values: np.ndarray, epsilon: float) -> np.ndarray:
    """[N, A]: the best actions share 1 − ε, all of them ε."""
    return (1 - epsilon) * greedy(values) + epsilon / values.shape[1]


def mixed(probs: np.ndarray, liking: np.ndarray, beta: float) -> np.ndarray:
    """[N, A] probabilities under control sharing: min(β, 1) argmax Ĥ + (1 − min(β, 1)) π."""
    human = share(beta)
    return human * greedy(liking) + (1 - human) * probs
