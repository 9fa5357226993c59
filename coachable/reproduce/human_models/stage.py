"""Made-up worlds and segments to put a simulated human before, through its public methods alone.

Oracles answer from the observation, so that whoever sets the stage says what the human knows.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

from simulated_humans.comparing import ComparingHuman
from simulated_humans.comparing_config import ComparingConfig
from simulated_humans.config import InterveningConfig
from simulated_humans.correcting import CorrectingHuman
from simulated_humans.correcting_config import CorrectingConfig
from simulated_humans.evaluating import EvaluatingHuman
from simulated_humans.evaluating_config import EvaluatingConfig
from simulated_humans.intervening import InterveningHuman
from teaching import Oracle, Segments, View

BOX = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
KEYS = gym.spaces.Discrete(4)
DT = 0.1
Q = np.array([1.0, 1.0, 0.6, -2.0])
"""Values of the four keys: the first two tie."""
PI = np.array([0.5, 0.25, 0.25, 0.0])
"""The learner's policy: E_π Q = 0.9."""


def still(obs: np.ndarray) -> np.ndarray:
    """The expert of the box does nothing."""
    return np.zeros((len(obs), 1), np.float32)


TOLD = Oracle(
    action=lambda obs: np.zeros(len(obs), np.int64),
    q_values=lambda obs: np.tile(Q, (len(obs), 1)),
    reward=lambda obs, action: obs[:, 0].astype(np.float64),
)
"""The critic's expert on four keys: the observation is the true reward."""


VALUED = Oracle(
    action=lambda obs: np.ones(len(obs), np.int64),
    plan=lambda obs, action: np.ones_like(action),
    utility=lambda obs, action: np.einsum("bt,bt->b", obs[:, : action.shape[1]], action == 1.0),
)
"""The corrector's expert on four keys: key 1 on a step is worth what the observation shows."""

MISSED = Oracle(
    action=still,
    plan=lambda obs, action: np.zeros_like(action),
    utility=lambda obs, action: -np.square(action, dtype=np.float64).sum(axis=(1, 2)),
)
"""The corrector's expert of the box: each step costs the square of its distance from 0."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of T steps of N worlds: arrays [T, N] of the records that the human gave."""

    mask: np.ndarray
    seconds: np.ndarray
    value: np.ndarray
    """The human's action [T, N, A...], or what it said."""
    about: np.ndarray | None = None


class Stage:
    """Where one model is measured: its random numbers depend on (model, seed) alone.

    Attributes:
        draws: how many are wanted.
        rng: for what the human is shown.

    """

    def __init__(self, model: str, draws: int, seed: int):
        self.draws = draws
        self.rng = np.random.default_rng([zlib.crc32(model.encode()), seed])

    def worlds(self, each: float) -> int:
        """How many worlds make up the draws, with so many in each."""
        return max(1, int(np.ceil(self.draws / each)))

    def intervening(
        self, worlds: int, space: gym.Space = BOX, oracle: Oracle | None = None, **settings: Any
    ) -> InterveningHuman:
        """Someone with the controls within reach."""
        expert = oracle or (Oracle(action=still) if space is BOX else TOLD)
        config = InterveningConfig(**settings)
        return InterveningHuman(config, expert, space, worlds, self._seed())

    def evaluating(
        self, worlds: int, space: gym.Space = KEYS, oracle: Oracle | None = None, **settings: Any
    ) -> EvaluatingHuman:
        """Someone who praises and blames; unless told otherwise, by the reward it is shown."""
        config = EvaluatingConfig(**{"form": "task", **settings})
        return EvaluatingHuman(config, oracle or TOLD, space, worlds, self._seed())

    def comparing(self, **settings: Any) -> ComparingHuman:
        """Someone who compares by the sum of what the segments show."""
        oracle = Oracle(action=still, reward=lambda obs, action: obs[:, 0])
        return ComparingHuman(ComparingConfig(**settings), oracle, BOX, 1, self._seed())

    def correcting(self, space: gym.Space, oracle: Oracle, **settings: Any) -> CorrectingHuman:
        """Someone who improves trajectories; `oracle` says what they are worth."""
        return CorrectingHuman(CorrectingConfig(**settings), oracle, space, 1, self._seed())

    def _seed(self) -> int:
        return int(self.rng.integers(2**31))


def take_over(
    human: InterveningHuman,
    proposed: np.ndarray,
    obs: np.ndarray | None = None,
    every: int | None = None,
    dt: float = DT,
) -> Seen:
    """Propose [T, N, A...]; with `every`, an episode of all worlds starts every so many steps."""
    return _show(human.intervene, "action", proposed, obs, every, dt, None)


