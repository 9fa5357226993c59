"""Which finite MDPs there are by name, and the problems that a config makes of them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from envs.finite.counterexamples import OffPolicyProblem, baird, w_to_2w
from envs.finite.grids import COACH_GRID, Grid, grid_mdp, random_grid
from envs.finite.problem import Problem, one_hot, with_features, with_map
from envs.finite.problems import TIED_FEATURES, chain, random_mdp, river_swim, tied
from envs.finite.rooms import cells, four_rooms, room_features
from envs.task import Split
from teaching import UserError

if TYPE_CHECKING:
    from envs.finite.task import FiniteConfig


@dataclass(frozen=True, slots=True)
class Entry:
    """How a name becomes problems.

    Attributes:
        uses: the settings, of those that say which MDP, that matter to it.
        make: (config, split) -> the problems whose episodes the split has.
        has_features: whether ``observation=features`` means something.

    """

    uses: tuple[str, ...]
    make: Callable[[FiniteConfig, Split], list[Problem]]
    has_features: bool = False


def _coach_grid(config: FiniteConfig, split: Split) -> list[Problem]:
    return [_seen(COACH_GRID, config, slip=0.0)]


def _grids(config: FiniteConfig, split: Split) -> list[Problem]:
    return [_seen(grid, config, config.slip) for grid in split_grids(config, split)]


def _seen(grid: Grid, config: FiniteConfig, slip: float) -> Problem:
    if config.observation == "features":
        return with_map(grid, config.discount, slip)
    return one_hot(grid_mdp(grid, config.discount, slip), grid)


def split_grids(config: FiniteConfig, split: Split) -> list[Grid]:
    """Return the grids of a split: ``maps`` different ones, none of them in another split.

    With ``maps=0`` it is one grid, the same in every split.
    """
    rng = np.random.default_rng(config.mdp_seed)
    found: dict[Grid, None] = {}
    for _ in range(1000 + 100 * config.maps):
        grid = random_grid(rng, config.width, config.height, config.costly)
        if config.maps == 0:
            return [grid]
        if _split_of(grid) == split:
            found[grid] = None
        if len(found) == config.maps:
            return list(found)
    raise UserError(
        f"env.maps={config.maps}: there are not as many different {config.width} × "
        f"{config.height} grids in split {split}; lower it or enlarge the grid"
    )


def _split_of(grid: Grid) -> Split:
    """Which split a grid belongs to, decided by how it looks: so none can belong to two."""
    look = repr((grid.width, grid.height, grid.start, grid.goal, sorted(grid.costly)))
    splits: tuple[Split, ...] = ("train", "validation", "test")
    return splits[zlib.crc32(look.encode()) % 3]


def _tied(config: FiniteConfig, split: Split) -> list[Problem]:
    mdp = tied(config.discount)
    if config.observation == "features":
        return [with_features(mdp, TIED_FEATURES)]
    return [one_hot(mdp)]


def _four_rooms(config: FiniteConfig, split: Split) -> list[Problem]:
    mdp = four_rooms(config.discount, config.slip)
    if config.observation == "features":
        return [with_features(mdp, room_features(), cells())]
    return [one_hot(mdp, cells=cells())]


def _counterexample(make: Callable[[float], OffPolicyProblem]) -> Entry:
    def problems(config: FiniteConfig, split: Split) -> list[Problem]:
        example = make(config.discount)
        if config.observation == "features":
            return [with_features(example.mdp, example.features)]
        return [one_hot(example.mdp)]

    return Entry((), problems, has_features=True)


CATALOGUE: dict[str, Entry] = {
    "coach_grid": Entry((), _coach_grid, has_features=True),
    "grid": Entry(
        ("width", "height", "costly", "slip", "mdp_seed", "maps"), _grids, has_features=True
    ),
    "river_swim": Entry(("states",), lambda c, _: [one_hot(river_swim(c.states, c.discount))]),
    "chain": Entry(("states",), lambda c, _: [one_hot(chain(c.states, c.discount))]),
    "random": Entry(
        ("states", "actions", "mdp_seed"),
        lambda c, _: [one_hot(random_mdp(c.mdp_seed, c.states, c.actions, c.discount))],
    ),
    "tied": Entry((), _tied, has_features=True),
    "four_rooms": Entry(("slip",), _four_rooms, has_features=True),
    "baird": _counterexample(baird),
    "w_to_2w": _counterexample(w_to_2w),
}
