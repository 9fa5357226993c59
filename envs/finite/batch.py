"""N worlds as one object: what the environment, the vector environment and the oracle share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from envs.finite.mdp import FiniteMDP
from envs.finite.problem import Problem
from envs.finite.streams import draw, seeded
from envs.finite.success import enough
from envs.seeds import split_seed
from envs.task import Split
from teaching import UserError


class Worlds(NamedTuple):
    """Everything that changes in N worlds; all of it is what `state_dict` saves.

    Attributes:
        rng: [N] uint64, the random stream of each world.
        map: [N] int64, which of the problems it is.
        state: [N] int64.
        previous: [N] int64, the state one step ago; at the start of an episode, `state`.
        steps: [N] int64, steps taken in the episode.
        total: [N] float64, rewards received in the episode.

    """

    rng: np.ndarray
    map: np.ndarray
    state: np.ndarray
    previous: np.ndarray
    steps: np.ndarray
    total: np.ndarray


class Outcomes(NamedTuple):
    """What can happen next, G problems with at most K next states for an action.

    Attributes:
        state: [G, S, A, K] int64, the next states that are possible, the rest filled up.
        below: [G, S, A, K] cumulative probability; a uniform number falls below the first that is
            above it.
        reward: [G, S, A, K].

    """

    state: np.ndarray
    below: np.ndarray
    reward: np.ndarray


class Batch:
    """N worlds, each in one of G problems of the same size.

    Args:
        problems: G of them; each episode is in one that is drawn for it.
        count: N.
        horizon: steps after which an episode is cut off.
        split: whose episodes; no seed of one split gives an episode of another.

    Attributes:
        outcomes: what can happen next.
        horizon: steps after which an episode is cut off.

    """

    def __init__(self, problems: Sequence[Problem], count: int, horizon: int, split: Split) -> None:
        mdps = [problem.mdp for problem in problems]
        self.problems = list(problems)
        self.count = count
        self.num_actions = mdps[0].num_actions
        self.position = problems[0].position
        self.context = np.stack([problem.context for problem in problems])
        self.has_goal = any(mdp.terminal.any() for mdp in mdps)
        self.costly = _costly(problems)
        self.worlds = Worlds(
            rng=np.zeros(count, np.uint64),
            map=np.zeros(count, np.int64),
            state=np.zeros(count, np.int64),
            previous=np.zeros(count, np.int64),
            steps=np.zeros(count, np.int64),
            total=np.zeros(count),
        )
        self.horizon, self._split = horizon, split
        self._terminal = np.stack([mdp.terminal for mdp in mdps])
        self._first = np.stack([_cumulative(mdp.initial) for mdp in mdps])
        self.outcomes = _outcomes(mdps)
        self._everywhere = np.ones(count, bool)
        self._enough = None if self.has_goal else enough(mdps, horizon)

    def seed(self, w: int, seed: int) -> None:
        """Give world w the stream of a seed of this split."""
        self.worlds.rng[w] = seeded(split_seed(seed, self._split))

    def start(self, mask: np.ndarray, options: dict[str, Any] | None = None) -> None:
        """Start an episode in the worlds of `mask` [N].

        Args:
            mask: [N] bool.
            options: ``map`` and ``state`` choose instead of chance: a number, or one a world.

        Raises:
            UserError: a problem or a state that does not exist.

        """
        worlds, options = self.worlds, options or {}
        maps = self._chosen(options, "map", len(self.problems))
        states = self._chosen(options, "state", self._terminal.shape[1])
        # Drawn whether chosen or not, so that options do not shift the episodes that follow.
        drawn_map = (draw(worlds.rng, mask) * len(self.problems)).astype(np.int64)
        worlds.map[mask] = drawn_map if maps is None else maps[mask]
        drawn = _pick(self._first[worlds.map[mask]], draw(worlds.rng, mask))
        worlds.state[mask] = drawn if states is None else states[mask]
        worlds.previous[mask] = worlds.state[mask]
        worlds.steps[mask] = 0
        worlds.total[mask] = 0.0

    def _chosen(self, options: dict[str, Any], key: str, have: int) -> np.ndarray | None:
        """One number for each world, [N]; None where it was left open."""
        given = options.get(key)
        if given is None:
            return None
        rows = np.asarray(given)
        whole = rows.dtype.kind in "iu" and rows.shape in ((), (self.count,))
        if not whole or rows.min() < 0 or rows.max() >= have:
            raise UserError(f'options["{key}"] must be from 0 to {have - 1}, got {given}')
        return np.broadcast_to(rows, (self.count,))

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Move all worlds; [N] -> reward float64, terminated, truncated, each [N].

        Raises:
            UserError: actions of another shape, or that do not exist.

        """
        actions = self._checked(actions)
        worlds = self.worlds
        place = worlds.map, worlds.state, actions
        outcome = _pick(self.outcomes.below[place], draw(worlds.rng, self._everywhere))
        reward = self.outcomes.reward[(*place, outcome)]
        state = self.outcomes.state[(*place, outcome)]
        worlds.previous[:] = worlds.state
        worlds.state[:] = state
        worlds.steps[:] += 1
        worlds.total[:] += reward
        terminated = self._terminal[worlds.map, state]
        return reward, terminated, ~terminated & (worlds.steps >= self.horizon)

    def _checked(self, actions: np.ndarray) -> np.ndarray:
        given = np.asarray(actions)
        if given.shape != (self.count,):
            raise UserError(f"actions must have the shape ({self.count},), got {given.shape}")
        with np.errstate(invalid="ignore"):
            whole = given.astype(np.int64)
        wrong = (whole != given) | (whole < 0) | (whole >= self.num_actions)
        if wrong.any():
            bad = given[wrong][0]
            raise UserError(f"actions must be from 0 to {self.num_actions - 1}, got {bad}")
        return whole

    def observe(self) -> np.ndarray:
        """What is seen now, float32 [N, d + c]: of the state, and of the problem."""
        seen = self.position[self.worlds.state], self.context[self.worlds.map]
        return np.concatenate(seen, axis=1).astype(np.float32)

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and largest value of every entry of an observation, float32 [d + c] each."""
        entries = self.context.shape[1]
        low = np.append(self.position.min(axis=0), np.zeros(entries))
        high = np.append(self.position.max(axis=0), np.ones(entries))
        return low.astype(np.float32), high.astype(np.float32)

    def where(self) -> dict[str, np.ndarray]:
        """The arrays of `info` after a reset, each [N]."""
        info = {"state": self.worlds.state.copy()}
        return {**info, "map": self.worlds.map.copy()} if len(self.problems) > 1 else info

    def outcome(self) -> dict[str, np.ndarray]:
        """The arrays of `info` after a step, each [N]."""
        info, place = self.where(), (self.worlds.map, self.worlds.state)
        if self.costly is not None:
            info["cost"] = self.costly[place].astype(np.float64)
        if self.has_goal:
            info["is_success"] = self._terminal[place]
        elif self._enough is not None:
            info["is_success"] = self.worlds.total >= self._enough[self.worlds.map]
        return info

    def state_dict(self) -> dict[str, Any]:
        """A copy of every array that changes."""
        return {name: value.copy() for name, value in self.worlds._asdict().items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore `state_dict` bit for bit.

        Raises:
            UserError: a state of another number of worlds.

        """
        for name, value in self.worlds._asdict().items():
            if name not in state or np.shape(state[name]) != value.shape:
                raise UserError(f"the saved state has no {name} of the shape {value.shape}")
            value[...] = state[name]


