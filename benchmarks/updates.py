"""Gradient updates a second: PVP's continuous form against Stable-Baselines3's TD3, in one run.

PVP does more arithmetic an update than TD3 (the replaced actions are valued too), so a ratio above
one is all gain. Slices are interleaved, and the median is taken, because a shared machine drifts.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import gymnasium as gym
import numpy as np
import torch as th
from stable_baselines3 import TD3

from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from teaching import HumanInTheLoop, Intervention, Kind, Teacher, View

BATCH = 128
SLICE, SLICES = 60, 9


class Meddler(Teacher):
    """Takes over every third step with a random action, so that both buffers fill."""

    kinds = frozenset({Kind.INTERVENTION})

    def __init__(self, width: int):
        self._rng = np.random.default_rng(0)
        self._width = width

    def intervene(self, view: View) -> Intervention:
        return Intervention(
            human="meddler",
            step=view.step,
            wall_time=0.0,
            human_seconds=np.zeros(1),
            mask=view.step % 3 == 0,
            action=self._rng.uniform(-1, 1, (1, self._width)).astype(np.float32),
        )


class Noise(gym.Env):
    """Observations of noise: the environment must cost nothing."""

    observation_space = gym.spaces.Box(-1, 1, (48,), np.float32)
    action_space = gym.spaces.Box(-1, 1, (2,), np.float32)
    metadata = {"render_fps": 10}

    def reset(self, *, seed=None, options=None):  # type: ignore[no-untyped-def]
        super().reset(seed=seed)
        return self._obs(), {}

    def step(self, action):  # type: ignore[no-untyped-def]
        return self._obs(), 0.0, False, False, {}

    def _obs(self) -> np.ndarray:
        return self.np_random.uniform(-1, 1, 48).astype(np.float32)


def updates_per_second(model: Any) -> float:
    started = time.perf_counter()
    model.train(SLICE, BATCH)
    return SLICE / (time.perf_counter() - started)


def main() -> None:
    th.set_num_threads(1)
    print(
        f"{'hidden layers':>14} {'SB3 TD3':>9} {'PVP':>9} {'ratio':>6}   (updates/s, batch {BATCH})"
    )
    for net_arch in ([64, 64], [128, 128], [256, 256]):
        ours = PVP(HumanInTheLoop(Noise(), Meddler(2)), PVPConfig(net_arch=net_arch)).learn(600)
        peer = TD3("MlpPolicy", Noise(), policy_kwargs={"net_arch": net_arch}, seed=0, device="cpu")
        peer.learn(600)
        pairs = []
        for _ in range(SLICES):
            pairs.append((updates_per_second(peer), updates_per_second(ours.model)))
        td3, pvp = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"{net_arch!s:>14} {td3:9.0f} {pvp:9.0f} {pvp / td3:6.2f}")


if __name__ == "__main__":
    main()
