"""What a simulated human may know of a finite MDP: everything, exactly."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from envs.finite.batch import Batch
from envs.finite.mdp import FiniteMDP
from envs.finite.open_loop import OpenLoop
from envs.finite.solve import optimal_actions, optimal_q
from teaching import Oracle, delay_steps

TEMPERATURE = 0.2
"""Of the Boltzmann expert of `log_prob`, in median losses of an action that is not optimal."""


class Expert:
    """Plays each of a batch's problems optimally.

    Everything is a function of the observations passed in, so that any number of them is answered,
    past ones included.

    Attributes:
        q: [G, S, A] optimal values.
        reward: [G, S, A] expected rewards.

    """

    def __init__(self, batch: Batch, dt: float) -> None:
        """`dt` is in seconds a step."""
        mdps = [problem.mdp for problem in batch.problems]
        self.q = np.stack([optimal_q(mdp) for mdp in mdps])
        self.reward = np.stack([mdp.reward for mdp in mdps])
        self._batch, self._dt = batch, dt
        self._log_prob = np.stack([boltzmann(q) for q in self.q])
        self._action = optimal_actions(self.q).argmax(axis=-1)
        self._open_loop = OpenLoop(mdps, batch.outcomes, self.q)
        self._risk_within = lru_cache(maxsize=8)(self._risk_table)

    def oracle(self) -> Oracle:
        """The expert in the form that simulated humans take; risk where something is costly."""
        return Oracle(
            action=self.action,
            log_prob=self.log_prob,
            risk=None if self._batch.costly is None else self.risk,
            q_values=self.q_values,
            reward=self.rewards,
            plan=self.plan,
            utility=self.utility,
        )

    def place(self, obs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[M, d + c] -> problem and state, each [M]: those whose observation is the nearest."""
        obs = np.asarray(obs, np.float64)
        width = self._batch.position.shape[1]
        return (
            _nearest(obs[:, width:], self._batch.context),
            _nearest(obs[:, :width], self._batch.position),
        )

    def action(self, obs: np.ndarray) -> np.ndarray:
        """[M, O] -> [M] int64, the first of the optimal actions."""
        return self._action[self.place(obs)]

    def q_values(self, obs: np.ndarray) -> np.ndarray:
        """[M, O] -> [M, A], Q* at the config's discount."""
        return self.q[self.place(obs)]

    def rewards(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[M, O], [M] -> [M], the expected reward."""
        return self.reward[(*self.place(obs), np.asarray(action, np.int64))]

    def plan(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[M, O], [M, T] -> [M, T] int64, the best actions of that many steps; see `OpenLoop`."""
        return self._open_loop.plan(*self.place(obs), np.shape(action)[1])

    def utility(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[M, O], [M, T] -> [M], the expected sum of rewards, without a discount."""
        return self._open_loop.utility(*self.place(obs), np.asarray(action, np.int64))

    def log_prob(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[M, O], [M] -> [M] under `boltzmann`."""
        return self._log_prob[(*self.place(obs), np.asarray(action, np.int64))]

    def risk(self, obs: np.ndarray, action: np.ndarray, horizon: float) -> np.ndarray:
        """[M, O], [M], seconds -> [M], how likely a costly state is met within the horizon.

        Exact, for the expert at the controls from the next step on.
        """
        table = self._risk_within(max(delay_steps(horizon, self._dt), 1))
        return table[(*self.place(obs), np.asarray(action, np.int64))]

    def _risk_table(self, steps: int) -> np.ndarray:
        """[G, S, A] probability of a costly state within so many steps."""
        assert self._batch.costly is not None
        tables = []
        for problem, costly, action in zip(
            self._batch.problems, self._batch.costly, self._action, strict=True
        ):
            tables.append(_meets(problem.mdp, costly, action, steps))
        return np.stack(tables)


def boltzmann(q: np.ndarray) -> np.ndarray:
    """[S, A] -> [S, A] log-probabilities of a Boltzmann-rational expert (Ziebart et al. 2008).

    Proportional to exp(Q* / τ) with τ of `TEMPERATURE` median losses, so that the scale of the
    reward does not matter. Where no action is better than another, all are as likely.
    """
    loss = q.max(axis=1, keepdims=True) - q
    wrong = loss[~optimal_actions(q)]
    logits = -loss / (TEMPERATURE * np.median(wrong)) if len(wrong) else np.zeros_like(q)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def _meets(mdp: FiniteMDP, costly: np.ndarray, action: np.ndarray, steps: int) -> np.ndarray:
    """[S, A] probability of a costly state in `steps` steps: any action first, then `action`."""
    later = np.zeros(mdp.num_states)
    for _ in range(steps):
        chance = mdp.transition @ np.where(costly, 1.0, later)
        chance[mdp.terminal] = 0.0
        later = chance[np.arange(mdp.num_states), action]
    return np.clip(chance, 0.0, 1.0)


def _nearest(points: np.ndarray, table: np.ndarray) -> np.ndarray:
    """[M, d], [K, d] -> [M] row of the table that is the closest to each point."""
    return (points @ table.T - 0.5 * (table**2).sum(axis=1)).argmax(axis=1)
