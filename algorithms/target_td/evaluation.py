"""Partially fitted policy evaluation with linear values; `neural.evaluation` is its twin."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from algorithms.target_td import losses
from algorithms.target_td.losses import Batch
from algorithms.target_td.rules import TargetRule


class PolicyEvaluation(Protocol):
    """What a learner of values does, whatever its values are made of."""

    rule: TargetRule
    steps: int

    def values(self, features: np.ndarray) -> np.ndarray:
        """V_w [B] of features [B, d]."""

    def step(self, batch: Batch) -> float:
        """One gradient step, and a new target if it is time; the squared loss before it."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides the future."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""


class LinearEvaluation:
    """V_w(s) = φ(s)·w.

    Args:
        weights: [d] where learning begins.
        rule: how the target follows.
        alpha: α, the step size.
        discount: γ.

    """

    def __init__(self, weights: np.ndarray, rule: TargetRule, alpha: float, discount: float):
        self.weights = np.array(weights, np.float64)
        self.target = self.weights.copy()
        self.before = self.weights.copy()
        self.rule, self.alpha, self.discount = rule, alpha, discount
        self.steps = 0

    def values(self, features: np.ndarray) -> np.ndarray:
        """V_w [B] of features [B, d]."""
        return features @ self.weights

    def step(self, batch: Batch) -> float:
        """One gradient step; with a fitted rule, the minimum of the loss on this batch instead."""
        next_value = batch.next_features @ self.target
        delta = losses.td_error(
            batch.features @ self.weights, batch.reward, next_value, self.discount
        )
        loss = float(losses.squared_loss(delta, batch.ratio, batch.weight))
        gradient = losses.linear_gradient(batch, delta) + self.rule.ridge * self.weights
        self.steps += 1
        if math.isfinite(self.rule.period):
            self.weights = self.weights - self.alpha * gradient
        else:
            weight = (batch.weight * batch.ratio)[:, None]
            hessian = batch.features.T @ (weight * batch.features)
            hessian += self.rule.ridge * np.eye(len(gradient))
            self.weights = self.weights - np.linalg.lstsq(hessian, gradient, rcond=1e-10)[0]
        if math.isinf(self.rule.period) or self.steps % self.rule.period == 0:
            moved = losses.new_target(
                self.target, self.before, self.weights, self.rule.tau, self.rule.momentum
            )
            self.before, self.target = self.target, moved
        return loss

    def state_dict(self) -> dict[str, Any]:
        """Weights, target, the target before it, and the steps done."""
        return {
            "weights": self.weights.copy(),
            "target": self.target.copy(),
            "before": self.before.copy(),
            "steps": self.steps,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        for name in ("weights", "target", "before"):
            setattr(self, name, np.array(state[name], np.float64))
        self.steps = int(state["steps"])
