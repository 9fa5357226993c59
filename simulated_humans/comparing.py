"""The human who compares two segments, or ranks K of them, by the task's true reward."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

from simulated_humans.budget import QueryBudget
from simulated_humans.choices import (
    confuse,
    discounted_return,
    not_worth_answering,
    plackett_luce,
    slip,
    too_close_to_call,
    unit_distance,
)
from simulated_humans.comparing_config import ComparingConfig
from simulated_humans.draws import QueryDraws
from simulated_humans.running import Running
from simulated_humans.segments import mean_features, rows_that_count, true_rewards
from teaching import Choice, Kind, Oracle, Preference, Ranking, Segments, Teacher, UserError

# Columns of the uniform numbers of a query; K for the choice and K − 1 for confusion follow.
_ATTENTION = 0
_MISTAKE = slice(1, 3)
_CHOICE = 3


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the human makes of B queries, before any chance comes in.

    Attributes:
        returns: [B, K] the sum of true rewards.
        usual: [B, K] what a segment of that length usually returns.
        utility: [B, K] what the choice goes by.
        rationality: [B] β in the units of `utility`, or None for ∞.
        distance: [B, K, K] how different the segments look, or None where it does not matter.

    """

    returns: np.ndarray
    usual: np.ndarray
    utility: np.ndarray
    rationality: np.ndarray | None
    distance: np.ndarray | None


class ComparingHuman(Teacher):
    """A simulated person who is shown segments and says which is better.

    Each query runs down the stack of B-Pref (Lee et al. 2021): skip → tie margin →
    choice (rationality, myopia, attention) → confusion → mistake → ties override → budget. Queries
    are answered one after the other, however many are put at once: a query's random numbers depend
    on the seed and on its running number, and the running measures (the spread of the utilities
    that `scale` divides by, and the usual reward a step that skipping and ties go by) take in each
    query before it is judged, and none that comes after.
    """

    kinds = frozenset({Kind.PREFERENCE, Kind.RANKING})
    simulated = True

    def __init__(
        self,
        config: ComparingConfig,
        oracle: Oracle,
        action_space: gym.Space,
        num_worlds: int = 1,
        seed: int = 0,
    ):
        """Put a human together.

        Args:
            config: its settings.
            oracle: with the task's true reward.
            action_space: of one world.
            num_worlds: plays no part: segments belong to no world.
            seed: of its random numbers, ≥ 0.

        Raises:
            UserError: the oracle does not know the reward.

        """
        if oracle.reward is None:
            raise UserError(
                f"human.name={config.name} needs an expert that knows the task's true reward, "
                f"which human.expert={config.expert} lacks: choose a task whose own expert has it"
            )
        self.name = config.name
        self._config = config
        self._reward = oracle.reward
        self._space = action_space
        self._budget = QueryBudget(config.budget_queries, config.budget_seconds)
        self._draws = QueryDraws(seed)
        self._measures = Running(config.memory)
        self._features = Running(config.memory)

    def prefer(self, pairs: Segments) -> Preference:
        """Compare two segments; see `teaching.Preference`.

        A human who has left skips everything. A skipped query uses up no answer.

        Raises:
            UserError: not two segments a query, or impossible lengths, or a reward that is none.

        """
        judged = self._judge(pairs, alternatives=2)
        skipped = not_worth_answering(judged.returns, judged.usual, self._config.skip)
        tied = too_close_to_call(judged.returns, judged.usual, self._config.equal)
        price = np.where(skipped, self._config.prices.skip, self._config.prices.compare)
        there, seconds = self._budget.pay(price, ~skipped)
        choice = self._order(judged, seconds)[:, 0]
        choice[tied] = Choice.EQUAL
        choice[skipped | ~there] = Choice.SKIP
        return Preference(
            human=self.name,
            step=pairs.step.copy(),
            wall_time=time.time(),
            human_seconds=np.where(there, price, 0.0),
            segments=pairs.ids.copy(),
            choice=choice.astype(np.int8),
        )

    def rank(self, sets: Segments) -> Ranking:
        """Order K segments; see `teaching.Ranking`.

        A ranking has no room for ties, nor for a skip: sets that a human who has left does not
        answer are missing from the record.

        Raises:
            UserError: under two segments a query, or impossible lengths, or a reward that is none.

        """
        judged = self._judge(sets)
        price = np.full(len(sets.ids), self._config.prices.rank * sets.ids.shape[1])
        there, seconds = self._budget.pay(price, np.ones(len(price), bool))
        return Ranking(
            human=self.name,
            step=sets.step[there],
            wall_time=time.time(),
            human_seconds=price[there],
            segments=sets.ids[there],
            order=self._order(judged, seconds)[there].astype(np.int8),
        )

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides what this human answers next."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _judge(self, segments: Segments, alternatives: int | None = None) -> _Judged:
        counts = rows_that_count(segments, alternatives)
        reward = true_rewards(self._reward, segments, counts)
        returns = reward.sum(axis=2)
        utility = returns
        if self._config.discount < 1:
            utility = discounted_return(reward, segments.length, self._config.discount)
        measured = np.stack([returns / segments.length, utility], axis=2)
        mean, spread = self._measures.add(measured)
        return _Judged(
            returns=returns,
            usual=mean[:, :1] * segments.length,
            utility=utility,
            rationality=self._rationality(spread[:, 1]),
            distance=self._distance(segments, counts),
        )

    def _rationality(self, spread: np.ndarray) -> np.ndarray | None:
        """[B] β for bare utilities; where nothing has differed so far there is nothing to tell."""
        beta = self._config.rationality
        if beta is None:
            return None
        if self._config.scale == "none":
            return np.full(len(spread), beta)
        return np.divide(beta, spread, out=np.zeros(len(spread)), where=spread > 0)

    def _distance(self, segments: Segments, counts: np.ndarray) -> np.ndarray | None:
        if self._config.confusion is None:
            return None
        features = mean_features(segments, counts, self._space)
        _, spread = self._features.add(features)
        return unit_distance(features, spread)

    def _order(self, judged: _Judged, seconds: np.ndarray) -> np.ndarray:
        """[B, K], best first; `seconds` [B] of human time went before each query."""
        config, (queries, size) = self._config, judged.utility.shape
        uniform, _ = self._draws.next(queries, _CHOICE + 2 * size - 1)
        utility = judged.utility
        if config.fatigue is not None:
            awake = uniform[:, _ATTENTION] < np.exp(-seconds / config.fatigue)
            utility = np.where(awake[:, None], utility, 0.0)  # a guess
        choice = uniform[:, _CHOICE : _CHOICE + size]
        order = plackett_luce(utility, judged.rationality, choice)
        if config.confusion is not None and judged.distance is not None:
            mixed = uniform[:, _CHOICE + size :]
            order = confuse(order, judged.distance, config.confusion, mixed)
        return slip(order, config.mistake, uniform[:, _MISTAKE])

    def _parts(self) -> dict[str, Any]:
        return {
            "budget": self._budget,
            "draws": self._draws,
            "measures": self._measures,
            "features": self._features,
        }
