"""COACH's premise: f ∇ log π with f = A^π is, in expectation, the policy gradient (Theorem 1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coachable.reproduce.direct import conclude
from coachable.reproduce.spec import Claim, Direct, at_least, at_most

TOLERANCE = 1e-8
STEP = 3e-4
"""Of the differences; with four points their error is of the order of STEP⁴."""


def errors(name: str, seed: int) -> tuple[float, float]:
    """Largest error of one gradient, and the largest entry of it: of a random policy.

    The expectation is enumerated: over the discounted occupancy of states and actions, with the
    agent's own scores. The gradient is that of the exact return, by differences.
    """
    from algorithms.coach import losses
    from algorithms.coach.policies import MLP, Linear, Policy
    from envs.finite.grids import COACH_GRID, grid_mdp
    from envs.finite.problems import random_mdp
    from envs.finite.solve import advantage, expected_return, occupancy, policy_q

    mdp = grid_mdp(COACH_GRID, 0.9, 0.1) if name == "gridworld" else random_mdp(seed, 5, 3, 0.9)
    size = mdp.num_states, mdp.num_actions, 0.5
    policy: Policy = MLP(*size, [6]) if name == "network" else Linear(*size)
    rng = np.random.default_rng([seed, 8])
    theta = rng.normal(scale=0.3, size=(1, policy.num_parameters))
    seen, first = np.eye(mdp.num_states), np.zeros(mdp.num_states, int)

    def probs(theta: np.ndarray) -> np.ndarray:
        return policy.probabilities(theta, seen, first)

    def gain(theta: np.ndarray) -> float:
        return expected_return(mdp, probs(theta))

    feedback = advantage(policy_q(mdp, probs(theta)), probs(theta))
    visits = occupancy(mdp, probs(theta))
    expected = np.zeros(policy.num_parameters)
    for action in range(mdp.num_actions):
        score = policy.score(theta, seen, np.full(mdp.num_states, action), first)
        climb = losses.ascent(feedback[:, action], visits[:, action], score)
        expected += climb.sum(axis=0)
    gradient = np.zeros_like(expected)
    for i in range(len(gradient)):
        bump = np.zeros_like(theta)
        bump[0, i] = STEP
        near = gain(theta + bump) - gain(theta - bump)
        far = gain(theta + 2 * bump) - gain(theta - 2 * bump)
        gradient[i] = (8 * near - far) / (12 * STEP)
    return float(np.abs(expected - gradient).max()), float(np.abs(gradient).max())


def run(name: str, folder: Path, seeds: Sequence[int], jobs: int, quick: bool) -> bool:
    """Write result.json; whether all claims hold."""
    kinds = {
        "gridworld": "COACH's gridworld, a table",
        "table": "random MDPs, a table",
        "network": "random MDPs, a network",
    }
    rows, claims = [], list[Claim]()
    for kind, label in kinds.items():
        found = [errors(kind, seed) for seed in seeds]
        worst, largest = max(error for error, _ in found), max(size for _, size in found)
        rows.append({"kind": kind, "worst": worst, "largest": largest, "errors": found})
        claims.append(at_most(f"{label}: largest error of the gradient", worst, TOLERANCE))
        claims.append(at_least(f"{label}: largest entry of the gradient", largest, 0.01))
    text = "Enumerated over states and actions; the gradient of the exact return by differences."
    return conclude(name, folder, seeds, quick, claims, rows=rows, markdown=text)


SPEC = Direct(title="COACH's expected step is the policy gradient", run=run)