def judge(
    human: EvaluatingHuman,
    reward: np.ndarray | None = None,
    action: np.ndarray | None = None,
    every: int | None = None,
    dt: float = DT,
    probs: np.ndarray = PI,
) -> Seen:
    """Show rewards [T, N] (0 if None) of actions [T, N, A...] (key 0 if None)."""
    if action is None:
        assert reward is not None
        action = np.zeros(reward.shape, np.int64)
    obs = None if reward is None else reward[..., None]
    return _show(human.evaluate, "value", action, obs, every, dt, probs)


def _show(
    ask: Callable[[View], Any],
    what: str,
    proposed: np.ndarray,
    obs: np.ndarray | None,
    every: int | None,
    dt: float,
    probs: np.ndarray | None,
) -> Seen:
    steps, worlds = proposed.shape[:2]
    blank = np.zeros((worlds, 1), np.float32)
    chances = None if probs is None else np.tile(probs, (worlds, 1))
    records = []
    for t in range(steps):
        start = t == 0 if every is None else t % every == 0
        view = View(
            obs=blank if obs is None else obs[t],
            proposed_action=proposed[t],
            step=np.full(worlds, t, np.int64),
            episode_start=np.full(worlds, start),
            dt=dt,
            action_probs=chances,
        )
        records.append(ask(view))
    return Seen(
        mask=np.stack([r.mask for r in records]),
        seconds=np.stack([r.human_seconds for r in records]),
        value=np.stack([getattr(r, what) for r in records]),
        about=np.stack([r.about for r in records]) if hasattr(records[0], "about") else None,
    )


def needs(need: np.ndarray) -> np.ndarray:
    """Proposals [T, N, 1] as far from the expert as can be where `need` [T, N], else the same."""
    return np.asarray(need, np.float32)[..., None]


def show(reward: np.ndarray, length: np.ndarray | None = None) -> Segments:
    """Queries whose rows [B, K, T] are rewards; [B, K] where a segment has one row.

    With a fourth axis [B, K, T, F] the first feature is the reward, the others are to be seen.
    """
    reward = np.asarray(reward, np.float64)
    if reward.ndim == 2:
        reward = reward[..., None]
    obs = reward if reward.ndim == 4 else reward[..., None]
    queries, alternatives, rows = obs.shape[:3]
    return Segments(
        ids=np.arange(queries * alternatives).reshape(queries, alternatives),
        obs=obs,
        action=np.zeros((queries, alternatives, rows, 1), np.float32),
        length=np.full((queries, alternatives), rows) if length is None else length,
        dt=DT,
        step=np.arange(queries),
    )


def improve(action: np.ndarray, worth: np.ndarray | None = None) -> Segments:
    """Queries of one trajectory each, of actions [B, T, A...].

    Every row of a trajectory shows what its steps are worth, [B, T], by default 1 each.
    """
    queries, rows = action.shape[:2]
    worth = np.ones((queries, rows)) if worth is None else worth
    return Segments(
        ids=np.arange(queries)[:, None],
        obs=np.repeat(worth[:, None, None], rows, axis=2),
        action=action[:, None],
        length=np.full((queries, 1), rows),
        dt=DT,
        step=np.arange(queries),
    )


def waits(mask: np.ndarray, every: int) -> np.ndarray:
    """[episodes, N] steps from an episode's start to the first True of [T, N], `every` if none."""
    episodes = mask.reshape(-1, every, mask.shape[1])
    return np.where(episodes.any(axis=1), episodes.argmax(axis=1), every)


def spells(mask: np.ndarray, longest: int) -> np.ndarray:
    """Lengths of the runs of True in [T, N], cut off at `longest`.

    Those count that start after the first step and `longest` steps or more before the end: chosen
    by when they start alone, so that long ones are as likely to be in as short ones.
    """
    run = np.zeros((len(mask) + 1, mask.shape[1]), np.int64)
    for t in range(len(mask) - 1, -1, -1):
        run[t] = (run[t + 1] + 1) * mask[t]
    starts = mask[1:] & ~mask[:-1]
    starts[len(mask) - longest :] = False
    return np.minimum(run[1:-1][starts], longest)


def cut(pmf: np.ndarray, longest: int) -> np.ndarray:
    """The distribution of min(k, longest) where that of k = 0, 1, … is `pmf`, or its beginning."""
    short = pmf[:longest]
    return np.append(short, 1.0 - short.sum())


def geometric(stop: float, longest: int) -> np.ndarray:
    """[longest + 1], min(k, longest): k = 1, 2, … with probability (1 − stop)^{k−1}·stop."""
    k = np.arange(longest)
    return cut(np.where(k > 0, stop * (1 - stop) ** (k - 1.0), 0.0), longest)
