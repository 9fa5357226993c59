import gymnasium as gym
import numpy as np
import pytest

from human_controllers.steering import Hands, Ramp, past_dead_zone
from teaching import UserError


def test_a_ramp_reaches_the_end_and_stays_there():
    ramp = Ramp(2, rise=2.0, fall=5.0)
    seen = [ramp.move(np.array([1.0, -1.0]), 0.2) for _ in range(4)]
    assert np.array(seen).tolist() == pytest.approx(
        np.array([[0.4, -0.4], [0.8, -0.8], [1.0, -1.0], [1.0, -1.0]])
    )


def test_a_ramp_is_the_same_in_one_piece_or_in_many():
    one, many = Ramp(1, 2.0, 3.0), Ramp(1, 2.0, 3.0)
    one.move(np.ones(1), 0.3)
    for _ in range(30):
        many.move(np.ones(1), 0.01)
    assert many.position == pytest.approx(one.position)


def test_turning_the_other_way_starts_from_the_middle():
    ramp = Ramp(1, rise=2.0, fall=5.0)
    ramp.move(np.ones(1), 1.0)
    assert ramp.move(-np.ones(1), 0.1) == pytest.approx([-0.2])


def test_a_released_axis_falls_to_the_middle_and_not_past_it():
    ramp = Ramp(1, rise=10.0, fall=4.0)
    ramp.move(-np.ones(1), 1.0)
    assert ramp.move(np.zeros(1), 0.2) == pytest.approx([-0.2])
    assert ramp.move(np.zeros(1), 0.2) == pytest.approx([0.0])


def test_a_dead_zone_has_no_step_at_its_edge_and_keeps_the_ends():
    stick = np.array([-1.0, -0.3, -0.2, 0.0, 0.2, 0.2001, 0.6, 1.0])
    meant = past_dead_zone(stick, 0.2)
    assert meant == pytest.approx([-1.0, -0.125, 0.0, 0.0, 0.0, 0.0, 0.5, 1.0], abs=2e-4)
    assert past_dead_zone(np.array([0.6]), 0.2, 2.0) == pytest.approx([0.25])


def test_axes_span_the_space_whatever_its_ends():
    hands = Hands(gym.spaces.Box(np.array([-1.0, 0.0]), np.array([1.0, 20.0]), dtype=np.float64))
    assert hands.steer(np.array([0.5, 0.0])).tolist() == [[0.5, 10.0]]
    assert hands.steer(np.array([-1.0, 1.0])).tolist() == [[-1.0, 20.0]]


def test_numbered_actions_count_from_the_first_of_the_space():
    hands = Hands(gym.spaces.Discrete(3, start=5))
    assert hands.pick(2).tolist() == [7]


@pytest.mark.parametrize(
    "space",
    [
        gym.spaces.MultiBinary(3),
        gym.spaces.Box(-np.inf, np.inf, (2,)),
        gym.spaces.Box(0, 1, (2, 2)),
    ],
)
def test_what_hands_cannot_steer_is_one_line(space):
    with pytest.raises(UserError, match="a person steers"):
        Hands(space)
