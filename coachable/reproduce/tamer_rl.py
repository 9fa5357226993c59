"""TAMER+RL on MountainCar: what a good human adds to SARSA, and what a misled one takes away.

The car moves in slow motion, five steps a second, for a person to be able to judge it. The human
judges every step of the first `TAUGHT` episodes; after that the learner is on its own. The misled
human takes right for wrong wherever the car is left of the valley's bottom.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import make_folder
from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

LEARNERS = 10
"""Side by side, each with a world, a human and random numbers of its own."""
EPISODES, QUICK_EPISODES = 150, 5
EARLY, LATE = 20, 50
TAUGHT_SECONDS = 600.0
"""Human time that each learner has, all of it at the start."""
DT = 0.2
"""Seconds a step."""
BOTTOM = -np.pi / 6
"""Position of the lowest point of the valley."""
BETAS = {"shaping": 2.0, "biasing": 50.0, "sharing": 1.0}
DECAY = 0.9996
"""A step; β is a hundredth of what it was after 11,500 steps, some 80 episodes."""
MARGIN = 5.0
"""Steps by which two learners may differ at the end and count as equally good."""
PLAIN = "no human"
SARSA = {"learning_rate": 0.5, "trace_decay": 0.95, "epsilon": 0.0}
"""Of the base, in every cell."""


@dataclass(frozen=True)
class Cell:
    """A line of the table.

    Attributes:
        technique: of `BETAS`, or `PLAIN`.
        human: good, misled, or none.
        annealed: whether β falls.

    """

    technique: str
    human: str
    annealed: bool


CELLS = (
    Cell(PLAIN, "none", True),
    *(
        Cell(technique, human, annealed)
        for technique in BETAS
        for human in ("good", "misled")
        for annealed in (True, False)
    ),
)


def misled(obs: np.ndarray) -> np.ndarray:
    """[N, 3] values that are upside down left of the bottom."""
    from envs import mountain_car

    values = mountain_car.q_values(obs)
    return np.where(np.asarray(obs)[:, :1] < BOTTOM, -values, values)


def carry_out(cell: Cell, seed: int, episodes: int) -> dict[str, Any]:
    """`LEARNERS` learners in one cell of the table."""
    import gymnasium as gym
    from gymnasium.vector import AutoresetMode

    from algorithms.tamer.rl.config import TAMERRLConfig
    from algorithms.tamer.rl.sarsa import TAMERSarsa
    from coachable.reproduce.coach.lessons import _Record
    from envs import mountain_car
    from envs.gymnasium_id import GymnasiumConfig, make
    from simulated_humans.evaluating import EvaluatingHuman
    from simulated_humans.evaluating_config import EvaluatingConfig
    from teaching import Oracle
    from teaching.vector import VectorHumanInTheLoop

    task = GymnasiumConfig(id="MountainCar-v0", dt=DT)
    env: Any = gym.vector.SyncVectorEnv(
        [lambda: make(task, "train")] * LEARNERS, autoreset_mode=AutoresetMode.SAME_STEP
    )
    values = misled if cell.human == "misled" else mountain_car.q_values
    knows = Oracle(action=lambda obs: values(obs).argmax(axis=1), q_values=values)
    settings = EvaluatingConfig(
        budget_seconds=0.0 if cell.human == "none" else TAUGHT_SECONDS * LEARNERS
    )
    human = EvaluatingHuman(settings, knows, env.single_action_space, LEARNERS, seed)
    config = TAMERRLConfig(
        base="sarsa",
        base_settings=SARSA,
        features="tiles",
        technique=cell.technique if cell.technique in BETAS else "shaping",
        beta=BETAS.get(cell.technique, 0.0),
        beta_decay=DECAY if cell.annealed else 1.0,
    )
    learner = TAMERSarsa(VectorHumanInTheLoop(env, human), config, seed, independent=True)
    record = _Record(episodes)
    learner.learn(10**12, record)
    steps = np.array([lengths[:episodes] for lengths in record.lengths])
    return {
        "technique": cell.technique,
        "human": cell.human,
        "annealed": cell.annealed,
        "seed": seed,
        "early": steps[:, :EARLY].mean(axis=1).tolist(),
        "late": steps[:, -LATE:].mean(axis=1).tolist(),
        "minutes": (record.seconds / 60).tolist(),
        "curve": steps.mean(axis=0).tolist(),
    }
