"""An ensemble of models of the reward, trained on orders of segments."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch as th
from torch import nn

from algorithms.core import mlp
from algorithms.core.state import module_state, optimizer_state, to_plain
from algorithms.preference.answers import Answers, Batch
from algorithms.preference.config import PreferenceConfig
from algorithms.preference.losses import bradley_terry, plackett_luce

_CHUNK = 4096
"""Rows that are looked at together."""


class RewardModel:
    """r̂(s, a) in (−1, 1), the mean of E networks that differ in their first weights and batches.

    One segment's return is the sum of r̂ over its steps. Its inputs are in units of their spread
    over the segments that were answered about.

    Attributes:
        fitted: whether it has learned from any answer yet.
        loss: mean over members and answers when it was last trained, in its last pass.

    """

    def __init__(self, config: PreferenceConfig, num_inputs: int, seed: int):
        """`num_inputs` is D; `seed` is of weights and batches."""
        self.fitted = False
        self.loss = 0.0
        self._config = config
        self._rng = np.random.default_rng([seed, 0x9E])
        self._mean, self._spread = th.zeros(num_inputs), th.ones(num_inputs)
        with th.random.fork_rng():
            th.manual_seed(int(self._rng.integers(2**31)))
            self._members = [_network(num_inputs, config.net_arch) for _ in range(config.members)]
        self._layers = [mlp.layers_of(member) for member in self._members]
        self._optimizers = [
            th.optim.Adam(member.parameters(), config.learning_rate) for member in self._members
        ]

    @th.no_grad()
    def rewards(self, inputs: np.ndarray) -> np.ndarray:
        """[M] float32 of [M, D]."""
        rows = th.as_tensor(inputs)
        parts = []
        for chunk in rows.split(_CHUNK):
            normal = self._normal(chunk)
            outputs = [mlp.forward(layers, normal).output.tanh_() for layers in self._layers]
            parts.append(th.stack(outputs).mean(dim=0)[:, 0])
        return th.cat(parts).numpy()

    @th.no_grad()
    def returns(self, segments: np.ndarray) -> th.Tensor:
        """[E, ...] of segments [..., T, D], one by each member."""
        *places, rows, width = segments.shape
        normal = self._normal(th.as_tensor(segments).reshape(-1, width))
        told = [
            mlp.forward(layers, normal).output.tanh_().reshape(-1, rows).sum(dim=1)
            for layers in self._layers
        ]
        return th.stack(told).reshape(len(told), *places)

    def accuracy(self, segments: np.ndarray, batch: Batch) -> float | None:
        """Share of the pairs in answers that the ensemble puts in the order told; equal: none."""
        right, count = _right(self.returns(segments).mean(dim=0), batch)
        return right / count if count else None

    @th.no_grad()
    def fit(self, answers: Answers) -> None:
        """Train each member until it tells enough of the answers right, or its passes are over."""
        segments, everything = th.as_tensor(answers.segments), answers.all()
        rows = segments.reshape(-1, segments.shape[2])
        spread = rows.std(dim=0, correction=0)
        self._mean, self._spread = rows.mean(dim=0), th.where(spread > 0, spread, 1.0)
        normal = self._normal(segments)
        losses = [
            self._fit_member(member, normal, everything) for member in range(len(self._members))
        ]
        self.loss, self.fitted = float(np.mean(losses)), True

    def _fit_member(self, member: int, segments: th.Tensor, answers: Batch) -> float:
        """Mean loss of the last pass; `segments` [M, T, D] are in units of their spread."""
        count, pairs = len(answers.pairs) + len(answers.orders), len(answers.pairs)
        total = 0.0
        for _ in range(self._config.epochs):
            total, right, compared = 0.0, 0, 0
            order = self._rng.permutation(count)
            for first in range(0, count, self._config.batch_size):
                chosen = order[first : first + self._config.batch_size]
                compares, ranks = chosen[chosen < pairs], chosen[chosen >= pairs] - pairs
                batch = Batch(
                    answers.pairs[compares], answers.target[compares], answers.orders[ranks]
                )
                loss, correct, of = self._step(member, segments, batch)
                total, right, compared = total + loss, right + correct, compared + of
            if compared and right >= self._config.enough * compared:
                break
        return total / count

    def _step(self, member: int, segments: th.Tensor, batch: Batch) -> tuple[float, int, int]:
        """One step of Adam: summed loss, pairs in the right order, and of how many."""
        steps, width = segments.shape[1:]
        which = np.concatenate([batch.pairs.ravel(), batch.orders.ravel()])
        run = mlp.forward(self._layers[member], segments[which].reshape(-1, width))
        reward = run.output.tanh()
        returns = reward.reshape(-1, steps).sum(dim=1)
        two = batch.pairs.size
        compared = returns[:two].reshape(-1, 2)
        ranked = returns[two:].reshape(-1, batch.orders.shape[1])
        loss, slope = bradley_terry(compared, th.as_tensor(batch.target))
        loss_ranked, slope_ranked = plackett_luce(ranked)
        slopes = th.cat([slope.reshape(-1), slope_ranked.reshape(-1)]) / (len(loss) + len(ranked))
        grad = slopes.repeat_interleave(steps)[:, None] * (1.0 - reward.square())
        mlp.backward(self._layers[member], run, grad)
        mlp.descend(self._optimizers[member])
        place = th.zeros(len(segments)).index_put((th.as_tensor(which),), returns)
        right, of = _right(place, batch)
        return float(loss.sum() + loss_ranked.sum()), right, of

    def _normal(self, rows: th.Tensor) -> th.Tensor:
        return (rows - self._mean) / self._spread

    def state_dict(self) -> dict[str, Any]:
        """Weights, optimisers, units and the generator."""
        return {
            "members": {str(i): to_plain(m.state_dict()) for i, m in enumerate(self._members)},
            "optimizers": {
                str(i): to_plain(o.state_dict()) for i, o in enumerate(self._optimizers)
            },
            "mean": self._mean.numpy().copy(),
            "spread": self._spread.numpy().copy(),
            "rng": self._rng.bit_generator.state,
            "fitted": self.fitted,
            "loss": self.loss,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        for i, (member, optimizer) in enumerate(zip(self._members, self._optimizers, strict=True)):
            member.load_state_dict(module_state(state["members"][str(i)]))
            optimizer.load_state_dict(optimizer_state(state["optimizers"][str(i)]))
        self._mean = th.as_tensor(np.array(state["mean"]))
        self._spread = th.as_tensor(np.array(state["spread"]))
        self._rng.bit_generator.state = state["rng"]
        self.fitted, self.loss = bool(state["fitted"]), float(state["loss"])


def _right(returns: th.Tensor, batch: Batch) -> tuple[int, int]:
    """How many pairs are in the order told, of how many; `returns` [M] by segment."""
    told = batch.target != 0.5
    first, second = returns[batch.pairs[told]].T
    better = th.as_tensor(batch.target[told] > 0.5)
    right, count = int(((first > second) == better).sum()), int(told.sum())
    ranked = returns[batch.orders]
    one, other = np.triu_indices(batch.orders.shape[1], k=1)
    ordered = ranked[:, one] > ranked[:, other]
    return right + int(ordered.sum()), count + ordered.numel()


def _network(num_inputs: int, widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(num_inputs, width), nn.ReLU()]
        num_inputs = width
    return nn.Sequential(*layers, nn.Linear(num_inputs, 1))
