"""Deep COACH: learning from policy-dependent feedback with a network (Arumugam et al. 2019)."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import torch as th
from stable_baselines3.common.vec_env import VecEnv

from algorithms.coach.deep import losses
from algorithms.coach.deep.config import DeepCOACHConfig
from algorithms.coach.deep.policies import Gaussian, policy_for
from algorithms.coach.deep.windows import Recent, Windows
from algorithms.core.delay import DelayEstimator
from algorithms.core.state import module_state_of, optimizer_state, to_plain
from algorithms.core.stepwise import Step, StepwiseLearner
from teaching.clock import delay_steps
from teaching.sb3 import show_policy


class DeepCOACH(StepwiseLearner):
    """Climbs COACH's gradient, averaged over windows of experience drawn from a buffer.

    A window holds the last L steps up to the one that feedback is about; both end with the episode.
    Every step of the worlds is followed by one update, whether or not something was said. The human
    sees the action probabilities of a policy over discrete actions.

    Args:
        env: with a human who evaluates; Box or Discrete actions.
        config: its settings.
        seed: of the first weights, the actions and the replay.

    """

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: DeepCOACHConfig | None = None,
        seed: int = 0,
    ):
        super().__init__(env, seed)
        self.config = config = config or DeepCOACHConfig()
        form, features = self.form, self.num_features
        self.policy = policy_for(form, features, config.net_arch, seed, config.std)
        kind = th.optim.RMSprop if config.optimizer == "rmsprop" else th.optim.Adam
        self._optimizer = kind(self.policy.parameters(), lr=config.learning_rate)
        self.estimator: DelayEstimator | None = None
        if config.delay is None:
            everyone = np.zeros(self.num_worlds, int)
            self.estimator = DelayEstimator(everyone, features, self.dt, form.shape)
            self._delay = self.estimator.longest
        else:
            self._delay = delay_steps(config.delay, self.dt)
        self._recent = Recent(self.num_worlds, config.window, self._delay, features, form)
        self.windows = Windows(config.buffer_size, config.window, features, form)
        self._replay_rng = np.random.default_rng([seed, 0xDC0])
        self._trace_weights = losses.trace_weights(config.window, config.trace_decay)
        self._probs = np.empty((0, 0))
        self._log_prob = np.empty(0)
        if not isinstance(self.policy, Gaussian):
            show_policy(self.env, lambda obs: self._probs)

    def act(self, obs: np.ndarray) -> np.ndarray:
        """Drawn from the policy; what is remembered beside it is how likely it was."""
        action, self._log_prob, self._probs = self._drawn(obs)
        return action

    def choose(self, obs: np.ndarray, deterministic: bool) -> np.ndarray:
        """The likeliest, or drawn."""
        if deterministic:
            return self.policy.likeliest(th.as_tensor(obs, dtype=th.float32))
        return self._drawn(obs)[0]

    def take_in(self, step: Step) -> None:
        """Remember the step, keep the windows that something was said of, and climb."""
        assert step.log_prob is not None
        self._recent.push(
            obs=step.obs, action=step.action, log_prob=step.log_prob, own=~step.takeover
        )
        feedback = step.feedback
        if self.estimator is not None:
            feedback = self.estimator.heed(step, self.logger)
            self._delay = int(self.estimator.mean[0] + 0.5)
            self._recall()
        windows, known = self._recent.spoken_of(self._delay)
        spoken = known & (np.nan_to_num(feedback) != 0)
        self.windows.add({k: array[spoken] for k, array in windows.items()}, feedback[spoken])
        self._recent.forget(step.done)
        if len(self.windows):
            self._climb(th.as_tensor(step.obs, dtype=th.float32))

    def _recall(self) -> None:
        """Keep what was said before it was known of which steps; nothing was learned meanwhile.

        So the policy that acted is the one that there is, and says how likely each action was.
        """
        assert self.estimator is not None
        length = self.config.window
        for past in self.estimator.recall(length + self._delay):
            # The window's last step is the one that the word is about.
            here = slice(self._delay + length - 1, None if not self._delay else self._delay - 1, -1)
            own = past.own[:, here]
            obs = past.obs[:, here].astype(np.float32)
            action = past.action[:, here].astype(self.windows.arrays["action"].dtype)
            with th.no_grad():
                log_prob = self.policy.log_prob(th.as_tensor(obs), th.as_tensor(action)).numpy()
            spoken = own[:, -1] & (past.feedback != 0)
            window = {"obs": obs, "action": action, "log_prob": log_prob * own, "own": own}
            self.windows.add({k: v[spoken] for k, v in window.items()}, past.feedback[spoken])

    def _climb(self, obs: th.Tensor) -> None:
        """θ ← θ + α (mean F e + β ∇H), H that of the states [N, D] that the worlds are in."""
        config = self.config
        batch = self.windows.sample(config.batch_size, self._replay_rng)
        log_prob = self.policy.log_prob(batch.obs, batch.action)
        weight = self._trace_weights * batch.own
        fed_back = losses.fed_back(
            log_prob, batch.log_prob, weight, batch.feedback, config.importance_ratio
        )
        entropy = self.policy.entropy(obs).mean()
        self._optimizer.zero_grad()
        (-fed_back - config.entropy * entropy).backward()
        self._optimizer.step()
        self.policy.within_bounds()
        ratio = (log_prob.detach() - batch.log_prob).exp()
        self.logger.record("train/windows", len(self.windows))
        self.logger.record("train/feedback", float(batch.feedback.mean()))
        self.logger.record("train/ratio", float((ratio * batch.own).sum() / batch.own.sum()))
        self.logger.record("train/entropy", float(entropy.detach()))
        if isinstance(self.policy, Gaussian):
            self.logger.record("train/std", float(self.policy.log_std.detach().exp().mean()))

    @th.no_grad()
    def _drawn(self, obs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Actions for obs [M, D], log π of each [M], and the probabilities of discrete ones."""
        rows = th.as_tensor(obs, dtype=th.float32)
        probs = np.empty((0, 0))
        if isinstance(self.policy, Gaussian):
            noise = self._rng.standard_normal((len(obs), self.form.count))
            action = self.policy.mean(rows).numpy() + self.policy.log_std.exp().numpy() * noise
            drawn = th.as_tensor(action, dtype=th.float32)
        else:
            probs = self.policy.log_probs(rows).exp().numpy().astype(np.float64)
            action = self._draw(probs)
            drawn = th.as_tensor(action)
        return action, self.policy.log_prob(rows, drawn).numpy(), probs

    def learned(self) -> dict[str, Any]:
        """Weights, optimiser, what is kept and what is remembered."""
        known = {} if self.estimator is None else {"delay": self.estimator.state_dict()}
        return {
            **known,
            "parameters": to_plain(self.policy.state_dict()),
            "optimizer": to_plain(self._optimizer.state_dict()),
            "windows": self.windows.state_dict(),
            "recent": {name: array.copy() for name, array in self._recent.arrays.items()},
            "replay_rng": self._replay_rng.bit_generator.state,
        }

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore what `learned` returned."""
        self.policy.load_state_dict(module_state_of(self.policy, state["parameters"]))
        self._optimizer.load_state_dict(optimizer_state(state["optimizer"]))
        self.windows.load_state_dict(state["windows"])
        for name, array in self._recent.arrays.items():
            array[...] = state["recent"][name]
        self._replay_rng.bit_generator.state = state["replay_rng"]
        if self.estimator is not None:
            self.estimator.load_state_dict(state["delay"])
