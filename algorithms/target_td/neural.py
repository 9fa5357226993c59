"""Partially fitted policy evaluation with a network: the twin of `evaluation.LinearEvaluation`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch as th
from torch import nn
from torch.func import functional_call, grad

from algorithms.core.state import module_state, to_plain
from algorithms.target_td import losses
from algorithms.target_td.losses import Batch
from algorithms.target_td.path import PathJacobian, flatten, unflatten
from algorithms.target_td.rules import TargetRule
from algorithms.target_td.tangent import Tangent, gradients, tangent
from teaching import UserError

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


def value_network(width: int, hidden: list[int], activation: str, seed: int) -> nn.Sequential:
    """A perceptron from [B, width] to [B, 1], its weights drawn by `seed` alone.

    It has no biases: where there are no features, because nothing comes after, the value is 0.
    """
    with th.random.fork_rng():
        th.manual_seed(seed)
        layers: list[nn.Module] = []
        for size, following in zip([width, *hidden], [*hidden, 1], strict=True):
            layers += [nn.Linear(size, following, bias=False), ACTIVATIONS[activation]()]
        return nn.Sequential(*layers[:-1])


class NeuralEvaluation:
    """V_w is a network; SGD without momentum, so that the theory's step is the one that is taken.

    Args:
        network: [B, d] to [B, 1].
        rule: how the target follows.
        alpha: α, the step size.
        discount: γ.

    Raises:
        UserError: a fitted rule, which has no end with a network.

    """

    def __init__(self, network: nn.Module, rule: TargetRule, alpha: float, discount: float):
        if not math.isfinite(rule.period):
            raise UserError("a network cannot be fitted to the minimum: give a finite period")
        self.network, self.rule = network, rule
        self.alpha, self.discount = alpha, discount
        self.target = {name: p.detach().clone() for name, p in network.named_parameters()}
        self.before = {name: p.clone() for name, p in self.target.items()}
        self.steps = 0

    @th.no_grad()
    def values(self, features: np.ndarray) -> np.ndarray:
        """V_w [B] of features [B, d]."""
        return self.network(_tensor(features))[:, 0].numpy()

    def step(self, batch: Batch) -> float:
        """One gradient step, and a new target if it is time; the squared loss before it."""
        rows = Batch(*(_tensor(part) for part in batch))
        loss = losses.squared_loss(self.td_error(rows), rows.ratio, rows.weight)
        found = th.autograd.grad(loss, list(self.network.parameters()))
        self.steps += 1
        with th.no_grad():
            for parameter, gradient in zip(self.network.parameters(), found, strict=True):
                parameter.sub_(self.alpha * (gradient + self.rule.ridge * parameter))
            if self.steps % self.rule.period == 0:
                self._move_target()
        return float(loss.detach())

    def td_error(self, batch: Batch) -> th.Tensor:
        """δ [B] of a batch of tensors."""
        with th.no_grad():
            following = functional_call(self.network, self.target, (batch.next_features,))[:, 0]
        value = self.network(batch.features)[:, 0]
        return losses.td_error(value, batch.reward, following, self.discount)

    def tangent(self, batch: Batch) -> Tangent:
        """The linear problem of the next steps on this batch."""
        rows = Batch(*(_tensor(part) for part in batch))

        def value(parameters: Any, row: th.Tensor) -> th.Tensor:
            return functional_call(self.network, parameters, (row[None],))[0, 0]

        now = gradients(value, dict(self.network.named_parameters()), rows.features)
        then = gradients(value, self.target, rows.next_features)
        return tangent(now, self.discount * then, rows.weight * rows.ratio)

    def path_jacobian(
        self, batch: Batch, end: th.Tensor | None = None, nodes: int = 5
    ) -> PathJacobian:
        """H and J_δ of the next steps on this batch, residuals' curvature included.

        Args:
            batch: of B transitions.
            end: [P] w*, say; with it the Jacobians are means over the lines from the weights and
                from the target's to it.
            nodes: of the quadrature along the line.

        """
        rows = Batch(*(_tensor(part) for part in batch))
        names = {name: p.shape for name, p in self.network.named_parameters()}

        def values(flat: th.Tensor, features: th.Tensor) -> th.Tensor:
            return functional_call(self.network, unflatten(flat, names), (features,))[:, 0]

        def loss(flat: th.Tensor, bar: th.Tensor) -> th.Tensor:
            following = values(bar, rows.next_features)
            value = values(flat, rows.features)
            delta = losses.td_error(value, rows.reward, following, self.discount)
            return losses.squared_loss(delta, rows.ratio, rows.weight)

        descent = grad(loss)
        weights = flatten(dict(self.network.named_parameters()))
        here = (weights, flatten(self.target))

        def step(flat: th.Tensor, bar: th.Tensor) -> th.Tensor:
            return -descent(flat, bar)

        if end is None:
            return PathJacobian(step, [here])
        return PathJacobian.between(step, here, (end, end), nodes)

    @th.no_grad()
    def drift(self) -> float:
        """‖w − w̄‖ / ‖w‖."""
        pairs = [(p, self.target[name]) for name, p in self.network.named_parameters()]
        apart = sum(float((p - t).square().sum()) for p, t in pairs)
        size = sum(float(p.square().sum()) for p, _ in pairs)
        return math.sqrt(apart / max(size, 1e-300))

    def state_dict(self) -> dict[str, Any]:
        """Weights, target, the target before it, and the steps done."""
        return {
            "weights": to_plain(self.network.state_dict()),
            "target": to_plain(self.target),
            "before": to_plain(self.before),
            "steps": self.steps,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.network.load_state_dict(module_state(state["weights"]))
        self.target = module_state(state["target"])
        self.before = module_state(state["before"])
        self.steps = int(state["steps"])

    def _move_target(self) -> None:
        for name, weights in self.network.named_parameters():
            target, rule = self.target[name], self.rule
            moved = losses.new_target(target, self.before[name], weights, rule.tau, rule.momentum)
            self.before[name], self.target[name] = target, moved.clone()


def _tensor(array: Any) -> th.Tensor:
    return array if isinstance(array, th.Tensor) else th.tensor(array, dtype=th.float32)
