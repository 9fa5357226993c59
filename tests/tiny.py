"""Tasks of one number and humans of one rule, small enough that every figure can be derived."""

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode

from teaching import Evaluation, Intervention, Kind, Preference, Prices, Teacher, Utterance, View

DT = 0.5  # seconds a step, 1 / render_fps of both tasks


class Slide(gym.Env):
    """Continuous: stay near 0. obs [x, t / limit]; x moves by 0.3 action; |x| > 2 is a fall.

    `starts` are the first positions of the episodes, in turn; without them they are drawn.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 2}
    observation_space = gym.spaces.Box(-10.0, 10.0, (2,), np.float32)
    action_space = gym.spaces.Box(-2.0, 2.0, (1,), np.float32)

    def __init__(self, limit=12, starts: Sequence[float] | None = None, render_mode=None):
        self.limit, self.starts, self.render_mode = limit, starts, render_mode
        self.episodes = 0

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        if self.starts is None:
            self.x = float(self.np_random.uniform(-1.0, 1.0))
        else:
            self.x = self.starts[self.episodes % len(self.starts)]
        self.episodes += 1
        return self._obs(), {}

    def step(self, action):
        self.t += 1
        self.x += 0.3 * float(action[0])
        fell = abs(self.x) > 2.0
        success = self.t >= self.limit and not fell
        return self._obs(), -abs(self.x), fell, self.t >= self.limit, {"is_success": success}

    def render(self):
        return np.full((2, 2, 3), self.t, np.uint8)

    def _obs(self):
        return np.array([self.x, self.t / self.limit], np.float32)


class Line(gym.Env):
    """Discrete: walk right (2), stay (1) or left (0) on six cells; the last is the goal."""

    metadata = {"render_modes": [], "render_fps": 2}
    observation_space = gym.spaces.Box(0.0, 1.0, (6,), np.float32)
    action_space = gym.spaces.Discrete(3)

    def __init__(self, limit=15):
        self.limit = limit

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t, self.cell = 0, int(self.np_random.integers(3))
        return self._obs(), {}

    def step(self, action):
        self.t += 1
        self.cell = int(np.clip(self.cell + int(action) - 1, 0, 5))
        at_goal = self.cell == 5
        reward = 1.0 if at_goal else -0.1
        return self._obs(), reward, at_goal, self.t >= self.limit, {"is_success": at_goal}

    def _obs(self):
        return np.eye(6, dtype=np.float32)[self.cell]


class SlideBatch(gym.vector.VectorEnv):
    """`Slide` as arrays: resets in the same step, and can be saved in the middle of an episode."""

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_fps": 2}

    def __init__(self, num_envs, limit=12, reward_noise: int | None = None):
        """`reward_noise` is the seed of a reward that is nothing but noise."""
        self.num_envs, self.limit = num_envs, limit
        self.single_observation_space, self.single_action_space = (
            Slide.observation_space,
            Slide.action_space,
        )
        batch = gym.vector.utils.batch_space
        self.observation_space = batch(self.single_observation_space, num_envs)
        self.action_space = batch(self.single_action_space, num_envs)
        self.noise = None if reward_noise is None else np.random.default_rng(reward_noise)

    def reset(self, *, seed=None, options=None):
        self.rng = np.random.default_rng(seed)
        self.x = self.rng.uniform(-1.0, 1.0, self.num_envs)
        self.t = np.zeros(self.num_envs, np.int64)
        return self._obs(), {}

    def step(self, actions):
        self.t += 1
        self.x = self.x + 0.3 * actions[:, 0]
        fell, late = np.abs(self.x) > 2.0, self.t >= self.limit
        done, rewards = fell | late, -np.abs(self.x)
        if self.noise is not None:
            rewards = self.noise.normal(size=self.num_envs)
        infos: dict[str, Any] = {}
        if done.any():
            final = np.empty(self.num_envs, object)
            for world in np.flatnonzero(done):
                final[world] = self._obs()[world]
            infos = {
                "final_obs": final,
                "_final_obs": done,
                "final_info": {"is_success": done & ~fell, "_is_success": done},
                "_final_info": done,
            }
            self.x[done] = self.rng.uniform(-1.0, 1.0, done.sum())
            self.t[done] = 0
        return self._obs(), rewards, fell, late, infos

    def state_dict(self):
        return {"x": self.x.copy(), "t": self.t.copy(), "rng": self.rng.bit_generator.state}

    def load_state_dict(self, state):
        self.x, self.t = np.array(state["x"]), np.array(state["t"])
        self.rng.bit_generator.state = state["rng"]

    def _obs(self):
        return np.stack([self.x, self.t / self.limit], axis=1).astype(np.float32)


class NoiseReward(gym.RewardWrapper):
    """Replaces the reward by noise from a generator of its own."""

    def __init__(self, env, seed):
        super().__init__(env)
        self.noise = np.random.default_rng(seed)

    def reward(self, reward):
        return float(self.noise.normal())


class Scripted(Teacher):
    """Does what a script of view → (mask [N], action [N, A...]) says, and keeps what it saw.

    `values` of view → [N], NaN for silence, makes it evaluate; `words` of view → N strings, speak.
    """

    name = "scripted"

    def __init__(
        self,
        steer: Callable[[View], tuple[Any, Any]] | None = None,
        values: Callable[[View], np.ndarray] | None = None,
        words: Callable[[View], tuple[str, ...]] | None = None,
        prices: Prices = Prices(watch=1.0, steer=2.0, takeover=0.25, judge=0.5, say=0.4),  # noqa: B008
    ):
        given = {Kind.INTERVENTION: steer, Kind.EVALUATION: values, Kind.UTTERANCE: words}
        self.kinds = frozenset(kind for kind, script in given.items() if script)
        self.steer, self.values, self.words, self.prices = steer, values, words, prices
        self.views: list[View] = []
        self.resets: list[np.ndarray] = []
        self.was = None

    def reset(self, episode_start):
        self.resets.append(episode_start.copy())
        self.was = np.zeros_like(episode_start) if self.was is None else self.was & ~episode_start

    def intervene(self, view):
        self.views.append(view)
        mask, action = self.steer(view)
        seconds = np.zeros(len(view.step))
        if np.shape(mask) == view.step.shape and np.asarray(mask).dtype == bool:
            start = mask & ~self.was
            seconds = self.prices.intervention(view.dt, mask, start, np.ones_like(mask))
            self.was = mask
        return Intervention(mask=mask, action=action, **self._signed(view, seconds))

    def evaluate(self, view):
        value = np.asarray(self.values(view), np.float32)
        spoke = ~np.isnan(value)
        signed = self._signed(view, self.prices.judge * spoke)
        return Evaluation(mask=spoke, value=value, about=view.step, **signed)

    def speak(self, view):
        text = self.words(view)
        seconds = np.array([self.prices.say * len(words.split()) for words in text])
        return Utterance(text=text, **self._signed(view, seconds))

    def _signed(self, view, seconds):
        return {
            "human": self.name,
            "step": view.step,
            "wall_time": 0.0,
            "human_seconds": np.asarray(seconds, float),
        }


class Rescuer(Teacher):
    """Takes over now and then, by a generator of its own, and does what the task's expert does."""

    name = "rescuer"
    kinds = frozenset({Kind.INTERVENTION})

    def __init__(self, discrete=False, seed=0, rate=0.4):
        self.discrete, self.rate, self.rng = discrete, rate, np.random.default_rng([seed, 99])

    def intervene(self, view):
        n = len(view.step)
        action = np.full(n, 2) if self.discrete else np.clip(-2.0 * view.obs[:, :1], -2.0, 2.0)
        return Intervention(
            human=self.name,
            step=view.step,
            wall_time=0.0,
            human_seconds=np.full(n, view.dt),
            mask=self.rng.random(n) < self.rate,
            action=action,
        )

    def state_dict(self):
        return {"rng": self.rng.bit_generator.state}

    def load_state_dict(self, state):
        self.rng.bit_generator.state = state["rng"]


