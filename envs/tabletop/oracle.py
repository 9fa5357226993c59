"""What a simulated human may know of the table-top: the expert and the user's judgement."""

from __future__ import annotations

import numpy as np

from envs.tabletop.batch import HARM_DISTANCE
from envs.tabletop.expert import Carrier
from envs.tabletop.features import TOUCHED, features
from envs.tabletop.motion import DT, follow
from envs.tabletop.planner import actions_along
from envs.tabletop.rollout import utility, worth
from envs.tabletop.scene import ATTRIBUTE_NAMES, ATTRIBUTES, POSE, to_person
from envs.tabletop.task import TabletopConfig
from envs.tabletop.users import weights
from teaching import Oracle, delay_steps

EXPERT_STD = 0.2
"""Standard deviation of the expert's action, in each of the four components, for `log_prob`."""

_SHARP = ATTRIBUTES.start + ATTRIBUTE_NAMES.index("sharp")


def tabletop_oracle(config: TabletopConfig) -> Oracle:
    """The user's expert and judgement; all are functions of observations and actions alone.

    `reward` and `utility` are exact. `plan` is the expert's path from there, or what was
    proposed where that is worth more: a path to the goal pays off late, which a short sequence
    may not live to see. `risk` is 1 if repeating the action within the horizon touches
    somebody or something, or brings a sharp object within harm's distance of the person, else 0.
    """
    worths = weights(config.user, config.reward == "dense")
    carrier = Carrier(worths, config.horizon)

    def reward(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return worth(features(obs, actions), worths)

    def log_prob(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        z = (np.asarray(actions, np.float64) - carrier.action(obs)) / EXPERT_STD
        return -0.5 * np.sum(z**2, axis=1) - 4 * np.log(EXPERT_STD * np.sqrt(2 * np.pi))

    def risk(obs: np.ndarray, actions: np.ndarray, horizon_seconds: float) -> np.ndarray:
        seen, failed = np.asarray(obs, np.float32), np.zeros(len(obs), bool)
        for _ in range(delay_steps(horizon_seconds, DT)):
            failed |= features(seen, actions)[:, TOUCHED] > 0
            seen = follow(seen, actions, config.horizon)
            near = to_person(seen.astype(np.float64), seen[:, POSE]) < HARM_DISTANCE
            failed |= near & (seen[:, _SHARP] > 0)
        return failed.astype(np.float64)

    def returns(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return utility(obs, actions, worths, config.horizon)

    def plan(obs: np.ndarray, proposed: np.ndarray) -> np.ndarray:
        best = np.zeros_like(proposed)
        for m, row in enumerate(np.asarray(obs, np.float32)):
            along = actions_along(carrier.path(row))[: proposed.shape[1]]
            best[m, : len(along)] = along
        worse = returns(obs, best) < returns(obs, proposed)
        return np.where(worse[:, None, None], proposed, best)

    return Oracle(
        action=carrier.action,
        log_prob=log_prob,
        risk=risk,
        reward=reward,
        plan=plan,
        utility=returns,
    )
