"""A made-up task to correct: episodes of one step, whose observation says how far off it is."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from coachable.reproduce.human_models.stage import DT, Stage
from simulated_humans.corrector import CorrectorHuman
from simulated_humans.corrector_config import CorrectorConfig
from teaching import Oracle, Term, View
from teaching.manner import Manner, Mark, Quality

_WORDS = {
    "pace": ("faster", "slower", "fast", "slow"),
    "berth": ("wider", "closer", "wide", "narrow"),
    "calm": ("calmer", "rougher", "calm", "rough"),
    "timing": ("earlier", "later", "early", "late"),
}
PACE, BERTH, CALM, TIMING, THERE = range(5)
"""Columns of an observation: spreads off, and whether the context holds."""


def _quality(name: str) -> Quality:
    more, less, high, low = ((word,) for word in _WORDS[name])
    return Quality(name=name, more=more, less=less, high=high, low=low, spread=1.0)


MANNER = Manner(
    qualities=tuple(_quality(name) for name in ("pace", "berth", "calm")),
    contexts=(Term(name="downhill"),),
    holds=lambda obs: obs[:, THERE:] > 0.5,
    measure=lambda obs, action: np.asarray(obs, float)[:, :TIMING],
    adjust=lambda obs, action, before, amounts: action,
    marks=(
        Mark(
            quality=_quality("timing"),
            beside=lambda mine, theirs: float(mine[0][0, TIMING] - theirs[0][0, TIMING]),
        ),
    ),
)
RIGHT = np.zeros((1, 5)), np.zeros((1, 1))
"""The expert's episode."""


def corrector(stage: Stage, worlds: int, **settings: Any) -> CorrectorHuman:
    """Someone who corrects it."""
    knows = Oracle(
        action=lambda obs: np.zeros((len(obs), 1)), manner=MANNER, episode=lambda world: RIGHT
    )
    space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
    seed = int(stage.rng.integers(2**31))
    return CorrectorHuman(CorrectorConfig(**settings), knows, space, worlds, seed)


def listen(
    human: CorrectorHuman, off: np.ndarray, worlds: int, episodes: int = 1
) -> tuple[list[list[str]], np.ndarray]:
    """What is said of so many episodes that are all off by the same [5], and the price.

    Returns:
        [episodes][worlds] texts, and [episodes + 1, worlds] seconds: an episode is spoken of as
        the next one begins.

    """
    texts, prices = [], []
    for step in range(episodes + 1):
        said = human.speak(
            View(
                obs=np.tile(np.asarray(off, float), (worlds, 1)),
                proposed_action=np.zeros((worlds, 1)),
                step=np.full(worlds, step),
                episode_start=np.ones(worlds, bool),
                dt=DT,
            )
        )
        texts.append(list(said.text))
        prices.append(said.human_seconds)
    return texts[1:], np.stack(prices)


def about(text: str, name: str) -> bool:
    """Whether a quality is named."""
    return bool(set(text.split()) & set(_WORDS[name]))


def asks_for_more(text: str, name: str) -> bool:
    """Whether more of it is asked for: "faster", "too slow", "not fast enough"."""
    more, _, high, low = _WORDS[name]
    words = text.split()
    wanting = "enough" in words
    return more in words or (low in words and not wanting) or (high in words and wanting)
