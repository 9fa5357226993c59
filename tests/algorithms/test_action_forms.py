import gymnasium as gym
import numpy as np
import pytest

from algorithms.core.actions import form_of
from teaching import UserError


def test_numbers_count_from_zero():
    form = form_of(gym.spaces.Discrete(3, start=5))
    assert form.count == 3
    assert form.to_env(np.array([0, 2])).tolist() == [5, 7]
    assert form.from_env(7) == 2


def test_half_ranges_span_the_space_and_end_at_its_ends():
    """Ends 0 and 4: the middle is 2 and half a range 2; the other dimension is [-1, 1] itself."""
    low, high = np.array([0.0, -1.0], np.float32), np.array([4.0, 1.0], np.float32)
    space = gym.spaces.Box(low, high)
    form = form_of(space)
    executed = form.to_env(np.array([[0.0, 0.5], [-1.0, 1.0], [3.0, -7.0]]))
    assert executed.tolist() == [[2.0, 0.5], [0.0, 1.0], [4.0, -1.0]]
    assert all(space.contains(action) for action in executed)
    np.testing.assert_allclose(form.from_env(np.array([3.0, -0.5])), [0.5, -0.5])


def test_actions_keep_the_shape_of_the_space():
    form = form_of(gym.spaces.Box(-1.0, 1.0, (2, 2), np.float32))
    assert form.to_env(np.zeros((3, 4))).shape == (3, 2, 2)
    assert form.from_env(np.array([[0.5, 0.25], [0.0, -1.0]])).tolist() == [0.5, 0.25, 0.0, -1.0]


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (gym.spaces.Box(-np.inf, np.inf, (1,)), "a least and a largest value"),
        (gym.spaces.MultiBinary(2), "must be Box or Discrete"),
    ],
)
def test_actions_without_a_form_are_refused(space, message):
    with pytest.raises(UserError, match=message):
        form_of(space)
