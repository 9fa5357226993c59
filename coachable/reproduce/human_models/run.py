"""Measure every model with every seed, and say whether the whole agrees with the closed forms."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import kstest, norm, poisson

from coachable.files import make_folder, write_json, write_whole
from coachable.reproduce.human_models.registry import MODELS
from coachable.reproduce.human_models.rows import Row
from coachable.reproduce.human_models.stage import Stage
from coachable.reproduce.report import print_claims
from coachable.reproduce.spec import Claim, at_least, at_most

DRAWS, QUICK_DRAWS = 100_000, 5_000
BOUND, QUICK_BOUND = 3.0, 4.0
"""Standard errors; with a twentieth of the draws the normal law is a little rougher."""

Rows = dict[str, list[Row]]
"""Model -> its rows."""


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json, the table and the pictures into `folder`; whether all claims hold.

    The table and the bound on single rows are those of the first seed; the law of z is judged
    over all of them.
    """
    from coachable.reproduce.human_models.pictures import draw_all
    from coachable.reproduce.human_models.table import markdown, print_rows

    make_folder(folder)
    measured = measure(MODELS, seeds, jobs, QUICK_DRAWS if quick else DRAWS)
    found = claims(measured, QUICK_BOUND if quick else BOUND)
    first = measured[0]
    result: dict[str, Any] = {
        "name": name,
        "quick": quick,
        "seeds": list(seeds),
        "draws": QUICK_DRAWS if quick else DRAWS,
        "rows": [{"model": m, **asdict(row)} for m, rows in first.items() for row in rows],
        "z": [[row.z for _, row in by_chance(rows)] for rows in measured],
        "claims": [asdict(claim) for claim in found],
    }
    write_json(folder / "result.json", result)
    write_whole(folder / "table.md", markdown(result["rows"]) + "\n")
    draw_all(make_folder(folder / "pictures"), result["z"])
    print_rows(first, f"seed {seeds[0]}{' (quick)' if quick else ''}")
    print_claims(found)
    print(f"{folder / 'result.json'}, {folder / 'table.md'}, {folder / 'pictures'}")
    return all(claim.holds for claim in found)


def measure(names: Iterable[str], seeds: Sequence[int], jobs: int, draws: int) -> list[Rows]:
    """The rows of every model, one dict a seed; a bar on the way where there is a terminal."""
    names = list(names)
    places = [(name, seed) for seed in seeds for name in names]
    done: dict[tuple[str, int], list[Row]] = {}
    for place, rows in _shown(_carried_out(places, jobs, draws), len(places)):
        done[place] = rows
    return [{name: done[name, seed] for name in names} for seed in seeds]


def measure_one(name: str, seed: int, draws: int) -> list[Row]:
    """The rows of one model."""
    return list(MODELS[name].measure(Stage(name, draws, seed)))


def claims(measured: Sequence[Rows], bound: float) -> list[Claim]:
    """No row of the first seed is off, nor is the law of z over all seeds."""
    every = [row for rows in measured for _, row in by_chance(rows)]
    z = np.array([row.z for row in every], float)
    first = list(by_chance(measured[0]))
    worst = max(abs(row.z or 0.0) for _, row in first)
    tail = 2 * float(norm.sf(bound))
    beyond, chance = int((np.abs(z) > bound).sum()), tail * len(z)
    off = sum(not row.agrees for rows in measured for group in rows.values() for row in group)
    seeds = len(measured)
    return [
        at_most(f"largest |z| of {len(first)} rows, first seed", worst, bound),
        at_least(f"p of {len(z)} z being standard normal (KS)", _normal(z), 0.01),
        at_most(
            f"rows of {len(z)} with |z| > {bound:g} ({chance:.1f} by chance, bound: 99.9 %)",
            beyond,
            float(poisson.ppf(0.999, chance)),
        ),
        at_most(f"rows without chance that are off, over {seeds} seed{'s'[: seeds > 1]}", off, 0),
    ]


def by_chance(rows: Rows) -> Iterator[tuple[str, Row]]:
    """(model, row) of the rows that have a standard error."""
    for name, group in rows.items():
        for row in group:
            if row.z is not None:
                yield name, row


def _normal(z: np.ndarray) -> float:
    return float(kstest(z, "norm").pvalue)


def _carried_out(
    places: Sequence[tuple[str, int]], jobs: int, draws: int
) -> Iterator[tuple[tuple[str, int], list[Row]]]:
    if jobs == 1:
        for name, seed in places:
            yield (name, seed), measure_one(name, seed, draws)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(measure_one, *place, draws): place for place in places}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _shown(items: Iterator[Any], total: int) -> Iterator[Any]:
    """The items, with a bar on a terminal and a line at every tenth elsewhere."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        yield from track(items, "measuring", total=total, console=Console(stderr=True))
        return
    for done, item in enumerate(items, start=1):
        yield item
        if 10 * done // total > 10 * (done - 1) // total:
            print(f"measuring: {done} of {total} models", file=sys.stderr, flush=True)
