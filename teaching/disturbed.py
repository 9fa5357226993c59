"""Disturbances between what is decided and what is done: noise in the execution, clean labels."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from teaching import info as keys
from teaching.errors import UserError


class Disturbed(gym.Wrapper, gym.utils.RecordConstructorArgs):
    """Carries out another action than the one that it is given, now and then or by a little.

    Under a human at the controls this is DART (Laskey et al. 2017): the demonstration is what the
    human decided, `info` and the learner's buffer have that, and the noise takes the human to
    states that a learner will get into, where it shows the way back. Continuous actions get normal
    noise, discrete ones are another one with a probability, each of the others as often.

    The noise of an episode follows from `seed` and from the seed that the episode is reset with.
    """

    def __init__(self, env: gym.Env, noise: float, seed: int = 0):
        """Disturb `env`.

        Args:
            env: with Box or Discrete actions.
            noise: standard deviation in half-ranges of the action, or a probability.
            seed: of the noise, ≥ 0.

        Raises:
            UserError: an action space without half-ranges, or a probability above 1.

        """
        gym.utils.RecordConstructorArgs.__init__(self, noise=noise, seed=seed)
        gym.Wrapper.__init__(self, env)
        space = env.action_space
        if isinstance(space, gym.spaces.Discrete):
            if noise > 1:
                raise UserError(f"execution noise is a probability here, at most 1; got {noise}")
        elif not isinstance(space, gym.spaces.Box) or not space.is_bounded():
            raise UserError(f"execution noise needs discrete or bounded actions, not {space}")
        self._noise, self._seed = noise, seed
        self._random = np.random.default_rng(seed)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        if seed is not None:
            self._random = np.random.default_rng([self._seed, seed])
        return self.env.reset(seed=seed, options=options)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Carry out `action`, disturbed; `info` says what was done."""
        done = self._disturb(action)
        obs, reward, terminated, truncated, info = self.env.step(done)
        return obs, reward, terminated, truncated, {**info, keys.DISTURBED_ACTION: done}

    def _disturb(self, action: Any) -> Any:
        space = self.action_space
        if isinstance(space, gym.spaces.Discrete):
            slips, other = self._random.random(2)
            if slips >= self._noise or space.n < 2:
                return action
            shift = 1 + int(other * (space.n - 1))
            return np.int64(space.start + (action - space.start + shift) % space.n)
        assert isinstance(space, gym.spaces.Box)
        error = self._noise * self._random.standard_normal(space.shape)
        done = np.asarray(action) + 0.5 * (space.high - space.low) * error
        return np.clip(done, space.low, space.high).astype(space.dtype)
