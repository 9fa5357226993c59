"""The table-top as the lab knows it: its config, and how to make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envs.tabletop.users import USERS
from envs.task import Split, TaskFamily
from teaching import Oracle, UserError

if TYPE_CHECKING:
    from envs.tabletop.env import TabletopEnv, TabletopVectorEnv

REWARDS = ("dense", "sparse")


@dataclass
class TabletopConfig:
    """Settings of ``env=tabletop``.

    Attributes:
        name: the registry entry.
        user: by whose preferences a path is judged, one of `envs.tabletop.users.USERS`.
        reward: both kinds hold what the user minds and the arrival; ``dense`` pays for each metre
            gained towards the goal too, which is the same for all paths that arrive.
        horizon: steps after which an episode is cut off.

    """

    name: str = "tabletop"
    user: str = "protective"
    reward: str = "dense"
    horizon: int = 80

    def __post_init__(self) -> None:
        rules = {
            "user": (self.user in USERS, f"be one of {', '.join(USERS)}"),
            "reward": (self.reward in REWARDS, f"be one of {', '.join(REWARDS)}"),
            "horizon": (1 <= self.horizon <= 1000, "be from 1 to 1000"),
        }
        for key, (holds, rule) in rules.items():
            if not holds:
                raise UserError(f"env.{key} must {rule}, got {getattr(self, key)!r} (tabletop)")


def make(config: TabletopConfig, split: Split, render_mode: str | None = None) -> TabletopEnv:
    """One world."""
    from envs.tabletop.env import TabletopEnv

    return TabletopEnv(config, split, render_mode)


def make_vec(config: TabletopConfig, split: Split, num_worlds: int) -> TabletopVectorEnv:
    """N worlds side by side."""
    from envs.tabletop.env import TabletopVectorEnv

    return TabletopVectorEnv(config, split, num_worlds)


def oracle(env: Any, config: TabletopConfig) -> Oracle:
    """Return what a simulated human may know; it needs observations only, and not the worlds."""
    from envs.tabletop.oracle import tabletop_oracle

    return tabletop_oracle(config)


TABLETOP = TaskFamily(
    name="tabletop",
    summary="an arm carries fragile, sharp or wet things past a person, as its user likes it",
    config=TabletopConfig,
    actions="continuous",
    make=make,
    make_vec=make_vec,
    oracle=oracle,
)
