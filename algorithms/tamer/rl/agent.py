"""TAMER+RL on a base of Stable-Baselines3's (Knox and Stone 2010, 2012)."""

from __future__ import annotations

from typing import Any, Self

import gymnasium as gym
import numpy as np
import torch as th
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from algorithms.core.actions import Numbers, form_of
from algorithms.core.bases import build_base, require_actions
from algorithms.core.learner import Callback
from algorithms.core.sb3_learner import SB3Learner
from algorithms.core.step import Step
from algorithms.core.targets import install
from algorithms.core.transit import TransitBuffer
from algorithms.tamer.rl import shaping
from algorithms.tamer.rl.config import TAMERRLConfig
from algorithms.tamer.rl.features import features_for
from algorithms.tamer.rl.model import HumanModel
from algorithms.tamer.rl.sarsa import TAMERSarsa
from teaching import UserError
from teaching import info as keys
from teaching.sb3 import as_vec_env
from teaching.wrapper import seconds_per_step

AnyEnv = gym.Env | gym.vector.VectorEnv | VecEnv


class TAMERRL(SB3Learner):
    """A base that learns from the true reward, and Ĥ, learned from praise and blame by TAMER.

    With the base sarsa, what is built is a `TAMERSarsa`.

    Args:
        env: with a human who evaluates.
        config: its settings.
        seed: of everything that is drawn.

    Raises:
        UserError: actions that the base cannot choose among, or settings that it does not have.

    """

    def __new__(  # type: ignore[misc]
        cls, env: AnyEnv, config: TAMERRLConfig | None = None, seed: int = 0
    ) -> TAMERRL | TAMERSarsa:
        """Another class has the base sarsa, for it is none of Stable-Baselines3's."""
        if config is not None and config.base == "sarsa":
            return TAMERSarsa(env, config, seed)
        return super().__new__(cls)

    def __init__(self, env: AnyEnv, config: TAMERRLConfig | None = None, seed: int = 0):
        self.config = config = config or TAMERRLConfig()
        vec_env = as_vec_env(env, seed)
        require_actions(vec_env, config.base, others="sarsa, ")
        self.taught = _Taught(vec_env, config, seed)
        self.model = build_base(self.taught, config.base, config.base_settings, seed)
        self.targets = install(self.model, config.target)
        self._rng = np.random.default_rng([seed, 0x5A])
        # Drawn once: to predict takes nothing from the generator, and twice gives the same.
        width = int(np.prod(vec_env.action_space.shape or (1,)))
        self._candidates = self._rng.uniform(-1, 1, (config.candidates, width))
        if config.technique == "biasing":
            self.model.policy._predict = self._biased  # type: ignore[assignment]
        if config.technique == "sharing":
            own = self.model._sample_action  # type: ignore[attr-defined]

            def sample(*args: Any, **kwargs: Any) -> tuple[np.ndarray, np.ndarray]:
                return self._shared(*own(*args, **kwargs))

            self.model._sample_action = sample  # type: ignore[attr-defined]

    @property
    def human(self) -> HumanModel:
        """Ĥ."""
        return self.taught.human

    @property
    def beta(self) -> float:
        """β at the moment."""
        return self.taught.beta

    @beta.setter
    def beta(self, beta: float) -> None:
        self.taught.beta = beta

    def figures(self) -> dict[str, float]:
        """See `HumanModel.figures`."""
        return self.human.figures()

    def learn(self, total_steps: int, callback: Callback | None = None) -> Self:
        """Train until `num_timesteps` reaches `total_steps`; callbacks get the true reward."""
        return super().learn(total_steps, _TrueReward(self.taught, callback or Callback()))

    def predict(
        self, obs: np.ndarray, deterministic: bool = True
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """The base's actions, with the human's part in them at the β of the moment.

        Under control sharing the likelier of the two is taken where it is to be deterministic.
        """
        action, state = super().predict(obs, deterministic)
        share = shaping.share(self.beta)
        if self.config.technique != "sharing" or share == 0:
            return action, state
        single = np.shape(obs) == self.env.observation_space.shape
        rows = np.reshape(np.asarray(obs, np.float64), (1 if single else len(obs), -1))
        follow = np.full(len(rows), share >= 0.5)
        if not deterministic:
            follow = self._rng.random(len(rows)) < share
        if not follow.any():
            return action, state
        action = np.array(action[None] if single else action)
        action[follow] = self.taught.form.to_env(self._liked(rows[follow]))
        return (action[0] if single else action), state

    def state_dict(self) -> dict[str, Any]:
        """The base's, Ĥ, β, and the generator of control sharing."""
        return {
            **super().state_dict(),
            "human": self.human.state_dict(),
            "transit": self.taught.transit.state_dict(),
            "beta": self.beta,
            "sharing_rng": self._rng.bit_generator.state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.human.load_state_dict(state["human"])
        self.taught.transit.load_state_dict(state["transit"])
        self.beta = float(state["beta"])
        self._rng.bit_generator.state = state["sharing_rng"]
        super().load_state_dict(state)
        self.taught.begin_at(self.model._last_obs)  # type: ignore[arg-type]

    def _biased(self, obs: th.Tensor, deterministic: bool = True) -> th.Tensor:
        """DQN's greedy choice, of Q + βĤ."""
        values = self.model.q_net(obs).detach().cpu().numpy()  # type: ignore[attr-defined]
        rows = obs.detach().cpu().numpy().reshape(len(values), -1).astype(np.float64)
        liking = self.human.likings(rows, np.zeros(len(rows), int))
        return th.as_tensor(shaping.biased(values, liking, self.beta).argmax(axis=1))

    def _shared(self, action: np.ndarray, stored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the base would do [N, ...], and what it would store, with the human's part."""
        follow = self._rng.random(len(action)) < shaping.share(self.beta)
        if follow.any():
            assert self.model._last_obs is not None
            rows = np.reshape(np.asarray(self.model._last_obs, np.float64), (len(action), -1))
            action, stored = action.copy(), stored.copy()
            liked = self._liked(rows[follow])
            action[follow] = self.taught.form.to_env(liked)
            stored[follow] = liked.reshape(stored[follow].shape)
        return action, stored

    def _liked(self, obs: np.ndarray) -> np.ndarray:
        """argmax Ĥ(s, ·) in the learner's form, [M, ...] of obs [M, D]."""
        form = self.taught.form
        if isinstance(form, Numbers):
            return self.human.likings(obs, np.zeros(len(obs), int)).argmax(axis=1)
        return self.human.best(obs, np.tile(self._candidates, (len(obs), 1, 1)))


class _Taught(VecEnvWrapper):
    """Learns Ĥ from what passes by, adds it to the reward where that is the technique, lowers β.

    Attributes:
        true_reward: [N], of the last step.

    """

    def __init__(self, venv: VecEnv, config: TAMERRLConfig, seed: int):
        super().__init__(venv)
        space = venv.observation_space
        if not isinstance(space, gym.spaces.Box):
            raise UserError(f"this learner needs Box observations, and this task has {space}")
        self.form = form_of(venv.action_space)
        size = int(np.prod(space.shape))
        extra = 0 if isinstance(self.form, Numbers) else self.form.count
        self._of = np.zeros(venv.num_envs, int)
        self.human = HumanModel(
            config,
            features_for(config, space, extra, seed),
            self.form,
            self._of,
            size,
            seconds_per_step(getattr(venv, "env", venv)),
        )
        self.beta = config.beta
        self.mean_liking = 0.0
        self.true_reward = np.zeros(venv.num_envs, np.float32)
        self._config = config
        self._obs = np.zeros((venv.num_envs, size))
        self._actions: np.ndarray = np.zeros(0)
        self._dt = seconds_per_step(getattr(venv, "env", venv))
        self.transit = TransitBuffer()

    def begin_at(self, obs: np.ndarray | None) -> None:
        """What the next action is chosen on, [N, O...]."""
        if obs is not None:
            self._obs = np.reshape(np.array(obs, np.float64), self._obs.shape)

    def reset(self) -> Any:
        obs = self.venv.reset()
        self.begin_at(obs)  # type: ignore[arg-type]
        return obs

    def step_async(self, actions: np.ndarray) -> None:
        self._actions = np.array(actions)
        self.venv.step_async(actions)

    def step_wait(self) -> Any:
        obs, reward, done, infos = self.venv.step_wait()
        executed = [
            info[keys.EXECUTED_ACTION] if info.get(keys.TAKEOVER, False) else action
            for info, action in zip(infos, self._actions, strict=True)
        ]
        action = np.stack([self.form.from_env(a) for a in executed])
        feedback = np.array([info.get(keys.FEEDBACK, np.nan) for info in infos], np.float64)
        transit = np.array([info.get(keys.TRANSIT, np.nan) for info in infos], np.float64)
        taken = Step(
            obs=self._obs,
            action=action,
            takeover=np.zeros(len(done), bool),
            feedback=feedback,
            reward=np.zeros(len(done)),  # Ĥ knows nothing of it
            next_obs=self._obs,
            terminated=done,
            done=done,
        )
        for step in self.transit.pass_on(taken, transit, self._dt):
            self.human.take_in(step)
        liking = self.human.liking(self._obs, action, self._of)
        self.true_reward, self.mean_liking = reward, float(liking.mean())
        if self._config.technique == "shaping":
            reward = shaping.shaped(reward, liking, self.beta).astype(np.float32)
        self.beta = shaping.annealed(self.beta, self._config.beta_decay, self._config.annealing)
        self.begin_at(obs)  # type: ignore[arg-type]
        return obs, reward, done, infos


class _TrueReward(Callback):
    """Passes the true reward on, and logs β and Ĥ."""

    def __init__(self, taught: _Taught, callback: Callback):
        self._taught, self._callback = taught, callback

    def on_step(
        self, learner: Any, infos: list[dict[str, Any]], rewards: np.ndarray, dones: np.ndarray
    ) -> bool:
        learner.logger.record("tamer/beta", self._taught.beta)
        learner.logger.record("tamer/liking", self._taught.mean_liking)
        self._taught.human.report(learner.logger)
        return self._callback.on_step(learner, infos, self._taught.true_reward, dones)

    def on_boundary(self, learner: Any) -> None:
        self._callback.on_boundary(learner)
