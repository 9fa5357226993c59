"""Learners on the tiny tasks, built by name: here, and in the fresh process of the resume test."""

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch as th
from queries import comparer
from tiny import Critic, Line, NoiseReward, Rescuer, Slide, SlideBatch, Tardy

from algorithms.baselines.agent import DQN, PPO, SAC, TD3
from algorithms.baselines.config import DQNConfig, PPOConfig, SACConfig, TD3Config
from algorithms.coach.agent import COACH
from algorithms.coach.config import COACHConfig
from algorithms.coach.deep.agent import DeepCOACH
from algorithms.coach.deep.config import DeepCOACHConfig
from algorithms.core.config import TargetConfig
from algorithms.core.stepwise import StepwiseLearner
from algorithms.dueling.agent import Dueling
from algorithms.dueling.coactive.agent import Coactive
from algorithms.dueling.coactive.config import CoactiveConfig
from algorithms.dueling.config import DuelingConfig
from algorithms.guide.agent import GUIDE
from algorithms.guide.config import GUIDEConfig
from algorithms.imitation.agent import BC, IWR, HGDagger
from algorithms.imitation.config import BCConfig, HGDaggerConfig, IWRConfig
from algorithms.preference.agent import PreferenceLearner
from algorithms.preference.config import PreferenceConfig
from algorithms.pvp.agent import PVP
from algorithms.pvp.config import PVPConfig
from algorithms.q_learning.agent import QLearning
from algorithms.q_learning.config import QLearningConfig
from algorithms.tamer.agent import TAMER
from algorithms.tamer.config import TAMERConfig
from algorithms.tamer.deep.agent import DeepTAMER
from algorithms.tamer.deep.config import DeepTAMERConfig
from algorithms.tamer.rl.agent import TAMERRL
from algorithms.tamer.rl.config import TAMERRLConfig
from algorithms.target_td.agent import TargetTD
from algorithms.target_td.config import TargetTDConfig
from coachable import checkpoint
from envs.finite import task as finite
from envs.tabletop import task as tabletop
from simulated_humans.comparing import ComparingHuman
from simulated_humans.comparing_config import ComparingConfig
from simulated_humans.correcting import CorrectingHuman
from simulated_humans.correcting_config import CorrectingConfig
from teaching import HumanInTheLoop, VectorHumanInTheLoop

STEPS = 64
SMALL = {"net_arch": [8, 8], "batch_size": 16, "learning_starts": 10, "learning_rate": 1e-3}
DEEP: dict[str, Any] = {
    "net_arch": [8],
    "batch_size": 4,
    "buffer_size": 12,
    "window": 3,
    "learning_rate": 1e-2,
}
NETWORK = {"net_arch": [8], "batch_size": 4, "buffer_size": 12, "temperature": 1.0}
GUIDED = {**SMALL, "delay": 2.0, "human_seconds": 44.0, "simulator_arch": [8]}
MOMENTUM = TargetConfig(rule="momentum", period=4, momentum=0.5)
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


def judged(human: bool, noise: int | None, seed: int) -> Any:
    return HumanInTheLoop(line(False, noise, seed), Critic(seed=seed))


def judged_slide(human: bool, noise: int | None, seed: int) -> Any:
    return HumanInTheLoop(slide(False, noise, seed), Critic(seed=seed))


def judged_batch(human: bool, noise: int | None, seed: int) -> Any:
    return VectorHumanInTheLoop(batch(False, noise, seed), Critic(seed=seed))


def off_centre(obs: np.ndarray, action: np.ndarray) -> np.ndarray:
    """What `Slide` pays, and for `Line` something as good."""
    return -np.abs(obs[:, 0])


def asked(human: bool, noise: int | None, seed: int) -> Any:
    human = comparer(seed, off_centre, Slide.action_space, mistake=0.2, equal=0.1, skip=0.1)
    return HumanInTheLoop(slide(False, noise, seed), human)


def asked_line(human: bool, noise: int | None, seed: int) -> Any:
    return HumanInTheLoop(line(False, noise, seed), comparer(seed, off_centre, Line.action_space))


