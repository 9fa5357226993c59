import numpy as np
import pytest

from teaching import Prices


def test_the_budget_of_steps_is_spent_exactly_lowest_world_first(make, play, needs):
    played = play(make(3, budget_steps=10), needs(np.ones((6, 3))))
    assert played.mask.sum() == 10
    assert played.mask[3].tolist() == [True, False, False]
    assert not played.mask[4:].any()
    assert not played.seconds[4:].any()


@pytest.mark.parametrize("seconds", [1.0, 1.05])
def test_the_budget_of_seconds_is_never_overspent(make, play, needs, seconds):
    prices = Prices(watch=0.5, steer=1.0, takeover=0.0)
    human = make(1, budget_seconds=seconds, prices=prices)
    # Ten steps of watching cost 0.5 s, five of steering the other 0.5 s; one more costs 0.1 s.
    played = play(human, needs(np.repeat([0, 1], [10, 30])))
    assert played.mask[:, 0].nonzero()[0].tolist() == [10, 11, 12, 13, 14]
    assert played.seconds.sum() == pytest.approx(1.0)


def test_a_human_whose_budget_is_spent_stays_away(make, play, needs):
    human = make(1, budget_steps=3)
    played = play(human, needs(np.ones(30)), starts=(0, 10, 20))
    assert played.mask[:, 0].nonzero()[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize("budget", [{"budget_steps": 0}, {"budget_seconds": 0.0}])
def test_an_empty_budget_is_no_human_at_all(make, play, needs, budget):
    played = play(make(2, gate="always", **budget), needs(np.ones((5, 2))))
    assert not played.mask.any()
    assert not played.seconds.any()


def test_prices_add_up_to_the_figure_worked_out_by_hand(make, play, needs):
    need = np.zeros((12, 2))
    need[3:7, 0] = 1
    need[9:, 0] = 1
    prices = Prices(watch=0.5, steer=2.0, takeover=1.5)
    seconds = play(make(2, prices=prices), needs(need)).seconds
    # World 0: 5 steps watched, 7 steered, 2 takeovers. World 1: 12 steps watched. 0.1 s a step.
    assert seconds.sum(axis=0) == pytest.approx(
        [5 * 0.1 * 0.5 + 7 * 0.1 * 2.0 + 2 * 1.5, 12 * 0.1 * 0.5]
    )
    assert seconds[3, 0] == pytest.approx(0.1 * 2.0 + 1.5)


def test_demonstrations_are_priced_and_tire_but_are_not_refused(make, play, needs, view):
    human = make(2, budget_seconds=1.0)
    for step in range(4):
        shown = human.demonstrate(view(np.ones((2, 1), np.float32), step, step == 0))
        assert shown.human_seconds == pytest.approx([0.1, 0.1])
        assert (shown.action == 0).all()
        assert shown.obs.shape == (2, 3)
    # 0.8 s are gone: one more step of two worlds, 0.2 s, is affordable.
    played = play(human, needs(np.zeros((3, 2))))
    assert played.seconds.sum(axis=1) == pytest.approx([0.2, 0.0, 0.0])
    human.demonstrate(view(np.ones((2, 1), np.float32)))


def test_a_takeover_that_the_budget_forbids_costs_nothing_but_the_watching(make, play, needs):
    prices = Prices(watch=0.5, steer=2.0, takeover=1.5)
    seconds = play(make(2, budget_steps=1, prices=prices), needs(np.ones((1, 2)))).seconds
    assert seconds[0] == pytest.approx([0.1 * 2.0 + 1.5, 0.1 * 0.5])
