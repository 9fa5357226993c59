"""Rewards from language on a user's own copy of the published corpus, as Sumers et al. (2021) did.

Ten folds of teachers. The inference network learns from nine of them, each message said again under
every reward but four. All learners then hear fifteen messages of the teachers left out, in random
order and under one of the four rewards, and play a hundred test levels after each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from coachable.files import make_folder
from coachable.listener_data import Said, exchange
from coachable.reproduce.direct import conclude, side_by_side
from coachable.reproduce.spec import Claim, Direct, at_least, at_most
from coachable.reproduce.words.corpus import Lesson, read_corpus, words_of_people
from teaching import UserError

FOLDS, QUICK_FOLDS = 10, 1
MESSAGES = 15
TENTH = 9
"""The published tables number the test before the first message 0, and call number 9 the tenth."""
TEST_LEVELS = 100
EPOCHS = 10
ALGORITHMS = ("literal", "pragmatic", "inference_network")
PUBLISHED = {"tenth": (52.3, 70.3, 65.9), "first ten": (40.5, 52.5, 47.6)}
"""Literal, pragmatic, inference network, % of the most."""
_WORD = re.compile(r"[a-z]+")


def carry_out(path: str, fold: int, seeds: Sequence[int], quick: bool) -> list[dict[str, Any]]:
    """One fold: rows of scores [messages + 1], one a learner and seed."""
    lessons = read_corpus(path)
    mine, others, rewards = split(lessons, fold)
    known = [a for a in range(36) if a not in rewards]
    network = train_network(others, known, fold, epochs=1 if quick else EPOCHS)
    rows = []
    for seed in seeds:
        rng = np.random.default_rng([seed, fold, 0xC0])
        reward = int(rng.choice(rewards))
        picked = rng.choice(len(mine), MESSAGES, replace=len(mine) < MESSAGES)
        heard = [switched(mine[k].said, reward, rng) for k in picked]
        for algorithm in ALGORITHMS:
            scores = listen(algorithm, network, heard, reward, seed)
            rows.append({"algorithm": algorithm, "fold": fold, "seed": seed, "scores": scores})
    return rows


def split(lessons: Sequence[Lesson], fold: int) -> tuple[list[Lesson], list[Lesson], list[int]]:
    """Lessons of the fold's teachers and of the others, and the four rewards to test on."""
    teachers = sorted({lesson.teacher for lesson in lessons})
    if len(teachers) < FOLDS:
        raise UserError(
            f"corpus: {FOLDS} folds need as many teachers, and there are {len(teachers)}"
        )
    rng = np.random.default_rng(0xF0)
    order = rng.permutation(len(teachers))
    tested = {teachers[k] for k in order[fold::FOLDS]}
    rewards = np.random.default_rng([0xF1, fold]).choice(36, 4, replace=False).tolist()
    mine = [lesson for lesson in lessons if lesson.teacher in tested]
    return mine, [lesson for lesson in lessons if lesson.teacher not in tested], rewards