def _costly(problems: Sequence[Problem]) -> np.ndarray | None:
    """[G, S] bool, where safety is lost; None where nothing is said of it."""
    grids = [problem.grid for problem in problems]
    if any(grid is None for grid in grids):
        return None
    return np.stack([grid.costly_states() for grid in grids if grid is not None])


def _cumulative(probabilities: np.ndarray) -> np.ndarray:
    """Cumulate over the last axis, exactly 1 from the last possible one on."""
    total = probabilities.cumsum(axis=-1)
    return total / total[..., -1:]


def _pick(below: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """[M] index of the first entry of `below` [M, K] that is above `uniform` [M]."""
    return (below <= uniform[:, None]).sum(axis=1)


def _outcomes(mdps: Sequence[FiniteMDP]) -> Outcomes:
    """Keep the next states that are possible; of a gridworld's S, that is one to four."""
    most = max(int((mdp.transition > 0).sum(axis=2).max()) for mdp in mdps)
    rows = []
    for mdp in mdps:
        state = np.argsort(mdp.transition == 0, axis=2, kind="stable")[..., :most]
        below = _cumulative(np.take_along_axis(mdp.transition, state, axis=2))
        if mdp.transition_reward is None:
            reward = np.repeat(mdp.reward[..., None], state.shape[2], axis=2)
        else:
            reward = np.take_along_axis(mdp.transition_reward, state, axis=2)
        rows.append((state, below, reward))
    return Outcomes(*(np.stack(parts) for parts in zip(*rows, strict=True)))
