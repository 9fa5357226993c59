"""Learners on the tiny tasks, built by name: here, and in the fresh process of the resume test."""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch as th
from tiny import Line, NoiseReward, Rescuer, Slide, SlideBatch

from algorithms.baselines.agent import DQN, PPO, SAC, TD3
from algorithms.baselines.config import DQNConfig, PPOConfig, SACConfig, TD3Config
from algorithms.imitation.agent import BC, IWR, HGDagger
from algorithms.imitation.config import BCConfig, HGDaggerConfig, IWRConfig
from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from coachable import checkpoint
from teaching import HumanInTheLoop, VectorHumanInTheLoop

STEPS = 64
SMALL = {"net_arch": [8, 8], "batch_size": 16, "learning_starts": 10, "learning_rate": 1e-3}
ROLLOUT = {"net_arch": [8], "batch_size": 16, "n_steps": 8, "n_epochs": 2}


def slide(human: bool, noise: int | None, seed: int) -> Any:
    env = Slide(limit=7) if noise is None else NoiseReward(Slide(limit=7), noise)
    return HumanInTheLoop(env, Rescuer(seed=seed)) if human else env


def line(human: bool, noise: int | None, seed: int) -> Any:
    env = Line(limit=7) if noise is None else NoiseReward(Line(limit=7), noise)
    return HumanInTheLoop(env, Rescuer(discrete=True, seed=seed)) if human else env


def batch(human: bool, noise: int | None, seed: int) -> Any:
    env = SlideBatch(4, limit=7, reward_noise=noise)
    return VectorHumanInTheLoop(env, Rescuer(seed=seed)) if human else env


# name: (agent, config, task). BC clones within `updates`; the rest learn as they go.
CASES: dict[str, tuple[type, Callable[[], Any], Callable[..., Any]]] = {
    "pvp continuous": (PVP, lambda: PVPConfig(**SMALL), slide),
    "pvp4real continuous": (PVP, lambda: PVPConfig(bc_weight=1.0, **SMALL), slide),
    "pvp batch": (PVP, lambda: PVPConfig(**SMALL), batch),
    "pvp discrete": (PVP, lambda: PVPConfig(**SMALL), line),
    "pvp4real discrete": (PVP, lambda: PVPConfig(bc_weight=1.0, **SMALL), line),
    "pvp averaged": (PVP, lambda: PVPConfig(average=0.9, **SMALL), slide),
    "hg_dagger averaged": (HGDagger, lambda: HGDaggerConfig(average=0.9, **SMALL), line),
    "hg_dagger continuous": (HGDagger, lambda: HGDaggerConfig(**SMALL), slide),
    "hg_dagger discrete": (HGDagger, lambda: HGDaggerConfig(**SMALL), line),
    "iwr continuous": (IWR, lambda: IWRConfig(**SMALL), slide),
    "iwr discrete": (IWR, lambda: IWRConfig(**SMALL), line),
    "bc continuous": (BC, lambda: BCConfig(updates=20, **SMALL), slide),
    "bc discrete": (BC, lambda: BCConfig(updates=20, **SMALL), line),
    "td3": (TD3, lambda: TD3Config(**SMALL), slide),
    "td3 batch": (TD3, lambda: TD3Config(**SMALL), batch),
    "sac": (SAC, lambda: SACConfig(**SMALL), slide),
    "dqn": (DQN, lambda: DQNConfig(target_update_interval=16, **SMALL), line),
    "ppo batch": (PPO, lambda: PPOConfig(**ROLLOUT), batch),
}
TAUGHT = [name for name, (agent, _, _) in CASES.items() if agent in (PVP, HGDagger, IWR, BC)]
REWARDED = [name for name in CASES if name not in TAUGHT]


def build(name: str, seed: int = 0, noise: int | None = None) -> Any:
    """The learner of a case; `noise` seeds a reward that is nothing but noise."""
    agent, config, task = CASES[name]
    return agent(task(name in TAUGHT, noise, seed), config(), seed=seed)


def digest(learner: Any) -> str:
    """A hash over every bit of the networks, target networks included."""
    sha = hashlib.sha256()
    for key, tensor in sorted(learner.model.policy.state_dict().items()):
        sha.update(key.encode() + tensor.detach().cpu().numpy().tobytes())
    return sha.hexdigest()


if __name__ == "__main__":
    th.set_num_threads(1)
    found = {}
    for path in sorted(Path(sys.argv[1]).glob("*.ckpt")):
        learner = build(path.stem)
        learner.load_state_dict(checkpoint.load(path))
        learner.learn(STEPS)
        found[path.stem] = digest(learner)
    print(json.dumps(found))
