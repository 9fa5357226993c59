"""The collection task as the lab knows it: its config, and how to make it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from envs.collection.assignment import ASSIGNMENTS
from envs.task import Split, TaskFamily
from teaching import Oracle, UserError

if TYPE_CHECKING:
    from envs.collection.env import CollectionEnv, CollectionVectorEnv


@dataclass
class CollectionConfig:
    """Settings of ``env=collection``.

    Attributes:
        name: the registry entry.
        levels: how many make an episode.
        assignment: which colours and shapes are worth what, 0 to 35, the same in every episode and
            every split; null draws it anew for each episode, as each pair of people in Sumers et
            al. 2021 had one of their own.
        dt: seconds that a level takes, for delays and prices; in the paper a learner had 8 s.

    """

    name: str = "collection"
    levels: int = 10
    assignment: int | None = 0
    dt: float = 8.0

    def __post_init__(self) -> None:
        known = self.assignment is None or 0 <= self.assignment < ASSIGNMENTS
        rules = {
            "levels": (self.levels >= 1, "be at least 1"),
            "assignment": (known, f"be from 0 to {ASSIGNMENTS - 1}, or null"),
            "dt": (0 < self.dt < float("inf"), "be a number of seconds above 0"),
        }
        for key, (holds, rule) in rules.items():
            if not holds:
                raise UserError(f"env.{key} must {rule}, got {getattr(self, key)} (collection)")


def make(config: CollectionConfig, split: Split, render_mode: str | None = None) -> CollectionEnv:
    """One world."""
    from envs.collection.env import CollectionEnv

    return CollectionEnv(config, split, render_mode)


def make_vec(config: CollectionConfig, split: Split, num_worlds: int) -> CollectionVectorEnv:
    """N worlds side by side."""
    from envs.collection.env import CollectionVectorEnv

    return CollectionVectorEnv(config, split, num_worlds)


def oracle(env: Any, config: CollectionConfig) -> Oracle:
    """Return the teacher behind a simulated human, for one world or N of them."""
    from envs.collection.batch import CollectionBatch
    from envs.collection.manner import MANNER
    from envs.collection.oracle import collection_oracle
    from envs.showing import correctable

    twin = partial(CollectionBatch, config, "train", 1)
    return correctable(env.unwrapped.batch, twin, collection_oracle, MANNER)


COLLECTION = TaskFamily(
    name="collection",
    summary="coloured objects in four corners, worth what colour and shape say (for language)",
    config=CollectionConfig,
    actions="discrete",
    make=make,
    make_vec=make_vec,
    oracle=oracle,
)
