import math

import numpy as np
import pytest
from critics import critic, listen, look, near
from scipy import stats

from simulated_humans.scale import Scale, rating_noise


def test_sign_graded_and_continuous_ratings_by_hand():
    judgement = np.array([-9.0, -0.8, -0.2, 0.0, 0.3, 0.76, 9.0])
    assert Scale("sign", 2, 1.0, None).rate(judgement).tolist() == [-1, -1, -1, 0, 1, 1, 1]
    # In points of a half: −18, −1.6, −.4, 0, .6, 1.52, 18.
    assert Scale("graded", 2, 0.5, None).rate(judgement).tolist() == [-2, -2, 0, 0, 1, 2, 2]
    graded = Scale("graded", 3, 1.0, None).rate(judgement)
    assert graded.tolist() == [-3, -1, 0, 0, 0, 1, 3]
    free = Scale("continuous", 2, 0.5, None)
    assert free.rate(judgement) == pytest.approx(judgement / 0.5)
    clipped = Scale("continuous", 2, 0.5, 1.5).rate(judgement)
    assert clipped == pytest.approx([-1.5, -1.5, -0.4, 0.0, 0.6, 1.5, 1.5])


def test_halves_favour_neither_side():
    judgement = np.array([-1.5, -0.5, 0.5, 1.5])
    rating = Scale("graded", 2, 1.0, None).rate(judgement)
    assert (rating == -rating[::-1]).all()


def test_a_critic_answers_on_its_scale():
    actions = np.arange(4)  # advantages .1, .1, −.3, −2.9
    cases = [
        ({"scale": "graded", "unit": 0.1}, [1, 1, -2, -2]),
        ({"scale": "graded", "unit": 0.1, "levels": 5}, [1, 1, -3, -5]),
        ({"scale": "continuous", "unit": 0.1, "clip": 4.0}, [1, 1, -3, -4]),
        ({"scale": "sign"}, [1, 1, -1, -1]),
    ]
    for settings, expected in cases:
        record = critic(4, form="advantage", **settings).evaluate(look(actions))
        assert record.value == pytest.approx(expected)


def cut_normal(rating, sigma, limit):
    low, high = max(-2.0, (-limit - rating) / sigma), min(2.0, (limit - rating) / sigma)
    return stats.truncnorm(low, high, loc=rating, scale=sigma)


@pytest.mark.parametrize("rating", [-2.0, -0.7, 0.0, 1.0, 2.0])
@pytest.mark.parametrize("level", [0.1, 0.5, 2.0])
def test_rating_noise_is_a_normal_cut_off_at_two_sigma_and_at_the_ends(rating, level):
    n, width, limit = 100_000, 5.0, 2.0
    sigma = level * width / 4
    uniform = np.random.default_rng(1).random(n)
    noisy = rating_noise(np.full(n, rating), level, width, limit, uniform)
    right = cut_normal(rating, sigma, limit)
    assert stats.kstest(noisy, right.cdf).pvalue > 1e-3
    assert abs(noisy.mean() - right.mean()) <= 3 * right.std() / math.sqrt(n)
    assert np.abs(noisy - rating).max() <= 2 * sigma + 1e-9
    assert np.abs(noisy).max() <= limit + 1e-9


def test_no_noise_is_no_change():
    rating = np.array([-2.0, 0.3])
    assert (rating_noise(rating, 0.0, 5.0, 2.0, np.zeros(2)) == rating).all()


def test_graded_ratings_with_noise_mistakes_and_silence_have_their_closed_form():
    worlds, steps, level, flip, silent = 1000, 100, 0.6, 0.1, 0.3
    human = critic(
        worlds,
        form="advantage",
        scale="graded",
        unit=0.1,
        rating_noise=level,
        mistakes=flip,
        silence=silent,
        say_neutral=True,
    )
    heard = listen(human, np.zeros((steps, worlds), int))
    # The advantage .1 is one point; five points from −2 to 2; σ = .6·5/4 = .75.
    right = cut_normal(1.0, level * 5 / 4, 2.0)
    points = np.arange(-2, 3)
    share = right.cdf(points + 0.5) - right.cdf(points - 0.5)
    assert share.sum() == pytest.approx(1)
    for point, p, mirrored in zip(points, share, share[::-1], strict=True):
        expected = (1 - silent) * ((1 - flip) * p + flip * mirrored)
        assert near(heard.share(point), expected, worlds * steps), point


def test_noise_on_a_clipped_scale_spans_from_end_to_end():
    n, clip, level = 5000, 3.0, 0.4
    human = critic(n, form="advantage", scale="continuous", clip=clip, rating_noise=level)
    value = listen(human, np.zeros((1, n), int)).value[0]
    right = cut_normal(0.1, level * 2 * clip / 4, clip)
    assert stats.kstest(value, right.cdf).pvalue > 1e-3
