"""Grounding: what the listeners make of sentences and words that they were not made for.

Held-out sentences about objects and about manners; words for colours and shapes that the task does
not declare; and words that stand for nothing here, which no listener should take for something. A
large language model listens by the same interface, but which one is the user's affair: it is in no
table.
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
from teaching import UserError

BACKENDS = ("lexicon", "embedding")
SYNONYMS = {
    "pink": ("salmon", "mauve", "lilac", "fuchsia", "blush"),
    "blue": ("cobalt", "indigo", "teal", "ultramarine", "cerulean"),
    "yellow": ("mustard", "saffron", "canary", "blond", "sunny"),
    "circle": ("round", "orb", "coin", "wheel", "globe"),
    "square": ("brick", "crate", "quadrangle", "cuboid", "tile"),
    "triangle": ("spike", "arrowhead", "delta", "prism", "cone"),
}
"""Words that nobody declared."""
STRANGE = (
    "kettle", "sandwich", "music", "winter", "lamp", "pencil", "thunder", "garden", "whisper",
    "uncle", "violin", "carpet", "soup", "letter", "river", "monkey", "engine", "holiday",
)  # fmt: skip
"""Words for nothing that the task has."""
SENTENCES, QUICK_SENTENCES = 300, 40
FIGURES = (
    "clauses, weighted F1",
    "declared things",
    "undeclared words",
    "strange words taken for something",
    "driving: what",
    "driving: how much",
    "arm: what",
    "arm: how much",
)


def carry_out(backend: str, seed: int, quick: bool) -> dict[str, Any]:
    """The figures of one listener on one draw of sentences."""
    from algorithms.verbal.listening.backends import listener_of
    from coachable.train_listener import grounding_accuracy, judged, weighted_f1
    from envs.arm.manner import MANNER as PUSHING
    from envs.collection.words import WORDS
    from envs.driving.manner import MANNER as DRIVING

    count = QUICK_SENTENCES if quick else SENTENCES
    listener: Any = listener_of(WORDS, backend)
    told = judged(listener.classifier, "held_out", 1000 + seed, 1 if quick else 6)
    manners = {
        name: grounding_accuracy(manner, "held_out", 2000 + seed, count, backend=backend)
        for name, manner in (("driving", DRIVING), ("arm", PUSHING))
    }
    rng = np.random.default_rng([seed, 0x6A])
    values = (
        weighted_f1(*told),
        share(listener, named(rng, count, declared=True)),
        share(listener, named(rng, count, declared=False)),
        taken(listener, rng),
        *(manners[name][key] for name in ("driving", "arm") for key in ("what", "how much")),
    )
    return {"backend": backend, "seed": seed, **dict(zip(FIGURES, values, strict=True))}


def named(rng: np.random.Generator, count: int, declared: bool) -> list[tuple[str, str]]:
    """Held-out sentences about one term each, and its name."""
    from envs.collection.words import WORDS
    from simulated_humans.sentences import pick

    plain, found = _plain(), []
    for _ in range(count):
        term = pick(WORDS.terms, rng)
        word = pick(term.words if declared else SYNONYMS[term.name], rng)
        found.append((pick(plain, rng).format(things=_plural(word, term.noun)), term.name))
    return found


def share(listener: Any, said: Sequence[tuple[str, str]]) -> float:
    """Of sentences in which the term is found, and no other."""
    return float(np.mean([_terms(listener, text) == (name,) for text, name in said]))


def taken(listener: Any, rng: np.random.Generator) -> float:
    """Share of strange words that are taken for a term."""
    from simulated_humans.sentences import pick

    plain = _plain()
    said = [pick(plain, rng).format(things=_plural(word, True)) for word in STRANGE]
    return float(np.mean([bool(_terms(listener, text)) for text in said]))


def _plain() -> list[str]:
    """Held-out sentences that name no place."""
    from simulated_humans.phrases import DESCRIPTIVE

    return [t for p in DESCRIPTIVE.values() for t in p.held_out if "{place}" not in t]


def _terms(listener: Any, text: str) -> tuple[str, ...]:
    from algorithms.verbal.listening.clauses import split, tokens

    return tuple(
        term for clause in split(text) for term in listener.lexicon.find(tokens(clause)).terms
    )


def _plural(word: str, noun: bool) -> str:
    if not noun:
        return f"{word} ones"
    return word + ("es" if word.endswith(("x", "s", "ch", "sh")) else "s")


def figure(rows: Sequence[dict[str, Any]], backend: str, name: str) -> np.ndarray:
    """[seeds]."""
    return np.array([r[name] for r in rows if r["backend"] == backend])


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """That embeddings help where the lexicon has not got the word, and do not take all for all."""

    def gain(name: str) -> float:
        one, other = (figure(rows, b, name).mean() for b in reversed(BACKENDS))
        return float(one - other)

    strange = figure(rows, "embedding", "strange words taken for something").mean()
    made = [
        at_least("embeddings: F1 of clauses above the lexicon's", gain(FIGURES[0]), 0.03),
        at_least("embeddings: undeclared words above the lexicon's", gain("undeclared words"), 0.3),
        at_most("embeddings: strange words taken for something", float(strange), 0.25),
        at_least("embeddings: declared things, less the lexicon's", gain("declared things"), -0.02),
    ]
    for task in ("driving", "arm"):
        claim = f"embeddings: sizes of corrections above the lexicon's, {task}"
        made.append(at_least(claim, gain(f"{task}: how much"), 0.1))
    return made


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """One line a listener."""
    seeds = len(figure(rows, "lexicon", FIGURES[0]))
    lines = [
        f"Shares that are understood, mean ± standard deviation over {seeds} draws of sentences, "
        "none of which a listener was trained on.",
        "",
        f"| listener | {' | '.join(FIGURES)} |",
        f"|---{'|--:' * len(FIGURES)}|",
    ]
    for backend in BACKENDS:
        values = [figure(rows, backend, name) for name in FIGURES]
        cells = [f"{v.mean():.2f} ± {v.std(ddof=1) if seeds > 1 else 0.0:.2f}" for v in values]
        lines.append(f"| {backend} | {' | '.join(cells)} |")
    return "\n".join(lines)


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json and the picture; whether all claims hold.

    Raises:
        UserError: the extra ``embeddings`` is not installed.

    """
    from algorithms.verbal.listening import minilm

    try:
        minilm.load()
    except UserError as error:
        raise UserError(f"coachable reproduce {name}: {error}") from error
    make_folder(folder)
    places = [(backend, seed, quick) for backend in BACKENDS for seed in seeds]
    rows = side_by_side(name, carry_out, places, jobs)
    caption = "what listeners understand of sentences and words that they were not made for"
    return present(name, folder, seeds, quick, rows, claims(rows), markdown(rows), draw, caption)


def draw(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """A bar a figure and listener."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure_, axis = plt.subplots(figsize=(8.5, 3.2))
    for k, (backend, colour) in enumerate(zip(BACKENDS, ("#999999", "#1b6ca8"), strict=True)):
        values = [figure(rows, backend, name).mean() for name in FIGURES]
        axis.barh(
            np.arange(len(FIGURES)) + 0.4 * k - 0.2, values, 0.38, color=colour, label=backend
        )
    axis.set_yticks(range(len(FIGURES)), FIGURES, fontsize=8)
    axis.invert_yaxis()
    axis.set_xlim(0, 1)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8)
    figure_.tight_layout()
    save_figure(figure_, path)


SPEC = Direct(
    title="Listeners on held-out sentences and undeclared words",
    run=run,
    seeds=(0, 1, 2, 3, 4),
)
