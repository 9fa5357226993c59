"""GUIDE (Zhang et al. 2024) on Stable-Baselines3's DDPG, TD3 and SAC."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import stable_baselines3 as sb3
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.off_policy_algorithm import OffPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from algorithms.core.sb3_learner import SB3Learner
from algorithms.core.targeted import TargetedTD3
from algorithms.core.targets import install
from algorithms.guide.config import GUIDEConfig
from algorithms.guide.guidance import Guidance, Transition
from teaching import UserError
from teaching import info as keys
from teaching.sb3 import as_vec_env
from teaching.wrapper import seconds_per_step


class GUIDE(SB3Learner):
    """Learns from the task's reward and a human's judgement of each step, then without them."""

    model: _Guided

    def __init__(
        self,
        env: gym.Env | gym.vector.VectorEnv | VecEnv,
        config: GUIDEConfig | None = None,
        seed: int = 0,
    ):
        """`env` is one environment with continuous actions, wrapped with a human.

        Raises:
            UserError: there is more than one world, or the actions are not continuous.

        """
        config = config or GUIDEConfig()
        vec_env = as_vec_env(env, seed)
        space = vec_env.action_space
        if not isinstance(space, gym.spaces.Box):
            raise UserError(f"algorithm=guide needs continuous actions, got {space}")
        if vec_env.num_envs != 1:
            raise UserError(
                f"algorithm=guide learns from a human who judges one world, not {vec_env.num_envs}:"
                " set num_envs=1"
            )
        arguments = {"policy_kwargs": {"net_arch": list(config.net_arch)}, "seed": seed}
        if config.base != "sac":
            width = space.shape[0]
            arguments["action_noise"] = NormalActionNoise(
                np.zeros(width), np.full(width, config.exploration_noise)
            )
        elif config.entropy is not None:
            arguments["ent_coef"] = config.entropy
        form: Any = _FORMS[config.base]
        self.model = form("MlpPolicy", vec_env, **arguments, **config.sb3_arguments())
        self.targets = install(self.model, config.target)
        obs_size = int(np.prod(vec_env.observation_space.shape or (1,)))
        self.model.guidance = Guidance(
            config,
            seconds_per_step(getattr(vec_env, "env", vec_env)),
            obs_size,
            int(np.prod(space.shape)),
            seed,
        )

    def figures(self) -> dict[str, float]:
        """Of the model of the human, where it was trained, and the delay, where it is estimated.

        Mean squared errors of the model and of the mean; seconds.
        """
        errors, estimator = self.model.guidance.simulator.errors, self.model.guidance.estimator
        found = (
            {} if errors is None else {"simulator_error": errors.model, "mean_error": errors.mean}
        )
        if estimator is not None:
            found["delay_estimate"] = float(estimator.seconds[0])
        return found

    def state_dict(self) -> dict[str, Any]:
        """That of the base, the steps that wait for their judgement, and the model of the human."""
        return {**super().state_dict(), "guidance": self.model.guidance.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        super().load_state_dict(state)
        self.model.guidance.load_state_dict(state["guidance"])


class _Guided(OffPolicyAlgorithm):
    """Stores each step once its judgement is settled, with the grounded reward."""

    guidance: Guidance

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Update as the base does, once a step has its judgement."""
        if self.replay_buffer is not None and self.replay_buffer.size():
            super().train(gradient_steps, batch_size)  # type: ignore[safe-super]

    def _store_transition(
        self,
        replay_buffer: Any,
        buffer_action: np.ndarray,
        new_obs: Any,
        reward: np.ndarray,
        dones: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> None:
        assert isinstance(self._last_obs, np.ndarray)
        (info,) = infos
        if keys.HUMAN_SECONDS not in info:
            raise UserError(
                "GUIDE learns from praise and blame, but nobody is there; "
                "wrap the environment with teaching.HumanInTheLoop"
            )
        done = bool(dones[0])
        step = Transition(
            obs=self._last_obs[0].copy(),
            next_obs=np.array(info["terminal_observation"] if done else new_obs[0]),
            action=buffer_action[0].copy(),
            reward=float(reward[0]),
            done=done,
            timeout=bool(info.get("TimeLimit.truncated", False)),
        )
        settled = self.guidance.take(
            step,
            float(info.get(keys.FEEDBACK, np.nan)),
            float(info[keys.HUMAN_SECONDS]),
            float(info.get(keys.TRANSIT, np.nan)),
        )
        for one in settled:
            replay_buffer.add(
                one.obs[None],
                one.next_obs[None],
                one.action[None],
                np.array([one.reward], np.float32),
                np.array([one.done]),
                [{"TimeLimit.truncated": one.timeout}],
            )
        self._last_obs = new_obs
        self._report(settled)

    def _report(self, settled: list[Transition]) -> None:
        guidance = self.guidance
        self.logger.record("guide/human_present", float(guidance.present))
        if guidance.estimator is not None and guidance.estimator.ready[0]:
            self.logger.record("human/delay_estimate", float(guidance.estimator.seconds[0]))
        for one in settled:
            self.logger.record_mean("guide/reward", one.reward)
        if guidance.simulator.errors is not None:
            self.logger.record("guide/simulator_error", guidance.simulator.errors.model)
            self.logger.record("guide/mean_error", guidance.simulator.errors.mean)


class _DDPG(_Guided, sb3.DDPG):
    """DDPG, guided."""


class _TD3(_Guided, TargetedTD3):
    """TD3, guided."""


class _SAC(_Guided, sb3.SAC):
    """SAC, guided."""


_FORMS = {"ddpg": _DDPG, "td3": _TD3, "sac": _SAC}
