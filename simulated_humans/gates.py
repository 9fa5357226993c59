"""When a human wants the controls: rules that compare the learner's plan with the expert's.

A gate gives each world a score, the higher the more urgent; a score above `limit` is a wish to be
in control. Scores are on scales where it makes sense to multiply the limit: a release threshold is
a fraction of it, and an inconsistent human's limit varies by a factor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import gymnasium as gym
import numpy as np

from simulated_humans.state import restore, snapshot
from teaching import Oracle, UserError, View, delay_steps


class Gate(Protocol):
    """What the intervening human asks of a gate.

    Attributes:
        limit: the score above which it wants to be in control.
        needs_expert: whether `score` reads the expert's action.

    """

    limit: float
    needs_expert: bool

    def score(self, view: View, expert: np.ndarray | None) -> np.ndarray:
        """[N] float64 urgency; `expert` is [N, A...], or None where it is not needed."""

    def reset(self, episode_start: np.ndarray) -> None:
        """Forget the episodes that ended. [N] bool."""

    def state_dict(self) -> dict[str, Any]:
        """What the next score depends on, besides its arguments."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""


class _Memoryless:
    """A gate whose score depends on the present moment alone."""

    def reset(self, episode_start: np.ndarray) -> None:
        """Nothing to forget."""

    def state_dict(self) -> dict[str, Any]:
        """Nothing to save."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Nothing to restore."""


class Always(_Memoryless):
    """Wants control at every step, as somebody who demonstrates does."""

    limit = 0.0
    needs_expert = False

    def score(self, view: View, expert: np.ndarray | None) -> np.ndarray:
        """[N] infinite urgency."""
        return np.full(len(view.step), np.inf)


class ActionDistance(_Memoryless):
    """The proposed action is far from the expert's.

    Continuous: the largest difference over the action's dimensions, each in units of its
    half-range, max_i w_i |a_n,i − a_h,i| / half_range_i, with weights w of 1 unless set; a space
    of [−1, 1] has half-range 1. An unbounded dimension counts in its own unit. Discrete: any
    difference is infinitely far.

    Source: the discrepancy by which the safe supervisors of SafeDAgger (Zhang and Cho 2017) take
    over; in HG-DAgger (Kelly et al. 2019) a person judges it by feel.
    """

    needs_expert = True

    def __init__(
        self, threshold: float, action_space: gym.Space, weights: Sequence[float] | None = None
    ):
        self.limit = threshold
        self._scale: np.ndarray | None = None
        if isinstance(action_space, gym.spaces.Box):
            self._scale = _weights(weights, action_space) / half_range(action_space).reshape(-1)

    def score(self, view: View, expert: np.ndarray | None) -> np.ndarray:
        """[N] distance."""
        proposed = np.asarray(view.proposed_action)
        if self._scale is None:
            return np.where(proposed != expert, np.inf, 0.0)
        assert expert is not None
        gap = np.abs(np.subtract(proposed, expert, dtype=np.float64)).reshape(len(proposed), -1)
        return (gap * self._scale).max(axis=1)


def _weights(weights: Sequence[float] | None, action_space: gym.spaces.Box) -> np.ndarray:
    """[A] how much each dimension counts."""
    width = int(np.prod(action_space.shape))
    if weights is None:
        return np.ones(width)
    if len(weights) != width:
        raise UserError(
            f"human.weights must have one number for each of the {width} dimensions of the action, "
            f"got {list(weights)}"
        )
    return np.asarray(weights, np.float64)


class Likelihood(_Memoryless):
    """The expert would hardly have done this: its probability p of the proposal is too low.

    Score −log p, limit −log threshold. Discrete: p is the expert's probability of the proposed
    action. Continuous: p is the density relative to that of the expert's own action, which makes
    it free of units, exp(log π(a_n) − log π(a_h)).

    Source: EGPO (Peng et al. 2021) and PVP4Real (Peng et al. 2025) take over where the expert's
    density of the novice's action is under 1 − 0.95; theirs is the bare density, whose value
    depends on the action's units.
    """

    def __init__(self, threshold: float, action_space: gym.Space, oracle: Oracle):
        self.limit = -float(np.log(threshold))
        self._log_prob = _needed(oracle.log_prob, "likelihood", "log_prob")
        self.needs_expert = isinstance(action_space, gym.spaces.Box)

    def score(self, view: View, expert: np.ndarray | None) -> np.ndarray:
        """[N] negative log-likelihood, relative to the expert's action if continuous."""
        score = -np.asarray(self._log_prob(view.obs, view.proposed_action), dtype=np.float64)
        if expert is not None and self.needs_expert:
            score = score + np.asarray(self._log_prob(view.obs, expert), dtype=np.float64)
        return score


class Risk:
    """Letting the learner go on would soon end in failure.

    Predicting is dear, so a world is judged every `check_every` seconds, from the start of its
    episode, and the judgement stands until the next.

    Source: PPL (Cai et al. 2025) rolls the proposed action forward 20 steps every 10, and its
    simulated human keeps control until the next check when failure is predicted.
    """

    needs_expert = False

    def __init__(
        self, threshold: float, horizon: float, check_every: float, oracle: Oracle, num_worlds: int
    ):
        self.limit = threshold
        self._horizon = horizon
        self._check_every = check_every
        self._risk = _needed(oracle.risk, "risk", "risk")
        self._judged = np.zeros(num_worlds)
        self._wait = np.zeros(num_worlds, dtype=np.int64)

    def score(self, view: View, expert: np.ndarray | None) -> np.ndarray:
        """[N] risk in [0, 1], at most `check_every` seconds old."""
        due = self._wait == 0
        if due.any():
            risk = np.asarray(self._risk(view.obs, view.proposed_action, self._horizon))
            self._judged = np.where(due, risk, self._judged)
            self._wait[due] = max(1, delay_steps(self._check_every, view.dt))
        self._wait -= 1
        return self._judged

    def reset(self, episode_start: np.ndarray) -> None:
        """A new episode is judged afresh."""
        self._wait[episode_start] = 0

    def state_dict(self) -> dict[str, Any]:
        """The standing judgements and when the next are due."""
        return snapshot(self, "_judged", "_wait")

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore them."""
        restore(self, state, "_judged", "_wait")


def half_range(space: gym.spaces.Box) -> np.ndarray:
    """[A...] float64, half the distance between the bounds; 1 where there are none."""
    half = (space.high.astype(np.float64) - space.low.astype(np.float64)) / 2
    return np.where(np.isfinite(half) & (half > 0), half, 1.0)


def _needed(
    ability: Callable[..., np.ndarray] | None, gate: str, name: str
) -> Callable[..., np.ndarray]:
    if ability is None:
        raise UserError(
            f"human.gate={gate} needs an expert with {name}, which this one lacks: "
            "choose another expert (human.expert) or human.gate=action_distance"
        )
    return ability
