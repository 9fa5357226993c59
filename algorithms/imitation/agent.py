"""Learners that clone. They differ in which steps they clone.

============ ==========================================================================
BC           demonstrations: recorded ones, or the human is in control throughout;
             learning comes after
HG-DAgger    the steps of takeovers, learning goes on meanwhile (Kelly et al. 2019)
IWR          takeovers and the novice's own steps, half of the weight each
             (Mandlekar et al. 2020)
============ ==========================================================================
"""

from __future__ import annotations

from typing import Any, Self

import gymnasium as gym
import torch as th
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core import mlp
from algorithms.core.averaging import take_in
from algorithms.core.buffers import HumanNoviceBuffer, InterventionBatch
from algorithms.core.config import InterventionConfig
from algorithms.core.interventions import InterventionDQN, InterventionTD3
from algorithms.core.learner import Callback
from algorithms.core.mlp import layers_of
from algorithms.core.sb3_learner import SB3Learner, is_continuous
from algorithms.imitation import losses
from algorithms.imitation.config import BCConfig, HGDaggerConfig, IWRConfig
from algorithms.imitation.demonstrations import take_in_demonstrations
from teaching import Kind, UserError
from teaching.human import ShowsBeforehand
from teaching.sb3 import as_vec_env, human_beside


class _Cloner(SB3Learner):
    """Builds the form that the action space calls for."""

    config_class: type[InterventionConfig]
    weighs_novice = False
    learns_online = True

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: Any = None,
        seed: int = 0,
    ):
        """`env` is wrapped with a human."""
        config = config or self.config_class()
        vec_env = as_vec_env(env, seed)
        form = _ClonesContinuous if is_continuous(vec_env.action_space) else _ClonesDiscrete
        self.model = form(vec_env, config, seed)
        self.model.weighs_novice = self.weighs_novice
        self.model.learns_online = self.learns_online


class HGDagger(_Cloner):
    """HG-DAgger: aggregates the human's interventions and clones them as they come."""

    config_class = HGDaggerConfig


class IWR(_Cloner):
    """Intervention-weighted regression: interventions weigh as much as all else together."""

    config_class = IWRConfig
    weighs_novice = True


class BC(_Cloner):
    """Behaviour cloning: demonstrations first, `config.updates` gradient steps after them."""

    config_class = BCConfig
    learns_online = False

    def learn(self, total_steps: int, callback: Callback | None = None) -> Self:
        """Collect until `total_steps`, then clone.

        Of a human who only shows demonstrations that were recorded, these are cloned, and no steps
        are taken: what the learner meets on its own way would teach it nothing.
        """
        callback = callback or Callback()
        model = self.model
        human = human_beside(self.env)
        shown = human.shown() if isinstance(human, ShowsBeforehand) else None
        if shown is not None and not len(model.replay_buffer.human):  # type: ignore[attr-defined]
            if model._last_obs is None:
                model._setup_learn(0, reset_num_timesteps=False)
            take_in_demonstrations(model, shown)  # type: ignore[arg-type]
        collects = shown is None or Kind.INTERVENTION in human.kinds  # type: ignore[union-attr]
        if collects and self.num_timesteps < total_steps:
            super().learn(total_steps, callback)
        if (collects and self.num_timesteps < total_steps) or model._n_updates > 0:
            return self
        if not len(model.replay_buffer.human):  # type: ignore[attr-defined]
            raise UserError(
                "bc needs demonstrations, but the human was never in control; set human.gate=always"
            )
        model.clone(model.config.updates)  # type: ignore[attr-defined]
        return self


def clone_batch(
    buffer: HumanNoviceBuffer, batch_size: int, weighs_novice: bool
) -> InterventionBatch:
    """What to clone next."""
    return buffer.sample_halves(batch_size) if weighs_novice else buffer.sample_human(batch_size)


class _ClonesContinuous(InterventionTD3):
    """Clones with the actor."""

    weighs_novice = False
    learns_online = True

    def train(self, gradient_steps: int, batch_size: int = 128) -> None:
        """Clone as it goes, unless the learning comes after."""
        if self.learns_online:
            self.clone(gradient_steps)

    @th.no_grad()
    def clone(self, gradient_steps: int) -> None:
        """Take gradient steps on the actor; gradients are written out for speed."""
        if not gradient_steps or not len(self.replay_buffer.human):
            return
        layers = layers_of(self.actor.mu)
        for _ in range(gradient_steps):
            batch = clone_batch(self.replay_buffer, self.batch_size, self.weighs_novice)
            run = mlp.forward(layers, batch.obs)
            action = run.output.tanh()
            grad = losses.cloning_gradient_continuous(action, batch.action)
            mlp.backward(layers, run, grad * (1.0 - action.square()))
            mlp.descend(self.actor.optimizer)
            take_in(self.policy, self.actor)
            self._n_updates += 1
        loss = losses.cloning_loss_continuous(action, batch.action)
        self.logger.record("train/bc_loss", loss.item())
        self.logger.record("train/n_updates", self._n_updates)


class _ClonesDiscrete(InterventionDQN):
    """Clones with the network's outputs as logits."""

    weighs_novice = False
    learns_online = True

    def train(self, gradient_steps: int, batch_size: int = 32) -> None:
        """Clone as it goes, unless the learning comes after."""
        if self.learns_online:
            self.clone(gradient_steps)

    def clone(self, gradient_steps: int) -> None:
        """Take gradient steps on the network."""
        if not gradient_steps or not len(self.replay_buffer.human):
            return
        self.policy.set_training_mode(True)
        for _ in range(gradient_steps):
            batch = clone_batch(self.replay_buffer, self.batch_size, self.weighs_novice)
            loss = losses.cloning_loss_discrete(self.q_net(batch.obs), batch.action)
            _descend(self.policy.optimizer, loss)
            take_in(self.policy, self.q_net)
            self._n_updates += 1
        self.logger.record("train/bc_loss", loss.item())
        self.logger.record("train/n_updates", self._n_updates)


def _descend(optimizer: th.optim.Optimizer, loss: th.Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