class Critic(Teacher):
    """Praises a step to the right and blames any other, now and then, by a generator of its own.

    On `Slide`, where actions are continuous, it praises a push towards 0.
    """

    name = "critic"
    kinds = frozenset({Kind.EVALUATION})

    def __init__(self, seed=0, rate=0.7):
        self.rate, self.rng, self.probs = rate, np.random.default_rng([seed, 98]), []

    def evaluate(self, view):
        n = len(view.step)
        self.probs.append(view.action_probs)
        return Evaluation(
            human=self.name,
            step=view.step,
            wall_time=0.0,
            human_seconds=np.full(n, view.dt),
            mask=self.rng.random(n) < self.rate,
            value=np.where(self._right(view), 1.0, -1.0).astype(np.float32),
            about=view.step,
        )

    def _right(self, view):
        if view.proposed_action.ndim == 2:
            return view.proposed_action[:, 0] * view.obs[:, 0] < 0
        return view.proposed_action == 2

    def state_dict(self):
        return {"rng": self.rng.bit_generator.state}

    def load_state_dict(self, state):
        self.rng.bit_generator.state = state["rng"]


class Tardy(Teacher):
    """Compares by a reward, each question so many steps after it was put, the newest first.

    `reward` is of ([M, O...], [M, A...]) → [M]. The first `prompt` questions are answered at the
    next step.
    """

    name = "tardy"
    kinds = frozenset({Kind.PREFERENCE})

    def __init__(self, reward, late=4, prompt=0):
        self.reward, self.late, self.prompt, self.posted = reward, late, prompt, []

    def post(self, questions):
        self.posted += questions

    def collect(self, step, closing):
        due = [
            q
            for q in self.posted
            if q.number <= self.prompt or step >= int(q.segments.step[0]) + self.late
        ]
        self.posted = [q for q in self.posted if q not in due]
        answers = []
        for question in reversed(due):
            answers += [(question.number, self._answer(question, step)), (question.number, None)]
        return answers

    def _answer(self, question, step):
        pair = question.segments
        rows = [self.reward(pair.obs[0, k], pair.action[0, k]).sum() for k in (0, 1)]
        return Preference(
            human=self.name,
            step=np.array([step]),
            wall_time=0.0,
            human_seconds=np.array([3.0]),
            segments=pair.ids,
            choice=np.array([int(rows[1] > rows[0])], np.int8),
        )


def same_step(make: Callable[[], gym.Env], num_envs: int) -> gym.vector.SyncVectorEnv:
    """N of an environment, resetting in the same step."""
    return gym.vector.SyncVectorEnv([make] * num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
