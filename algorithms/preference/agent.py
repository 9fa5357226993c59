"""Learning from answers to questions about segments (Christiano et al. 2017, PEBBLE and others)."""

from __future__ import annotations

import warnings
from typing import Any, Self

import gymnasium as gym
import numpy as np
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from algorithms.core.bases import build_base, require_actions
from algorithms.core.learner import Callback
from algorithms.core.sb3_learner import SB3Learner
from algorithms.core.targets import install
from algorithms.preference.asking import Asking
from algorithms.preference.config import PreferenceConfig
from algorithms.preference.inputs import Inputs
from algorithms.preference.lived import Lived
from algorithms.preference.reward_model import RewardModel
from algorithms.preference.scores import Scores
from teaching import Kind, UserError
from teaching import info as keys
from teaching.sb3 import as_vec_env, queries_of
from teaching.wrapper import seconds_per_step

_NEVER = 2**62
"""A step that no run reaches."""
_KINDS = (Kind.PREFERENCE, Kind.RANKING, Kind.CORRECTION)


class PreferenceLearner(SB3Learner):
    """A base that learns from a modelled reward, and a model that learns from answers.

    Args:
        env: with a human who compares, ranks or corrects.
        config: its settings.
        seed: of everything that is drawn.

    Raises:
        UserError: nobody to ask, or nobody who answers such questions; a base that does not fit.

    """

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: PreferenceConfig | None = None,
        seed: int = 0,
    ):
        self.config = config = config or PreferenceConfig()
        vec_env = as_vec_env(env, seed)
        require_actions(vec_env, config.base)
        self.scores = Scores(config.recent)
        self.taught = _Taught(vec_env, config, self.scores, seed)
        settings = dict(config.base_settings)
        if config.base != "ppo":
            settings = {"learning_starts": config.warm_up, **settings}
        model: Any = build_base(self.taught, config.base, settings, seed)
        self.model = self.taught.base = model
        self.targets = install(model, config.target)
        self.taught.hold_back()

    def learn(self, total_steps: int, callback: Callback | None = None) -> Self:
        """Train until `num_timesteps` reaches `total_steps`; callbacks get the true reward."""
        return super().learn(total_steps, _TrueReward(self.taught, callback or Callback()))

    def figures(self) -> dict[str, float]:
        """How good the model of the reward is, as it was when it was last trained."""
        return {"questions_asked": self.taught.asking.asked, **self.scores.figures}

    def state_dict(self) -> dict[str, Any]:
        """The base's, the model's, the answers' and what was lived lately."""
        return {**super().state_dict(), "taught": self.taught.own_state()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        super().load_state_dict(state)
        self.taught.load_own_state(state["taught"], self.model._last_obs)


class _Taught(VecEnvWrapper):
    """Puts the modelled reward in the place of the true one, asks, and trains the model.

    Attributes:
        reward: the model.
        asking: the questions and answers.
        base: what learns from the modelled reward.
        true_reward: [N], of the last step; the scoreboard alone reads it.

    """

    def __init__(self, venv: VecEnv, config: PreferenceConfig, scores: Scores, seed: int):
        super().__init__(venv)
        queries = queries_of(venv)
        wrapped: Any = venv.env  # type: ignore[attr-defined]
        spaces = venv.observation_space, venv.action_space
        self._inputs = Inputs(*spaces)
        self._lived = Lived(config.recent, venv.num_envs, *spaces)
        self.reward = RewardModel(config, self._inputs.count, seed)
        self.asking = Asking(
            config,
            queries,
            _kinds(config, wrapped.human),
            self._lived,
            self._inputs,
            seconds_per_step(wrapped),
            seed,
        )
        self.scores = scores
        self.base: Any = None
        self.true_reward = np.zeros(venv.num_envs, np.float32)
        self._config = config
        self._began: int | None = None
        self._learned = (0, 0)
        self._horizon: int | None = None
        self._elapsed = np.zeros(venv.num_envs, np.int64)
        self._obs: np.ndarray = np.zeros(0)
        self._actions: np.ndarray = np.zeros(0)

    def reset(self) -> Any:
        obs = self.venv.reset()
        self._obs = np.array(obs)
        return obs

    def step_async(self, actions: np.ndarray) -> None:
        self._actions = np.array(actions)
        self.venv.step_async(actions)

    def step_wait(self) -> Any:
        obs, self.true_reward, done, infos = self.venv.step_wait()
        action = np.array(
            [
                info[keys.EXECUTED_ACTION] if info.get(keys.TAKEOVER, False) else own
                for info, own in zip(infos, self._actions, strict=True)
            ]
        )
        self._guard(done)
        seen = self._inputs(self._obs, action)
        self._lived.add(self._obs, action, done)
        self.scores.add(seen, self.true_reward)
        self._teach()
        reward = self.reward.rewards(seen) if self.reward.fitted else np.zeros(len(done))
        self._obs = np.array(obs)
        return obs, reward.astype(np.float32), done, infos

    def _teach(self) -> None:
        """Ask what is due, and learn from what was answered."""
        steps = self._lived.steps * self.num_envs
        if self._began is None:
            if steps < max(self._config.warm_up, 1) or not self.asking.begin(self.reward):
                return
            self._began = steps
        else:
            self.asking.go_on(steps - self._began, self.reward)
        answers, (pairs, orders) = self.asking.answers, self._learned
        new = len(answers) - pairs - orders
        if not new or (new < self._config.round and self.asking.open):
            return
        if self.reward.fitted:
            fresh = answers.newest(pairs, orders)
            self.scores.accuracy = self.reward.accuracy(answers.segments, fresh)
        first = not self.reward.fitted
        self.reward.fit(answers)
        if first:
            self._let_go()
        self._learned = answers.counts()
        self._relabel()
        self.scores.judge(self.reward, self.asking)

    def hold_back(self) -> None:
        """Let the base act at random, and learn nothing, as long as nothing was answered."""
        self._held = getattr(self.base, "learning_starts", None), self.base.train
        if self._held[0] is not None:
            self.base.learning_starts = _NEVER
        self.base.train = lambda *args, **kwargs: None

    def _let_go(self) -> None:
        if self._held[0] is not None:
            self.base.learning_starts = self._held[0]
        self.base.train = self._held[1]

    def _relabel(self) -> None:
        """The rewards of everything in the base's buffer, by the model as it stands."""
        buffer: ReplayBuffer | None = getattr(self.base, "replay_buffer", None)
        if buffer is None or not (rows := buffer.size()):
            return
        obs, action = buffer.observations[:rows], buffer.actions[:rows]
        flat = (part.reshape(-1, *part.shape[2:]) for part in (obs, action))
        rewards = self.reward.rewards(self._inputs.stored(*flat))
        buffer.rewards[:rows] = rewards.reshape(rows, -1)

    def _guard(self, done: np.ndarray) -> None:
        """Say where the length of an episode tells how good it was."""
        self._elapsed += 1
        for length in self._elapsed[done].tolist():
            if self._horizon is None:
                self._horizon = length
            if length != self._horizon and self._config.variable_horizon != "allow":
                told = (
                    f"episodes differ in length ({self._horizon} and {length} steps), which tells "
                    "a learner what is good without any answer"
                )
                if self._config.variable_horizon == "refuse":
                    raise UserError(
                        f"{told}; choose a task that does not end early, or "
                        "algorithm.variable_horizon=allow"
                    )
                if not self._warned:
                    warnings.warn(told, stacklevel=2)
                self._warned = True
        self._elapsed[done] = 0

    _warned = False

    def own_state(self) -> dict[str, Any]:
        """All but the environment's."""
        return {
            "reward": self.reward.state_dict(),
            "asking": self.asking.state_dict(),
            "lived": self._lived.state_dict(),
            "scores": self.scores.state_dict(),
            "began": self._began,
            "learned": list(self._learned),
            "horizon": self._horizon,
            "elapsed": self._elapsed.copy(),
        }

    def load_own_state(self, state: dict[str, Any], obs: Any) -> None:
        """Restore it; `obs` [N, O...] is what the next action is chosen on."""
        for name, part in (
            ("reward", self.reward),
            ("asking", self.asking),
            ("lived", self._lived),
            ("scores", self.scores),
        ):
            part.load_state_dict(state[name])  # type: ignore[attr-defined]
        self._began, self._horizon = state["began"], state["horizon"]
        pairs, orders = state["learned"]
        self._learned = int(pairs), int(orders)
        self._elapsed = np.array(state["elapsed"])
        if obs is not None:
            self._obs = np.array(obs)
        if self.reward.fitted:
            self._let_go()


class _TrueReward(Callback):
    """Passes the true reward on, and logs how the model does."""

    def __init__(self, taught: _Taught, callback: Callback):
        self._taught, self._callback = taught, callback

    def on_step(
        self, learner: Any, infos: list[dict[str, Any]], rewards: np.ndarray, dones: np.ndarray
    ) -> bool:
        for name, value in self._taught.scores.news():
            learner.logger.record(f"reward_model/{name}", value)
        return self._callback.on_step(learner, infos, self._taught.true_reward, dones)

    def on_boundary(self, learner: Any) -> None:
        self._callback.on_boundary(learner)


def _kinds(config: PreferenceConfig, human: Any) -> list[Kind]:
    """The kinds that are asked for, in turn."""
    able = [kind for kind in _KINDS if kind in human.kinds]
    wanted = able if config.kind == "any" else [Kind(config.kind)]
    if not wanted or not set(wanted) <= set(able):
        kinds = ", ".join(sorted(human.kinds)) or "nothing"
        what = "a preference, a ranking or a correction" if config.kind == "any" else config.kind
        raise UserError(
            f"algorithm.kind={config.kind}: {human.name} does not give {what} (it gives {kinds})"
        )
    return wanted
