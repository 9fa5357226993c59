"""Evaluate a policy in a task, from the data of another one, with a target that follows a rule."""

from __future__ import annotations

import math
from typing import Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.online import OnlineLearner, Step
from algorithms.target_td import prediction
from algorithms.target_td.config import TargetTDConfig
from algorithms.target_td.evaluation import LinearEvaluation
from algorithms.target_td.losses import Batch
from algorithms.target_td.rules import TargetRule
from algorithms.target_td.tangent import Tangent
from teaching import UserError

_LOOK = 500
"""Steps between two predictions from the data so far."""


class TargetTD(OnlineLearner):
    """V(s) = w·obs of a policy, learned from the true reward while another policy acts.

    All worlds' transitions of a step are one batch, with importance ratios. H and J_δ are averaged
    over the data, so that the spectral radius of the target's period is known while it learns.

    Args:
        env: with discrete actions.
        config: its settings.
        seed: of the actions.

    Raises:
        UserError: policies that do not fit the task's actions or each other.

    """

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: TargetTDConfig | None = None,
        seed: int = 0,
    ):
        super().__init__(env, seed)
        self.config = config = config or TargetTDConfig()
        even = np.full(self.num_actions, 1.0 / self.num_actions)
        self.behaviour = even if config.behaviour is None else np.array(config.behaviour)
        self.policy = self.behaviour if config.policy is None else np.array(config.policy)
        for name in ("behaviour", "policy"):
            if len(getattr(self, name)) != self.num_actions:
                raise UserError(
                    f"algorithm.{name} must have {self.num_actions} probabilities, one an action, "
                    f"got {len(getattr(self, name))}"
                )
        if ((self.behaviour == 0) & (self.policy > 0)).any():
            raise UserError("algorithm.policy takes actions that algorithm.behaviour never takes")
        rule = TargetRule(config.period, config.tau, config.momentum, config.ridge)
        start = np.random.default_rng([seed, 0x7D]).normal(size=self.num_features)
        self.evaluation = LinearEvaluation(start, rule, config.learning_rate, config.discount)
        self._hessian = np.zeros((self.num_features, self.num_features))
        self._coupling = np.zeros_like(self._hessian)

    def probabilities(self, obs: np.ndarray, of: np.ndarray) -> np.ndarray:
        """[M, actions] of the behaviour."""
        return np.tile(self.behaviour, (len(obs), 1))

    def choose(self, obs: np.ndarray, deterministic: bool) -> np.ndarray:
        """[M] of the policy that is evaluated: its likeliest action, or drawn."""
        probs = np.tile(self.policy, (len(obs), 1))
        return probs.argmax(axis=1) if deterministic else self._draw(probs)

    def value(self, obs: np.ndarray) -> np.ndarray:
        """V [M] of observations [M, D]."""
        return self.evaluation.values(np.asarray(obs, np.float64))

    def take_in(self, step: Step) -> None:
        """One gradient step on the transitions of all worlds."""
        ratio = self.policy[step.action] / self.behaviour[step.action]
        weight = np.full(self.num_worlds, 1.0 / self.num_worlds)
        following = np.where(step.terminated[:, None], 0.0, step.next_obs)
        batch = Batch(step.obs, following, step.reward, ratio, weight)
        loss = self.evaluation.step(batch)
        done = self.evaluation.steps
        rows = (ratio * weight)[:, None] * step.obs
        self._hessian += (rows.T @ step.obs - self._hessian) / done
        pull = self.config.discount * rows.T @ following
        self._coupling += (pull - self._coupling) / done
        self.logger.record("train/td_loss", loss)
        if done % _LOOK == 0:
            self._report_stability()

    def growth(self) -> float:
        """ln ρ / k by the data so far; NaN before there are any."""
        problem = Tangent((self._hessian + self._hessian.T) / 2, self._coupling)
        rule, alpha = self.evaluation.rule, self.config.learning_rate
        return prediction.growth_of(problem, alpha, rule)

    def learned(self) -> dict[str, Any]:
        """Weights and target, and the averages."""
        state = self.evaluation.state_dict()
        parameters = {name: state[name] for name in ("weights", "target", "before")}
        parameters |= {"hessian": self._hessian.copy(), "coupling": self._coupling.copy()}
        return {"parameters": parameters, "gradient_steps": state["steps"]}

    def load_learned(self, state: dict[str, Any]) -> None:
        """Restore them."""
        parameters = state["parameters"]
        if np.shape(parameters["weights"]) != (self.num_features,):
            raise UserError("the saved weights are of another task")
        self.evaluation.load_state_dict({**parameters, "steps": state["gradient_steps"]})
        self._hessian = np.array(parameters["hessian"])
        self._coupling = np.array(parameters["coupling"])

    def _report_stability(self) -> None:
        growth = self.growth()
        self.logger.record("stability/growth", growth)
        radius = math.exp(min(growth * self.config.period, 50.0))
        self.logger.record("stability/radius", radius)
        seen = Tangent(self._hessian, self._coupling)
        size = self.evaluation.weights @ seen.hessian @ self.evaluation.weights
        self.logger.record("train/value_norm", math.sqrt(max(float(size), 0.0)))
