"""What a sequence of actions is worth that is carried out whatever happens, and the best of them.

Returns are sums of rewards, without a discount: they are those that evaluations report. Nothing
is said of what comes after the sequence. All of it is exact but one thing: where chance plays a
part, `OpenLoop.plan` finds a sequence that no change of one action improves, and there may be a
better one (the best is hard to find: Papadimitriou and Tsitsiklis 1987).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from envs.finite.mdp import FiniteMDP
from envs.finite.solve import optimal_actions, optimal_q_by_step

if TYPE_CHECKING:
    from envs.finite.batch import Outcomes

_NUMBERS = 4_000_000
"""How many numbers are handled at a time."""


class OpenLoop:
    """Action sequences in G problems of S states, A actions and at most K outcomes of an action.

    Shapes: M sequences of T actions, each from a state of a problem. What is said of a sequence
    does not depend on the others, to the last bit.
    """

    def __init__(self, mdps: Sequence[FiniteMDP], outcomes: Outcomes, q: np.ndarray) -> None:
        """`q` [G, S, A] decides between actions that are equally good within the sequence."""
        self._mdps = list(mdps)
        self._reward = np.stack([mdp.reward for mdp in mdps])
        self._next = outcomes.state
        self._chance = np.diff(outcomes.below, axis=-1, prepend=0.0)
        self._q = q
        self._policy = np.empty((len(mdps), 0, mdps[0].num_states), np.int64)

    def utility(self, problem: np.ndarray, state: np.ndarray, actions: np.ndarray) -> np.ndarray:
        """[M], [M], [M, T] int -> [M], the expected sum of rewards."""
        states, _, outcomes = self._next.shape[1:]
        size = max(1, _NUMBERS // (states * outcomes))
        parts = [
            self._utility(*(rows[first : first + size] for rows in (problem, state, actions)))
            for first in range(0, len(state), size)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def plan(self, problem: np.ndarray, state: np.ndarray, steps: int) -> np.ndarray:
        """[M], [M] -> [M, steps] int64.

        What the best closed-loop player does where the likeliest happens, improved one action at
        a time until that helps no more. Without chance it is the best sequence there is.
        """
        places, back = np.unique(np.stack([problem, state], axis=1), axis=0, return_inverse=True)
        states, actions, outcomes = self._next.shape[1:]
        size = max(1, _NUMBERS // (states * actions * outcomes))
        plans = [
            self._plan(rows[:, 0], rows[:, 1], steps)
            for rows in (places[first : first + size] for first in range(0, len(places), size))
        ]
        found = np.concatenate(plans) if plans else np.zeros((0, steps), np.int64)
        return found[back.reshape(-1)]

    def _utility(self, problem: np.ndarray, state: np.ndarray, actions: np.ndarray) -> np.ndarray:
        row = np.arange(len(state))
        to_go = np.zeros((len(state), self._next.shape[1]))  # [M, S]
        for action in actions.T[::-1]:
            ahead = to_go[row[:, None, None], self._next[problem, :, action]]  # [M, S, K]
            expected = (self._chance[problem, :, action] * ahead).sum(axis=2)
            to_go = self._reward[problem, :, action] + expected
        return to_go[row, state]

    def _plan(self, problem: np.ndarray, state: np.ndarray, steps: int) -> np.ndarray:
        actions = np.empty((len(state), steps), np.int64)
        policy, here = self._policy_for(steps), state
        for t in range(steps):
            actions[:, t] = policy[problem, t, here]
            place = problem, here, actions[:, t]
            here = self._next[(*place, self._chance[place].argmax(axis=1))]
        if self._next.shape[3] > 1:
            while self._improve(problem, state, actions):
                pass
        return actions

    def _policy_for(self, steps: int) -> np.ndarray:
        """[G, steps, S] int64, the first of the best actions at each step of so many."""
        if self._policy.shape[1] < steps:
            tables = []
            for mdp, q in zip(self._mdps, self._q, strict=True):
                undiscounted = replace(mdp, discount=1.0)
                best = optimal_actions(optimal_q_by_step(undiscounted, steps))
                tables.append(np.where(best, q, -np.inf).argmax(axis=-1))
            self._policy = np.stack(tables)
        return self._policy[:, self._policy.shape[1] - steps :]

    def _improve(self, problem: np.ndarray, state: np.ndarray, actions: np.ndarray) -> bool:
        """Take the best action at each step, the others as they are; whether anything changed."""
        row, changed = np.arange(len(state)), False
        where = self._whereabouts(problem, state, actions)
        to_go = np.zeros((len(state), self._next.shape[1]))
        for t in reversed(range(actions.shape[1])):
            ahead = to_go[row[:, None, None, None], self._next[problem]]  # [M, S, A, K]
            q = self._reward[problem] + (self._chance[problem] * ahead).sum(axis=3)
            worth = (where[t][:, :, None] * q).sum(axis=1)  # [M, A]
            now = worth[row, actions[:, t]]
            better = worth.max(axis=1) > now + 1e-10 * np.maximum(1.0, np.abs(now))
            actions[better, t] = worth[better].argmax(axis=1)
            changed |= bool(better.any())
            to_go = q[row, :, actions[:, t]]
        return changed

    def _whereabouts(
        self, problem: np.ndarray, state: np.ndarray, actions: np.ndarray
    ) -> list[np.ndarray]:
        """T arrays [M, S]: the distribution of the state before each action."""
        count, states = len(state), self._next.shape[1]
        offset = states * np.arange(count)[:, None, None]
        where = [np.eye(states)[state]]
        for action in actions.T[:-1]:
            place = offset + self._next[problem, :, action]  # [M, S, K]
            flow = where[-1][:, :, None] * self._chance[problem, :, action]
            total = np.bincount(place.ravel(), flow.ravel(), count * states)
            where.append(total.reshape(count, states))
        return where
