import numpy as np
import pytest

from teaching import Prices, delay_steps


@pytest.mark.parametrize(
    ("seconds", "dt", "steps"),
    [
        (0.0, 0.1, 0),
        (0.4, 0.1, 4),  # 0.4 / 0.1 is 4.000… in floats, not 3.999…
        (0.3, 0.1, 3),  # 0.3 / 0.1 is 2.999… in floats
        (0.24, 0.1, 2),
        (0.26, 0.1, 3),
        (0.5, 1.0, 1),  # half a step rounds up
        (1.5, 1.0, 2),
        (2.5, 1.0, 3),  # … and not to the even number
        (0.49, 1.0, 0),
    ],
)
def test_a_delay_is_the_nearest_number_of_steps(seconds, dt, steps):
    assert delay_steps(seconds, dt) == steps


def test_the_price_of_a_step_is_looking_or_steering_plus_each_takeover():
    prices = Prices(watch=1.0, steer=3.0, takeover=0.5)
    # Worlds: unwatched, watched, steered, just taken over, steered without looking.
    mask = np.array([False, False, True, True, True])
    start = np.array([False, False, False, True, False])
    watched = np.array([False, True, True, True, False])
    seconds = prices.intervention(0.2, mask, start, watched)
    # 0; 1·0.2; 3·0.2; 3·0.2 + 0.5; 3·0.2. Steering is not also paid as watching.
    np.testing.assert_allclose(seconds, [0.0, 0.2, 0.6, 1.1, 0.6])
    assert seconds.dtype == np.float64


def test_prices_are_frozen_so_that_two_humans_cannot_share_a_change():
    with pytest.raises(AttributeError):
        Prices().watch = 0.0
