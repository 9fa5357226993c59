"""``coachable reproduce browser``: what the way through the page costs in success and in time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import make_folder
from coachable.reproduce.browser.lessons import lesson
from coachable.reproduce.browser.metronome import RATE, latency
from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.spec import Claim, at_least, at_most, mean

WAYS = ("in process", "page")
LATENCY_STEPS, QUICK_LATENCY_STEPS = 1200, 60
FIGURES = {
    "success": "success",
    "human_steps": "human steps",
    "takeovers": "takeovers",
    "human_minutes": "human minutes",
}


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Train both ways with every seed, then measure the latency with nothing else going on."""
    make_folder(folder)
    places = [(way, seed, str(folder), quick) for seed in seeds for way in WAYS]
    rows = side_by_side(name, lesson, places, jobs)
    for row in rows:
        row["human_minutes"] = row["human_seconds"] / 60
    taken = latency(QUICK_LATENCY_STEPS if quick else LATENCY_STEPS)
    draw(taken, folder / "success.png")
    return conclude(
        name,
        folder,
        seeds,
        quick,
        claims(rows, taken),
        rows=rows,
        latency_ms=taken,
        markdown=table(rows) + "\n\n" + told(taken),
        caption="from a picture's being sent to the execution of what answers it",
    )


def claims(rows: Sequence[dict[str, Any]], taken: dict[str, Any]) -> list[Claim]:
    """What must hold."""
    near, far = (mean(rows, "success", method=way) for way in WAYS)
    pairs = [
        [row["return"] for row in rows if row["seed"] == seed]
        for seed in sorted({row["seed"] for row in rows})
    ]
    same = np.mean([first == second for first, second in pairs])
    return [
        at_most("success of the two ways apart", abs(near - far), 0.05),
        at_least("seeds with the very same test return both ways", float(same), 1.0),
        at_least("success of PVP taught through the page", far, 0.85),
        at_most(
            f"median latency from picture to action at {RATE:.0f} Hz, ms", taken["median"], 60.0
        ),
    ]


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Means and spreads, a line a way."""
    lines = ["| the human is | " + " | ".join(FIGURES.values()) + " |"]
    lines.append("|---|" + "--:|" * len(FIGURES))
    for way in WAYS:
        cells = []
        for key in FIGURES:
            found = np.array([row[key] for row in rows if row["method"] == way], float)
            digits = 3 if key == "success" else 1 if key == "human_minutes" else 0
            cells.append(f"{found.mean():,.{digits}f} ± {found.std():,.{digits}f}")
        lines.append(f"| {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def told(taken: dict[str, Any]) -> str:
    """The latencies in a sentence."""
    return (
        f"From a picture's being sent to the execution of what answers it, over "
        f"{taken['steps']:,} steps at {RATE:.0f} Hz on the loopback: median "
        f"{taken['median']:.1f} ms, 5th percentile {taken['p5']:.1f}, 95th {taken['p95']:.1f}, "
        f"99th {taken['p99']:.1f}, longest {taken['max']:.0f}. A step is executed at its own time: "
        f"an answer that comes at once waits for the rest of the {1e3 / RATE:.0f} ms that drawing "
        "has left. Behind the page human minutes are by the clock, and the lessons of the table "
        "went faster than the task's own time."
    )


def draw(taken: dict[str, Any], path: Path) -> None:
    """The distribution of the latencies."""
    from coachable.latency_picture import draw_latency

    draw_latency(taken, path, bound=60.0)
