"""What a simulated human may know of the maze."""

from __future__ import annotations

import numpy as np

from envs.maze.batch import MazeBatch, dense_reward
from envs.maze.planner import SPEED, Planner
from envs.physics.worlds import Worlds
from teaching import Oracle, delay_steps

HOLD_SECONDS = 0.5
"""How long the proposed action is repeated before the pilot takes over, in `risk`."""


def maze_oracle(batch: MazeBatch) -> Oracle:
    """Bind the pilot to N worlds.

    `action` and `risk` read the worlds and not the observations. The risk of an action is 1 if
    the world, run on in a copy with the action repeated for `HOLD_SECONDS` and the pilot in charge
    after that, comes into a hazard within the horizon, and 0 if not. In a hazard it is 1.
    `progress` tries the action out in a copy, for one step.
    `reward` is left out where it is sparse, for then no observation tells what an action is worth.
    """
    planner = Planner(batch)
    copies: list[Worlds] = []  # made when one is first needed

    def copied() -> Worlds:
        if not copies:
            copies.append(batch.worlds.copy())
        copies[0].load(batch.worlds)
        return copies[0]

    def action(obs: np.ndarray) -> np.ndarray:
        return planner.action(batch.worlds.qpos, batch.worlds.qvel).astype(np.float32)

    def risk(obs: np.ndarray, actions: np.ndarray, horizon_seconds: float) -> np.ndarray:
        copy = copied()
        proposed = np.clip(np.asarray(actions, np.float64), -1.0, 1.0)
        hold = delay_steps(HOLD_SECONDS, batch.dt)
        hit = batch.in_hazard.copy()
        home = batch.reached.copy()
        for step in range(delay_steps(horizon_seconds, batch.dt)):
            if (hit | home).all():
                break
            copy.ctrl[:] = proposed if step < hold else planner.action(copy.qpos, copy.qvel)
            copy.advance()
            hit |= batch.within_hazard(copy.qpos) & ~home
            home |= batch.at_goal(copy.qpos)
        return hit.astype(np.float64)

    def progress(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        copy = copied()
        copy.ctrl[:] = np.clip(np.asarray(actions, np.float64), -1.0, 1.0)
        copy.advance()
        gained = planner.to_go(batch.worlds.qpos) - planner.to_go(copy.qpos)
        return gained / (SPEED * batch.dt)

    def reward(obs: np.ndarray, actions: np.ndarray) -> np.ndarray:
        return dense_reward(obs, batch.config)

    dense = batch.config.reward == "dense"
    return Oracle(action=action, risk=risk, reward=reward if dense else None, progress=progress)
