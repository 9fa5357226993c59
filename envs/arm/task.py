"""The arm as the lab knows it: its config, and how to make it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from envs.task import Split, TaskFamily
from teaching import Oracle, UserError

if TYPE_CHECKING:
    from envs.arm.env import ArmEnv, ArmVectorEnv

REWARDS = ("dense", "sparse")


@dataclass
class ArmConfig:
    """Settings of ``env=arm``.

    Attributes:
        name: the registry entry.
        reward: ``dense`` pays for each metre that the block comes nearer to the goal and the finger
            to the block, for success, and charges for a lost block; ``sparse`` is 1 for success.
        goal_radius: how near to the goal the block's centre must come to rest, m.
        horizon: steps of 0.1 s after which an episode is cut off.

    """

    name: str = "arm"
    reward: str = "dense"
    goal_radius: float = 0.04
    horizon: int = 100

    def __post_init__(self) -> None:
        rules = {
            "reward": (self.reward in REWARDS, f"be one of {', '.join(REWARDS)}"),
            "goal_radius": (0.01 <= self.goal_radius <= 0.1, "be from 0.01 to 0.1 m"),
            "horizon": (self.horizon >= 1, "be at least 1"),
        }
        for key, (holds, rule) in rules.items():
            if not holds:
                raise UserError(f"env.{key} must {rule}, got {getattr(self, key)} (arm)")


def make(config: ArmConfig, split: Split, render_mode: str | None = None) -> ArmEnv:
    """One world."""
    from envs.arm.env import ArmEnv

    return ArmEnv(config, split, render_mode)


def make_vec(config: ArmConfig, split: Split, num_worlds: int) -> ArmVectorEnv:
    """N worlds side by side."""
    from envs.arm.env import ArmVectorEnv

    return ArmVectorEnv(config, split, num_worlds)


def oracle(env: Any, config: ArmConfig) -> Oracle:
    """Return the pusher behind a simulated human, for one world or N of them."""
    from envs.arm.batch import ArmBatch
    from envs.arm.manner import MANNER
    from envs.arm.oracle import arm_oracle
    from envs.showing import correctable

    twin = partial(ArmBatch, config, "train", 1)
    return correctable(env.unwrapped.batch, twin, lambda _: arm_oracle(config), MANNER)


ARM = TaskFamily(
    name="arm",
    summary="an arm with two joints that goes round a block and pushes it to a goal (MuJoCo)",
    config=ArmConfig,
    actions="continuous",
    make=make,
    make_vec=make_vec,
    oracle=oracle,
)
