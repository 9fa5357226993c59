"""Classic finite MDPs: RiverSwim, a chain, and random ones."""

from __future__ import annotations

import numpy as np

from envs.finite.mdp import FiniteMDP
from teaching import UserError

LEFT, RIGHT = 0, 1
"""The actions of RiverSwim and of the chain."""


def river_swim(states: int = 6, discount: float = 0.99) -> FiniteMDP:
    """Swim against the current (Osband et al. 2013, Figure 1; first in Strehl and Littman 2008).

    Going left always succeeds and pays 0.005 at the left bank. Going right moves on with
    probability .35, stays with .6 and is carried back with .05; .6 and .4 at the left bank (on,
    stay) and .6 and .4 at the right one (stay, back), where each try pays 1. Episodes begin at the
    left bank and do not end.

    Raises:
        UserError: fewer than two states.

    """
    _at_least("states", states, 2)
    transition = np.zeros((states, 2, states))
    last = states - 1
    for state in range(states):
        transition[state, LEFT, max(state - 1, 0)] = 1.0
    for state in range(1, last):
        transition[state, RIGHT, state - 1 : state + 2] = 0.05, 0.6, 0.35
    transition[0, RIGHT, :2] = 0.4, 0.6
    transition[last, RIGHT, -2:] = 0.4, 0.6
    reward = np.zeros((states, 2))
    reward[0, LEFT], reward[last, RIGHT] = 0.005, 1.0
    return FiniteMDP(
        transition=transition,
        reward=reward,
        initial=np.eye(states)[0],
        terminal=np.zeros(states, bool),
        discount=discount,
    )


def chain(states: int = 6, discount: float = 0.99) -> FiniteMDP:
    """Walk to the right end, one state a step; entering it pays 1 and ends the episode.

    With n states V*(s) = γ^(n − 2 − s), Q*(s, right) = V*(s), Q*(s, left) = γ V*(max(s − 1, 0)).

    Raises:
        UserError: fewer than two states.

    """
    _at_least("states", states, 2)
    transition = np.zeros((states, 2, states))
    here = np.arange(states)
    transition[here, LEFT, np.maximum(here - 1, 0)] = 1.0
    transition[here, RIGHT, np.minimum(here + 1, states - 1)] = 1.0
    transition[-1] = np.eye(states)[-1]
    reward = np.zeros((states, 2))
    reward[-2, RIGHT] = 1.0
    return FiniteMDP(
        transition=transition,
        reward=reward,
        initial=np.eye(states)[0],
        terminal=here == states - 1,
        discount=discount,
    )


def random_mdp(
    seed: int,
    states: int = 6,
    actions: int = 2,
    discount: float = 0.99,
    concentration: float = 1.0,
) -> FiniteMDP:
    """Draw an MDP: Dirichlet transitions, rewards uniform in [0, 1], any first state, no end.

    Args:
        seed: of everything that is drawn.
        states: S.
        actions: A.
        discount: in [0, 1].
        concentration: of the Dirichlet; 1 is uniform over distributions, small is near to
            deterministic.

    Raises:
        UserError: no state, no action, or a concentration that is not above 0.

    """
    _at_least("states", states, 1)
    _at_least("actions", actions, 1)
    if not (concentration > 0 and np.isfinite(concentration)):
        raise UserError(f"concentration must be more than 0, got {concentration}")
    rng = np.random.default_rng(seed)
    return FiniteMDP(
        transition=rng.dirichlet(np.full(states, concentration), size=(states, actions)),
        reward=rng.random((states, actions)),
        initial=np.full(states, 1.0 / states),
        terminal=np.zeros(states, bool),
        discount=discount,
    )


TIED_FEATURES = np.array([[1.0], [0.9], [0.0]])
"""[S, 1] of `tied`: a policy that is linear in them leans the same way in both states."""

LATE_REWARD = 1.5


def tied(discount: float = 0.5) -> FiniteMDP:
    """Two steps, in which what is right first is wrong after; both lead on, whatever is done.

    Action 1 pays 1 in the first state and action 0 pays 1.5 in the second, so that with γ < 2/3 a
    policy that cannot tell the states apart does better to take action 1: the late reward is worth
    1.5γ. Who weighs both states alike takes it for 1.5, and action 0 for the better one.
    """
    transition = np.zeros((3, 2, 3))
    transition[[0, 1, 2], :, [1, 2, 2]] = 1.0
    reward = np.zeros((3, 2))
    reward[0, 1], reward[1, 0] = 1.0, LATE_REWARD
    return FiniteMDP(
        transition=transition,
        reward=reward,
        initial=np.eye(3)[0],
        terminal=np.arange(3) == 2,
        discount=discount,
    )


def _at_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise UserError(f"{name} must be at least {least}, got {value}")
