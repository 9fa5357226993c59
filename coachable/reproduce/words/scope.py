"""Scope: what is said of curves should change curves, and nothing else.

Students who drive as the expert does but for curves, which they take too fast or too slowly, hear
what they do wrong and where. Beside them are students who hear the same and take no notice of the
where. How far a change spills over is what RLVF (Stephan et al. 2024) calls over-generalisation: it
is measured on the actions where the expert has been, for who leaves a curve faster is faster after
it too, whatever was learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from coachable.figures import save_figure
from coachable.files import make_folder
from coachable.reproduce.direct import present, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most
from coachable.reproduce.words.students import Act, course, episodes

STUDENTS, TESTS, UTTERANCES, QUICK_UTTERANCES = 12, 4, 6, 1
SPEED, CURVES = 0, 0
"""The quality and the context that students get wrong."""
FLAW = (1.0, 2.0)
CONTENT = 0.3
LEARNERS = {"scoped": True, "scope-less": False}


def carry_out(learner: str, seed: int, quick: bool) -> dict[str, Any]:
    """Mean speed of each student in curves and elsewhere, in spreads off the expert's."""
    from algorithms.verbal.corrections.manners import CorrectedManner
    from simulated_humans import comparing_manners

    place = course("driving")
    manner = place.manner
    rng = np.random.default_rng([seed, 0x5C])
    flaw = rng.choice([-1.0, 1.0], STUDENTS) * rng.uniform(*FLAW, STUDENTS)
    learners = [CorrectedManner(manner, scoped=LEARNERS[learner]) for _ in range(STUDENTS)]

    def act(each: int) -> Act:
        who = np.repeat(np.arange(STUDENTS), each)

        def acting(obs: np.ndarray, expert: np.ndarray, before: np.ndarray) -> np.ndarray:
            amounts = np.zeros((len(obs), len(manner.qualities)))
            amounts[:, SPEED] = flaw[who] * manner.holds(obs)[:, CURVES]
            proposed = manner.adjust(obs, expert, before, amounts)
            done = np.empty_like(proposed)
            for k, student in enumerate(learners):
                rows = who == k
                done[rows] = student.act(obs[rows], proposed[rows], before[rows])
            return done

        return acting

    def tested() -> np.ndarray:
        """[STUDENTS, 2] speed in curves, and where no context holds, m/s."""
        shown = episodes(place, act(TESTS), STUDENTS * TESTS, 70_000 + seed, "test")
        return speeds(manner, shown).reshape(STUDENTS, TESTS, 2).mean(axis=1)

    right = episodes(
        place, lambda obs, expert, before: expert, STUDENTS * TESTS, 70_000 + seed, "test"
    )
    wanted = speeds(manner, right).reshape(STUDENTS, TESTS, 2).mean(axis=1)
    before = tested()
    for lesson in range(QUICK_UTTERANCES if quick else UTTERANCES):
        number = 20_000 * (1 + seed) + 100 * lesson
        shown = episodes(place, act(1), STUDENTS, number)
        expert = episodes(place, lambda obs, expert, before: expert, STUDENTS, number)
        for student, mine, theirs in zip(learners, shown, expert, strict=True):
            found = comparing_manners.deviations(manner, mine, theirs)
            # This human watches the curves alone, and says so: what carries over is not blamed.
            chosen = comparing_manners.choose(found[[1 + CURVES]], CONTENT, 0.0, rng)
            chosen = replace(chosen, context=CURVES)
            student.hear(comparing_manners.say(chosen, manner, "held_out", rng))
    spread = manner.qualities[SPEED].spread
    return {
        "learner": learner,
        "seed": seed,
        "flaw": ((before - wanted) / spread).tolist(),
        "left": ((tested() - wanted) / spread).tolist(),
        "changed": [
            changed(manner, k, right[e * TESTS : (e + 1) * TESTS]) for e, k in enumerate(learners)
        ],
    }


