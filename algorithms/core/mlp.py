"""Forward and backward passes of small ReLU networks, written out.

At the sizes used here most of an update is autograd's bookkeeping, not arithmetic. Writing the
chain rule out does the same arithmetic at two to four times the speed (see `benchmarks.updates`);
a test holds it to autograd.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch as th
from torch import nn


class Layer(NamedTuple):
    """One linear layer: weight [out, in] and bias [out]."""

    weight: th.Tensor
    bias: th.Tensor


class Pass(NamedTuple):
    """What a forward pass leaves: the linear output [B, out] and each layer's input."""

    output: th.Tensor
    inputs: list[th.Tensor]


def layers_of(module: nn.Module) -> list[Layer]:
    """The linear layers of a plain network, in order; ReLU is assumed between them."""
    return [
        Layer(part.weight, part.bias) for part in module.modules() if isinstance(part, nn.Linear)
    ]


def forward(layers: Sequence[Layer], x: th.Tensor) -> Pass:
    """Run the network, ReLU between layers, nothing after the last.

    Args:
        layers: of the network.
        x: [B, in].

    """
    inputs = [x]
    for weight, bias in layers[:-1]:
        x = th.addmm(bias, x, weight.t()).relu_()
        inputs.append(x)
    weight, bias = layers[-1]
    return Pass(th.addmm(bias, x, weight.t()), inputs)


def backward(layers: Sequence[Layer], run: Pass, grad_output: th.Tensor) -> None:
    """Set every parameter's `grad` from the loss's gradient [B, out] at the linear output."""
    grad = grad_output
    for index in range(len(layers) - 1, -1, -1):
        weight, bias = layers[index]
        weight.grad = grad.t() @ run.inputs[index]
        bias.grad = grad.sum(0)
        if index:
            grad = (grad @ weight).mul_(run.inputs[index] > 0)


def input_gradient(layers: Sequence[Layer], run: Pass, grad_output: th.Tensor) -> th.Tensor:
    """The loss's gradient [B, in] at the network's input, leaving the parameters alone."""
    grad = grad_output
    for index in range(len(layers) - 1, 0, -1):
        grad = (grad @ layers[index].weight).mul_(run.inputs[index] > 0)
    return grad @ layers[0].weight


def descend(optimizer: th.optim.Optimizer) -> None:
    """One step of an `Adam` on the gradients as they stand, without the bookkeeping of its own."""
    for group in optimizer.param_groups:
        parameters = group["params"]
        states = [optimizer.state[parameter] for parameter in parameters]
        for state, parameter in zip(states, parameters, strict=True):
            if not state:
                state["step"] = th.zeros((), dtype=th.float32)
                state["exp_avg"] = th.zeros_like(parameter)
                state["exp_avg_sq"] = th.zeros_like(parameter)
        steps = [state["step"] for state in states]
        th._foreach_add_(steps, 1)
        th._fused_adam_(
            parameters,
            [parameter.grad for parameter in parameters],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            steps,
            lr=group["lr"],
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            amsgrad=False,
            maximize=False,
        )


def follow(targets: Sequence[th.Tensor], sources: Sequence[th.Tensor], tau: float) -> None:
    """Polyak step: targets ← (1 - τ) targets + τ sources, in place."""
    th._foreach_lerp_(list(targets), list(sources), tau)
