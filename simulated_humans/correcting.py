"""The human who makes a trajectory a little better: coactive feedback."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

from simulated_humans.budget import QueryBudget
from simulated_humans.correcting_config import CorrectingConfig
from simulated_humans.draws import QueryDraws
from simulated_humans.edits import Edit, Edits, boltzmann, no_gap, smallest
from simulated_humans.running import Running
from simulated_humans.segments import rows_that_count
from simulated_humans.slips import UNIFORMS as SLIP_UNIFORMS
from simulated_humans.slips import make_slips
from teaching import Correction, Kind, Oracle, Segments, Teacher, UserError

# Columns of the uniform numbers of a query; those of its steps follow.
_ATTENTION = 0
_MISTAKE = 1
_CHOICE = 2
_STEPS = 3
_A_STEP = 1 + SLIP_UNIFORMS  # the first is for the wrong way


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the expert knows of the R trajectories of one length, before any chance comes in.

    Attributes:
        rows: [R] which queries.
        obs: [R, T, O...].
        action: [R, T, A...] as shown.
        plan: [R, T, A...] the expert's best.
        utility: [R] of what is shown.
        gap: [R] to the best, at least 0.

    """

    rows: np.ndarray
    obs: np.ndarray
    action: np.ndarray
    plan: np.ndarray
    utility: np.ndarray
    gap: np.ndarray


