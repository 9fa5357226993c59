"""What a simulated human may know of the driving task."""

from __future__ import annotations

import numpy as np

from envs.driving.batch import Batch
from envs.driving.constants import DT
from envs.driving.driver import drive_all, predict_failure
from envs.driving.worlds import empty_worlds
from teaching import Oracle, delay_steps

EXPERT_STD = 0.2
"""Standard deviation of the expert's action, in each of the two components, for `log_prob`."""

HOLD_SECONDS = 1.0
"""How long the proposed action is repeated before the driver takes the wheel, in `risk`."""


def driving_oracle(batch: Batch) -> Oracle:
    """Bind the driver to N worlds.

    `action` and `risk` read the state of the worlds and not the observations. The risk of an
    action is 1 if the world, rolled forward in a copy with the action repeated for
    `HOLD_SECONDS` and the driver at the wheel after that, crashes or leaves the road within the
    horizon, and 0 if not: 1 means that a driver who waits that long comes too late. A horizon
    shorter than the hold asks only what the action itself does.
    """
    copy = empty_worlds(1)

    def action(obs: np.ndarray) -> np.ndarray:
        actions = np.empty((batch.count, 2))
        drive_all(batch.roads, batch.worlds, actions)
        return actions.astype(np.float32)

    def log_prob(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        z = (np.asarray(actions, np.float64) - action(obs)) / EXPERT_STD
        return -0.5 * np.sum(z**2, axis=1) - 2 * np.log(EXPERT_STD * np.sqrt(2 * np.pi))

    def risk(obs: np.ndarray, actions: np.ndarray, horizon_seconds: float) -> np.ndarray:
        chances = np.empty(batch.count)
        proposed = np.clip(np.asarray(actions, np.float64), -1.0, 1.0)
        hold, steps = delay_steps(HOLD_SECONDS, DT), delay_steps(horizon_seconds, DT)
        predict_failure(batch.roads, batch.worlds, copy, proposed, hold, steps, chances)
        return chances

    return Oracle(action=action, log_prob=log_prob, risk=risk)
