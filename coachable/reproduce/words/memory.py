"""Memory: does what was corrected in one task save words in a task like it?

After DROC (Zha et al. 2023). People send a driver and an arm on errands, each of which they want
done in a manner of its own; they correct until they are content. Then the same errands come again,
in other words, on other roads and tables, and wanted nearly but not quite in the same manner; and,
beside them, errands that nobody has been sent on. All sentences are held-out ones.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import make_folder
from coachable.reproduce.direct import present, side_by_side
from coachable.reproduce.spec import Direct
from coachable.reproduce.words.errands import (
    DRIVES,
    PUSHES,
    SCENES,
    STRANGE,
    Errand,
    again,
    errands,
    side,
    wanted,
)
from coachable.reproduce.words.memory_report import (
    LONGEST,
    METHODS,
    QUICK_LONGEST,
    ROUNDS,
    TASKS,
    claims,
    draw,
    markdown,
)
from coachable.reproduce.words.students import Course, course

CONTENT = 0.4
"""Spreads under which the corrector has nothing to say."""
SHOWN = 3
"""Episodes that a person watches before speaking of the middle one, for now and then something
else happens in one, a crash or a jam, that says little about the manner."""
SCOUTED = 25
"""Episodes by which a driver sees what an errand looks like, unwatched."""


@dataclass(frozen=True)
class Job:
    """An errand, told in some words to a driver with some memory."""

    method: str
    errand: Errand
    text: str


def carry_out(task: str, seed: int, quick: bool) -> list[dict[str, Any]]:
    """Utterances and human seconds of every errand, round by round; one row a method."""
    from algorithms.verbal.memory.store import Memory

    place, methods = course(task), METHODS[task]
    rng = np.random.default_rng([seed, 0x3E])
    rounds = told(place, rng)
    memories = {
        m: Memory(threshold=-1.0, alike=_all) if m == "everything" else Memory() for m in methods
    }
    rows: dict[str, dict[str, Any]] = {
        m: {"task": task, "method": m, "seed": seed} for m in methods
    }
    for number, name in enumerate(ROUNDS):
        jobs = [Job(method, errand, text) for method in methods for errand, text in rounds[name]]
        after = {m: Memory(list(k.entries), k.threshold, k.alike) for m, k in memories.items()}
        done = one_round(place, jobs, after, 1000 * (10 * seed + number), quick)
        for method in methods:
            mine = [k for k, job in enumerate(jobs) if job.method == method]
            rows[method][name] = {key: [values[k] for k in mine] for key, values in done.items()}
        if name == "first":
            memories = after  # what the later rounds leave is not for one another
    return list(rows.values())


def told(place: Course, rng: np.random.Generator) -> dict[str, list[tuple[Errand, str]]]:
    """The errands of each round, and the words in which they are told."""
    known, strange = DRIVES if place.name == "driving" else PUSHES, STRANGE[place.name]
    first = errands(place, known, rng)
    order = {purpose: rng.permutation(len(texts)) for purpose, texts in known.items()}
    wording = [{p: known[p][order[p][k]] for p in known} for k in range(2)]
    return {
        "first": [(errand, wording[0][errand.purpose]) for errand in first],
        "again": [(again(errand, rng), wording[1][errand.purpose]) for errand in first],
        "strange": [(e, strange[e.purpose][0]) for e in errands(place, strange, rng)],
    }


def one_round(
    place: Course, jobs: Sequence[Job], memories: dict[str, Any], seed: int, quick: bool
) -> dict[str, list[float]]:
    """Do all jobs side by side, until each person is content; then keep what they wanted.

    Jobs of one errand are done on the same roads, and by persons who choose the same words.
    """
    from algorithms.verbal.corrections.manners import CorrectedManner
    from algorithms.verbal.memory import manners
    from simulated_humans import comparing_manners
    from teaching import Prices

    prices, count = Prices(), len(jobs)
    learners = [CorrectedManner(place.manner, regrow=True) for _ in jobs]
    errand = [k % (count // len(METHODS[place.name])) for k in range(count)]
    people = [np.random.default_rng([seed, 0x7A, e]) for e in errand]
    untaught = np.zeros_like(learners[0].amounts)
    looks = [np.zeros(0)] * count
    if len(SCENES[place.name]) > 1:
        scouted = side(
            [(job.errand, untaught) for job in jobs] * SCOUTED,
            [seed + 500 + SCOUTED * e + n for n in range(SCOUTED) for e in errand],
        )
        looks = [manners.scene(place.manner, scouted[k::count]) for k in range(count)]
    recalled = [
        len(recall(memories[job.method], job, learner, scene))
        for job, learner, scene in zip(jobs, learners, looks, strict=True)
    ]
    utterances, seconds, off = np.zeros(count), np.zeros(count), np.zeros(count)
    busy = np.ones(count, bool)
    for lesson in range(QUICK_LONGEST if quick else LONGEST):
        now = np.flatnonzero(busy).tolist()
        if not now:
            break
        seeds = [seed + 40 * errand[k] + SHOWN * lesson + n for n in range(SHOWN) for k in now]
        mine = [(jobs[k].errand, learners[k].amounts) for k in now] * SHOWN
        right = [(jobs[k].errand, wanted(jobs[k].errand, untaught)) for k in now] * SHOWN
        shown = side([*mine, *right], [*seeds, *seeds])
        seen, expected = shown[: len(mine)], shown[len(mine) :]
        every = [
            comparing_manners.deviations(place.manner, one, other)
            for one, other in zip(seen, expected, strict=True)
        ]
        for at, k in enumerate(now):
            # These people do not mind how smooth it is.
            found = middle(every[at :: len(now)])[:, :-1]
            off[k] = np.sqrt(np.nanmean(found[0] ** 2)) if lesson == 0 else off[k]
            meant = comparing_manners.choose(found, CONTENT, 0.0, people[k])
            said = comparing_manners.say(meant, place.manner, "all", people[k])
            watched = sum(len(obs) for obs, _ in seen[at :: len(now)])
            seconds[k] += prices.watch * DT * watched + prices.say * len(said.split())
            busy[k] = bool(meant.direction)
            if busy[k]:
                utterances[k] += 1
                learners[k].hear(said)
    for k in np.flatnonzero(~busy).tolist():
        memory = memories[jobs[k].method]
        manners.keep(memory, learners[k], jobs[k].text, looks[k], int(utterances[k]))
    return {
        "utterances": utterances.tolist(),
        "seconds": seconds.tolist(),
        "off": off.tolist(),
        "content": (~busy).tolist(),
        "recalled": recalled,
    }


DT = 0.1
"""Seconds a step, in both tasks."""


def middle(found: Sequence[np.ndarray]) -> np.ndarray:
    """The median of deviations, episode by episode; NaN where none says anything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of slices that are all NaN
        return np.asarray(np.nanmedian(found, axis=0))


def recall(memory: Any, job: Job, learner: Any, scene: np.ndarray) -> list[Any]:
    """What a driver with this memory begins with."""
    from algorithms.verbal.memory import manners

    if job.method == "none":
        return []
    text = "" if job.method == "looks alone" else job.text
    looks = scene if job.method in ("memory", "looks alone") else np.zeros(0)
    return manners.reuse(memory, learner, text, looks)


def _all(text: str, others: Sequence[str]) -> np.ndarray:
    return np.ones(len(others))


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    places = [(task, seed, quick) for task in TASKS for seed in seeds]
    rows = [row for rows in side_by_side(name, carry_out, places, jobs) for row in rows]
    caption = "utterances until content: the first time, again, and on errands never done"
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption)


SPEC = Direct(
    title="Errands on Driving and the arm, twice and once, with a memory of corrections",
    run=run,
    seeds=tuple(range(10)),
)
