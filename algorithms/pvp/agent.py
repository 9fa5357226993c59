"""PVP on TD3 for continuous actions and on DQN for discrete ones."""

from __future__ import annotations

from functools import cached_property

import gymnasium as gym
import numpy as np
import torch as th
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core import mlp
from algorithms.core.averaging import take_in
from algorithms.core.buffers import InterventionBatch
from algorithms.core.config import check_target
from algorithms.core.interventions import InterventionDQN, InterventionTD3, TD3Weights
from algorithms.core.sb3_learner import SB3Learner, is_continuous
from algorithms.core.targets import gaussian_bonus, install, munchausen_bonus, next_value
from algorithms.pvp import losses
from algorithms.pvp.config import PVPConfig
from teaching.sb3 import as_vec_env


class PVP(SB3Learner):
    """Proxy Value Propagation (Peng et al. 2023). Learns from takeovers, never from reward."""

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: PVPConfig | None = None,
        seed: int = 0,
    ):
        """`env` is wrapped with a human; its action space chooses the form."""
        config = config or PVPConfig()
        vec_env = as_vec_env(env, seed)
        continuous = is_continuous(vec_env.action_space)
        check_target(config.target, "td3" if continuous else "dqn")
        form = PVPTD3 if continuous else PVPDQN
        self.model = form(vec_env, config, seed)
        self.targets = install(self.model, config.target)


def td_counts(batch: InterventionBatch, config: PVPConfig) -> th.Tensor:
    """[B, 1], which steps take part in TD."""
    if config.td_on_takeover_start:
        return th.ones_like(batch.takeover_start)
    return 1.0 - batch.takeover_start


class PVPTD3(InterventionTD3):
    """The continuous form. Gradients are written out (`algorithms.core.mlp`) for speed."""

    config: PVPConfig

    @th.no_grad()
    def train(self, gradient_steps: int, batch_size: int = 128) -> None:
        """Critic: proxy labels and TD; actor, every `policy_delay` updates: climb Q1."""
        logged: dict[str, list[th.Tensor]] = {}
        for _ in range(gradient_steps):
            self._n_updates += 1
            batch = self.replay_buffer.sample(batch_size)
            self._update_critics(batch, self._td_target(batch), logged)
            if self._n_updates % self.config.policy_delay == 0:
                self._update_actor(batch, logged)
                mlp.follow(self.weights.critic_target, self.weights.critic, self.tau)
                mlp.follow(self.weights.actor_target, self.weights.actor, self.tau)
                take_in(self.policy, self.actor)
        for name, values in logged.items():
            self.logger.record(f"train/{name}", th.stack(values).mean().item())
        self.logger.record("train/n_updates", self._n_updates)

    @cached_property
    def weights(self) -> TD3Weights:
        """The networks as lists of layers."""
        return TD3Weights.of(self.policy)

    def _td_target(self, batch: InterventionBatch) -> th.Tensor:
        """[B, 1], the smaller of the target critics at a smoothed target action."""
        noise = th.randn_like(batch.action).mul_(self.config.target_noise)
        noise.clamp_(-self.config.target_noise_clip, self.config.target_noise_clip)
        proposed = mlp.forward(self.weights.actor_target_layers, batch.next_obs).output.tanh()
        inputs = th.cat([batch.next_obs, (proposed + noise).clamp_(-1, 1)], dim=1)
        first, second = (
            mlp.forward(layers, inputs).output for layers in self.weights.critic_target_layers
        )
        target = losses.td_target(th.minimum(first, second), batch.done, self.gamma)
        if self.config.target.rule == "kl":
            own = mlp.forward(self.weights.actor_target_layers, batch.obs).output.tanh()
            deviation = self.config.target_noise
            target += gaussian_bonus(self.config.target, own, batch.action, deviation)
        return target

    def _update_critics(
        self, batch: InterventionBatch, target: th.Tensor, logged: dict[str, list[th.Tensor]]
    ) -> None:
        config = self.config
        counts = td_counts(batch, config)
        replaced = losses.blamed(
            batch.action, batch.novice_action, batch.takeover, config.blame_distance
        )
        behavior = th.cat([batch.obs, batch.action], dim=1)
        novice = th.cat([batch.obs[replaced], batch.novice_action[replaced]], dim=1)
        # One pass for both actions: the layers are too small to be run twice.
        inputs = th.cat([behavior, novice])
        for layers in self.weights.critic_layers:
            run = mlp.forward(layers, inputs)
            q_behavior, q_novice = run.output.tensor_split([len(behavior)])
            gradients = losses.critic_gradients(
                q_behavior,
                q_novice,
                target,
                batch.takeover,
                counts,
                config.label_weight,
                config.td_weight,
            )
            mlp.backward(layers, run, th.cat(gradients))
        mlp.descend(self.critic.optimizer)
        _log(logged, td_loss=losses.td_loss_continuous(q_behavior, target, counts))
        _log(logged, q_behavior=q_behavior.mean())
        if len(q_novice):
            _log(logged, q_novice=q_novice.mean())
            _log(logged, q_human=q_behavior[replaced].mean())

    def _update_actor(self, batch: InterventionBatch, logged: dict[str, list[th.Tensor]]) -> None:
        run = mlp.forward(self.weights.actor_layers, batch.obs)
        action = run.output.tanh()
        q_layers = self.weights.critic_layers[0]
        q_run = mlp.forward(q_layers, th.cat([batch.obs, action], dim=1))
        climb = th.full_like(q_run.output, -1.0 / len(action))
        grad_action = mlp.input_gradient(q_layers, q_run, climb)[:, -action.shape[1] :]
        if self.config.bc_weight:
            human_steps = batch.takeover.sum().clamp(min=1.0) * action.shape[1]
            error = batch.takeover * (action - batch.action)
            grad_action = grad_action + (2.0 * self.config.bc_weight / human_steps) * error
            _log(logged, bc_loss=error.square().sum() / human_steps)
        mlp.backward(self.weights.actor_layers, run, grad_action * (1.0 - action.square()))
        mlp.descend(self.actor.optimizer)
        _log(logged, actor_loss=-q_run.output.mean())