def asked_batch(human: bool, noise: int | None, seed: int) -> Any:
    human = comparer(seed, off_centre, Slide.action_space, rationality=1.0)
    return VectorHumanInTheLoop(batch(False, noise, seed), human)


def asked_late(human: bool, noise: int | None, seed: int) -> Any:
    return HumanInTheLoop(slide(False, noise, seed), Tardy(off_centre))


def preference(base: str = "sac", **settings: Any) -> PreferenceConfig:
    own = ROLLOUT if base == "ppo" else SMALL
    few = {"questions": 12, "initial": 3, "warm_up": 16, "rate": 0.3, "round": 2, "max_open": 5}
    model = {"net_arch": [8], "epochs": 3, "batch_size": 4, "segment": 1.5, "alternatives": 3}
    rest = {"variable_horizon": "allow", "recent": 40}
    return PreferenceConfig(base=base, base_settings=own, **few | model | rest | settings)


def compared(human: bool, noise: int | None, seed: int) -> Any:
    config = finite.FiniteConfig(id="random", states=3, horizon=4)
    env = finite.make(config, "train")
    oracle = finite.oracle(env, config)
    person = ComparingHuman(ComparingConfig(rationality=1.0), oracle, env.action_space, 1, seed)
    return HumanInTheLoop(env if noise is None else NoiseReward(env, noise), person)


def compared_batch(human: bool, noise: int | None, seed: int) -> Any:
    config = finite.FiniteConfig(id="coach_grid", horizon=8)
    env = finite.make_vec(config, "train", 4)
    person = ComparingHuman(
        ComparingConfig(), finite.oracle(env, config), env.single_action_space, 4, seed
    )
    return VectorHumanInTheLoop(env, person)


def corrected(human: bool, noise: int | None, seed: int) -> Any:
    config = tabletop.TabletopConfig(horizon=12)
    env = tabletop.make(config, "train")
    oracle = tabletop.oracle(env, config)
    person = CorrectingHuman(CorrectingConfig(blends=2), oracle, env.action_space, 1, seed)
    return HumanInTheLoop(env if noise is None else NoiseReward(env, noise), person)


def dueling(rule: str, **settings: Any) -> Callable[[], DuelingConfig]:
    return lambda: DuelingConfig(rule=rule, **settings)


