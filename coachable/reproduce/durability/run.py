"""Kills during bursts of labels, and what is on the disk then."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import make_folder
from coachable.reproduce.direct import conclude
from coachable.reproduce.durability.page import Page
from coachable.reproduce.durability.victim import live
from coachable.reproduce.spec import Claim, at_least, at_most
from teaching import Evaluation, Preference, UserError, Utterance
from teaching.log import FILE_NAME, read_log
from teaching.log_rows import LoggedFeedback, feedback_of

KILLS = 200
QUICK_KILLS = 5
PATIENCE = 60.0
"""Seconds within which a run that was started must listen."""


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Kill, and count; one seed a series of kills."""
    rows = []
    for seed in seeds:
        rows.append(series(folder / f"seed{seed}", seed, QUICK_KILLS if quick else KILLS))
    columns = list(rows[0])
    lines = [" | ".join(["seed", *columns]), "|".join(["---", *["--:"] * len(columns)])]
    lines += [
        " | ".join([str(seed), *(f"{row[c]:,}" for c in columns)])
        for seed, row in zip(seeds, rows, strict=True)
    ]
    markdown = "\n".join(f"| {line} |" for line in lines)
    return conclude(name, folder, seeds, quick, claims(rows), rows=rows, markdown=markdown)


def claims(rows: Sequence[dict[str, int]]) -> list[Claim]:
    """What the counts must show."""
    total = {key: sum(row[key] for row in rows) for key in rows[0]}
    return [
        at_least("labels acknowledged", total["acknowledged"], 10 * total["kills"]),
        at_most("acknowledged and not on the disk", total["lost"], 0),
        at_most("on the disk twice", total["doubled"], 0),
        at_most("on the disk with another content than was sent", total["altered"], 0),
        at_least("kills with labels underway", total["underway"], 0.5 * total["kills"]),
    ]


def series(folder: Path, seed: int, kills: int) -> dict[str, int]:
    """A run, killed so many times and started again, under one page that does not give up.

    Returns:
        Counts: ``kills``; ``underway``, kills at which some label had been sent and not
        acknowledged; labels ``acknowledged``, ``lost``, ``doubled`` and ``altered``.

    """
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    rng = np.random.default_rng([seed, 0xD1E])
    page = Page(seed)
    context = get_context("forkserver")
    context.set_forkserver_preload(["coachable.reproduce.durability.victim"])
    underway = 0
    for _ in range(kills):
        port = context.Value("i", 0)
        victim = context.Process(target=live, args=(folder, port), daemon=True)
        victim.start()
        _await(port, victim)
        visit = threading.Thread(target=page.visit, args=(port.value, 5.0))
        visit.start()
        time.sleep(float(rng.uniform(0.05, 0.4)))
        victim.kill()
        victim.join()
        visit.join()
        underway += bool(page.waiting)
    return {"kills": kills, "underway": underway, **count(folder / FILE_NAME, page)}


def count(log: Path, page: Page) -> dict[str, int]:
    """What is on the disk, against what the page was told."""
    stored = _by_token(log)
    times = Counter(stored_id for stored_id, _ in stored)
    altered = sum(not _same(row, (page.saved | page.waiting)[token]) for token, row in stored)
    rows = sum(1 for _ in read_log(log, superseded=True))
    return {
        "acknowledged": len(page.saved),
        "stored": rows,
        "lost": sum(times[token] == 0 for token in page.saved),
        # A row without a receipt of its own would be a second one of somebody's.
        "doubled": sum(n - 1 for n in times.values()) + rows - len(stored),
        "altered": altered,
    }


def _by_token(log: Path) -> list[tuple[str, LoggedFeedback]]:
    query = (
        "SELECT token, kind, human, world, step, wall_time, human_seconds, payload"
        " FROM receipts JOIN feedback ON feedback.id = feedback_id"
    )
    with closing(sqlite3.connect(f"{log.absolute().as_uri()}?mode=ro", uri=True)) as database:
        return [(row[0], feedback_of(row[1:])) for row in database.execute(query)]


def _same(row: LoggedFeedback, label: dict[str, Any]) -> bool:
    record = row.record
    if isinstance(record, Evaluation):
        return label["t"] == "judge" and float(record.value[0]) == label["value"]
    if isinstance(record, Utterance):
        return label["t"] == "say" and record.text[0] == label["text"]
    assert isinstance(record, Preference)
    choice = ("first", "second", "equal", "skip")[int(record.choice[0])]
    return label["t"] == "answer" and choice == label["choice"]


def _await(port: Any, victim: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not port.value:
        if time.monotonic() > end or not victim.is_alive():
            raise UserError("the run that is to be killed did not come to listen")
        time.sleep(0.002)
