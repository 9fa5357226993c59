"""A kind of human under one typed config, as the command line finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym

from teaching.feedback import Kind
from teaching.human import Human
from teaching.oracle import Oracle


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanFamily:
    """A kind of human under one typed config; a YAML file each is a person of the kind.

    Attributes:
        name: what `name:` says in a file of configs/human.
        summary: one line for ``coachable list``.
        kinds: of feedback that it gives; None where only the human itself can say.
        config: the dataclass that checks the YAML file. It has at least ``name: str``, and
            ``expert: str`` where the human needs an expert.
        make: (config, oracle, action space of one world, number of worlds, seed) -> the human.
        needs_expert: False where nobody stands behind the human; `make` is then given
            `teaching.oracle.NOBODY`.
        person: True for a real person (`human_controllers.person.Person`), who is shown the task.
        looks: whether a real person is shown it in pictures.

    """

    name: str
    summary: str
    kinds: frozenset[Kind] | None
    config: type
    make: Callable[[Any, Oracle, gym.Space, int, int], Human]
    needs_expert: bool = True
    person: bool = False
    looks: bool = True