class CorrectingHuman(Teacher):
    """A simulated person who is shown a trajectory and answers with a slightly better one.

    With U the true return, y what is shown and y* the better of the expert's plan and y, the answer
    ȳ is strictly α-informative, U(ȳ) ≥ U(y) + α(U(y*) − U(y)) − ξ, by the smallest edit that will
    do (see `edits`). ξ is 0 for the clean human, unless `window` forbids every edit that would do:
    then it does what it can. What cannot be improved, or not by enough, comes back unchanged.

    Each query runs down a stack: gap → skip → attention → edit (rationality) → mistake → motor
    noise → budget. Queries are answered one after the other, however many are put at once: a
    query's random numbers depend on the seed and on its running number.

    Source: coactive learning (Shivaswamy and Joachims 2012), of trajectories Jain et al. (2013).
    """

    kinds = frozenset({Kind.CORRECTION})
    simulated = True

    def __init__(
        self,
        config: CorrectingConfig,
        oracle: Oracle,
        action_space: gym.Space,
        num_worlds: int = 1,
        seed: int = 0,
    ):
        """Put a human together.

        Args:
            config: its settings.
            oracle: with `plan` and `utility`.
            action_space: of one world; Box or Discrete.
            num_worlds: plays no part: segments belong to no world.
            seed: of its random numbers, ≥ 0.

        Raises:
            UserError: an action space that it cannot work, or an oracle that cannot plan.

        """
        if oracle.plan is None or oracle.utility is None:
            raise UserError(
                f"human.name={config.name} needs an expert that can plan and knows what a plan "
                f"returns, which human.expert={config.expert} of this task lacks: choose a task "
                "whose own expert can, such as env=grid"
            )
        self.name = config.name
        self._config = config
        self._plan, self._utility = oracle.plan, oracle.utility
        self._space = action_space
        self._discrete = isinstance(action_space, gym.spaces.Discrete)
        self._size = int(np.prod(action_space.shape or ()))
        self._slips = make_slips(action_space, config.action_noise, 0.0, 1)
        self._budget = QueryBudget(config.budget_queries, config.budget_seconds)
        self._draws = QueryDraws(seed)
        self._gaps = Running(config.memory)

    def correct(self, segments: Segments) -> Correction:
        """Improve trajectories; see `teaching.Correction`.

        An answer has as many rows as were shown; padding is handed back as it came. The price is
        that of watching the trajectory and of correcting each edited step. Queries that a human
        who has left does not answer are missing from the record.

        Raises:
            UserError: not one segment a query, impossible lengths, or an oracle that answers in
                another shape or not with finite numbers.

        """
        rows_that_count(segments, alternatives=1)
        shown, length = segments.action[:, 0], segments.length[:, 0]
        count, rows = shown.shape[:2]
        columns = _STEPS + _A_STEP * rows if self._errs else _STEPS
        uniform, normal = self._draws.next(count, columns, self._size * rows if self._errs else 0)
        answer, edited = shown.copy(), np.zeros((count, rows), bool)
        for group in self._worth_it(self._judge(segments, shown, length), count):
            part = group.rows, slice(0, group.action.shape[1])
            meant = self._meant(group, uniform[group.rows, _CHOICE])
            edited[part] = (meant != group.action).reshape(*meant.shape[:2], -1).any(axis=2)
            answer[part] = meant
        if self._errs:
            answer = self._err(shown, answer, edited, uniform, normal)
        there, awake, price = self._pay(length, edited.sum(axis=1), segments.dt, uniform)
        answer[~awake] = shown[~awake]
        return Correction(
            human=self.name,
            step=segments.step[there],
            wall_time=time.time(),
            human_seconds=price[there],
            segments=segments.ids[there, 0],
            action=answer[there],
            length=length[there],
        )

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides what this human answers next."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore it."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    @property
    def _errs(self) -> bool:
        return bool(self._config.mistake or self._config.action_noise)

    def _judge(self, segments: Segments, shown: np.ndarray, length: np.ndarray) -> list[_Judged]:
        """Judge the trajectories, those of one length together, so that padding is never seen."""
        groups = []
        for steps in np.unique(length).tolist():
            rows = np.flatnonzero(length == steps)
            obs, action = segments.obs[rows, 0, :steps], shown[rows, :steps]
            plan = self._planned(obs[:, 0], action)
            utility = self._worth(obs[:, 0], action)
            gap = np.maximum(self._worth(obs[:, 0], plan) - utility, 0.0)
            groups.append(_Judged(rows, obs, action, plan, utility, gap))
        return groups

    def _worth_it(self, groups: list[_Judged], count: int) -> list[_Judged]:
        """Of each group the trajectories that can be improved by enough."""
        gap = np.zeros(count)
        for group in groups:
            gap[group.rows] = group.gap
        usual, _ = self._gaps.add(gap[:, None, None])
        enough = gap >= self._config.skip * usual[:, 0]
        kept = []
        for group in groups:
            here = enough[group.rows] & ~no_gap(group.gap, group.utility)
            if here.any():
                names = _Judged.__dataclass_fields__
                kept.append(_Judged(*(getattr(group, name)[here] for name in names)))
        return kept

    def _meant(self, group: _Judged, uniform: np.ndarray) -> np.ndarray:
        """[R, T, A...] what the human means to answer."""
        config, steps = self._config, group.action.shape[1]
        window = min(config.window or steps, steps)
        last = steps - 1 if self._discrete else steps - window
        later = [self._planned(group.obs[:, i], group.action[:, i:]) for i in range(1, last + 1)]
        blends = None if self._discrete else config.blends
        edits = Edits(group.action, [group.plan, *later], window, blends)

        def gain_of(rows: np.ndarray, actions: np.ndarray) -> np.ndarray:
            flat = actions.reshape(-1, *group.action.shape[1:])
            obs = np.repeat(group.obs[rows, 0], actions.shape[1], axis=0)
            worth = self._worth(obs, flat).reshape(actions.shape[:2])
            return worth - group.utility[rows, None]

        meant = group.action.copy()
        for row, found in enumerate(smallest(edits, gain_of, config.improvement * group.gap)):
            edit: Edit | None = found.edit
            if edit is not None and config.rationality is not None:
                edit = boltzmann(found, float(group.gap[row]), config.rationality, uniform[row])
            if edit is not None:
                meant[row] = edits.made(edit, np.array([row]))[0]
        return meant

    def _err(
        self,
        shown: np.ndarray,
        meant: np.ndarray,
        edited: np.ndarray,
        uniform: np.ndarray,
        normal: np.ndarray,
    ) -> np.ndarray:
        """[B, T, A...] `meant` with mistakes and motor noise on the edited steps."""
        answer, (queries, rows) = meant.copy(), edited.shape
        steps = uniform[:, _STEPS:].reshape(queries, rows, _A_STEP)
        mistaken = edited & (uniform[:, _MISTAKE] < self._config.mistake)[:, None]
        if self._discrete:
            answer[mistaken] = self._another(meant[mistaken], steps[mistaken][:, 0])
        else:
            answer[mistaken] = 2 * shown[mistaken] - meant[mistaken]  # as far the wrong way
        noise = normal.reshape(queries, rows, self._size)[edited]
        twice = np.concatenate([noise, np.zeros_like(noise)], axis=1)  # no style of its own
        answer[edited] = self._slips.apply(answer[edited], steps[edited][:, 1:], twice)
        return answer

    def _another(self, action: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """[M] uniformly drawn other actions, where there are any."""
        assert isinstance(self._space, gym.spaces.Discrete)
        n, first = int(self._space.n), int(self._space.start)
        if n < 2:
            return action
        return first + (action - first + 1 + (uniform * (n - 1)).astype(np.int64)) % n

    def _pay(
        self, length: np.ndarray, edited: np.ndarray, dt: float, uniform: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """[B] each: was still there, paid attention, and the price; one query after the other."""
        prices, fatigue = self._config.prices, self._config.fatigue
        there, awake = np.zeros(len(length), bool), np.ones(len(length), bool)
        price = prices.watch * dt * length
        if fatigue is None:
            price += prices.correct * dt * edited
            return self._budget.pay(price, edited > 0)[0], awake, price
        for query, steps in enumerate(edited.tolist()):
            attention = np.exp(-self._budget.seconds_spent / fatigue)
            awake[query] = uniform[query, _ATTENTION] < attention
            if awake[query]:
                price[query] += prices.correct * dt * steps
            counts = np.array([bool(steps) and bool(awake[query])])
            there[query] = self._budget.pay(price[query : query + 1], counts)[0][0]
        return there, awake, price

    def _planned(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[M, T, A...] what the expert would do from there, in the type of `action`."""
        plan = np.asarray(self._plan(obs, action))
        if plan.shape != action.shape or not np.isfinite(plan).all():
            raise UserError(
                f"the expert's plan must be finite actions of shape {action.shape}, "
                f"got shape {plan.shape}; mend the task's expert"
            )
        return plan.astype(action.dtype)

    def _worth(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[M] the true returns."""
        utility = np.asarray(self._utility(obs, action), np.float64)
        if utility.shape != (len(obs),) or not np.isfinite(utility).all():
            raise UserError(
                f"the expert's utility must be {len(obs)} finite numbers, got shape "
                f"{utility.shape}; mend the task's expert"
            )
        return utility

    def _parts(self) -> dict[str, Any]:
        return {"budget": self._budget, "draws": self._draws, "gaps": self._gaps}
