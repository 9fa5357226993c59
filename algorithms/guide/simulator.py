"""A model of how a human judges, learned from what they said while they were there."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch as th
from torch import nn

from algorithms.core.state import module_state, to_plain
from algorithms.guide.config import GUIDEConfig

_HELD_OUT_EVERY = 5
"""One episode in so many is kept from training, to know when to stop and how good the model is."""

_MOST_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Errors:
    """Mean squared errors on judgements of held-out episodes.

    Attributes:
        model: of the model.
        mean: of saying the mean of the training judgements every time.

    """

    model: float
    mean: float


class Simulator:
    """f(what came before, what came of it, what was done) → a judgement in [−1, 1].

    Until it is trained, or where too few episodes were judged to hold any out, it says the mean.
    """

    def __init__(self, config: GUIDEConfig, num_inputs: int, seed: int):
        """`num_inputs` is the length of a row of inputs; `seed` is of weights and batches."""
        self.errors: Errors | None = None
        self._config = config
        self._rng = np.random.default_rng([seed, 0x5E1F])
        self._inputs: list[np.ndarray] = []
        self._judgements: list[float] = []
        self._episodes: list[int] = []
        self._mean = 0.0
        self._trained = False
        with th.random.fork_rng():
            th.manual_seed(int(self._rng.integers(2**31)))
            self._network = _network(num_inputs, config.simulator_arch)

    def add(self, inputs: np.ndarray, judgement: float, episode: int) -> None:
        """Remember a judgement other than 0; [num_inputs], in [−1, 1], number of the episode."""
        if judgement:
            self._inputs.append(np.asarray(inputs, np.float32))
            self._judgements.append(judgement)
            self._episodes.append(episode)

    def fit(self) -> None:
        """Train until held-out judgements are predicted no better, and keep the best weights."""
        if not self._judgements:
            return
        inputs = th.as_tensor(np.array(self._inputs))
        judgements = th.as_tensor(np.array(self._judgements, np.float32))[:, None]
        held_out = th.as_tensor(np.array(self._episodes) % _HELD_OUT_EVERY == _HELD_OUT_EVERY - 1)
        self._mean = float(judgements[~held_out].mean()) if (~held_out).any() else 0.0
        if not held_out.any() or held_out.all():
            return
        test = inputs[held_out], judgements[held_out]
        least, best = np.inf, copy.deepcopy(self._network.state_dict())
        stale = 0
        for _ in self._rounds(inputs[~held_out], judgements[~held_out]):
            error = self._error(*test)
            stale = 0 if error < least else stale + 1
            if error < least:
                least, best = error, copy.deepcopy(self._network.state_dict())
            if stale == self._config.simulator_patience:
                break
        self._network.load_state_dict(best)
        self._trained = True
        self.errors = Errors(model=least, mean=float((test[1] - self._mean).square().mean()))

    @th.no_grad()
    def predict(self, inputs: np.ndarray) -> float:
        """The judgement that the human would give; [num_inputs]."""
        if not self._trained:
            return self._mean
        row = th.as_tensor(np.asarray(inputs, np.float32))[None]
        return float(self._network(row).clamp(-1.0, 1.0))

    def state_dict(self) -> dict[str, Any]:
        """The judgements, the network and what is known of it."""
        return {
            "inputs": np.array(self._inputs, np.float32),
            "judgements": np.array(self._judgements),
            "episodes": np.array(self._episodes, np.int64),
            "network": to_plain(self._network.state_dict()),
            "rng": self._rng.bit_generator.state,
            "mean": self._mean,
            "trained": self._trained,
            "errors": None if self.errors is None else [self.errors.model, self.errors.mean],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self._inputs = list(np.array(state["inputs"]))
        self._judgements = np.array(state["judgements"]).tolist()
        self._episodes = np.array(state["episodes"]).tolist()
        self._network.load_state_dict(module_state(state["network"]))
        self._rng.bit_generator.state = state["rng"]
        self._mean, self._trained = float(state["mean"]), bool(state["trained"])
        self.errors = None if state["errors"] is None else Errors(*state["errors"])

    def _rounds(self, inputs: th.Tensor, judgements: th.Tensor) -> Iterator[None]:
        """Passes over the training judgements in batches drawn without replacement."""
        optimizer = th.optim.Adam(self._network.parameters(), self._config.simulator_learning_rate)
        for _ in range(_MOST_ROUNDS):
            order = th.as_tensor(self._rng.permutation(len(inputs)))
            for batch in order.split(self._config.simulator_batch):
                loss = nn.functional.mse_loss(self._network(inputs[batch]), judgements[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            yield

    @th.no_grad()
    def _error(self, inputs: th.Tensor, judgements: th.Tensor) -> float:
        predicted = self._network(inputs).clamp(-1.0, 1.0)
        return float(nn.functional.mse_loss(predicted, judgements))


def _network(num_inputs: int, widths: list[int]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in widths:
        layers += [nn.Linear(num_inputs, width), nn.ReLU()]
        num_inputs = width
    return nn.Sequential(*layers, nn.Linear(num_inputs, 1))