def tamer_rl(base: str, technique: str, delay: float | None = 0.6) -> TAMERRLConfig:
    settings = {"sarsa": {}, "ppo": ROLLOUT}.get(base, SMALL)
    human = {"num_features": 20, "delay": delay, "delay_form": "gamma"}
    return TAMERRLConfig(
        base=base, technique=technique, base_settings=settings, beta=0.7, beta_decay=0.99, **human
    )


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
    "coach": (COACH, lambda: COACHConfig(delay=1.0, lambdas=[0.9]), judged),
    "coach mlp": (COACH, lambda: COACHConfig(policy="mlp", net_arch=[8]), judged),
    "deep_coach discrete": (DeepCOACH, lambda: DeepCOACHConfig(delay=0.5, **DEEP), judged),
    "deep_coach continuous": (DeepCOACH, lambda: DeepCOACHConfig(delay=None, **DEEP), judged_slide),
    "deep_coach batch": (
        DeepCOACH,
        lambda: DeepCOACHConfig(optimizer="adam", delay=1.0, **DEEP),
        judged_batch,
    ),
    "dueling thompson": (Dueling, dueling("thompson", list_up_to=0), compared),
    "dueling ucb": (Dueling, dueling("ucb"), compared),
    "dueling ucb planned": (Dueling, dueling("ucb", list_up_to=0), compared),
    "dueling lsvi": (Dueling, dueling("lsvi", transitions="learned"), compared),
    "dueling batch": (Dueling, dueling("ucb", transitions="learned"), compared_batch),
    "coactive": (Coactive, CoactiveConfig, corrected),
    "tamer": (TAMER, lambda: TAMERConfig(delay=0.6, delay_form="gamma"), judged),
    "deep_tamer": (
        DeepTAMER,
        lambda: DeepTAMERConfig(delay=0.6, delay_form="gamma", **NETWORK),
        judged,
    ),
    "deep_tamer finds out": (DeepTAMER, lambda: DeepTAMERConfig(delay=None, **NETWORK), judged),
    "coach finds out": (COACH, lambda: COACHConfig(delay=None), judged),
    "tamer finds out": (TAMER, lambda: TAMERConfig(delay=None), judged),
    "q_learning": (QLearning, QLearningConfig, judged),
    "guide": (GUIDE, lambda: GUIDEConfig(**GUIDED), judged_slide),
    "guide sac": (GUIDE, lambda: GUIDEConfig(base="sac", simulate=False, **GUIDED), judged_slide),
    "preference sac": (PreferenceLearner, preference, asked),
    "preference td3 late": (PreferenceLearner, lambda: preference("td3"), asked_late),
    "preference dqn": (PreferenceLearner, lambda: preference("dqn", kind="ranking"), asked_line),
    "preference ppo": (
        PreferenceLearner,
        lambda: preference("ppo", kind="preference", rate_half=20.0),
        asked_batch,
    ),
    "guide finds out": (
        GUIDE,
        lambda: GUIDEConfig(**{**GUIDED, "delay": None, "human_seconds": 12.0}),
        judged_slide,
    ),
    "tamer_rl sarsa": (TAMERRL, lambda: tamer_rl("sarsa", "biasing", delay=None), judged),
    "tamer_rl dqn biasing": (TAMERRL, lambda: tamer_rl("dqn", "biasing"), judged),
    "tamer_rl dqn sharing": (TAMERRL, lambda: tamer_rl("dqn", "sharing"), judged),
    "tamer_rl ppo": (TAMERRL, lambda: tamer_rl("ppo", "shaping"), judged_batch),
    "tamer_rl td3": (TAMERRL, lambda: tamer_rl("td3", "sharing"), judged_slide),
    "tamer_rl sac": (TAMERRL, lambda: tamer_rl("sac", "shaping", delay=None), judged_slide),
    "td3": (TD3, lambda: TD3Config(**SMALL), slide),
    "td3 batch": (TD3, lambda: TD3Config(**SMALL), batch),
    "sac": (SAC, lambda: SACConfig(**SMALL), slide),
    "dqn": (DQN, lambda: DQNConfig(target_update_interval=16, **SMALL), line),
    "dqn momentum": (DQN, lambda: DQNConfig(target=MOMENTUM, **SMALL), line),
    "td3 none": (TD3, lambda: TD3Config(target=TargetConfig(rule="none"), **SMALL), slide),
    "pvp momentum": (PVP, lambda: PVPConfig(target=MOMENTUM, **SMALL), slide),
    "target_td": (TargetTD, lambda: TargetTDConfig(period=5, momentum=0.2), line),
    "ppo batch": (PPO, lambda: PPOConfig(**ROLLOUT), batch),
}
LEARNERS_FROM_PRAISE = (COACH, DeepCOACH, TAMER, DeepTAMER, QLearning)
LEARNERS_FROM_ANSWERS = (PreferenceLearner, Dueling, Coactive)
TEACHABLE = (PVP, HGDagger, IWR, BC, *LEARNERS_FROM_PRAISE, *LEARNERS_FROM_ANSWERS)
TAUGHT = [name for name, (agent, _, _) in CASES.items() if agent in TEACHABLE]
REWARDED = [name for name in CASES if name not in TAUGHT]


def build(name: str, seed: int = 0, noise: int | None = None) -> Any:
    """The learner of a case; `noise` seeds a reward that is nothing but noise."""
    agent, config, task = CASES[name]
    return agent(task(name in TAUGHT, noise, seed), config(), seed=seed)


def digest(learner: Any) -> str:
    """A hash over every bit of the networks, target networks included."""
    sha = hashlib.sha256()
    if isinstance(learner, StepwiseLearner):
        weights = learner.state_dict()["parameters"]
    else:
        tensors = learner.model.policy.state_dict()
        weights = {key: tensor.detach().cpu().numpy() for key, tensor in tensors.items()}
    for key, array in sorted(weights.items()):
        sha.update(key.encode() + np.ascontiguousarray(array).tobytes())
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
