"""TAMER+RL on MountainCar: what a good human adds to SARSA, and what a misled one takes away.

The car moves in slow motion, five steps a second, for a person to be able to judge it. The human
judges every step until its time is up; then the learner is on its own. The misled human takes right
for wrong wherever the car is left of the valley's bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.files import make_folder
from coachable.reproduce.direct import present, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

LEARNERS = 20
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
MARGIN = 10.0
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
    from coachable.reproduce.coach.lessons import Record
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
    record = Record(episodes, LEARNERS)
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


def found(rows: Sequence[dict[str, Any]], key: str, cell: Cell) -> np.ndarray:
    """The figures of all learners of a cell."""
    place = (cell.technique, cell.human, cell.annealed)
    return np.concatenate(
        [r[key] for r in rows if (r["technique"], r["human"], r["annealed"]) == place]
    )


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """That biasing helps early, and that a misled human's harm passes with β and not without."""
    plain, good = CELLS[0], Cell("biasing", "good", True)
    early = found(rows, "early", plain), found(rows, "early", good)
    error = np.sqrt(sum(e.var(ddof=1) / len(e) for e in early))
    saved = float(early[0].mean() - early[1].mean())
    late = float(found(rows, "late", plain).mean())
    made = [
        at_least(f"steps an episode that biasing saves in the first {EARLY} episodes", saved, 20),
        at_least("… in standard errors", saved / float(error), 5),
    ]
    for technique in BETAS:
        falls, stays = (
            float(found(rows, "late", Cell(technique, "misled", annealed)).mean()) - late
            for annealed in (True, False)
        )
        made += [
            at_most(
                f"misled human, {technique}, β falls: steps more than plain SARSA at the end",
                falls,
                MARGIN,
            ),
            at_least("… β stays: steps more than plain SARSA at the end", stays, MARGIN),
        ]
    return made


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a cell."""
    lines = [
        f"Mean steps to the flag, the first {EARLY} and the last {LATE} of {EPISODES} episodes; "
        "cut off at 200; mean ± standard deviation over learners. The expert takes about 98.",
        "",
        "| technique | human | β | first | last | human minutes |",
        "|---|---|---|--:|--:|--:|",
    ]
    for cell in CELLS:
        first, last, minutes = (found(rows, key, cell) for key in ("early", "late", "minutes"))
        spread = " | ".join(f"{x.mean():.1f} ± {x.std(ddof=1):.1f}" for x in (first, last))
        beta = "falls" if cell.annealed else "stays"
        who = ("plain SARSA", "–", "–") if cell == CELLS[0] else (cell.technique, cell.human, beta)
        lines.append(f"| {' | '.join(who)} | {spread} | {minutes.mean():.1f} |")
    return "\n".join(lines)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    episodes = QUICK_EPISODES if quick else EPISODES
    places = [(cell, seed, episodes) for cell in CELLS for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)
    caption = "steps to the flag, episode by episode"
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption)


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Mean steps over episodes, a panel a human."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True)
    colours = dict(zip(BETAS, ("#4a7a3a", "#1b6ca8", "#d1762c"), strict=True))
    for axis, human in zip(axes, ("good", "misled"), strict=True):
        for cell in CELLS:
            if cell.human not in (human, "none"):
                continue
            mine = (cell.technique, cell.human, cell.annealed)
            curves = [
                r["curve"] for r in rows if (r["technique"], r["human"], r["annealed"]) == mine
            ]
            label = "plain SARSA" if cell == CELLS[0] else cell.technique
            label += "" if cell.annealed else ", β stays"
            axis.plot(
                np.mean(curves, axis=0),
                color=colours.get(cell.technique, "black"),
                ls="-" if cell.annealed else ":",
                lw=1.3,
                label=label,
            )
        axis.set_title(f"{human} human", fontsize=10)
        axis.set_xlabel("episode")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("steps to the flag")
    axes[1].legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(title="TAMER+RL on MountainCar, twenty learners a cell", run=run, seeds=(0,))
