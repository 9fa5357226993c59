"""Practice: people with known sentences correct students of all manners, who learn what they mean.

What is wanted of a practising student differs from how it does the task by an amount of its own
that has nothing to do with how it does it, so that the words alone say what is wanted, and a policy
that hears another's words learns nothing that would help.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from coachable.reproduce.words.students import Course, episodes

LESSONS = 10
CONTENT = 0.3
"""Spreads under which the corrector has nothing to say, as in `corrections`."""
WAYS = 8
"""Sentences for each correction, all of which the policy learns from."""
MANNERS = 1.2
"""Spreads; the practising students' manners are uniform between this and its contrary."""


@dataclass(frozen=True)
class Size:
    """Of the practice.

    Attributes:
        students: in each round.
        rounds: after each of which the policy learns from all of them (DAgger's loop).
        steps: of an episode that are learned from.
        epochs: passes over all practice after the last round; a quarter of them after the others.

    """

    students: int = 48
    rounds: int = 4
    steps: int = 20
    epochs: int = 200


SIZES = {"driving": Size(), "arm": Size(students=32)}


def practised(place: Course, seed: int, size: Size | None = None) -> Any:
    """A `LanguagePolicy` for the task, from practice on training roads or tables.

    Args:
        place: the task.
        seed: of the students, the people, the episodes and the fit.
        size: of the practice; by default that of `SIZES`.

    """
    from algorithms.verbal.corrections.fit_policy import fit

    size = size or SIZES[place.name]
    rng = np.random.default_rng([seed, 0x9A])
    practice: list[Any] = []
    policy = None
    for number in range(size.rounds):
        practice += one_round(
            place, policy, size, 90_000_000 + 10_000 * (seed + 1) + 1000 * number, rng
        )
        last = number == size.rounds - 1
        policy = fit(practice, size.epochs if last else size.epochs // 4, seed)
    return policy


def one_round(
    place: Course, policy: Any, size: Size, seed: int, rng: np.random.Generator
) -> list[Any]:
    """Correct students who do what the policy makes of the words so far; None changes nothing."""
    from algorithms.verbal.corrections.fit_policy import Practice
    from algorithms.verbal.corrections.policy import LATENT, MEMORY, inputs
    from simulated_humans import comparing_manners

    manner, count = place.manner, size.students
    shape = count, len(manner.qualities)
    own = rng.uniform(-MANNERS, MANNERS, shape)
    wanted = own + rng.choice([-1.0, 1.0], shape) * rng.uniform(*place.flaw, shape)
    own[:, -1] = wanted[:, -1] = 0.0
    memory, latent = np.zeros((count, MEMORY)), np.zeros((count, LATENT))
    texts: list[list[list[str]]] = [[] for _ in range(count)]
    heard: list[tuple[np.ndarray, ...]] = []
    for lesson in range(LESSONS + 1):
        seeds = [seed + 100 * lesson + s for s in range(count)]
        steps: list[tuple[np.ndarray, ...]] = []

        def act(
            obs: np.ndarray, expert: np.ndarray, before: np.ndarray, steps: Any = steps
        ) -> np.ndarray:
            proposed = manner.adjust(obs[:count], expert[:count], before[:count], own)
            corrected = manner.adjust(obs[:count], expert[:count], before[:count], wanted)
            steps.append((obs[:count].copy(), proposed, before[:count].copy(), corrected))
            done = manner.adjust(obs, expert, before, np.concatenate([own, wanted]))
            if policy is not None:
                change = policy.change(inputs(obs[:count], proposed, before[:count]), latent)
                done[:count] = np.clip(proposed + change, -1.0, 1.0)
            return done

        shown = episodes(place, act, 2 * count, [*seeds, *seeds])
        if lesson:
            heard.append(_drawn(steps, [len(o) for o, _ in shown[:count]], size.steps, rng, inputs))
        if lesson < LESSONS:
            for k in range(count):
                found = comparing_manners.deviations(manner, shown[k], shown[count + k])
                meant = comparing_manners.choose(found, CONTENT, 0.0, rng)
                ways = [comparing_manners.say(meant, manner, "known", rng) for _ in range(WAYS)]
                texts[k].append(ways)
                if policy is not None:
                    memory[k] = policy.listen(policy.rows(ways[0]), memory[k])
                    latent[k] += policy.asked @ memory[k]
    return [
        Practice(texts[k], *(np.stack([each[part][k] for each in heard]) for part in range(3)))
        for k in range(count)
    ]


def _drawn(
    steps: list[tuple[np.ndarray, ...]],
    lengths: list[int],
    count: int,
    rng: np.random.Generator,
    inputs: Any,
) -> tuple[np.ndarray, ...]:
    """[P, S, X], and [P, S, A] twice: steps of each student's episode, drawn with replacement.

    The inputs, the changes, and where the corrected action lies at the end of its range.
    """
    rows = np.stack([rng.integers(length, size=count) for length in lengths], axis=1)  # [S, P]
    who = np.arange(len(lengths))
    obs, proposed, before, corrected = (
        np.stack(part)[rows, who] for part in zip(*steps, strict=True)
    )  # [S, P, ...]
    flat = [part.reshape(-1, part.shape[-1]) for part in (obs, proposed, before)]
    x = inputs(*flat).reshape(count, len(lengths), -1)
    bound = np.sign(corrected) * (np.abs(corrected) >= 1.0 - 1e-6)
    return tuple(part.swapaxes(0, 1) for part in (x, corrected - proposed, bound))
