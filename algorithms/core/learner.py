"""The interface that every algorithm keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np

if TYPE_CHECKING:
    from stable_baselines3.common.logger import Logger


class Callback:
    """What the lab hangs on a learner; every method may be left out."""

    def on_step(
        self, learner: Learner, infos: list[dict[str, Any]], rewards: np.ndarray, dones: np.ndarray
    ) -> bool:
        """Run after each environment step, before the learner stores it; False stops learning.

        `infos` holds one dict a world, with the keys of `teaching.info` and, on the last step of
        an episode, ``info["episode"] = {"r": return, "l": length}`` and ``is_success``.
        """
        return True

    def on_boundary(self, learner: Learner) -> None:
        """Run where the learner is between two steps and its `state_dict` is whole."""


class Learner(Protocol):
    """An algorithm. Constructed as ``Algorithm(env, config, seed=0)``.

    `env` is a Gymnasium environment or a vector environment that resets in the same step; for
    learners that need a human it is already wrapped with one.
    """

    @property
    def num_timesteps(self) -> int:
        """Environment steps so far, over all worlds."""

    @property
    def logger(self) -> Logger:
        """Where metrics go."""

    def learn(self, total_steps: int, callback: Callback | None = None) -> Self:
        """Train until `num_timesteps` reaches `total_steps` (worlds × steps each)."""

    def predict(
        self, obs: np.ndarray, deterministic: bool = True
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Actions for one observation [O...] or a batch [N, O...], as Stable-Baselines3 does."""

    def set_logger(self, logger: Logger) -> None:
        """Where metrics go (`stable_baselines3.common.logger.Logger`)."""

    @property
    def resumable(self) -> bool:
        """True where `state_dict` taken now resumes bit for bit (mid-episode it may not)."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that decides the future: weights, optimisers, buffers, generators, the env.

        Nested dicts with string keys; leaves are NumPy arrays, int, float, bool, str or None.
        What belongs to the environment is under ``env``.
        """

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned, into a learner built with the same arguments.

        A state without ``env`` restores all else: enough to `predict`, not to train on.
        """
