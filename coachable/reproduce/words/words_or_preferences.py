"""Words, comparisons, praise, ratings, interventions and demonstrations, at equal human minutes.

One person teaches the collection task in one way. Whoever learns believes that reward is linear in
the features that words speak of, and acts by Thompson sampling: only what is made of the feedback
differs. All humans go by the same knowledge (`equal_minutes.promised`), err alike, and are paid for
by the lab's prices. Settings were the best of six, by the same rule, on seeds 100 to 109.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.files import make_folder
from coachable.reproduce.direct import present, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least
from coachable.reproduce.words.equal_minutes import at, lesson
from coachable.reproduce.words.equal_settings import BUDGETS, HUMANS, LEARNERS

MINUTES, QUICK_MINUTES = 10.0, 1.0
CHANCE = 9.6
"""% of the most that a random choice is worth (Sumers et al. 2021)."""
LOOK = 8.0
"""Seconds that a level takes; what it costs where all kinds of feedback cost as much."""
COLOURS = dict(
    zip(
        LEARNERS,
        ("#1b6ca8", "#7fb2d9", "#d1762c", "#4a7a3a", "#9bbf8a", "#8a5aa8", "#444444"),
        strict=True,
    )
)


def carry_out(kind: str, condition: str, seed: int, quick: bool) -> dict[str, Any]:
    """One cell and seed."""
    return lesson(kind, condition, seed, QUICK_MINUTES if quick else MINUTES)


def scores(
    rows: Sequence[dict[str, Any]], kind: str, condition: str, minutes: float,
    price: float | None = None,
) -> np.ndarray:  # fmt: skip
    """[seeds] % of the most within so many minutes; see `equal_minutes.at`."""
    mine = [r for r in rows if (r["kind"], r["condition"]) == (kind, condition)]
    return np.array([at(r, minutes, price) for r in sorted(mine, key=lambda r: r["seed"])])


def ahead(rows: Sequence[dict[str, Any]], one: str, two: str, minutes: float) -> float:
    """Points by which one kind is ahead of another where one in ten is wrong, mean over seeds."""
    first, second = (scores(rows, kind, "one in ten wrong", minutes) for kind in (one, two))
    return float((first - second).mean())


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """That all teach, and the order that bits a second would have.

    A demonstration is one of 128 actions and up to 7 bits in 8 s; a comparison is 1 bit in 5 s, and
    praise 1 bit in 8.5 s. How many bits a sentence has nobody can say beforehand.
    """
    last = {
        (kind, condition): float(scores(rows, kind, condition, MINUTES).mean())
        for kind in LEARNERS
        for condition in HUMANS
    }
    worst = min(last, key=lambda place: last[place])
    return [
        at_least(
            f"10 minutes: points above a random choice of the worst ({', '.join(worst)})",
            last[worst] - CHANCE,
            20,
        ),
        at_least(
            "2 minutes: points demonstrations are ahead of comparisons",
            ahead(rows, "demonstrations", "comparisons", 2.0),
            5,
        ),
        at_least(
            "2 minutes: points demonstrations are ahead of praise and blame",
            ahead(rows, "demonstrations", "praise and blame", 2.0),
            5,
        ),
        at_least(
            "5 minutes: points comparisons are ahead of praise and blame",
            ahead(rows, "comparisons", "praise and blame", 5.0),
            0,
        ),
        at_least(
            "10 minutes: points comparisons are ahead of words, pragmatic",
            ahead(rows, "comparisons", "words, pragmatic", 10.0),
            5,
        ),
    ]


def break_even(rows: Sequence[dict[str, Any]], words: str, minutes: float) -> float | None:
    """Seconds that a comparison might cost for comparisons to reach what words do in the time.

    None where ten minutes of comparisons do not reach it.
    """
    reached = scores(rows, words, "one in ten wrong", minutes).mean()
    mine = [r["score"] for r in rows
            if (r["kind"], r["condition"]) == ("comparisons", "one in ten wrong")]  # fmt: skip
    length = min(map(len, mine))
    mean = np.array([score[:length] for score in mine]).mean(axis=0)
    enough = np.flatnonzero(mean >= reached)
    return None if not len(enough) else float(60 * minutes / (1 + enough[0]))


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a human and a kind of feedback."""
    seeds = len({r["seed"] for r in rows})
    budgets = " | ".join(f"{m:g} min" for m in BUDGETS)
    lines = [
        f"Percent of the maximum score on {100} test levels, mean ± standard error over {seeds} "
        f"seeds, by minutes of human time at the lab's prices; a random choice scores {CHANCE}. "
        f"Signals are those of the first five minutes. The last column is what two minutes bring "
        f"where every level looked at costs {LOOK:g} s, whatever is said of it.",
        "",
        f"| the human | feedback | {budgets} | signals | 2 min, {LOOK:g} s a level |",
        f"|---|---|{'--:|' * (len(BUDGETS) + 2)}",
    ]
    for condition in HUMANS:
        for kind in LEARNERS:
            cells = [_told(scores(rows, kind, condition, m)) for m in BUDGETS]
            mine = [r for r in rows if (r["kind"], r["condition"]) == (kind, condition)]
            cells += [f"{np.mean([_signals(r, 5.0) for r in mine]):.0f}"]
            cells += [_told(scores(rows, kind, condition, 2.0, LOOK))]
            lines.append(f"| {condition} | {kind} | {' | '.join(cells)} |")
    for words in ("words, pragmatic", "words, network"):
        price = break_even(rows, words, 2.0)
        told = "never reach" if price is None else f"would at {price:.0f} s each reach"
        lines += ["", f"One in ten wrong: comparisons {told} in 2 minutes what {words} reach."]
    return "\n".join(lines)


def _told(values: np.ndarray) -> str:
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return f"{values.mean():.1f} ± {error:.1f}"


def _signals(row: dict[str, Any], minutes: float) -> int:
    done = int(np.searchsorted(row["seconds"], 60 * minutes, side="right"))
    return int(row["signals"][done - 1]) if done else 0


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    places = [(k, c, seed, quick) for c in HUMANS for seed in seeds for k in LEARNERS]
    rows = side_by_side(name, carry_out, places, jobs)
    caption = "score on test levels against minutes of human time, by kind of feedback"
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption)


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Learning curves over human minutes, a panel a human."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(HUMANS), figsize=(11, 3.2), sharey=True)
    minutes = np.geomspace(1 / 4, MINUTES, 40)
    for axis, condition in zip(axes, HUMANS, strict=True):
        for kind in LEARNERS:
            found = np.array([scores(rows, kind, condition, m) for m in minutes])
            mean, error = found.mean(axis=1), found.std(axis=1) / np.sqrt(found.shape[1])
            axis.fill_between(
                minutes, mean - error, mean + error, color=COLOURS[kind], alpha=0.2, lw=0
            )
            # Where actions have no later consequences, to intervene is to demonstrate.
            style = "--" if kind == "demonstrations" else "-"
            axis.plot(minutes, mean, color=COLOURS[kind], ls=style, label=kind)
        axis.axhline(CHANCE, color="black", lw=0.8, ls=":")
        axis.set_xscale("log")
        axis.set_xticks(BUDGETS, [f"{m:g}" for m in BUDGETS])
        axis.minorticks_off()
        axis.set_title(condition, fontsize=10)
        axis.set_xlabel("minutes of human time")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("% of the most points")
    axes[0].set_ylim(0, 100)
    axes[-1].legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(
    title="Seven ways to teach the collection task, at equal human minutes",
    run=run,
    seeds=tuple(range(20)),
)
