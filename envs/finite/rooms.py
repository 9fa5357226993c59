"""Four rooms and four doors (Sutton, Precup and Singh 1999, Figure 2), with features."""

from __future__ import annotations

from functools import cache

import numpy as np

from envs.finite.counterexamples import OffPolicyProblem
from envs.finite.grids import MOVES
from envs.finite.mdp import FiniteMDP
from envs.finite.solve import greedy, optimal_q, uniform

PLAN = """\
#############
#.....#.....#
#.....#.....#
#...........#
#.....#.....#
#.....#.....#
##.####.....#
#.....###G###
#.....#.....#
#.....#.....#
#...........#
#.....#.....#
#############
"""
"""The walls; G, the eastern door, is the goal, which the paper calls G1."""


@cache
def cells() -> np.ndarray:
    """[104, 2] x and y of each state; x grows to the right, y upwards, walls included."""
    rows = PLAN.split()
    free = [
        (x, len(rows) - 1 - line)
        for line, row in enumerate(rows)
        for x, mark in enumerate(row)
        if mark != "#"
    ]
    array = np.array(free)
    array.setflags(write=False)
    return array


def four_rooms(discount: float = 0.99, slip: float = 0.0) -> FiniteMDP:
    """Walk from the upper left corner to the eastern door; entering it pays 1 and ends the episode.

    Args:
        discount: in [0, 1].
        slip: probability that a move goes off at a right angle, half of it to either side.

    """
    number = {tuple(cell): state for state, cell in enumerate(cells().tolist())}
    size, goal = len(number), _goal()
    straight = np.zeros((size, len(MOVES), size))
    for (x, y), state in number.items():
        for action, (dx, dy) in enumerate(MOVES):
            straight[state, action, number.get((x + dx, y + dy), state)] = 1.0
    aside = (np.roll(straight, 1, axis=1) + np.roll(straight, -1, axis=1)) / 2
    transition = (1.0 - slip) * straight + slip * aside
    transition[goal] = np.eye(size)[goal]
    reward = transition[:, :, goal].copy()
    reward[goal] = 0.0
    return FiniteMDP(
        transition=transition,
        reward=reward,
        initial=np.eye(size)[0],
        terminal=np.arange(size) == goal,
        discount=discount,
    )


def room_features() -> np.ndarray:
    """[104, 12]: of each room 1 and x and y within it, from -1 to 1; a door is of a room beside it.

    Values are then a plane in each room. The goal has no features, as nothing comes after it.
    """
    x, y = (cells() - 6).T
    east, north = x > 0, np.where(x > 0, y > -1, y > 0)
    room = 2 * north + east
    middle = np.stack([np.where(east, 3, -3), np.where(north, np.where(east, 2.5, 3), -3)])
    within = np.stack([np.ones(len(x)), (x - middle[0]) / 3, (y - middle[1]) / 3], axis=1)
    features = np.zeros((len(x), 4, 3))
    features[np.arange(len(x)), room] = within
    features[_goal()] = 0.0
    return features.reshape(len(x), 12)


def four_rooms_off_policy(discount: float = 0.99, slip: float = 0.0) -> OffPolicyProblem:
    """Evaluate the shortest way from the data of a random walk, with a plane in each room."""
    mdp = four_rooms(discount, slip)
    return OffPolicyProblem(
        mdp=mdp,
        features=room_features(),
        behaviour=uniform(mdp),
        target=greedy(optimal_q(mdp)),
        weights=np.zeros(12),
    )


def _goal() -> int:
    """The state that is the goal."""
    return PLAN.replace("#", "").replace("\n", "").index("G")
