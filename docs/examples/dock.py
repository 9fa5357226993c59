"""A task of one's own: bring a cart to rest at a dock."""

import gymnasium as gym
import numpy as np


class Dock(gym.Env):
    """Push a cart along a rail until it stands still at 0."""

    observation_space = gym.spaces.Box(-10.0, 10.0, (2,), np.float32)  # m, m/s
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)  # m/s²
    dt = 0.1  # seconds a step

    def reset(self, *, seed=None, options=None):
        """Start two metres or so from the dock, at rest."""
        super().reset(seed=seed)
        self.x, self.v = float(self.np_random.uniform(-3.0, -1.0)), 0.0
        return np.array([self.x, self.v], np.float32), {}

    def step(self, action):
        """Push for a tenth of a second."""
        self.v += self.dt * float(np.clip(action[0], -1.0, 1.0))
        self.x += self.dt * self.v
        docked, lost = abs(self.x) < 0.1 and abs(self.v) < 0.1, abs(self.x) > 5.0
        info = {"is_success": docked, "cost": float(lost)}
        obs = np.array([self.x, self.v], np.float32)
        return obs, -self.dt * abs(self.x), docked or lost, False, info


gym.register("Dock-v0", entry_point=Dock, max_episode_steps=200)


def expert(obs):
    """Pull like a spring, with as much damping as stops it from swinging."""
    return [-obs[0] - 2.0 * obs[1]]
