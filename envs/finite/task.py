"""The finite MDPs as the lab knows them: their config, and how to make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from envs.finite.catalogue import CATALOGUE
from envs.task import Split, TaskFamily
from teaching import Oracle, UserError

if TYPE_CHECKING:
    from envs.finite.batch import Batch
    from envs.finite.env import FiniteEnv
    from envs.finite.vector import FiniteVectorEnv

OBSERVATIONS = ("one_hot", "features")
_ENTRIES = 20_000_000
"""How many transition probabilities the grids of a split may have, for each action."""


@dataclass
class FiniteConfig:
    """Settings of ``env=finite``. A setting that the chosen `id` does not have must be left alone.

    Attributes:
        name: the registry entry.
        id: coach_grid, grid, river_swim, chain, random, tied, four_rooms, baird or w_to_2w.
        states: how many states (river_swim, chain, random).
        actions: how many actions (random).
        width: cells from left to right (grid).
        height: cells from bottom to top (grid).
        costly: how many costly cells (grid).
        slip: probability that a move goes off at a right angle (grid, four_rooms).
        mdp_seed: which one of its kind (grid, random).
        maps: how many grids each split has, none of them in two; 0 for one grid, the same in
            every split (grid).
        discount: of the values that the expert goes by.
        horizon: steps after which an episode is cut off.
        observation: ``one_hot`` shows the state's number, [states]; ``features`` shows the
            literature's features (tied, baird, w_to_2w), a plane in each room (four_rooms), or
            planes of 0 and 1 of where one is, the goal and what costs, [3 * width * height]
            (grid, coach_grid).
        dt: seconds that a person takes for one step, for delays and prices.

    """

    name: str = "finite"
    id: str = "coach_grid"
    states: int = 6
    actions: int = 2
    width: int = 8
    height: int = 5
    costly: int = 6
    slip: float = 0.0
    mdp_seed: int = 0
    maps: int = 0
    discount: float = 0.99
    horizon: int = 400
    observation: str = "one_hot"
    dt: float = 0.5

    def __post_init__(self) -> None:
        """Refuse what makes no task, and what would have no effect."""
        if self.id not in CATALOGUE:
            raise UserError(f"env.id must be one of {', '.join(CATALOGUE)}, got {self.id!r}")
        entry = CATALOGUE[self.id]
        cells = self.width * self.height
        rules = {
            "observation": (self.observation in OBSERVATIONS, f"be {' or '.join(OBSERVATIONS)}"),
            "discount": (0 <= self.discount <= 1, "be from 0 to 1"),
            "slip": (0 <= self.slip <= 1, "be from 0 to 1"),
            "mdp_seed": (self.mdp_seed >= 0, "be at least 0"),
            "maps": (self.maps >= 0, "be at least 0"),
            "horizon": (self.horizon >= 1, "be at least 1 step"),
            "dt": (self.dt > 0, "be more than 0 s"),
            "width": (max(self.maps, 1) * cells**2 <= _ENTRIES, "be less (with height and maps)"),
        }
        for key, (holds, rule) in rules.items():
            if not holds:
                raise UserError(f"env.{key} must {rule}, got {getattr(self, key)!r} (finite)")
        for key in {key for other in CATALOGUE.values() for key in other.uses} - set(entry.uses):
            default = FiniteConfig.__dataclass_fields__[key].default
            if getattr(self, key) != default:
                raise UserError(
                    f"env.{key}={getattr(self, key)} has no effect on env.id={self.id}; "
                    f"leave it at {default}"
                )
        if self.observation == "features" and not entry.has_features:
            raise UserError(f"env.id={self.id} has no features; use env.observation=one_hot")
        if self.observation == "one_hot" and self.maps > 0:
            raise UserError(
                f"env.maps={self.maps}: one_hot does not show the map; use "
                "env.observation=features, or env.maps=0 for one grid in all splits"
            )


def make_batch(config: FiniteConfig, split: Split, count: int) -> Batch:
    """N worlds with the episodes of a split.

    Raises:
        UserError: a split that does not exist, fewer than one world, or an MDP that cannot be made.

    """
    from envs.finite.batch import Batch

    if split not in ("train", "validation", "test"):
        raise UserError(f"split must be one of train, validation, test, got {split!r}")
    if count < 1:
        raise UserError(f"the number of worlds must be at least 1, got {count}")
    problems = CATALOGUE[config.id].make(config, split)
    return Batch(problems, count, config.horizon, split)


def make(config: FiniteConfig, split: Split, render_mode: str | None = None) -> FiniteEnv:
    """One world."""
    from envs.finite.env import FiniteEnv

    return FiniteEnv(config, split, render_mode)


def make_vec(config: FiniteConfig, split: Split, num_worlds: int) -> FiniteVectorEnv:
    """N worlds side by side."""
    from envs.finite.vector import FiniteVectorEnv

    return FiniteVectorEnv(config, split, num_worlds)


def oracle(env: Any, config: FiniteConfig) -> Oracle:
    """Return the optimal player behind a simulated human, for one world or N of them."""
    from envs.finite.oracle import Expert

    return Expert(env.unwrapped.batch, config.dt).oracle()


FINITE = TaskFamily(
    name="finite",
    summary="Finite MDPs solved exactly: gridworlds, RiverSwim, chains, random ones",
    config=FiniteConfig,
    actions="discrete",
    make=make,
    make_vec=make_vec,
    oracle=oracle,
)
