"""A made-up task to talk about: red things on the left are good, blue ones on the right are bad."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from coachable.reproduce.human_models.stage import DT, Stage
from simulated_humans.phrases import DESCRIPTIVE, EVALUATIVE, IMPERATIVE, Phrases
from simulated_humans.speaking import SpeakingHuman
from simulated_humans.speaking_config import SpeakingConfig
from teaching import Oracle, Term, View, Words

GOOD, BAD = 0, 1
"""Actions: take the red one on the left, or the blue one on the right."""

_COUNTS = np.eye(2)
TALKED_OF = Words(
    terms=(Term(name="red", group="colour"), Term(name="blue", group="colour")),
    features=(("red",), ("blue",)),
    places=(Term(name="left"), Term(name="right")),
    count=lambda obs, action: _COUNTS[np.asarray(action)],
    count_at=lambda obs, place: _COUNTS[np.asarray(place)],
    place_of=lambda obs, action: np.asarray(action),
    options=lambda obs: np.tile(_COUNTS, (len(obs), 1, 1)),
)


def speaking(stage: Stage, worlds: int, **settings: Any) -> SpeakingHuman:
    """Someone who speaks of it; of one kind alone where `only` says so."""
    only = settings.pop("only", None)
    if only is not None:
        kinds = ("evaluative", "imperative", "descriptive")
        settings |= {kind: float(kind == only) for kind in kinds}
    knows = Oracle(
        action=lambda obs: np.full(len(obs), GOOD),
        q_values=lambda obs: np.tile([1.0, -1.0], (len(obs), 1)),
        words=TALKED_OF,
        worth=lambda: np.tile([1.0, -1.0], (worlds, 1)),
    )
    config = SpeakingConfig(**settings)
    return SpeakingHuman(
        config, knows, gym.spaces.Discrete(2), worlds, int(stage.rng.integers(2**31))
    )


def listen(
    human: SpeakingHuman, worlds: int, steps: int = 1, action: int = GOOD, dt: float = DT
) -> tuple[list[str], np.ndarray]:
    """What is said in so many steps of all worlds, step by step, and the price [steps, worlds]."""
    texts: list[str] = []
    prices = []
    for step in range(steps):
        said = human.speak(
            View(
                obs=np.zeros((worlds, 1), np.float32),
                proposed_action=np.full(worlds, action),
                step=np.full(worlds, step),
                episode_start=np.full(worlds, step == 0),
                dt=dt,
            )
        )
        texts += said.text
        prices.append(said.human_seconds)
    return texts, np.stack(prices)


def clauses(texts: list[str]) -> list[str]:
    """All that was said, clause by clause."""
    return [clause for text in texts if text for clause in text.split(". ")]


def all_of(phrases: Phrases, which: str = "all") -> set[str]:
    """The sentences of one kind, as they come out in this task."""
    chosen = {"known": phrases.known, "held_out": phrases.held_out}.get(
        which, phrases.known + phrases.held_out
    )
    return {
        text.format(things=f"{colour} ones", place=place)
        for text in chosen
        for colour in ("red", "blue")
        for place in ("left", "right")
    }


EVALUATIONS = {text for phrases in EVALUATIVE.values() for text in all_of(phrases)}
INSTRUCTIONS = all_of(IMPERATIVE)
DESCRIPTIONS = {text for phrases in DESCRIPTIVE.values() for text in all_of(phrases)}
