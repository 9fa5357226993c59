"""Rounds of comparing in G instances side by side, with known or learned transitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from algorithms.dueling.preference_model import PreferenceModel
from algorithms.dueling.radius import curvature
from algorithms.dueling.rules import RULES, Listed
from algorithms.dueling.transitions import Counts
from coachable.reproduce.dueling.instances import Comparators, Instances, Worlds


@dataclass(slots=True)
class History:
    """What happened.

    Attributes:
        at: [M] rounds at which the rest was noted.
        regret: [M, G], summed so far.
        active: [M, G], policies that may still be the best.
        width: [M, G], of the pair that was played.
        pairs: [T, G, 2], where they were asked for.
        asked: comparisons that the human made, over all instances.
        seconds: of human time.

    """

    at: np.ndarray
    regret: np.ndarray
    active: np.ndarray
    width: np.ndarray
    asked: int
    seconds: float
    model: PreferenceModel
    pairs: list[np.ndarray] = field(default_factory=list)


def play(
    instances: Instances,
    rule: str,
    rounds: int,
    seed: int,
    counts: Counts | None = None,
    ridge: float = 1.0,
    keep_pairs: bool = False,
    **settings: Any,
) -> History:
    """Let the rule learn for so many rounds.

    Args:
        instances: G of them.
        rule: of `algorithms.dueling.rules.RULES`.
        rounds: T.
        seed: of trajectories, of the human, and of what the rule draws.
        counts: for transitions that have to be learned; None where they are known.
        ridge: λ.
        keep_pairs: whether to note every pair.
        settings: of `Listed`.

    """
    count, _, dim = instances.phi.shape
    world = np.random.default_rng([seed, 1])
    human = Comparators(instances.reward, seed)
    worlds, regret = Worlds(instances), instances.regret
    bounds = settings.get("published")
    model = PreferenceModel(count, dim, ridge, curvature(*bounds) if bounds else 1.0)
    listed = Listed(
        phi=instances.phi,
        bonus=np.zeros(instances.phi.shape[:2]),
        model=model,
        rng=np.random.default_rng([seed, 2]),
        **settings,
    )
    at = np.unique(np.geomspace(10, rounds, 60).astype(int))
    noted: list[tuple[np.ndarray, ...]] = []
    pairs: list[np.ndarray] = []
    total, g = np.zeros(count), np.arange(count)
    for t in range(1, rounds + 1):
        if counts is not None:
            listed.phi, listed.bonus = counts.embed(instances)
        chosen = RULES[rule](listed)
        states, actions, phi = worlds.sample(chosen.pair, world)
        x = phi[:, 0] - phi[:, 1]
        # Two trajectories with one embedding cannot differ: there is nothing to pay for.
        ask = chosen.ask & (np.abs(x) > 1e-12).any(axis=1)
        answer = human.prefer(states, actions, ask)
        z = listed.phi[g, chosen.pair[:, 0]] - listed.phi[g, chosen.pair[:, 1]]
        model.update(x, np.where(ask, answer, 0.5), ask.astype(float), z)
        if counts is not None:
            counts.add(states, actions)
        total = total + 0.5 * (regret[g, chosen.pair[:, 0]] + regret[g, chosen.pair[:, 1]])
        if keep_pairs:
            pairs.append(chosen.pair)
        if len(noted) < len(at) and t == at[len(noted)]:
            noted.append((total, chosen.active, chosen.width))
    total_at, active, width = (np.array(part) for part in zip(*noted, strict=True))
    return History(at, total_at, active, width, human.asked, human.seconds, model, pairs)


def slope(at: np.ndarray, regret: np.ndarray, start: float, stop: float) -> float:
    """The exponent of regret between two rounds, on logarithmic axes."""
    ends = np.interp(np.log([start, stop]), np.log(at), np.log(np.maximum(regret, 1e-12)))
    return float((ends[1] - ends[0]) / np.log(stop / start))
