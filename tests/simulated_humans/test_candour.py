"""Rates of what is said, alone and in company, against their closed forms."""

import math

import numpy as np
import pytest
from critics import critic, listen, near

from teaching import Prices

WORLDS, STEPS = 1000, 100  # 10⁵ draws a rate
RIGHT, WRONG, NEUTRAL = 0, 1, 2  # by their rewards .3, −.2 and 0
FREE = Prices(watch=1.0, judge=0.0)


def rates(action, **settings):
    """Shares of praise and of blame about one action."""
    human = critic(WORLDS, form="task", **settings)
    heard = listen(human, np.full((STEPS, WORLDS), action))
    return heard.share(1), heard.share(-1)


def assert_rates(praise, blame, action, **settings):
    got = rates(action, **settings)
    assert near(got[0], praise, WORLDS * STEPS), (got, praise)
    assert near(got[1], blame, WORLDS * STEPS), (got, blame)


def test_a_clean_human_says_what_it_thinks():
    assert rates(RIGHT) == (1, 0)
    assert rates(WRONG) == (0, 1)
    assert rates(NEUTRAL) == (0, 0)


def test_mistakes_turn_ratings_round():
    assert_rates(0.9, 0.1, RIGHT, mistakes=0.1)
    assert_rates(0.1, 0.9, WRONG, mistakes=0.1)
    assert rates(WRONG, mistakes=1.0) == (1, 0)


def test_kindness_keeps_blame_back_and_praises_the_neutral():
    assert_rates(0, 0.75, WRONG, spare_blame=0.25)
    assert_rates(0.4, 0, NEUTRAL, praise_neutral=0.4)
    assert rates(RIGHT, spare_blame=0.5, praise_neutral=0.5) == (1, 0)


@pytest.mark.parametrize("about", ["all", "wrong", "right"])
def test_silence_is_about_what_it_is_about(about):
    spoken = 1 - 0.3
    assert_rates(1 if about == "wrong" else spoken, 0, RIGHT, silence=0.3, silence_about=about)
    assert_rates(0, 1 if about == "right" else spoken, WRONG, silence=0.3, silence_about=about)


def test_silence_about_one_side_does_not_touch_the_neutral():
    for about, expected in (("all", 0.7), ("wrong", 1.0), ("right", 1.0)):
        human = critic(WORLDS, form="task", say_neutral=True, silence=0.3, silence_about=about)
        heard = listen(human, np.full((STEPS, WORLDS), NEUTRAL))
        assert near(heard.mask.mean(), expected, WORLDS * STEPS)
        assert not heard.value.any()


def test_the_tired_speak_less():
    tau, dt = 20.0, 0.1
    human = critic(WORLDS, form="task", fatigue=tau, prices=FREE)
    heard = listen(human, np.full((STEPS, WORLDS), RIGHT))
    # Human seconds are those of watching: t·dt before step t.
    p = np.exp(-np.arange(STEPS) * dt / tau)
    error = math.sqrt((p * (1 - p)).sum() * WORLDS)
    assert abs(heard.mask.sum() - p.sum() * WORLDS) <= 3 * error
    assert heard.mask[0].all()
    assert near(heard.mask[-1].mean(), p[-1], WORLDS)


def test_the_tiredness_counts_what_judging_costs_and_outlives_the_episode():
    tau, price = 10.0, 1.0
    prices = Prices(watch=0.0, judge=price)
    human = critic(5 * WORLDS, form="task", fatigue=tau, prices=prices)
    heard = listen(human, np.full((2, 5 * WORLDS), RIGHT), starts=(0, 1))
    assert heard.mask[0].all()
    assert near(heard.mask[1].mean(), math.exp(-price / tau), 5 * WORLDS)


@pytest.mark.parametrize("delay", [0.0, 0.3])
@pytest.mark.parametrize("about", ["all", "wrong", "right"])
def test_errors_compose(about, delay):
    flip, spare, neutral, silent, tau, dt = 0.1, 0.25, 0.4, 0.3, 40.0, 0.1
    settings = {
        "mistakes": flip,
        "spare_blame": spare,
        "praise_neutral": neutral,
        "silence": silent,
        "silence_about": about,
        "fatigue": tau,
        "prices": FREE,
        "delay": delay,
    }
    # What is said at step t was judged `late` steps before, by somebody less tired.
    late = round(delay / dt)
    awake = np.exp(-np.arange(STEPS - late) * dt / tau).sum() / STEPS
    praise = awake * (1 if about == "wrong" else 1 - silent)
    blame = awake * (1 - spare) * (1 if about == "right" else 1 - silent)
    assert_rates((1 - flip) * praise, flip * blame, RIGHT, **settings)
    assert_rates(flip * praise, (1 - flip) * blame, WRONG, **settings)
    assert_rates(neutral * praise, 0, NEUTRAL, **settings)


def test_mistakes_and_silence_act_on_diminishing_praise():
    flip, silent, p = 0.2, 0.3, 0.25  # the learner takes action 1 with probability .25
    human = critic(WORLDS, form="diminishing", mistakes=flip, silence=silent)
    heard = listen(human, np.full((STEPS, WORLDS), 1))
    said = (1 - p) * (1 - silent)
    assert near(heard.share(1), said * (1 - flip), WORLDS * STEPS)
    assert near(heard.share(-1), said * flip, WORLDS * STEPS)


def test_whether_one_thing_goes_wrong_says_nothing_of_the_next_step():
    heard = listen(
        critic(WORLDS, form="task", silence=0.3, mistakes=0.2), np.full((STEPS, WORLDS), RIGHT)
    )
    both = heard.mask[1:] & heard.mask[:-1]
    assert near(both.mean(), 0.7**2, both.size / 3)  # pairs overlap: as good as a third of them
    wrong = heard.value == -1
    assert near((wrong[1:] & wrong[:-1]).mean(), (0.7 * 0.2) ** 2, both.size / 3)
