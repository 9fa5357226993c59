"""Where off-policy temporal differences with linear values diverge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from envs.finite.mdp import FiniteMDP

DASHED, SOLID = 0, 1
"""The actions, by the arrows of the figures; the target policy always takes the solid one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OffPolicyProblem:
    """Evaluate `target` with values linear in `features`, from data of `behaviour`.

    Attributes:
        mdp: rewards are 0, so that the true values are.
        features: [S, d]; the value of state s is ``features[s] @ weights``.
        behaviour: [S, A] policy that makes the data.
        target: [S, A] policy to be evaluated.
        weights: [d] where learning begins.

    """

    mdp: FiniteMDP
    features: np.ndarray
    behaviour: np.ndarray
    target: np.ndarray
    weights: np.ndarray


def baird(discount: float = 0.99) -> OffPolicyProblem:
    """Baird's star (Baird 1995), as in Sutton and Barto 2018, Figure 11.1.

    Dashed leads to one of the six upper states, each as likely; solid to the seventh. The values
    are 2wᵢ + w₈ above and w₇ + 2w₈ below. The behaviour takes solid with probability 1/7, which
    visits all states equally often.
    """
    features = np.zeros((7, 8))
    features[np.arange(6), np.arange(6)] = 2.0
    features[:6, 7] = 1.0
    features[6, 6:] = 1.0, 2.0
    return _solid_to_the_last(
        features, 1 / 7, discount, weights=np.array([1.0, 1, 1, 1, 1, 1, 10, 1])
    )


def w_to_2w(discount: float = 0.99) -> OffPolicyProblem:
    """Two states of the values w and 2w (Tsitsiklis and Van Roy 1997, with no end).

    Solid leads to the second state, dashed to the first. The behaviour takes both as often; the
    expected update grows without bound where the discount is above 5/6.
    """
    return _solid_to_the_last(np.array([[1.0], [2.0]]), 1 / 2, discount, weights=np.ones(1))


def _solid_to_the_last(
    features: np.ndarray, solid: float, discount: float, weights: np.ndarray
) -> OffPolicyProblem:
    """Dashed leads to any state but the last, solid to the last, wherever one is."""
    states = len(features)
    transition = np.zeros((states, 2, states))
    transition[:, DASHED, :-1] = 1.0 / (states - 1)
    transition[:, SOLID, -1] = 1.0
    mdp = FiniteMDP(
        transition=transition,
        reward=np.zeros((states, 2)),
        initial=np.full(states, 1.0 / states),
        terminal=np.zeros(states, bool),
        discount=discount,
    )
    return OffPolicyProblem(
        mdp=mdp,
        features=features,
        behaviour=np.tile([1.0 - solid, solid], (states, 1)),
        target=np.tile([0.0, 1.0], (states, 1)),
        weights=weights,
    )
