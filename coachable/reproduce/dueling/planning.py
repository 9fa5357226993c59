"""Rounds of comparing in one problem, with pairs found by backward induction."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from algorithms.dueling.planned import RULES, Planned
from algorithms.dueling.preference_model import PreferenceModel
from algorithms.dueling.problem import Problem
from coachable.reproduce.dueling.instances import Comparators


@dataclass(slots=True, eq=False)
class Played:
    """What happened.

    Attributes:
        model: of w at the end.
        regret: [T], summed.
        seconds: [T], CPU time of a round's choice and update, without trajectories and human.
        states: [T, 2, H] that were gone through; `actions` likewise.
        labels: [T], 1 where the first was preferred, NaN where nothing was asked.

    """

    model: PreferenceModel
    regret: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    states: list[np.ndarray] = field(default_factory=list)
    actions: list[np.ndarray] = field(default_factory=list)
    labels: list[float] = field(default_factory=list)


def play_planned(
    problem: Problem, w: np.ndarray, rule: str, rounds: int, seed: int, **settings: Any
) -> Played:
    """Let a rule of `algorithms.dueling.planned` learn `w` [d] of the true reward ⟨φ, w⟩."""
    rewards = problem.rewards(w)
    full = np.broadcast_to(rewards, (problem.horizon, *rewards.shape[1:]))
    human, world = Comparators(full[None], seed), np.random.default_rng([seed, 1])
    played = Played(PreferenceModel(1, problem.dim))
    planned = Planned(
        problem=problem,
        bonus=np.zeros(rewards.shape[1:]),
        model=played.model,
        rng=np.random.default_rng([seed, 2]),
        **settings,
    )
    best, total = problem.best_for(rewards)[1], 0.0
    for _ in range(rounds):
        began = time.process_time()
        duel = RULES[rule](planned)
        spent = time.process_time() - began
        (states, actions, one), (others, acted, other) = (
            problem.sample(policy, world) for policy in (duel.first, duel.second)
        )
        x = one - other
        ask = np.array([duel.ask and bool((np.abs(x) > 1e-12).any())])
        both = np.stack([states, others]), np.stack([actions, acted])
        label = human.prefer(both[0][None], both[1][None], ask)
        began = time.process_time()
        played.model.update(x[None], np.nan_to_num(label), ask.astype(float), duel.difference[None])
        played.seconds.append(spent + time.process_time() - began)
        total += best - sum(problem.value(p, rewards) for p in (duel.first, duel.second)) / 2
        played.regret.append(total)
        played.states.append(both[0])
        played.actions.append(both[1])
        played.labels.append(float(label[0]))
    return played
