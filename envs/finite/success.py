"""What counts as success in an MDP that has no goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from envs.finite.mdp import FiniteMDP
from envs.finite.solve import optimal_q_by_step, policy_q_by_step, uniform


def enough(mdps: Sequence[FiniteMDP], horizon: int) -> np.ndarray | None:
    """[G] the return of an episode of `horizon` steps that is a success.

    It lies halfway between what uniformly random actions and the best ones are expected to collect,
    so that chance fails and skill succeeds whatever rewards are worth. None where the two are the
    same, as in a problem of prediction: success means nothing there.
    """
    ends = np.array([_chance_and_best(replace(mdp, discount=1.0), horizon) for mdp in mdps])
    if np.allclose(ends[:, 0], ends[:, 1], rtol=1e-9, atol=1e-12):
        return None
    return ends.mean(axis=1)


def _chance_and_best(mdp: FiniteMDP, horizon: int) -> tuple[float, float]:
    """Expected returns from the initial distribution."""
    chance = policy_q_by_step(mdp, uniform(mdp), horizon)[0].mean(axis=1)
    best = optimal_q_by_step(mdp, horizon)[0].max(axis=1)
    return float(mdp.initial @ chance), float(mdp.initial @ best)
