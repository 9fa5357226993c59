"""How well a learner from comparisons does by the true reward: told to TensorBoard, never to it."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from algorithms.dueling.preference_model import PreferenceModel
from algorithms.dueling.problem import Problem


class Scoreboard:
    """Regret of the pairs that were played, and how near ŵ is to w*.

    Args:
        problem: with the task's own transitions.
        reward: [S, A], the true one.

    Attributes:
        total: regret so far, Σ V(π*) − (V(π¹) + V(π²))/2.

    """

    def __init__(self, problem: Problem, reward: np.ndarray):
        self.total = 0.0
        self._problem = problem
        self._reward = np.array(reward[None], np.float64)
        self._best = problem.best_for(self._reward)[1]

    @classmethod
    def of(cls, task: Any, features: np.ndarray) -> Self | None:
        """Of a task that knows its true reward, or None."""
        if not hasattr(task, "true_reward"):
            return None
        told = task.model
        return cls(Problem(told.transition, told.initial, features, told.horizon), task.true_reward)

    def count(self, first: np.ndarray, second: np.ndarray) -> None:
        """Add the regret of a round in which two policies [H, S] are played."""
        values = [self._problem.value(policy, self._reward) for policy in (first, second)]
        self.total += self._best - sum(values) / 2

    def figures(self, model: PreferenceModel, ridge: float, rounds: int) -> dict[str, float]:
        """Regret, and ŵ against w* where comparisons can tell them apart.

        The cosine is in the metric of the comparisons' information, Σ σ'·x xᵀ, so that what no
        comparison shows does not count; the error is ‖ŵ − w*‖_F / √d, about 1 or less if the
        human's choices are Bradley–Terry in the true reward itself.
        """
        truth, w, fisher = self._reward.ravel(), model.w[0], model.fisher[0]
        told = fisher - ridge * np.eye(len(w))
        inner, own, its = w @ told @ truth, w @ told @ w, truth @ told @ truth
        off = w - truth
        found = {
            "regret": self.total,
            "regret_a_round": self.total / max(rounds, 1),
            "weights_error": float(np.sqrt(off @ fisher @ off / len(w))),
        }
        if own * its > 0:
            found["weights_cosine"] = float(inner / np.sqrt(own * its))
        return found
