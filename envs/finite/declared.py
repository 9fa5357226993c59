"""What learners may ask a finite MDP for, beside living in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.finite.batch import Batch
from envs.finite.problem import Problem
from teaching import UserError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """A finite MDP without its reward: what a learner that plans is told.

    Attributes:
        transition: [S, A, S].
        initial: [S].
        terminal: [S] bool.
        position: [S, d], what an observation says of the state.
        horizon: steps after which an episode is cut off.

    """

    transition: np.ndarray
    initial: np.ndarray
    terminal: np.ndarray
    position: np.ndarray
    horizon: int


class Declared:
    """The same for one world and for N."""

    batch: Batch

    @property
    def model(self) -> Model:
        """All but the reward.

        Raises:
            UserError: the worlds are not all in the same MDP.

        """
        problem = self._only("plans in one MDP")
        mdp = problem.mdp
        return Model(
            transition=mdp.transition,
            initial=mdp.initial,
            terminal=mdp.terminal,
            position=problem.position,
            horizon=self.batch.horizon,
        )

    @property
    def true_reward(self) -> np.ndarray:
        """[S, A], for the scoreboard: no reward-free learner may learn from it."""
        return self._only("is measured in one MDP").mdp.reward

    def _only(self, why: str) -> Problem:
        if len(self.batch.problems) > 1:
            raise UserError(
                f"env.maps={len(self.batch.problems)}: the learner {why}; set env.maps=0 and "
                "env.observation=one_hot"
            )
        return self.batch.problems[0]
