from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from envs.finite.mdp import FiniteMDP
from teaching import UserError


def arrays(**changes):
    """Two states: the first leads to the second, terminal, or stays; leading there pays 1."""
    transition = np.zeros((2, 2, 2))
    transition[0, 0, 0] = transition[0, 1, 1] = 1.0
    transition[1, :, 1] = 1.0
    parts = {
        "transition": transition,
        "reward": np.array([[0.0, 1.0], [0.0, 0.0]]),
        "initial": np.array([1.0, 0.0]),
        "terminal": np.array([False, True]),
        "discount": 0.9,
    }
    return parts | changes


def changed(name, index, value):
    array = arrays()[name].copy()
    array[index] = value
    return {name: array}


def test_the_arrays_are_copies_that_cannot_be_written_to():
    parts = arrays()
    mdp = FiniteMDP(**parts)
    parts["reward"][0, 1] = 7.0
    assert mdp.reward[0, 1] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        mdp.reward[0, 1] = 7.0
    with pytest.raises(FrozenInstanceError):
        mdp.discount = 0.5
    assert (mdp.num_states, mdp.num_actions) == (2, 2)
    assert mdp.transition_reward is None
    assert replace(mdp, discount=0.5).discount == 0.5


def test_a_reward_by_next_state_is_averaged():
    transition = np.array([[[0.25, 0.75]], [[0.5, 0.5]]])
    by_next = np.array([[[4.0, 8.0]], [[-1.0, 3.0]]])
    parts = arrays(transition=transition, reward=by_next, terminal=np.zeros(2, bool))
    mdp = FiniteMDP(**parts)
    assert mdp.reward.tolist() == [[0.25 * 4 + 0.75 * 8], [0.5 * -1 + 0.5 * 3]]
    assert (mdp.transition_reward == by_next).all()
    assert (replace(mdp, discount=0.1).transition_reward == by_next).all()
    with pytest.raises(UserError, match="transition_reward=None"):
        replace(mdp, reward=mdp.reward + 1)
    assert (replace(mdp, reward=mdp.reward + 1, transition_reward=None).reward[0, 0]) == 8.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"transition": np.ones((2, 2))}, r"transition must be \[S, A, S\]"),
        ({"transition": np.ones((2, 2, 3))}, r"transition must be \[S, A, S\]"),
        ({"transition": np.ones((0, 2, 0))}, "needs a state"),
        ({"transition": "P"}, "array of numbers, got str"),
        (changed("transition", (0, 1, 1), 0.9), r"transition\[0, 1\] must sum to 1, got 0.9"),
        (changed("transition", (0, 0), [1.5, -0.5]), r"at least 0, got -0.5 at \[0, 0, 1\]"),
        (changed("transition", (0, 0, 0), np.nan), "transition must be finite"),
        ({"reward": np.zeros(2)}, r"reward must have the shape \(2, 2\)"),
        ({"reward": np.zeros((2, 2, 1))}, r"reward must have the shape \(2, 2, 2\)"),
        (changed("reward", (0, 0), np.inf), r"reward must be finite, got inf at \[0, 0\]"),
        ({"initial": np.array([0.5, 0.4])}, "initial must sum to 1, got 0.9"),
        ({"initial": np.ones(1)}, r"initial must have the shape \(2,\)"),
        ({"terminal": np.array([0, 1])}, "terminal must be bool"),
        ({"terminal": np.array([True, True])}, r"transition\[0, :, 0\] must be 1"),
        (changed("reward", (1, 0), 1.0), r"reward\[1\] must be 0"),
        ({"discount": 1.1}, "discount must be from 0 to 1, got 1.1"),
        ({"discount": float("nan")}, "discount"),
    ],
)
def test_arrays_that_are_no_mdp_are_refused_in_one_line(changes, message):
    with pytest.raises(UserError, match=message) as error:
        FiniteMDP(**arrays(**changes))
    assert "\n" not in str(error.value)
