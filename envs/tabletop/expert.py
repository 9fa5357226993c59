"""A carrier who plans the path that a user would have and follows it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from envs.tabletop.motion import DT, FASTEST, rest
from envs.tabletop.planner import plan_rests
from envs.tabletop.rollout import steps_left
from envs.tabletop.scene import POSE, PROGRESS, START, VELOCITY

OFF_PATH = 0.05
"""Metres from its path at which the carrier plans anew from where it is."""

_PLANS = 4096  # kept; some 3 kB each
_SLACK = 4  # steps; with less time left than the path takes and this, it plans anew


class Carrier:
    """Acts for a user, in any number of worlds; a function of the observation.

    The path is planned from where the object was picked up, which the observation tells, and once
    for every episode. Where the object is off that path (a learner led it there) or too late on
    it, a path is planned from where it is.

    Args:
        weights: [16], the user's.
        horizon: steps of an episode.

    """

    def __init__(self, weights: np.ndarray, horizon: int) -> None:
        self._horizon = horizon

        @lru_cache(maxsize=_PLANS)
        def planned(obs: bytes) -> np.ndarray:
            seen = np.frombuffer(obs, np.float32)
            left = int(steps_left(seen[None], horizon)[0])
            return plan_rests(seen, weights, max(left, 1))

        self._planned = planned

    def path(self, obs: np.ndarray) -> np.ndarray:
        """[31] -> [steps left + 1, 4], the path of the point of rest from here to the goal."""
        return self._planned(np.asarray(obs, np.float32).tobytes())

    def action(self, obs: np.ndarray) -> np.ndarray:
        """[N, 31] -> [N, 4] float32."""
        rows = np.asarray(obs, np.float32)
        actions = np.array([self._next(row) for row in rows]).reshape(-1, 4)
        return np.clip(actions, -1.0, 1.0).astype(np.float32)

    def _next(self, obs: np.ndarray) -> np.ndarray:
        first = obs.copy()
        first[POSE], first[VELOCITY], first[PROGRESS] = obs[START], 0.0, 0.0
        path, here = self.path(first), rest(obs)
        away = np.sqrt(((path[:, :3] - here[:3]) ** 2).sum(axis=1))
        # Of places that are as near, the later one, so that where a path lingers it also ends.
        k = int((away - 1e-4 * np.arange(len(path))).argmin())
        end = len(path) - int((path[::-1] == path[-1]).all(axis=1).argmin())
        late = int(steps_left(obs[None], self._horizon)[0]) < end - k + _SLACK
        if away[k] > OFF_PATH or late:
            path, k = self.path(obs), 0
        return (path[min(k + 1, len(path) - 1)] - here) / DT / FASTEST
