"""What the stability monitor sees of a learner: Jacobians of its step, its step size, its rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from torch.func import grad

from algorithms.target_td import watched
from algorithms.target_td.path import PathJacobian, Projected, Step, flatten, project, unflatten
from algorithms.target_td.rules import TargetRule
from algorithms.target_td.tangent import Tangent, gradients, tangent

DIMENSIONS = 12
"""Of the space on which the path Jacobians are looked at."""

LABEL = 1.0
"""What PVP's values of the human's actions are drawn to."""


@dataclass(frozen=True, eq=False)
class View:
    """A learner at a moment, on one batch.

    Attributes:
        tangent: the linear problem that it is.
        path: the same with the curvature of residuals and of Huber's loss, on a few directions.
        alpha: its step size.
        averaged: β₁ of its Adam.
        rule: of its target.
        residual: root mean square of its TD errors.
        size: root mean square of its values.
        bound: what no value can be above, by the rewards or labels of this batch.
        drift: ‖w − w̄‖ / ‖w‖ of the values' weights.
        updates: gradient updates so far.

    """

    tangent: Tangent
    path: Projected
    alpha: float
    averaged: float
    rule: TargetRule
    residual: float
    size: float
    bound: float
    drift: float
    updates: int


def look(
    learner: Any, batch_size: int, rng: np.random.Generator, dimensions: int = DIMENSIONS
) -> View | None:
    """See a learner on a fresh batch, without a trace in the generators that it draws from.

    None while there is too little to draw from. Labels of PVP count as what they are, regression on
    a constant: rows of the batch that nothing comes after.
    """
    model: Any = learner.model
    with watched.undisturbed(model, rng):
        drawn = watched.draw_rows(model, batch_size)
    if drawn is None:
        return None
    rows = Rows(model, *drawn)
    optimizer = model.policy.optimizer if hasattr(model, "q_net") else model.critic.optimizer
    scale = watched.step_scale(optimizer, rows.network)
    return View(
        tangent=_tangent(rows, scale),
        path=_path(rows, scale, dimensions),
        alpha=float(optimizer.param_groups[0]["lr"]),
        averaged=float(optimizer.param_groups[0].get("betas", (0.0,))[0]),
        rule=watched.rule_of(learner),
        residual=float(rows.delta.square().mean().sqrt()),
        size=float(rows.value.square().mean().sqrt()),
        bound=rows.bound,
        drift=watched.drift(rows.network, rows.target),
        updates=int(model._n_updates),
    )


class Rows:
    """A batch as the learner's loss sees it: Σ weight ℓ(δ) / 2, and labels on some rows."""

    def __init__(
        self,
        model: Any,
        obs: th.Tensor,
        action: th.Tensor,
        reward: th.Tensor,
        next_obs: th.Tensor,
        done: th.Tensor,
        labelled: th.Tensor | None,
    ):
        self.q, self.q_target, self.network, self.target = watched.values_of(model)
        self.obs, self.action, self.reward, self.next_obs = obs, action, reward, next_obs
        self.discount = model.gamma * (1.0 - done)
        self.huber = hasattr(model, "q_net") and not getattr(model, "squared", False)
        self.weight = th.full((len(obs),), watched.loss_scale(model) / len(obs))
        self.labelled, self.label_weight = None, self.weight[:0]
        with th.no_grad():
            following, self.chosen = watched.next_of(model, next_obs)
            self.value = watched.of_all(self.q, self.network, obs, action)
            self.delta = reward + self.discount * following - self.value
        largest = float(reward.abs().max())
        self.bound = largest / (1.0 - model.gamma) if model.gamma < 1.0 else math.inf
        if labelled is None:
            return
        # PVP's TD has a half, or Huber's; its labels have none.
        self.bound = LABEL
        self.weight = th.full((len(obs),), model.config.td_weight / len(obs))
        if bool(labelled.any()):
            self.labelled = labelled
            each = 2.0 * model.config.label_weight / len(obs)
            self.label_weight = th.full((int(labelled.sum()),), each)


def _tangent(rows: Rows, scale: th.Tensor) -> Tangent:
    now = gradients(rows.q, rows.network, rows.obs, rows.action) * scale
    then = gradients(rows.q_target, rows.target, rows.next_obs, rows.chosen) * scale
    following = rows.discount[:, None] * then
    if rows.labelled is not None:
        now = th.cat([now, now[rows.labelled]])
        following = th.cat([following, th.zeros_like(now[len(rows.obs) :])])
    return tangent(now, following, th.cat([rows.weight, rows.label_weight]))


def step_of(rows: Rows) -> Step:
    """δ(w, w̄) of the loss on the rows, the next actions held."""
    shapes = {name: p.shape for name, p in rows.network.items()}

    def loss(flat: th.Tensor, bar: th.Tensor) -> th.Tensor:
        value = watched.of_all(rows.q, unflatten(flat, shapes), rows.obs, rows.action)
        then = watched.of_all(rows.q_target, unflatten(bar, shapes), rows.next_obs, rows.chosen)
        delta = rows.reward + rows.discount * then - value
        square = delta**2
        if rows.huber:
            square = th.where(delta.abs() < 1.0, square, 2.0 * delta.abs() - 1.0)
        total = 0.5 * (rows.weight * square).sum()
        if rows.labelled is not None:
            off = value[rows.labelled] - LABEL
            total = total + 0.5 * (rows.label_weight * off**2).sum()
        return total

    descent = grad(loss)
    return lambda flat, bar: -descent(flat, bar)


def _path(rows: Rows, scale: th.Tensor, dimensions: int) -> Projected:
    """From where the step and the lag of the target point to."""
    step, weights, target = step_of(rows), flatten(rows.network), flatten(rows.target)
    start = th.stack([scale * step(weights, target), (weights - target) / scale], dim=1)
    return project(PathJacobian(step, [(weights, target)], scale=scale), start, dimensions)