class PVPDQN(InterventionDQN):
    """The discrete form."""

    config: PVPConfig

    def train(self, gradient_steps: int, batch_size: int = 32) -> None:
        """Proxy labels, Huber TD, and cloning where it is asked for."""
        self.policy.set_training_mode(True)
        config = self.config
        logged: dict[str, list[th.Tensor]] = {}
        for _ in range(gradient_steps):
            self._n_updates += 1
            batch = self.replay_buffer.sample(batch_size)
            with th.no_grad():
                target = self._td_target(batch)
            q_values = self.q_net(batch.obs)
            q_behavior = q_values.gather(1, batch.action)
            q_novice = q_values.gather(1, batch.novice_action)
            differs = (batch.action != batch.novice_action).float()
            label = losses.proxy_value_loss(q_behavior, q_novice, batch.takeover, differs)
            td = losses.td_loss_discrete(q_behavior, target, td_counts(batch, config))
            loss = config.label_weight * label + config.td_weight * td
            if config.bc_weight:
                clone = losses.cloning_loss_discrete(q_values, batch.action, batch.takeover)
                loss = loss + config.bc_weight * clone
                _log(logged, bc_loss=clone)
            self.policy.optimizer.zero_grad()
            loss.backward()
            th.nn.utils.clip_grad_norm_(self.policy.parameters(), config.max_grad_norm)
            self.policy.optimizer.step()
            take_in(self.policy, self.q_net)
            _log(logged, label_loss=label, td_loss=td)
            _log(logged, q_behavior=q_behavior.mean(), q_novice=q_novice.mean())
        for name, values in logged.items():
            self.logger.record(f"train/{name}", np.mean([v.item() for v in values]))
        self.logger.record("train/n_updates", self._n_updates)

    def _td_target(self, batch: InterventionBatch) -> th.Tensor:
        """[B, 1], by the target network, as `config.target` has it."""
        rule = self.config.target
        online = self.q_net(batch.next_obs) if rule.double else None
        next_q = next_value(rule, self.q_net_target(batch.next_obs), online)
        target = losses.td_target(next_q, batch.done, self.gamma)
        if rule.rule == "kl":
            target += munchausen_bonus(rule, self.q_net_target(batch.obs), batch.action)
        return target


def _log(logged: dict[str, list[th.Tensor]], **values: th.Tensor) -> None:
    for name, value in values.items():
        logged.setdefault(name, []).append(value.detach())
