"""Learning from answers, beside the true reward and beside answers at random.

Everybody has as much of a person's time, 1,000 seconds by the human's prices: 200 comparisons, or
as many rankings of four or corrections as take as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from coachable.files import make_folder
from coachable.reproduce.direct import present, side_by_side
from coachable.reproduce.preference.cells import (
    CELLS,
    COLLECTION,
    COMPARED,
    CORRECTED,
    GUESSED,
    PENDULUM,
    RANKED,
    TEACHERS,
    TRUE,
    carry_out,
    found,
)
from coachable.reproduce.preference.show import PUBLISHED, Rows, draw, markdown
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

PUBLISHED_60_ROUNDS = -163.0
"""Of the same peer, asked in 60 rounds."""

CAPTION = "return over training on Pendulum, and at the end of it with each teacher and task"


def claims(rows: Rows) -> list[Claim]:
    """That answers are enough, and that it is the answers."""

    def mean(task: str, method: str) -> float:
        return float(found(rows, "return", task, method).mean())

    compared = mean(PENDULUM, COMPARED)
    worst = min(mean(PENDULUM, teacher) for teacher in TEACHERS)
    return [
        at_least("Pendulum: return from 200 comparisons, 12,000 steps", compared, PUBLISHED),
        at_least("… beside the peer's in 60 rounds", compared, PUBLISHED_60_ROUNDS),
        at_most("… how far below the true reward's", mean(PENDULUM, TRUE) - compared, 50),
        at_least("… how far above answers at random", compared - mean(PENDULUM, GUESSED), 300),
        at_least("Pendulum: return from the worst of five erring teachers", worst, PUBLISHED),
        at_least("Pendulum: return from rankings in as much time", mean(PENDULUM, RANKED), -250),
        at_least(
            "Collection: points from comparisons above those from answers at random",
            mean(COLLECTION, COMPARED) - mean(COLLECTION, GUESSED),
            10,
        ),
        at_least(
            "Collection: points from corrections above those from comparisons, as much time",
            mean(COLLECTION, CORRECTED) - mean(COLLECTION, COMPARED),
            0,
        ),
    ]


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    places = [(cell, seed, quick) for cell in CELLS for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, CAPTION)


SPEC = Direct(title="Learning from comparisons, rankings and corrections", run=run)
