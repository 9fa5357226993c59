"""Corrections in words on Driving, arm and maze: do ten bring a student nearer to the expert?

Twelve students a seed, each too fast or too slow and too far to one side by amounts of its own,
are corrected ten times, in sentences that no listener was trained on. Beside them are students who
hear what was meant for another one. As many are off one way as the other, so that what is said on
average says nothing.
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
from coachable.reproduce.words.students import Course, Flawed, course, episodes

TASKS = ("driving", "arm", "maze")
FORMS = ("offset", "preference", "policy")
"""What becomes of a correction: an offset of the actions, a comparison with a neighbouring amount,
or the condition of a policy that practised with other people, in other sentences."""
PRACTISED = ("driving", "arm")
"""Where there are policies that practised."""
WORDS = ("said", "shuffled")
STUDENTS = 12
TESTS = 4
"""Episodes of each student, on test roads or tables, with the expert on the same."""
UTTERANCES, QUICK_UTTERANCES = 10, 2
TESTED_AFTER = (0, 1, 2, 4, 6, 8, 10)
CONTENT = 0.3
"""Spreads under which the corrector has nothing to say."""


def carry_out(task: str, form: str, seed: int, quick: bool) -> list[dict[str, Any]]:
    """Teach twelve students by what is said to them, and by what is said to another."""
    if form == "policy":
        from coachable.reproduce.words.practice import Size, practised
        from coachable.train import one_thread

        one_thread()
        policy = practised(course(task), seed, Size(8, 1, 5, 5) if quick else None)
    else:
        policy = None
    return [taught_by(task, form, words, policy, seed, quick) for words in WORDS]


def taught_by(
    task: str, form: str, words: str, policy: Any, seed: int, quick: bool
) -> dict[str, Any]:
    """Teach twelve students; their distances to the expert before, and after each correction."""
    from algorithms.verbal.corrections.manners import CorrectedManner
    from algorithms.verbal.corrections.policy import ConditionedManner
    from simulated_humans import comparing_manners

    place = course(task)
    students = Flawed(place, STUDENTS, seed)
    learners: list[Any] = [
        CorrectedManner(place.manner, form)
        if policy is None
        else ConditionedManner(place.manner, policy)
        for _ in range(STUDENTS)
    ]
    rng = np.random.default_rng([seed, 0xB0])
    tested = reference(place, seed)
    measured = [distance(place, students, learners, tested, seed)]
    grounded: list[bool] = []
    for lesson in range(QUICK_UTTERANCES if quick else UTTERANCES):
        number = 10_000 * seed + 100 * lesson
        shown = taught(place, students, learners, number)
        right = episodes(place, lambda obs, expert, before: expert, STUDENTS, number)
        texts, meant = [], []
        for mine, theirs in zip(shown, right, strict=True):
            found = comparing_manners.deviations(place.manner, mine, theirs)
            meant.append(comparing_manners.choose(found, CONTENT, 0.0, rng))
            texts.append(comparing_manners.say(meant[-1], place.manner, "held_out", rng))
        heard = np.roll(
            np.arange(STUDENTS), 1 + lesson % (STUDENTS - 1) if words == "shuffled" else 0
        )
        for k, learner in enumerate(learners):
            asked, truth = learner.hear(texts[heard[k]]), meant[heard[k]]
            if asked is None:
                continue
            what = asked.direction == truth.direction
            grounded.append(what and (not truth.direction or asked.quality == truth.quality))
        if lesson + 1 in TESTED_AFTER:
            measured.append(distance(place, students, learners, tested, seed))
    return {
        "task": task,
        "form": form,
        "words": words,
        "seed": seed,
        "manner": [m.tolist() for m, _ in measured],
        "action": [a.tolist() for _, a in measured],
        "grounded": float(np.mean(grounded)) if grounded else None,
    }


def taught(place: Course, students: Flawed, learners: Sequence[Any], seed: int, each: int = 1,
           split: str = "train") -> list[Any]:  # fmt: skip
    """`each` episodes of every student, as they do it now; students in blocks."""
    who = np.repeat(np.arange(STUDENTS), each)

    def act(obs: np.ndarray, expert: np.ndarray, before: np.ndarray) -> np.ndarray:
        proposed = students.propose(who, obs, expert, before)
        done = np.empty_like(proposed)
        for k, learner in enumerate(learners):
            rows = who == k
            done[rows] = learner.act(obs[rows], proposed[rows], before[rows])
        return done

    return episodes(place, act, len(who), seed, split)


def reference(place: Course, seed: int) -> list[Any]:
    """The expert on every test episode."""
    return episodes(
        place, lambda obs, expert, before: expert, STUDENTS * TESTS, 50_000 + seed, "test"
    )


def distance(
    place: Course, students: Flawed, learners: Sequence[Any], tested: Sequence[Any], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """[STUDENTS] root mean square over qualities of the deviation, in spreads, on test episodes;
    and [STUDENTS] mean change that the expert's actions are subjected to, in half-ranges."""
    from simulated_humans import comparing_manners

    shown = taught(place, students, learners, 50_000 + seed, TESTS, "test")
    off = np.array(
        [
            comparing_manners.deviations(place.manner, mine, theirs)[0]
            for mine, theirs in zip(shown, tested, strict=True)
        ]
    ).reshape(STUDENTS, TESTS, -1)
    mean = np.nanmean(off, axis=1)
    change = np.zeros(STUDENTS)
    for k, learner in enumerate(learners):
        rows = [tested[k * TESTS + t] for t in range(TESTS)]
        obs = np.concatenate([obs for obs, _ in rows])
        action = np.concatenate([action for _, action in rows])
        before = np.concatenate([np.vstack([a[:1], a[:-1]]) for _, a in rows])
        flawed = students.manner.adjust(
            obs, action, before, np.tile(students.amounts[k], (len(obs), 1))
        )
        change[k] = np.abs(learner.act(obs, flawed, before) - action).mean()
    return np.sqrt((mean**2).mean(axis=1)), change