def changed(manner: Any, learner: Any, shown: Sequence[Any]) -> list[float]:
    """Mean change of throttle and brake in curves, and where no context holds, in half-ranges."""
    obs = np.concatenate([obs for obs, _ in shown])
    action = np.concatenate([action for _, action in shown])
    before = np.concatenate([np.vstack([a[:1], a[:-1]]) for _, a in shown])
    change = np.abs(learner.act(obs, action, before) - action)[:, 1]
    there = manner.holds(obs)
    masks = there[:, CURVES], ~there.any(axis=1)
    return [float(change[mask].mean()) if mask.any() else 0.0 for mask in masks]


def speeds(manner: Any, shown: Sequence[Any]) -> np.ndarray:
    """[episodes, 2] mean speed in curves, and where no context holds."""
    rows = []
    for obs, action in shown:
        speed, there = manner.measure(obs, action)[:, SPEED], manner.holds(obs)
        masks = there[:, CURVES], ~there.any(axis=1)
        rows.append([speed[mask].mean() if mask.any() else np.nan for mask in masks])
    found = np.array(rows)
    return np.where(np.isnan(found), np.nanmean(found, axis=0), found)


def figures(rows: Sequence[dict[str, Any]], learner: str) -> dict[str, float]:
    """Sizes of what was off and of what changed, in spreads, mean over students."""
    mine = [r for r in rows if r["learner"] == learner]
    before = np.concatenate([np.array(r["flaw"]) for r in mine])
    after = np.concatenate([np.array(r["left"]) for r in mine])
    action = np.concatenate([np.array(r["changed"]) for r in mine]).mean(axis=0)
    off = np.abs(before).mean(axis=0), np.abs(after).mean(axis=0)
    return {
        "before in curves": off[0][0],
        "after in curves": off[1][0],
        "before elsewhere": off[0][1],
        "after elsewhere": off[1][1],
        "actions in curves": action[0],
        "actions elsewhere": action[1],
        "spilled": action[1] / action[0],
    }


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """That the change is made where it was asked for, and hardly anywhere else."""
    scoped, plain = (figures(rows, learner) for learner in LEARNERS)
    return [
        at_most(
            "scoped: share of the flaw in curves that is left",
            scoped["after in curves"] / scoped["before in curves"],
            0.5,
        ),
        at_most("scoped: change of actions elsewhere for each in curves", scoped["spilled"], 0.1),
        at_least(
            "scope-less: change of actions elsewhere for each in curves", plain["spilled"], 0.5
        ),
    ]


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a learner."""
    names = list(figures(rows, "scoped"))
    lines = [
        f"Driving, speed in spreads of 2 m/s off the expert's, mean size over students, "
        f"and how far actions are changed, in half-ranges; {UTTERANCES} corrections in held-out "
        "sentences, on test roads.",
        "",
        f"| learner | {' | '.join(names)} |",
        f"|---{'|--:' * len(names)}|",
    ]
    for learner in LEARNERS:
        cells = [f"{value:.2f}" for value in figures(rows, learner).values()]
        lines.append(f"| {learner} | {' | '.join(cells)} |")
    return "\n".join(lines)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    places = [(learner, seed, quick) for learner in LEARNERS for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)
    caption = "what six corrections of curves change there, and elsewhere"
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption)


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Change in curves against change elsewhere, a point a student."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(4.6, 3.2))
    for learner, colour in zip(LEARNERS, ("#1b6ca8", "#d1762c"), strict=True):
        mine = [r for r in rows if r["learner"] == learner]
        x, y = np.concatenate([np.array(r["changed"]) for r in mine]).T
        axis.scatter(x, y, color=colour, s=16, linewidths=0, label=learner)
    axis.set(xlabel="change of throttle in curves", ylabel="change of throttle elsewhere")
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8)
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(
    title="Scope of corrections on Driving, twelve students a seed",
    run=run,
    seeds=(0, 1),
)
