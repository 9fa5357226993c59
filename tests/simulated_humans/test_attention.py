import math

import numpy as np
import pytest

from simulated_humans.attention import Hysteresis, Lapses, false_alarms


def within_binomial(count, trials, probability):
    """Five standard deviations: a right count fails once in 1.7 million."""
    spread = math.sqrt(trials * probability * (1 - probability))
    return abs(count - trials * probability) <= 5 * spread + 1e-9


def opened(score, release, quiet, dt=0.1):
    hysteresis = Hysteresis(release, quiet, 1)
    limit = np.ones(1)
    return [bool(hysteresis.step(np.array([x]), limit, dt)[0]) for x in score]


def test_a_need_opens_above_the_limit_and_closes_under_the_release():
    score = [0.9, 1.0, 1.1, 0.8, 0.6, 0.5, 0.9, 1.2]
    assert opened(score, release=0.5, quiet=0.0) == [
        False,
        False,
        True,
        True,
        True,
        False,
        False,
        True,
    ]


def test_a_need_closes_after_a_quiet_moment_only():
    score = [2, 0, 0, 2, 0, 0, 0, 0, 0]
    # 0.2 s of quiet are over on the third quiet step in a row.
    assert opened(score, release=1.0, quiet=0.2) == [True] * 6 + [False] * 3


def test_lapse_rate_is_the_share_of_needs_missed(make, play, needs):
    n, rate = 4000, 0.3
    mask = play(make(n, lapse_rate=rate), needs(np.ones((1, n)))).mask[0]
    assert within_binomial((~mask).sum(), n, rate)


def test_a_lapse_lasts_and_is_followed_by_another_look(make, play, needs):
    n, rate, steps = 3000, 0.5, 61
    human = make(n, lapse_rate=rate, lapse_duration=2.0)
    mask = play(human, needs(np.ones((steps, n)))).mask
    first = np.where(mask.any(axis=0), mask.argmax(axis=0), -1)
    assert set(first) == {0, 20, 40, 60, -1}
    for look, at in enumerate((0, 20, 40, 60)):
        assert within_binomial((first == at).sum(), n, rate**look * (1 - rate))
    # Once noticed, a need stays noticed.
    assert (np.diff(mask.astype(int), axis=0) >= 0).all()


def test_an_endless_lapse_covers_the_whole_need_but_not_the_next(make, play, needs):
    n, rate = 3000, 0.5
    need = np.zeros((60, n))
    need[:25] = need[30:] = 1
    mask = play(make(n, lapse_rate=rate, lapse_duration=math.inf), needs(need)).mask
    first, second = mask[:25], mask[30:]
    for one in (first, second):
        assert (one.all(axis=0) | ~one.any(axis=0)).all()
    both = first[0] & second[0]
    assert within_binomial(both.sum(), n, (1 - rate) ** 2)


def test_lapse_rate_one_misses_everything_and_zero_nothing(make, play, needs):
    need = needs(np.ones((50, 20)))
    assert not play(make(20, lapse_rate=1.0), need).mask.any()
    assert play(make(20, lapse_rate=0.0), need).mask.all()


def test_who_steers_overlooks_nothing():
    lapses = Lapses(1.0, 1.0, None, 1)
    yes, no, zero = np.array([True]), np.array([False]), np.zeros(1)
    assert lapses.step(yes, in_control=yes, seconds=zero, uniform=zero, dt=0.1) == yes
    assert lapses.step(no, in_control=yes, seconds=zero, uniform=zero, dt=0.1) == no


def test_false_alarms_come_at_their_rate():
    rate, dt, n = 0.5, 0.1, 200_000
    watching = np.arange(n) % 2 == 0
    alarm = false_alarms(watching, rate, np.random.default_rng(0).random(n), dt)
    assert not alarm[~watching].any()
    assert within_binomial(alarm.sum(), n // 2, 1 - math.exp(-rate * dt))


def test_a_jumpy_human_grabs_the_controls_for_the_minimum_time(make, play, needs):
    n, steps, rate = 200, 400, 0.2
    mask = play(make(n, false_alarm_rate=rate, hold=0.5), needs(np.zeros((steps, n)))).mask
    before = np.vstack([np.zeros((1, n), bool), mask[:-1]])
    watched = steps * n - before.sum()
    assert within_binomial((mask & ~before).sum(), watched, 1 - math.exp(-rate * 0.1))
    for world in mask.T:
        edges = np.flatnonzero(np.diff(np.concatenate(([0], world.astype(int)))))
        lengths = edges[1::2] - edges[::2][: len(edges[1::2])]
        assert (lengths == 5).all()


@pytest.mark.parametrize("fatigue", [None, 10.0, 100.0])
def test_attention_fades_by_its_closed_form(fatigue):
    seconds = np.array([0.0, 5.0, 10.0, 70.0])
    expected = [0.8 * (1.0 if fatigue is None else math.exp(-t / fatigue)) for t in seconds]
    assert Lapses(0.2, 1.0, fatigue, 4).notice_probability(seconds) == pytest.approx(expected)


def test_a_tired_human_misses_more_as_its_time_is_spent(make, play, needs):
    n, rate, fatigue = 4000, 0.1, 5.0
    need = np.zeros((51, n))
    need[50] = 1
    played = play(make(n, lapse_rate=rate, fatigue=fatigue), needs(need))
    spent = played.seconds[:50].sum(axis=0)
    assert spent == pytest.approx(np.full(n, 5.0))  # 50 steps of 0.1 s, watched
    assert within_binomial(played.mask[50].sum(), n, 0.9 * math.exp(-1.0))


def test_tiredness_outlives_the_episode(make, play, needs):
    n = 2000
    need = np.zeros((101, n))
    need[100] = 1
    mask = play(make(n, fatigue=2.0), needs(need), starts=(0, 50, 100)).mask
    assert within_binomial(mask[100].sum(), n, math.exp(-10.0 / 2.0))


def test_a_lapse_ends_with_its_episode(make, play, needs):
    n = 3000
    human = make(n, lapse_rate=0.5, lapse_duration=math.inf)
    mask = play(human, needs(np.ones((20, n))), starts=(0, 10)).mask
    assert within_binomial((mask[10] & ~mask[9]).sum(), n, 0.5 * 0.5)


def test_a_need_that_is_overlooked_is_not_found_by_a_false_alarm(make, play, needs):
    human = make(5, lapse_rate=1.0, false_alarm_rate=1000.0)
    assert not play(human, needs(np.ones((50, 5)))).mask.any()
