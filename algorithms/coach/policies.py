"""Softmax policies with the gradient of log π for each world, written out.

Parameters of R learners are [R, P]; the i-th of M observations is acted on by learner `of[i]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np

from algorithms.core.online import softmax


class Policy(Protocol):
    """What COACH asks of a policy.

    Attributes:
        num_parameters: P.

    """

    num_parameters: int

    def start(self, num_learners: int, rng: np.random.Generator) -> np.ndarray:
        """First parameters, [R, P]; the policy that they make is uniform."""

    def probabilities(self, theta: np.ndarray, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """π(·|s), [M, A] of observations [M, D]."""

    def score(
        self, theta: np.ndarray, obs: np.ndarray, action: np.ndarray, of: np.ndarray
    ) -> np.ndarray:
        """∇ log π(a|s), [M, P] of observations [M, D] and actions [M]."""


class Linear:
    """π ∝ exp(θ_a · s / T): tabular where s is one-hot.

    Args:
        num_features: D.
        num_actions: A.
        temperature: T.

    """

    def __init__(self, num_features: int, num_actions: int, temperature: float):
        self.num_parameters = num_features * num_actions
        self._shape = num_actions, num_features
        self._temperature = temperature

    def start(self, num_learners: int, rng: np.random.Generator) -> np.ndarray:
        """Zeros."""
        return np.zeros((num_learners, self.num_parameters))

    def probabilities(self, theta: np.ndarray, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """See `Policy`."""
        weights = theta.reshape(-1, *self._shape)[of]
        return softmax(np.matmul(weights, obs[:, :, None])[:, :, 0] / self._temperature)

    def score(
        self, theta: np.ndarray, obs: np.ndarray, action: np.ndarray, of: np.ndarray
    ) -> np.ndarray:
        """(1[a' = a] − π(a'|s)) s / T for each a'."""
        error = _chosen_less_expected(self.probabilities(theta, obs, of), action)
        outer = error[:, :, None] * obs[:, None, :] / self._temperature
        return outer.reshape(len(obs), -1)


class MLP:
    """π ∝ exp(f(s) / T), f a network with tanh units; its last layer begins at zero.

    Args:
        num_features: D.
        num_actions: A.
        temperature: T.
        widths: of the hidden layers.

    """

    def __init__(
        self, num_features: int, num_actions: int, temperature: float, widths: Sequence[int]
    ):
        sizes = [num_features, *widths, num_actions]
        self._shapes = [(below + 1, above) for below, above in pairwise(sizes)]
        self.num_parameters = sum(rows * columns for rows, columns in self._shapes)
        self._temperature = temperature

    def start(self, num_learners: int, rng: np.random.Generator) -> np.ndarray:
        """Hidden weights N(0, 1/fan-in), biases 0."""
        parts = []
        for rows, columns in self._shapes:
            weights = rng.standard_normal((num_learners, rows, columns)) / np.sqrt(rows - 1)
            weights[:, -1] = 0.0
            parts.append(weights.reshape(num_learners, -1))
        parts[-1][:] = 0.0
        return np.concatenate(parts, axis=1)

    def probabilities(self, theta: np.ndarray, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """See `Policy`."""
        return self._forward(self._layers(theta[of]), obs)[1]

    def score(
        self, theta: np.ndarray, obs: np.ndarray, action: np.ndarray, of: np.ndarray
    ) -> np.ndarray:
        """By the chain rule, layer by layer; checked against autograd in the tests."""
        layers = self._layers(theta[of])
        inputs, probs = self._forward(layers, obs)
        back = _chosen_less_expected(probs, action) / self._temperature
        gradients = []
        for layer, below in zip(reversed(layers), reversed(inputs), strict=True):
            gradients.append((below[:, :, None] * back[:, None, :]).reshape(len(obs), -1))
            # Through the weights, without the bias, and through tanh.
            back = np.matmul(layer[:, :-1], back[:, :, None])[:, :, 0] * (1 - below[:, :-1] ** 2)
        return np.concatenate(gradients[::-1], axis=1)

    def _layers(self, theta: np.ndarray) -> list[np.ndarray]:
        """[M, below + 1, above] each, the biases in the last row."""
        layers, taken = [], 0
        for rows, columns in self._shapes:
            part = theta[:, taken : taken + rows * columns]
            layers.append(part.reshape(-1, rows, columns))
            taken += rows * columns
        return layers

    def _forward(
        self, layers: Sequence[np.ndarray], obs: np.ndarray
    ) -> tuple[list[np.ndarray], np.ndarray]:
        """What goes into each layer, with a 1 for the bias, and the probabilities."""
        inputs, value = [], obs
        for i, layer in enumerate(layers):
            with_one = np.concatenate([value, np.ones((len(value), 1))], axis=1)
            inputs.append(with_one)
            value = np.matmul(with_one[:, None, :], layer)[:, 0]
            if i < len(layers) - 1:
                value = np.tanh(value)
        return inputs, softmax(value / self._temperature)


def _chosen_less_expected(probs: np.ndarray, action: np.ndarray) -> np.ndarray:
    """[M, A] 1[a' = a] − π(a'|s)."""
    error = -probs
    error[np.arange(len(action)), action] += 1.0
    return error
