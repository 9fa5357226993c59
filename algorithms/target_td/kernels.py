"""The updates carried out step by step, for thousands of steps: compiled, and blind to any theory.

Both loops follow the error e = w − w* beside the target's ē, which obey the updates with r = 0: of
two learners that are fed the same samples the difference does so too, rewards and all. It may grow
or shrink without limit, so it is scaled back now and then and the scale remembered.
"""

from __future__ import annotations

import math

import numba
import numpy as np

_TOO_LARGE, _TOO_SMALL = 1e100, 1e-100


@numba.njit
def _move_target(
    error: np.ndarray, target: np.ndarray, before: np.ndarray, tau: float, momentum: float
) -> None:
    """As `losses.new_target`, in place."""
    for i in range(len(error)):
        moved = (1.0 - tau) * target[i] + tau * error[i] + momentum * (target[i] - before[i])
        before[i] = target[i]
        target[i] = moved


@numba.njit
def _value_size(error: np.ndarray, hessian: np.ndarray) -> float:
    """√(eᵀ H e), and never 0."""
    square = 0.0
    for i in range(len(error)):
        for j in range(len(error)):
            square += error[i] * hessian[i, j] * error[j]
    return math.sqrt(max(square, 1e-300))


@numba.njit
def _product(matrix: np.ndarray, vector: np.ndarray, found: np.ndarray) -> None:
    """``found = matrix @ vector``, without a new array."""
    for i in range(len(found)):
        total = 0.0
        for j in range(len(vector)):
            total += matrix[i, j] * vector[j]
        found[i] = total


@numba.njit
def expected_errors(
    hessian: np.ndarray,
    coupling: np.ndarray,
    alpha: float,
    period: int,
    tau: float,
    momentum: float,
    start: np.ndarray,
    steps: int,
    every: int,
) -> np.ndarray:
    """ln of the value error [steps // every] after each `every` expected gradient steps.

    Args:
        hessian: [d, d] H', the ridge included.
        coupling: [d, d] J_δ.
        alpha: α.
        period: k.
        tau: of the rule.
        momentum: of the rule.
        start: [d] the first error, of weights and target alike.
        steps: gradient steps.
        every: between two entries.

    """
    d = len(start)
    error, target, before = start.copy(), start.copy(), start.copy()
    pull, change = np.zeros(d), np.zeros(d)
    logs = np.empty(steps // every)
    scale = 0.0
    _product(coupling, target, pull)
    for step in range(1, steps + 1):
        for i in range(d):
            total = pull[i]
            for j in range(d):
                total -= hessian[i, j] * error[j]
            change[i] = alpha * total
        for i in range(d):
            error[i] += change[i]
        if step % period == 0:
            _move_target(error, target, before, tau, momentum)
            _product(coupling, target, pull)
        if step % every == 0:
            size = _value_size(error, hessian)
            logs[step // every - 1] = scale + math.log(size)
            if size > _TOO_LARGE or size < _TOO_SMALL:
                scale += math.log(size)
                error /= size
                target /= size
                before /= size
                pull /= size
    return logs


@numba.njit
def sampled_errors(
    features: np.ndarray,
    next_features: np.ndarray,
    ratio: np.ndarray,
    discount: float,
    hessian: np.ndarray,
    drawn: np.ndarray,
    alpha: float,
    period: int,
    tau: float,
    momentum: float,
    ridge: float,
    start: np.ndarray,
    every: int,
) -> np.ndarray:
    """ln of the value error [steps // every], each step on one transition.

    Args:
        features: [M, d] φ of each kind of transition.
        next_features: [M, d] φ'.
        ratio: [M] ρ.
        discount: γ.
        hessian: [d, d] H, which measures errors.
        drawn: [steps] which kind each step meets.
        alpha: α.
        period: k.
        tau: of the rule.
        momentum: of the rule.
        ridge: of the rule.
        start: [d] the first error, of weights and target alike.
        every: gradient steps between two entries.

    """
    d = len(start)
    error, target, before = start.copy(), start.copy(), start.copy()
    logs = np.empty(len(drawn) // every)
    scale = 0.0
    for step in range(1, len(drawn) + 1):
        kind = drawn[step - 1]
        delta = 0.0
        for i in range(d):
            delta += discount * next_features[kind, i] * target[i] - features[kind, i] * error[i]
        for i in range(d):
            error[i] += alpha * (ratio[kind] * delta * features[kind, i] - ridge * error[i])
        if step % period == 0:
            _move_target(error, target, before, tau, momentum)
        if step % every == 0:
            size = _value_size(error, hessian)
            logs[step // every - 1] = scale + math.log(size)
            if size > _TOO_LARGE or size < _TOO_SMALL:
                scale += math.log(size)
                error /= size
                target /= size
                before /= size
    return logs
