"""The maze as the lab knows it: its config, and how to make it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from envs.task import Split, TaskFamily
from teaching import Oracle, UserError

if TYPE_CHECKING:
    from envs.maze.env import MazeEnv, MazeVectorEnv

REWARDS = ("dense", "sparse")


@dataclass
class MazeConfig:
    """Settings of ``env=maze``.

    Attributes:
        name: the registry entry.
        cells: cells of 1 m on each side of the maze.
        openness: share of the walls left out that could be, 0 for a maze with one way only.
        hazards: how many; at most one in a cell, none where the mass starts or has to go.
        reward: ``dense``, minus the distance to the goal, or ``sparse``, 1 for reaching it.
        hazard_penalty: taken off the reward for each step in a hazard, which always costs 1.
        mazes: how many different ones, each with its goal, or null for a new one in every episode.
            Where they are counted, all splits have the same ones, and starts of their own.
        maze_seed: which those are.
        horizon: steps after which an episode is cut off.
        dt: seconds a step, a multiple of the physics' 0.02 s.

    """

    name: str = "maze"
    cells: int = 4
    openness: float = 0.4
    hazards: int = 6
    reward: str = "dense"
    hazard_penalty: float = 1.0
    mazes: int | None = None
    maze_seed: int = 0
    horizon: int = 300
    dt: float = 0.1

    def __post_init__(self) -> None:
        free = self.cells**2 - 2
        rules = {
            "cells": (3 <= self.cells <= 12, "be from 3 to 12"),
            "openness": (0 <= self.openness <= 1, "be from 0 to 1"),
            "hazards": (0 <= self.hazards <= free, f"be from 0 to {free}, one a cell"),
            "reward": (self.reward in REWARDS, f"be {' or '.join(REWARDS)}"),
            "hazard_penalty": (0 <= self.hazard_penalty < float("inf"), "be a number >= 0"),
            "mazes": (self.mazes is None or self.mazes >= 1, "be at least 1, or null"),
            "maze_seed": (self.maze_seed >= 0, "be at least 0"),
            "horizon": (self.horizon >= 1, "be at least 1"),
            "dt": (0 < self.dt < float("inf"), "be a number of seconds above 0"),
        }
        for key, (holds, rule) in rules.items():
            if not holds:
                raise UserError(f"env.{key} must {rule}, got {getattr(self, key)} (maze)")


def make(config: MazeConfig, split: Split, render_mode: str | None = None) -> MazeEnv:
    """One world."""
    from envs.maze.env import MazeEnv

    return MazeEnv(config, split, render_mode)


def make_vec(config: MazeConfig, split: Split, num_worlds: int) -> MazeVectorEnv:
    """N worlds side by side."""
    from envs.maze.env import MazeVectorEnv

    return MazeVectorEnv(config, split, num_worlds)


def oracle(env: Any, config: MazeConfig) -> Oracle:
    """Return the pilot behind a simulated human, for one world or N of them."""
    from envs.maze.batch import MazeBatch
    from envs.maze.manner import MANNER
    from envs.maze.oracle import maze_oracle
    from envs.showing import correctable

    twin = partial(MazeBatch, config, "train", 1)
    return correctable(env.unwrapped.batch, twin, maze_oracle, MANNER)


MAZE = TaskFamily(
    name="maze",
    summary="a point mass in a maze with hazards, in MuJoCo; a new maze in every episode",
    config=MazeConfig,
    actions="continuous",
    make=make,
    make_vec=make_vec,
    oracle=oracle,
)
