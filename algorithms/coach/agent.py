"""COACH: convergent actor-critic by humans (MacGlashan et al. 2017), and E-COACH."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.coach import losses
from algorithms.coach.config import COACHConfig
from algorithms.coach.policies import MLP, Linear, Policy
from algorithms.core.delay import DelayEstimator
from algorithms.core.online import OnlineLearner, Step
from teaching.clock import delay_steps


class COACH(OnlineLearner):
    """Takes praise and blame for its advantage, and follows the policy gradient that they make.

    The human sees the policy that learns: the view carries its action probabilities. Traces, and
    what is remembered for the delay, end with the episode.

    Args:
        env: with a human who evaluates.
        config: its settings.
        seed: of the first weights and of the actions.
        independent: whether each world has a learner of its own; see `OnlineLearner`.

    """

    _saved = ("theta", "_traces", "_past_obs", "_past_action", "_age")

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: COACHConfig | None = None,
        seed: int = 0,
        independent: bool = False,
    ):
        super().__init__(env, seed, independent)
        self.config = config = config or COACHConfig()
        size = self.num_features, self.num_actions, config.temperature
        self._policy: Policy = (
            Linear(*size) if config.policy == "linear" else MLP(*size, config.net_arch)
        )
        self.theta = self._policy.start(self.num_learners, np.random.default_rng([seed, 0x3E7]))
        self._decay = np.array(config.lambdas)
        if config.delay is None:
            self.estimator = DelayEstimator(self._of, self.num_features, self.dt)
            longest = self.estimator.longest
        else:
            longest = delay_steps(config.delay, self.dt)
        worlds, remembered = self.num_worlds, longest + 1
        self._delay = np.full(worlds, longest)
        self._traces = np.zeros((len(self._decay), worlds, self._policy.num_parameters))
        # A ring: row (age % remembered) is the step that each world is in.
        self._past_obs = np.zeros((remembered, worlds, self.num_features))
        self._past_action = np.zeros((remembered, worlds), np.int64)
        self._age = np.zeros(worlds, np.int64)
        self._worlds = np.arange(worlds)

    def probabilities(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """[M, actions] of M observations [M, D], the i-th by learner `of[i]`."""
        return self._policy.probabilities(self.theta, obs, of)

    def take_in(self, step: Step) -> None:
        """Remember the step, and climb where something was said."""
        feedback = step.feedback
        if self.estimator is not None:
            feedback = self.estimator.heed(step, self.logger)
            self._delay = np.floor(self.estimator.mean + 0.5).astype(np.int64)[self._of]
        obs, action = self._spoken_of(step)
        score = self._policy.score(self.theta, obs, action, self._of)
        score[self._age < self._delay] = 0.0
        self._traces = losses.decayed(self._traces, self._decay, score)
        if not np.isnan(feedback).all():
            which = losses.answering(np.nan_to_num(feedback), self.config.strengths)
            weight = self.config.discount ** self._age.astype(float)
            climb = losses.ascent(feedback, weight, self._traces[which, self._worlds])
            np.add.at(self.theta, self._of, self.config.learning_rate * climb)
        self._age += 1
        self._traces[:, step.done] = 0.0
        self._age[step.done] = 0

    def _spoken_of(self, step: Step) -> tuple[np.ndarray, np.ndarray]:
        """What was seen [N, D] and done [N] as long ago as the delay lasts."""
        remembered = len(self._past_obs)
        now = self._age % remembered
        self._past_obs[now, self._worlds] = step.obs
        self._past_action[now, self._worlds] = step.action
        then = (self._age - self._delay) % remembered
        return self._past_obs[then, self._worlds], self._past_action[then, self._worlds]
