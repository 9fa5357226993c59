import gymnasium as gym
import numpy as np

from simulated_humans.registry import HUMANS
from teaching import Oracle
from teaching.wrapper import HumanInTheLoop


class Line(gym.Env):
    """A point on a line that moves by the action; its episodes have eight steps."""

    observation_space = gym.spaces.Box(-10.0, 10.0, (1,), np.float32)
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
    dt = 0.1

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.x, self.t = 0.0, 0
        return self._obs(), {}

    def step(self, action):
        self.x += float(action[0])
        self.t += 1
        return self._obs(), 0.0, False, self.t == 8, {}

    def _obs(self):
        return np.array([self.x], np.float32)


def test_takeover_is_reported_on_its_first_step_and_the_humans_action_is_executed():
    family = HUMANS["intervening"]
    env = Line()
    oracle = Oracle(action=lambda obs: np.full((len(obs), 1), -0.25, np.float32))
    human = family.make(family.config(delay=0.2), oracle, env.action_space, 1, 0)
    env = HumanInTheLoop(env, human)
    for _ in range(2):
        env.reset(seed=0)
        infos = [env.step(np.array([1.0], np.float32))[-1] for _ in range(8)]
        assert [i["takeover"] for i in infos] == [False] * 2 + [True] * 6
        assert [i["takeover_start"] for i in infos] == [False] * 2 + [True] + [False] * 5
        assert [float(i["executed_action"][0]) for i in infos] == [1.0] * 2 + [-0.25] * 6
        assert env.unwrapped.x == 2 * 1.0 - 6 * 0.25
