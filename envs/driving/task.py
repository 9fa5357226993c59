"""The driving task as the lab knows it: its config, and how to make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envs.task import Split, TaskFamily
from teaching import Oracle, UserError

if TYPE_CHECKING:
    from envs.driving.batch import Batch
    from envs.driving.env import DrivingEnv
    from envs.driving.vector import DrivingVectorEnv


@dataclass
class DrivingConfig:
    """Settings of ``env=driving``.

    Attributes:
        name: the registry entry.
        train_roads: how many roads are trained on, from 1 to 100000.
        test_roads: how many held-out roads are tested on, and as many others validated on; the
            three sets share no seed.
        traffic_density: moving cars for 100 m of route.
        obstacle_density: parked obstacles for 100 m of route, at most one every 42 m.
        horizon: steps of 0.1 s after which an episode is cut off.
        stall_limit: steps at a standstill after which an episode is cut off: the car cannot
            reverse, so that one right behind an obstacle would stand there for good. The driver
            behind the simulated human stands for less than half of the default.

    """

    name: str = "driving"
    train_roads: int = 50
    test_roads: int = 50
    traffic_density: float = 1.2
    obstacle_density: float = 1.5
    horizon: int = 500
    stall_limit: int = 80


def make_batch(config: DrivingConfig, split: Split, count: int) -> Batch:
    """N worlds on the roads of a split.

    Raises:
        UserError: a split that does not exist, or a setting out of its range.

    """
    from envs.driving.batch import Batch, Limits
    from envs.driving.roads import TEST_SEEDS, TRAIN_SEEDS, VALIDATION_SEEDS, road_bank

    splits = {
        "train": (TRAIN_SEEDS, "train_roads"),
        "validation": (VALIDATION_SEEDS, "test_roads"),
        "test": (TEST_SEEDS, "test_roads"),
    }
    if split not in splits:
        raise UserError(f"split must be one of {', '.join(splits)}, got {split!r}")
    seeds, key = splits[split]
    count_roads = getattr(config, key)
    if not 1 <= count_roads <= len(seeds):
        raise UserError(f"env.{key} must be from 1 to {len(seeds)}, got {count_roads}")
    for name in ("traffic_density", "obstacle_density"):
        if not getattr(config, name) >= 0:
            raise UserError(f"env.{name} must be at least 0, got {getattr(config, name)}")
    for name in ("horizon", "stall_limit"):
        if getattr(config, name) < 1:
            raise UserError(f"env.{name} must be at least 1 step, got {getattr(config, name)}")
    roads = road_bank(seeds.start, count_roads, float(config.obstacle_density))
    limits = Limits(config.horizon, config.stall_limit)
    return Batch(roads, count, limits, float(config.traffic_density))


def make(config: DrivingConfig, split: Split, render_mode: str | None = None) -> DrivingEnv:
    """One world."""
    from envs.driving.env import DrivingEnv

    return DrivingEnv(config, split, render_mode)


def make_vec(config: DrivingConfig, split: Split, num_worlds: int) -> DrivingVectorEnv:
    """N worlds side by side."""
    from envs.driving.vector import DrivingVectorEnv

    return DrivingVectorEnv(config, split, num_worlds)


def oracle(env: Any, config: DrivingConfig) -> Oracle:
    """Return the driver behind a simulated human, for one world or N of them."""
    from envs.driving.manner import MANNER
    from envs.driving.oracle import driving_oracle
    from envs.showing import correctable

    batch = env.unwrapped.batch
    return correctable(batch, batch.twin, driving_oracle, MANNER)


DRIVING = TaskFamily(
    name="driving",
    summary="a car seen from above: traffic, parked obstacles, roads made from a seed",
    config=DrivingConfig,
    actions="continuous",
    make=make,
    make_vec=make_vec,
    oracle=oracle,
)
