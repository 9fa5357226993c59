"""What a reproduction consists of: runs, and claims about their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

Row = Mapping[str, Any]
"""A run's result, with its `method`, `condition` and `seed`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a reproduction.

    Attributes:
        method: its row in the table.
        condition: its part of the table: the task, or what is wrong with the human.
        seed: its seed.
        overrides: what to train, without the seed.

    """

    method: str
    condition: str
    seed: int
    overrides: Sequence[str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that the figures bear out, or not.

    Attributes:
        claim: the sentence.
        value: the figure.
        bound: what it is held against.
        holds: whether it does.

    """

    claim: str
    value: float
    bound: float
    holds: bool


Stage = Callable[[Sequence[int], Sequence[Row]], list[Run]]
"""From the seeds and the rows of earlier stages to the runs of this one."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A reproduction.

    Attributes:
        title: over the table.
        seeds: unless others are asked for.
        stages: lists of runs; a later one may depend on the figures of an earlier one.
        claims: from all rows to what was to be shown.
        experts: condition -> overrides, where the human's expert is tested by itself.
        quick: overrides of a quick run, which shows that it works and proves nothing.

    """

    title: str
    stages: Sequence[Stage]
    claims: Callable[[Sequence[Row]], list[Claim]]
    seeds: Sequence[int] = (0, 1, 2, 3, 4)
    experts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quick: Sequence[str] = ("quick=true",)


@dataclass(frozen=True, slots=True)
class Direct:
    """A reproduction that trains nothing: it measures, claims and draws by itself.

    Attributes:
        title: what it shows.
        run: (name, folder, seeds, jobs, quick) -> whether all of its claims hold. It writes
            ``result.json`` with the claims, and what else there is, into the folder.
        seeds: unless others are asked for.
        variants: KEY -> from what stands behind ``KEY=`` on the command line to the reproduction
            that is meant; its results go into a folder KEY of their own.

    """

    title: str
    run: Callable[[str, Path, Sequence[int], int, bool], bool]
    seeds: Sequence[int] = (0, 1, 2, 3, 4)
    variants: Mapping[str, Callable[[str], Direct]] = field(default_factory=dict)


def grid(
    methods: Iterable[str],
    conditions: Mapping[str, Sequence[str]],
    changes: Mapping[str, Sequence[str]] | None = None,
) -> Stage:
    """Every method in every condition with every seed; a method is a file of configs/algorithm.

    Args:
        methods: names of config files.
        conditions: condition -> overrides.
        changes: method -> further overrides.

    """
    names = list(methods)

    def stage(seeds: Sequence[int], rows: Sequence[Row]) -> list[Run]:
        return [
            Run(
                method,
                condition,
                seed,
                [*overrides, f"algorithm={method}", *(changes or {}).get(method, ())],
            )
            for condition, overrides in conditions.items()
            for seed in seeds
            for method in names
        ]

    return stage


def cloning_on_equal_human_steps(conditions: Mapping[str, Sequence[str]]) -> Stage:
    """Behaviour cloning on as many human steps as PVP used with the same seed and condition."""

    def stage(seeds: Sequence[int], rows: Sequence[Row]) -> list[Run]:
        runs = []
        for condition, overrides in conditions.items():
            for seed in seeds:
                (human_steps,) = values(
                    rows, "human_steps", method="pvp", condition=condition, seed=seed
                )
                own = ["algorithm=bc", "human.gate=always", "eval_every=0", "quick=false"]
                steps = f"total_steps={max(int(human_steps), 1)}"
                runs.append(Run("bc", condition, seed, [*overrides, *own, steps]))
        return runs

    return stage


def values(rows: Sequence[Row], key: str, **where: Any) -> np.ndarray:
    """The figures `key` of the rows that match, in order."""
    return np.array([row[key] for row in rows if all(row[k] == v for k, v in where.items())], float)


def mean(rows: Sequence[Row], key: str, **where: Any) -> float:
    """Their mean."""
    return float(values(rows, key, **where).mean())


def at_least(claim: str, value: float, bound: float) -> Claim:
    """A claim that holds where value ≥ bound."""
    return Claim(claim, value, bound, bool(value >= bound))


def at_most(claim: str, value: float, bound: float) -> Claim:
    """A claim that holds where value ≤ bound."""
    return Claim(claim, value, bound, bool(value <= bound))
