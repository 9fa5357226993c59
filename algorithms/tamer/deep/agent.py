"""Deep TAMER: interactive shaping with a network (Warnell et al. 2018, Algorithm 1)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import gymnasium as gym
import numpy as np
import torch as th
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from algorithms.core import mlp
from algorithms.core.credited import Credited, CreditedSteps
from algorithms.core.online import OnlineLearner, Step, softmax
from algorithms.core.state import module_state_of, optimizer_state, to_plain
from algorithms.tamer.deep import losses
from algorithms.tamer.deep.config import DeepTAMERConfig
from algorithms.tamer.deep.pairs import Batch, Pairs

_NEGLIGIBLE = 1e-3
"""A pair of such a weight is as good as none: the tail of a gamma density is endless."""


class DeepTAMER(OnlineLearner):
    """Learns Ĥ(s, ·), what the human would say, with a network, and does what it would like best.

    Each signal is paired with every step that it may be about. The pairs are learned from once
    when they come, and again from a buffer every b steps.

    Args:
        env: with a human who evaluates; Discrete actions.
        config: its settings.
        seed: of the first weights, of actions where they are drawn, of ties and of the replay.

    """

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: DeepTAMERConfig | None = None,
        seed: int = 0,
    ):
        super().__init__(env, seed)
        self.config = config = config or DeepTAMERConfig()
        self.network = _network([self.num_features, *config.net_arch, self.num_actions], seed)
        self._layers = mlp.layers_of(self.network)
        kind = th.optim.Adam if config.optimizer == "adam" else th.optim.SGD
        self._optimizer = kind(self.network.parameters(), lr=config.learning_rate)
        self.pairs = Pairs(config.buffer_size, self.num_features)
        self._replay_rng = np.random.default_rng([seed, 0xD7])
        self._steps = 0
        self._past = CreditedSteps(
            self._of, self.num_features, self.dt, config.delay, config.delay_form
        )
        self.estimator = self._past.estimator

    def probabilities(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """[M, actions]; without a temperature, shared by the actions that are equally good."""
        with th.no_grad():
            likings = self.network(th.as_tensor(obs, dtype=th.float32)).numpy().astype(np.float64)
        if self.config.temperature is not None:
            return softmax(likings / self.config.temperature)
        best = likings >= likings.max(axis=1, keepdims=True)
        return best / best.sum(axis=1, keepdims=True)

    def take_in(self, step: Step) -> None:
        """Remember the step, learn from what was said, and every b steps from the buffer."""
        self._past.take_in(step, self._heed, self.logger)
        self._steps += 1
        if len(self.pairs) and self._steps % self.config.replay_every == 0:
            self._descend(self.pairs.sample(self.config.batch_size, self._replay_rng))

    def _heed(self, said: Credited) -> None:
        """Pair what was said with the steps that it may be about."""
        told, back = np.nonzero((said.share > _NEGLIGIBLE) & ~np.isnan(said.feedback)[:, None])
        if not len(told):
            return
        share = said.share[told, back]
        weight = share if self.config.importance_weights else np.ones(len(told))
        paired = Batch(
            said.obs[told, back].astype(np.float32),
            said.action[told, back],
            said.feedback[told].astype(np.float32),
            weight.astype(np.float32),
        )
        self.pairs.add(paired)
        self._descend(paired)

    def _descend(self, batch: Batch) -> None:
        obs, action, feedback, weight = map(th.as_tensor, batch)
        with th.no_grad():
            run = mlp.forward(self._layers, obs)
            gradient = losses.likings_gradient(run.output, action, feedback, weight)
            mlp.backward(self._layers, run, gradient)
            self._optimizer.step()
        liking = run.output.gather(1, action[:, None])[:, 0]
        self.logger.record("train/loss", float(losses.weighted_error(liking, feedback, weight)))
        self.logger.record("train/pairs", len(self.pairs))

    def learned(self) -> dict[str, Any]:
        """Weights, optimiser, pairs, what is remembered, and the generator of the replay."""
        return {
            **super().learned(),
            "parameters": to_plain(self.network.state_dict()),
            "past": self._past.state_dict(),
            "optimizer": to_plain(self._optimizer.state_dict()),
            "pairs": self.pairs.state_dict(),
            "replay_rng": self._replay_rng.bit_generator.state,
            "steps": self._steps,
        }

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore what `learned` returned."""
        weights = module_state_of(self.network, state["parameters"])
        super().load_learned(state)
        self._past.load_state_dict(state["past"])
        self.network.load_state_dict(weights)
        self._optimizer.load_state_dict(optimizer_state(state["optimizer"]))
        self.pairs.load_state_dict(state["pairs"])
        self._replay_rng.bit_generator.state = state["replay_rng"]
        self._steps = int(state["steps"])


def _network(widths: list[int], seed: int) -> nn.Sequential:
    """ReLU between layers; the last begins at 0, so that at first all actions are alike."""
    generator = th.Generator().manual_seed(seed)
    layers: list[nn.Module] = []
    for below, above in pairwise(widths):
        linear = nn.Linear(below, above)
        nn.init.normal_(linear.weight, 0.0, (2 / below) ** 0.5, generator)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    nn.init.zeros_(layers[-2].weight)  # type: ignore[arg-type]
    return nn.Sequential(*layers[:-1])
