"""One step of partially fitted policy evaluation, on NumPy arrays and on torch tensors alike.

Fellows, Smith and Whiteson (2023), Section 3: SGD on ½ E[ρ (Q_w − T Q_w̄)²] with w̄ held, and
now and then a new w̄. A step on one transition with w̄ = w is TD.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Batch(NamedTuple):
    """B transitions that a gradient step is taken on.

    Shapes: features, next_features [B, d], the latter 0 where nothing comes after the state;
    reward, ratio (ρ = π/μ) and weight (summing to 1 over the batch) [B].
    """

    features: Any
    next_features: Any
    reward: Any
    ratio: Any
    weight: Any


def td_error(value: Any, reward: Any, next_value: Any, discount: float) -> Any:
    """δ = r + γ V_w̄(s') − V_w(s), [B]. Values of what nothing comes after are 0."""
    return reward + discount * next_value - value


def squared_loss(delta: Any, ratio: Any, weight: Any) -> Any:
    """½ E[ρ δ²], whose gradient is taken with the target held."""
    return 0.5 * (weight * ratio * delta**2).sum()


def linear_gradient(batch: Batch, delta: Any) -> Any:
    """[d], the gradient of `squared_loss` where V_w(s) = φ(s)·w: −E[ρ δ φ]."""
    return -(batch.weight * batch.ratio * delta) @ batch.features


def new_target(target: Any, before: Any, weights: Any, tau: float, momentum: float) -> Any:
    """w̄ ← (1 − τ) w̄ + τ w + μ (w̄ − w̄ before that), of any one shape."""
    return (1.0 - tau) * target + tau * weights + momentum * (target - before)
