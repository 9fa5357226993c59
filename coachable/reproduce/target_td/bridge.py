"""From the finite tasks to the arrays that `algorithms.target_td` works on."""

from __future__ import annotations

import numpy as np

from algorithms.target_td.problem import LinearProblem
from envs.finite import solve
from envs.finite.counterexamples import OffPolicyProblem
from envs.finite.problems import random_mdp
from envs.finite.rooms import four_rooms_off_policy
from teaching import UserError

CONDITION = 100.0
"""Of H in random MDPs, at most: its slowest mode decides how long a course must be."""


def of_chain(example: OffPolicyProblem, visits: np.ndarray | None = None) -> LinearProblem:
    """States as often as the behaviour visits them, next states from the target policy."""
    chain = np.einsum("sa,sat->st", example.target, example.mdp.transition)
    reward = (example.target * example.mdp.reward).sum(axis=1)
    if visits is None:
        visits = solve.stationary(example.mdp, example.behaviour)
    return LinearProblem.of_chain(chain, reward, visits, example.features, example.mdp.discount)


def with_ratios(example: OffPolicyProblem) -> LinearProblem:
    """Transitions of the behaviour, weighted by importance ratios."""
    mdp = example.mdp
    return LinearProblem.with_ratios(
        mdp.transition,
        mdp.reward,
        example.behaviour,
        example.target,
        solve.stationary(mdp, example.behaviour),
        example.features,
        mdp.discount,
    )


def random_off_policy(seed: int, discount: float) -> OffPolicyProblem:
    """Nearly deterministic transitions and policies, six states and four features.

    So that the behaviour seldom is where the target policy leads: with policies and transitions
    drawn evenly, TD hardly ever diverges.

    Raises:
        UserError: the behaviour does not visit all of the MDP from wherever it starts.

    """
    rng = np.random.default_rng([seed, 0x7D])
    mdp = random_mdp(seed, 6, 2, discount, concentration=0.05)
    behaviour, target = rng.dirichlet(np.full(2, 0.05), (2, 6))
    solve.stationary(mdp, behaviour)
    return OffPolicyProblem(
        mdp=mdp,
        features=rng.normal(size=(6, 4)),
        behaviour=behaviour,
        target=target,
        weights=np.ones(4),
    )


def random_problems(seeds: range, discount: float) -> dict[int, LinearProblem]:
    """Seed -> the problem of `random_off_policy`.

    Without those that have no stationary data, or an H that is worse conditioned than `CONDITION`.
    """
    found = {}
    for seed in seeds:
        try:
            problem = of_chain(random_off_policy(seed, discount))
        except UserError:
            continue
        values = problem.eigen[0]
        if len(values) == problem.width and values[-1] <= CONDITION * values[0]:
            found[seed] = problem
    return found


def four_rooms(discount: float) -> LinearProblem:
    """The shortest way, evaluated from a random walk that starts anew in any cell."""
    example = four_rooms_off_policy(discount)
    live = ~example.mdp.terminal
    return of_chain(example, np.where(live, 1.0, 0.0) / live.sum())
