"""Where transitions of a human and of a novice are kept apart."""

from __future__ import annotations

from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import torch as th


class InterventionBatch(NamedTuple):
    """B transitions; actions are scaled to [-1, 1] where they are continuous.

    Shapes: obs, next_obs [B, O...]; action, novice_action [B, A] float or [B, 1] int64;
    done, takeover, takeover_start [B, 1] float in {0, 1}.
    """

    obs: th.Tensor
    action: th.Tensor
    novice_action: th.Tensor
    next_obs: th.Tensor
    done: th.Tensor
    takeover: th.Tensor
    takeover_start: th.Tensor


class TransitionBuffer:
    """A ring of transitions. The next observation is stored as such: a ring fed by only some of
    the steps cannot read it from the following slot."""

    def __init__(self, capacity: int, observation_space: gym.Space, action_space: gym.Space):
        """Room for `capacity` transitions."""
        obs_shape, obs_dtype = observation_space.shape or (), observation_space.dtype
        if obs_dtype == np.float64:  # as MuJoCo's are; the networks take float32
            obs_dtype = np.dtype(np.float32)
        discrete = isinstance(action_space, gym.spaces.Discrete)
        action_shape = (1,) if discrete else (action_space.shape or ())
        action_dtype: Any = np.int64 if discrete else np.float32
        self.capacity = capacity
        self.arrays: dict[str, np.ndarray] = {
            "obs": np.zeros((capacity, *obs_shape), obs_dtype),
            "action": np.zeros((capacity, *action_shape), action_dtype),
            "novice_action": np.zeros((capacity, *action_shape), action_dtype),
            "next_obs": np.zeros((capacity, *obs_shape), obs_dtype),
            "done": np.zeros((capacity, 1), np.float32),
            "takeover": np.zeros((capacity, 1), np.float32),
            "takeover_start": np.zeros((capacity, 1), np.float32),
        }
        self.added = 0

    def __len__(self) -> int:
        """How many transitions are in it."""
        return min(self.added, self.capacity)

    def add(self, **row: Any) -> None:
        """Store one transition, over the oldest one when full."""
        place = self.added % self.capacity
        for name, array in self.arrays.items():
            array[place] = row[name]
        self.added += 1

    def state_dict(self) -> dict[str, Any]:
        """Only the rows in use."""
        return {"added": self.added} | {k: a[: len(self)].copy() for k, a in self.arrays.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.added = state["added"]
        for name, array in self.arrays.items():
            array[: len(self)] = state[name]


class HumanNoviceBuffer:
    """Two rings: steps that the human controlled, and steps that the novice did.

    Takes the arguments with which Stable-Baselines3 builds its `replay_buffer_class`; each ring
    has the whole `buffer_size`, as in the authors' code of PVP.
    """

    def __init__(
        self,
        buffer_size: int,
        observation_space: gym.Space,
        action_space: gym.Space,
        device: th.device | str = "cpu",
        n_envs: int = 1,
        optimize_memory_usage: bool = False,
        seed: int = 0,
    ):
        """An empty pair of rings that sample with a generator of their own."""
        self.human = TransitionBuffer(buffer_size, observation_space, action_space)
        self.novice = TransitionBuffer(buffer_size, observation_space, action_space)
        self.device = device
        self.rng = np.random.default_rng(seed)

    def add(self, *, takeover: bool, **row: Any) -> None:
        """Route a transition by who controlled it."""
        ring = self.human if takeover else self.novice
        ring.add(takeover=takeover, **row)

    def sample(self, batch_size: int) -> InterventionBatch:
        """Half from each ring once both hold half a batch, else all from the larger one."""
        half = batch_size // 2
        if len(self.human) >= half and len(self.novice) >= half:
            return self._gather([(self.human, half), (self.novice, batch_size - half)])
        return self._gather([(max(self.human, self.novice, key=len), batch_size)])

    def sample_halves(self, batch_size: int) -> InterventionBatch:
        """Half from each ring, however little it holds; all from the human's while it is alone."""
        if not len(self.novice):
            return self.sample_human(batch_size)
        half = batch_size // 2
        return self._gather([(self.human, half), (self.novice, batch_size - half)])

    def sample_human(self, batch_size: int) -> InterventionBatch:
        """Human-controlled steps only."""
        return self._gather([(self.human, batch_size)])

    def _gather(self, parts: list[tuple[TransitionBuffer, int]]) -> InterventionBatch:
        picks = [(ring.arrays, self.rng.integers(len(ring), size=count)) for ring, count in parts]
        columns = {
            name: th.as_tensor(
                np.concatenate([arrays[name][rows] for arrays, rows in picks]), device=self.device
            )
            for name in InterventionBatch._fields
        }
        return InterventionBatch(**columns)

    def state_dict(self) -> dict[str, Any]:
        """Both rings and the generator."""
        return {
            "human": self.human.state_dict(),
            "novice": self.novice.state_dict(),
            "rng": self.rng.bit_generator.state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned."""
        self.human.load_state_dict(state["human"])
        self.novice.load_state_dict(state["novice"])
        self.rng.bit_generator.state = state["rng"]
