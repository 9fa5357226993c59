"""Rewards from language: literal, pragmatic and inference network, by what people talk about.

150 runs a cell, as many as the paper's ten folds of fifteen, with teachers who use every sentence
that the lab has, a fourth of which no listener was trained on. Every run has a reward of its own,
of four kinds that the inference network was not trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.files import make_folder
from coachable.reproduce.direct import present, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most
from coachable.reproduce.words.interactions import ALGORITHMS, FEW, LEARNERS
from coachable.reproduce.words.linguistic_corpus import on_corpus

INTERACTIONS, QUICK_INTERACTIONS = 15, 3
LEVELS, QUICK_LEVELS = 10, 2
TENTH = 10

TEACHERS: dict[str, dict[str, Any]] = {
    "mixed": {"phrasing": "all"},
    "evaluative": {"phrasing": "all", "imperative": 0.0, "descriptive": 0.0},
    "imperative": {"phrasing": "all", "evaluative": 0.0, "descriptive": 0.0},
    "descriptive": {"phrasing": "all", "evaluative": 0.0, "imperative": 0.0},
    "mixed, held-out sentences": {"phrasing": "held_out"},
    "mixed, like people": {
        "phrasing": "all", "hedges": 0.2, "typos": 0.03, "sarcasm": 0.05, "mistakes": 0.03,
        "silence": 0.2,
    },
}  # fmt: skip

PUBLISHED = {
    ("mixed", "tenth"): (52.3, 70.3, 65.9),
    ("mixed", "live"): (34.7, 42.8, 35.0),
    ("evaluative", "first ten"): (39, 50, None),
    ("imperative", "first ten"): (17, 32, None),
    ("descriptive", "first ten"): (41, 58, None),
}
"""Sumers et al. 2021: literal, pragmatic, inference network."""


def carry_out(teacher: str, algorithm: str, seed: int, quick: bool) -> dict[str, Any]:
    """One cell, `LEARNERS` runs."""
    from coachable.reproduce.words.interactions import on_its_own, on_random_interactions

    settings = TEACHERS[teacher]
    count, levels = (QUICK_INTERACTIONS, QUICK_LEVELS) if quick else (INTERACTIONS, LEVELS)
    return {
        "teacher": teacher,
        "algorithm": algorithm,
        "seed": seed,
        "random": on_random_interactions(algorithm, settings, seed, count)["scores"],
        "live": on_its_own(algorithm, settings, seed, levels)["scores"],
    }


def found(rows: Sequence[dict[str, Any]], teacher: str, algorithm: str, what: str) -> np.ndarray:
    """[runs] % of the most: at the tenth interaction, over the first ten, or live."""
    mine = [r for r in rows if (r["teacher"], r["algorithm"]) == (teacher, algorithm)]
    scores = np.concatenate(
        [np.array(r["live" if what == "live" else "random"]) for r in mine], axis=1
    )
    if what == "live":
        return scores.mean(axis=0)
    tenth = min(TENTH, len(scores) - 1)
    return scores[tenth] if what == "tenth" else scores[1 : tenth + 1].mean(axis=0)


def gap(rows: Sequence[dict[str, Any]], teacher: str, what: str = "tenth") -> float:
    """Points that pragmatic is ahead of literal."""
    ahead, behind = (found(rows, teacher, a, what).mean() for a in ("pragmatic", "literal"))
    return float(ahead - behind)


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """The published order, and what pragmatics is worth by category."""
    tenth = {a: found(rows, "mixed", a, "tenth").mean() for a in ALGORITHMS}
    live = {a: found(rows, "mixed", a, "live").mean() for a in ALGORITHMS}
    ahead = "points pragmatic is ahead of literal"
    return [
        at_least(f"mixed, tenth interaction: {ahead}", gap(rows, "mixed"), 8),
        at_least(f"mixed, live: {ahead}", gap(rows, "mixed", "live"), 4),
        at_least(f"descriptive: {ahead}", gap(rows, "descriptive"), 12),
        at_least(f"imperative: {ahead}", gap(rows, "imperative"), 12),
        at_most(f"evaluative: {ahead}", gap(rows, "evaluative"), 8),
        at_least(
            "mixed, tenth interaction: points the network is ahead of literal",
            float(tenth["inference_network"] - tenth["literal"]),
            0,
        ),
        at_most(
            "mixed, tenth interaction: points the network is ahead of pragmatic",
            float(tenth["inference_network"] - tenth["pragmatic"]),
            0,
        ),
        at_least(
            "mixed, live: points pragmatic is ahead of the network of 300 messages",
            float(live["pragmatic"] - live[FEW]),
            0,
        ),
        at_most(
            "mixed, tenth interaction: points between pragmatic and the published 70.3",
            float(abs(tenth["pragmatic"] - 70.3)),
            8,
        ),
        at_most(
            "mixed, tenth interaction: points between literal and the published 52.3",
            float(abs(tenth["literal"] - 52.3)),
            8,
        ),
    ]


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a teacher and learner, with the published figures beside them."""
    runs = len(found(rows, "mixed", "literal", "live"))
    lines = [
        f"Percent of the maximum score, mean ± standard error over {runs} runs; in brackets what "
        "was published with people. Random choice scores 9.6.",
        "",
        "| what is said | learner | 10th random interaction | first ten | live, ten levels |",
        "|---|---|--:|--:|--:|",
    ]
    for teacher in TEACHERS:
        for k, algorithm in enumerate(ALGORITHMS):
            cells = []
            for what in ("tenth", "first ten", "live"):
                scores = found(rows, teacher, algorithm, what)
                known = (*PUBLISHED.get((teacher, what), (None,) * 3), None)[k]
                told = "" if known is None else f" ({known})"
                error = scores.std(ddof=1) / np.sqrt(len(scores))
                cells.append(f"{scores.mean():.1f} ± {error:.1f}{told}")
            lines.append(f"| {teacher} | `{algorithm}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    places = [(t, a, seed, quick) for t in TEACHERS for a in ALGORITHMS for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)
    caption = "score on test levels after each of 15 random interactions"
    more = {"runs_a_cell": LEARNERS * len(seeds)}
    return present(
        name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption, **more
    )


COLOURS = dict(zip(ALGORITHMS, ("#1b6ca8", "#d1762c", "#4a7a3a", "#8a5aa8"), strict=True))


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Learning curves, a panel a category."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    shown = ("mixed", "descriptive", "imperative", "evaluative")
    figure, axes = plt.subplots(1, 4, figsize=(11, 2.9), sharey=True)
    for axis, teacher in zip(axes, shown, strict=True):
        for algorithm in ALGORITHMS:
            mine = [r for r in rows if (r["teacher"], r["algorithm"]) == (teacher, algorithm)]
            scores = np.concatenate([np.array(r["random"]) for r in mine], axis=1)
            mean, error = scores.mean(axis=1), scores.std(axis=1) / np.sqrt(scores.shape[1])
            steps = np.arange(len(mean))
            axis.fill_between(
                steps, mean - error, mean + error, color=COLOURS[algorithm], alpha=0.2
            )
            axis.plot(steps, mean, color=COLOURS[algorithm], label=algorithm.replace("_", " "))
        axis.axhline(9.6, color="black", lw=0.8, ls=":")
        axis.set_title(teacher, fontsize=10)
        axis.set_xlabel("interactions")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("% of the most points")
    axes[0].set_ylim(0, 100)
    axes[-1].text(15, 11, "random", fontsize=8, ha="right")
    axes[-1].legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(
    title="Rewards from language on the collection task, 150 runs a cell",
    run=run,
    seeds=(0, 1, 2, 3, 4),
    variants={"corpus": on_corpus},
)
