"""Stable-Baselines3's DQN and TD3 with other TD targets: Double DQN, and KL-regularised ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import stable_baselines3 as sb3
import torch as th
from torch.nn import functional

from algorithms.core.config import TargetConfig
from algorithms.core.targets import gaussian_bonus, munchausen_bonus, next_value


class TargetedDQN(sb3.DQN):
    """DQN whose TD target is what `target_config` says."""

    target_config = TargetConfig()
    squared: bool = False
    """Whether the loss is the mean of δ², as analyses of target networks have it, or Huber's."""

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """One gradient step after the other; as it stands, Stable-Baselines3's own."""
        rule = self.target_config
        if rule.rule != "kl" and not rule.double and not self.squared:
            super().train(gradient_steps, batch_size)
            return
        assert self.replay_buffer is not None
        self.policy.set_training_mode(True)
        loss_of = functional.mse_loss if self.squared else functional.smooth_l1_loss
        found = []
        for _ in range(gradient_steps):
            batch = self.replay_buffer.sample(batch_size)
            action = batch.actions.long()
            with th.no_grad():
                online = self.q_net(batch.next_observations) if rule.double else None
                following = next_value(rule, self.q_net_target(batch.next_observations), online)
                target = batch.rewards + (1 - batch.dones) * self.gamma * following
                if rule.rule == "kl":
                    target += munchausen_bonus(rule, self.q_net_target(batch.observations), action)
            loss = loss_of(self.q_net(batch.observations).gather(1, action), target)
            self.policy.optimizer.zero_grad()
            loss.backward()
            th.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            found.append(loss.item())
        self._n_updates += gradient_steps
        self.logger.record("train/loss", np.mean(found))


class TargetedTD3(sb3.TD3):
    """TD3; with the rule kl, rewards in a batch have the regulariser's bonus."""

    target_config = TargetConfig()

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Train on batches with the bonus in their rewards; else as Stable-Baselines3 does."""
        if self.target_config.rule != "kl":
            super().train(gradient_steps, batch_size)
            return
        plain: Any = self.replay_buffer
        self.replay_buffer = _WithBonus(plain, self)  # type: ignore[assignment]
        try:
            super().train(gradient_steps, batch_size)
        finally:
            self.replay_buffer = plain

    @th.no_grad()
    def bonus(self, obs: th.Tensor, action: th.Tensor) -> th.Tensor:
        """[B, 1], by the policy of the target network with its smoothing noise."""
        own = self.actor_target(obs)
        return gaussian_bonus(self.target_config, own, action, self.target_policy_noise)


class _WithBonus:
    def __init__(self, buffer: Any, model: TargetedTD3):
        self._buffer, self._model = buffer, model

    def sample(self, batch_size: int, env: Any = None) -> Any:
        batch = self._buffer.sample(batch_size, env=env)
        bonus = self._model.bonus(batch.observations, batch.actions)
        return batch._replace(rewards=batch.rewards + bonus)
