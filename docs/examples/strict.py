"""A human of one's own: takes over at the first slip, and keeps the controls for a while."""

import time

import numpy as np

from teaching import Intervention, Kind, Teacher


class Strict(Teacher):
    """Steers for `seconds` once the learner was off by half the range of any action."""

    name = "strict"
    kinds = frozenset({Kind.INTERVENTION})

    def __init__(self, oracle, action_space, num_worlds=1, seed=0, seconds=1.0):
        self.oracle, self.seconds = oracle, seconds
        self.left = np.zeros(num_worlds)  # seconds until the learner may drive again

    def reset(self, episode_start):
        self.left[episode_start] = 0.0

    def intervene(self, view):
        right = self.oracle.action(view.obs)  # [worlds, action]
        slip = np.abs(view.proposed_action - right).max(axis=1) > 0.5
        self.left = np.where(slip, self.seconds, np.maximum(self.left - view.dt, 0.0))
        price = np.full(len(slip), view.dt)  # it watches or steers all the time
        common = {"human": self.name, "step": view.step.copy(), "wall_time": time.time()}
        return Intervention(mask=self.left > 1e-6, action=right, human_seconds=price, **common)

    def state_dict(self):
        return {"left": self.left.copy()}

    def load_state_dict(self, state):
        self.left = np.array(state["left"])
