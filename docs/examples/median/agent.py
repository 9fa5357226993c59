"""Cloning by absolute error: of a human with an unsteady hand, the median and not the mean."""

from algorithms.median.config import MedianConfig

from algorithms.core.interventions import InterventionTD3
from algorithms.core.sb3_learner import SB3Learner
from teaching.sb3 import as_vec_env


class Median(SB3Learner):
    """Clones the steps of takeovers; for continuous actions."""

    def __init__(self, env, config=None, seed=0):
        self.model = _Model(as_vec_env(env, seed), config or MedianConfig(), seed)


class _Model(InterventionTD3):
    def train(self, gradient_steps, batch_size=128):
        if not len(self.replay_buffer.human):
            return
        for _ in range(gradient_steps):
            batch = self.replay_buffer.sample_human(batch_size)
            loss = (self.actor(batch.obs) - batch.action).abs().mean()
            self.actor.optimizer.zero_grad()
            loss.backward()
            self.actor.optimizer.step()
            self._n_updates += 1
        self.logger.record("train/bc_loss", loss.item())