def switched(said: Said, assignment: int, rng: np.random.Generator) -> Said:
    """The same, had another reward been in force: words and looks of colours and shapes change."""
    from envs.collection.features import COLOURS, SHAPES, seen, show

    names = exchange(said.assignment, assignment)
    means, spoken = _vocabulary()

    def put(match: re.Match[str]) -> str:
        word = match.group()
        if word not in means:
            return word
        choices = spoken[names[means[word]]]
        return choices[int(rng.integers(len(choices)))] + ("s" if word.endswith("s") else "")

    position, colour, shape = seen(said.obs)
    new_colour = np.array([COLOURS.index(names[name]) for name in COLOURS])[colour]
    new_shape = np.array([SHAPES.index(names[name]) for name in SHAPES])[shape]
    obs = show(position, new_colour, new_shape)
    return Said(_WORD.sub(put, said.text.lower()), obs, said.action, assignment)


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Single words and their plurals -> what they mean, and what is said for each of that."""
    terms = words_of_people().terms
    spoken = {term.name: [w for w in term.words if " " not in w] for term in terms}
    forms = {f: n for n, words in spoken.items() for w in words for f in (w, w + "s", w + "es")}
    return forms, spoken


def train_network(lessons: Sequence[Lesson], rewards: Sequence[int], seed: int, epochs: int) -> Any:
    """An inference network of these lessons, each under every one of these rewards."""
    from algorithms.verbal import fit, network
    from coachable.listener_data import examples
    from coachable.train import one_thread
    from envs.collection.words import WORDS

    one_thread()
    rng = np.random.default_rng([seed, 0xE7])
    said = [switched(k.said, a, rng) for k in lessons if k.said.text for a in rewards]
    vocabulary, found = fit.fit_network(*examples(said), epochs, seed)
    return network.read_network(network.to_bytes(vocabulary, WORDS.names, found), "corpus")


def listen(
    algorithm: str, network: Any, heard: Sequence[Said], reward: int, seed: int
) -> list[float]:
    """% of the most on test levels before anything was heard, and after each message."""
    from algorithms.registry import ALGORITHMS as REGISTRY
    from coachable.reproduce.words.equal_minutes import Examination
    from envs.collection.env import CollectionEnv

    env = CollectionEnv()
    env.words = words_of_people()
    entry = REGISTRY[algorithm]
    learner = entry.agent_class()(env, entry.config_class()(), seed)
    if algorithm == "inference_network":
        learner.network = network
    examination = Examination(seed, reward)

    def tested() -> float:
        return examination.score(learner.predict(examination.obs, deterministic=False)[0])

    scores = [tested()]
    for said in heard:
        if said.text:
            learner.hear(said.text, said.obs, np.asarray(said.action))
        scores.append(tested())
    return scores


def found(rows: Sequence[dict[str, Any]], algorithm: str, what: str) -> np.ndarray:
    """[runs] % of the most after the tenth message, or on average over the first ten tests."""
    scores = np.array([r["scores"] for r in rows if r["algorithm"] == algorithm])
    return scores[:, TENTH] if what == "tenth" else scores[:, : TENTH + 1].mean(axis=1)


def claims(rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """The published order, and figures near the published ones."""
    tenth = {a: float(found(rows, a, "tenth").mean()) for a in ALGORITHMS}
    told = dict(zip(ALGORITHMS, PUBLISHED["tenth"], strict=True))
    return [
        at_least("points pragmatic is ahead of literal", tenth["pragmatic"] - tenth["literal"], 8),
        at_least(
            "points the network is ahead of literal",
            tenth["inference_network"] - tenth["literal"],
            0,
        ),
        at_least(
            "points pragmatic is ahead of the network",
            tenth["pragmatic"] - tenth["inference_network"],
            0,
        ),
        *(
            at_most(f"points between {a} and the published {told[a]}", abs(tenth[a] - told[a]), 8)
            for a in ALGORITHMS
        ),
    ]


def markdown(rows: Sequence[dict[str, Any]], lessons: Sequence[Lesson]) -> str:
    """One line a learner."""
    runs = len(found(rows, "literal", "tenth"))
    several = sum(lesson.several for lesson in lessons)
    lines = [
        f"{len(lessons)} lessons of {len({k.teacher for k in lessons})} teachers ({several} in "
        "which things of several clusters were collected; those of one are counted). Percent of "
        f"the maximum score, mean ± standard error over {runs} runs; in brackets what was "
        "published. Random choice scores 9.6.",
        "",
        "| learner | tenth test | mean of the first ten tests |",
        "|---|--:|--:|",
    ]
    for k, algorithm in enumerate(ALGORITHMS):
        cells = []
        for what, told in PUBLISHED.items():
            scores = found(rows, algorithm, what)
            error = scores.std(ddof=1) / np.sqrt(len(scores)) if len(scores) > 1 else np.nan
            cells.append(f"{scores.mean():.1f} ± {error:.1f} ({told[k]})")
        lines.append(f"| `{algorithm}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def run(path: str, name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json; whether all claims hold. The words themselves are in no file of it."""
    lessons = read_corpus(path)
    split(lessons, 0)  # too few teachers are refused before anything is written
    make_folder(folder)
    folds = range(QUICK_FOLDS if quick else FOLDS)
    places = [(path, fold, tuple(seeds), quick) for fold in folds]
    rows = [row for rows in side_by_side(name, carry_out, places, jobs) for row in rows]
    text = markdown(rows, lessons)
    print(text)
    return conclude(name, folder, seeds, quick, claims(rows), rows=rows, markdown=text)


def on_corpus(path: str) -> Direct:
    """The reproduction on a copy of the corpus.

    Raises:
        UserError: the file is none.

    """
    read_corpus(path)
    return Direct(
        title="Rewards from language on the published corpus, ten folds",
        run=partial(run, path),
        seeds=(0, 1, 2, 3, 4),
    )