def forms(task: str) -> tuple[str, ...]:
    """What corrections can become in a task."""
    return FORMS if task in PRACTISED else FORMS[:-1]


def found(rows: Sequence[dict[str, Any]], what: str, **where: Any) -> np.ndarray:
    """[lessons + 1, students] of the rows that match."""
    mine = [r for r in rows if all(r[key] == value for key, value in where.items())]
    return np.concatenate([np.array(r[what]) for r in mine], axis=1)


def left(rows: Sequence[dict[str, Any]], what: str = "manner", **where: Any) -> float:
    """Share of the distance that is left at the end."""
    distances = found(rows, what, **where).mean(axis=1)
    return float(distances[-1] / distances[0])


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """That words are understood, that they help, and that another's do not."""
    made = []
    for task in TASKS:
        grounded = [
            r["grounded"]
            for r in rows
            if r["task"] == task and r["words"] == "said" and r["grounded"] is not None
        ]
        made.append(
            at_least(f"{task}: held-out corrections understood", float(np.mean(grounded)), 0.9)
        )
        for form in forms(task):
            place = {"task": task, "form": form}
            made += [
                at_most(
                    f"{task}, {form}: share of the distance left",
                    left(rows, **place, words="said"),
                    0.5,
                ),
                at_least(
                    f"{task}, {form}: … with another's words",
                    left(rows, **place, words="shuffled"),
                    0.9,
                ),
            ]
    return made


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a task, form and kind of words."""
    students = found(rows, "manner", task="arm", form="offset", words="said").shape[1]
    head = "task learner words before after left actions,before actions,after understood"
    lines = [
        f"Distance to the expert on test episodes, mean ± standard error of {students} students: "
        "root mean square over the three qualities of how far the student is off, in spreads, and "
        "mean difference of the actions where the expert has been, in half-ranges.",
        "",
        f"| {' | '.join(head.split()).replace(',', ' ')} |",
        f"|---|---|---{'|--:' * 6}|",
    ]
    for task in TASKS:
        for form in forms(task):
            for words in WORDS:
                place = {"task": task, "form": form, "words": words}
                cells = [task, form, words]
                for what in ("manner", "action"):
                    scores = found(rows, what, **place)
                    error = scores.std(axis=1, ddof=1) / np.sqrt(scores.shape[1])
                    cells += [f"{scores[k].mean():.2f} ± {error[k]:.2f}" for k in (0, -1)]
                    if what == "manner":
                        cells.append(f"{left(rows, **place):.2f}")
                known = [r["grounded"] for r in rows if all(r[k] == v for k, v in place.items())]
                cells.append("–" if known[0] is None else f"{np.mean(known):.2f}")
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold."""
    make_folder(folder)
    places = [(t, f, seed, quick) for t in TASKS for f in forms(t) for seed in seeds]
    rows = [row for pair in side_by_side(name, carry_out, places, jobs) for row in pair]
    caption = "distance to the expert on test episodes, correction by correction"
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption)


LINES = dict(zip(FORMS, ("-", "--", ":"), strict=True))
COLOURS = {"said": "#1b6ca8", "shuffled": "#d1762c"}


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Distance over utterances, a panel a task."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(TASKS), figsize=(10.5, 3), sharey=True)
    for axis, task in zip(axes, TASKS, strict=True):
        for form in forms(task):
            for words in WORDS:
                scores = found(rows, "manner", task=task, form=form, words=words)
                label = f"{words}, {form}"
                axis.plot(
                    TESTED_AFTER[: len(scores)],
                    scores.mean(axis=1),
                    color=COLOURS[words],
                    ls=LINES[form],
                    label=label,
                )
        axis.set_title(task, fontsize=10)
        axis.set_xlabel("corrections")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylim(bottom=0)
    axes[0].set_ylabel("distance to the expert, spreads")
    handles, labels = axes[0].get_legend_handles_labels()
    axes[-1].legend(
        handles, labels, frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5)
    )
    figure.tight_layout()
    save_figure(figure, path)


SPEC = Direct(
    title="Corrections in words on Driving, the arm and the maze, twelve students a seed",
    run=run,
    seeds=(0, 1, 2),
)
