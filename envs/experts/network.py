"""The forward pass of a small network and the distributions of actions on top of it, in NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

Layer = tuple[np.ndarray, np.ndarray]
"""Weight [out, in] and bias [out]."""

LOG_STD_MIN, LOG_STD_MAX = -20.0, 2.0
"""SAC's clip of log sigma."""

_TANH_EPSILON = 1e-6
"""SAC's guard in the log of the tanh's slope."""

ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "relu": lambda x: np.maximum(x, 0.0),
    "tanh": np.tanh,
}


def hidden(layers: list[Layer], activation: str, obs: np.ndarray) -> np.ndarray:
    """[N, O] through all layers but the last, an activation after each: [N, H]."""
    act = ACTIVATIONS[activation]
    for weight, bias in layers[:-1]:
        obs = act(obs @ weight.T + bias)
    return obs


def last(layers: list[Layer], features: np.ndarray) -> np.ndarray:
    """[N, H] through the last layer: [N, out]."""
    weight, bias = layers[-1]
    return features @ weight.T + bias


def squash(raw: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Tanh, then from [-1, 1] to [low, high]."""
    return low + 0.5 * (np.tanh(raw) + 1.0) * (high - low)


def gaussian_log_prob(action: np.ndarray, mean: np.ndarray, log_std: np.ndarray) -> np.ndarray:
    """Log-density of a diagonal Gaussian; [N, A] -> [N]."""
    scaled = (action - mean) * np.exp(-log_std)
    return (-0.5 * scaled**2 - log_std - 0.5 * math.log(2 * math.pi)).sum(axis=1)


def squashed_log_prob(
    action: np.ndarray, mean: np.ndarray, log_std: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Log-density of `squash` of a diagonal Gaussian, in the units of the action; [N, A] -> [N]."""
    edge = np.finfo(np.float32).eps
    raw = np.arctanh(np.clip(2.0 * (action - low) / (high - low) - 1.0, -1.0 + edge, 1.0 - edge))
    slope = (1.0 - np.tanh(raw) ** 2 + _TANH_EPSILON) * (high - low) / 2.0
    return gaussian_log_prob(raw, mean, log_std) - np.log(slope).sum(axis=1)


def categorical_log_prob(action: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """Log-probability of actions counted from 0; [N] and [N, n] -> [N]."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return log_probs[np.arange(len(action)), action]
