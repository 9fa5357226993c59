"""The METADRIVE task family: its config, its environments, its expert."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import gymnasium as gym

from envs.task import Split, TaskFamily
from teaching import Oracle, UserError

if TYPE_CHECKING:
    from envs.metadrive.env import MetaDrive

EXPERTS = ("planner", "idm", "ppo")


@dataclass
class MetaDriveConfig:
    """MetaDrive's safe-driving benchmark, as PVP was published on it.

    Attributes:
        name: the registry entry.
        traffic_density: cars per ten metres of lane.
        accident_prob: chance that a block holds cones, a barrier or a broken-down car.
        horizon: steps after which an episode is cut off.
        stall_limit: steps at a standstill after which an episode is cut off. Not in the published
            setting, where a car that is wedged behind an obstacle waits for the horizon.
        train_start: MetaDrive seed of the first training scenario.
        train_scenarios: how many training scenarios there are.
        validation_start: MetaDrive seed of the first scenario to choose settings on.
        test_start: MetaDrive seed of the first held-out scenario to report.
        test_scenarios: how many held-out scenarios there are, of each of these two kinds.
        expert: who drives when the simulated human does: ``planner`` looks ahead in a model of the
            car, ``idm`` is MetaDrive's rule-based driver, ``ppo`` its bundled neural network.
        expert_speed: what the planner drives at on a free road, in m/s.

    """

    name: str = "metadrive"
    traffic_density: float = 0.06
    accident_prob: float = 0.8
    horizon: int = 1500
    stall_limit: int = 100
    train_start: int = 100
    train_scenarios: int = 50
    validation_start: int = 500
    test_start: int = 1000
    test_scenarios: int = 50
    expert: str = "planner"
    expert_speed: float = 10.0

    def __post_init__(self) -> None:
        if self.expert not in EXPERTS:
            raise UserError(f"env.expert must be one of {', '.join(EXPERTS)}, got {self.expert!r}")
        for key in ("horizon", "stall_limit", "train_scenarios", "test_scenarios"):
            if getattr(self, key) < 1:
                raise UserError(f"env.{key} must be ≥ 1, got {getattr(self, key)} (metadrive)")
        spans = sorted(self.scenarios(split) for split in get_args(Split))
        if any(a + count > b for (a, count), (b, _) in pairwise(spans)):
            raise UserError(
                "metadrive's training, validation and test scenarios overlap: env.train_start, "
                "env.train_scenarios, env.validation_start, env.test_start and env.test_scenarios "
                "must keep them apart"
            )

    def scenarios(self, split: Split) -> tuple[int, int]:
        """First scenario seed and number of scenarios of a split."""
        if split == "train":
            return self.train_start, self.train_scenarios
        start = self.test_start if split == "test" else self.validation_start
        return start, self.test_scenarios


def make(
    config: MetaDriveConfig, split: Split = "train", render_mode: str | None = None
) -> MetaDrive:
    """Make one environment.

    Raises:
        UserError: MetaDrive is not installed, or its assets folder cannot be written.

    """
    from envs.metadrive.assets import prepare_assets
    from envs.metadrive.env import MetaDrive

    prepare_assets()
    return MetaDrive(config, split, render_mode)


def oracle(env: gym.Env, config: MetaDriveConfig) -> Oracle:
    """What a simulated human may know of one environment: see `envs.metadrive.expert`."""
    from envs.metadrive.expert import make_oracle

    return make_oracle(env, config)


METADRIVE = TaskFamily(
    name="metadrive",
    summary="safe driving on generated roads in the MetaDrive simulator (an extra, Python 3.11)",
    config=MetaDriveConfig,
    actions="continuous",
    make=make,
    oracle=oracle,
)
