import numpy as np
import pytest
from critics import critic, listen
from scipy import stats

from simulated_humans.control import Reaction
from simulated_humans.pending import Pending

DT = 0.1
NEUTRAL = 2


def waits(delay, form, n, dt=DT):
    """[n] steps between a judgement and its word, one judgement a world."""
    pending = Pending(Reaction(delay, form), n)
    uniform = np.random.default_rng(0).random((n, 2))
    never = np.full(n, -1)
    came = never.copy()
    for t in range(200):
        spoken = np.full(n, t == 0)
        due, value, about = pending.step(spoken, np.arange(n) + 1.0, np.full(n, t), uniform, dt)
        assert (came[due] == never[due]).all()
        assert (value[due] == np.flatnonzero(due) + 1).all()
        assert (about[due] == 0).all()
        came[due] = t
    return came


def lateness(form, delay, steps):
    """P(wait = k) for k < steps: a delay in seconds, rounded to whole steps."""
    density = {
        "fixed": stats.uniform(delay - 1e-9, 2e-9),
        "uniform": stats.uniform(0.4 * delay, 1.2 * delay),
        "gamma": stats.gamma(2, scale=delay / 2),
    }[form]
    k = np.arange(steps)
    return density.cdf((k + 0.5) * DT) - density.cdf((k - 0.5) * DT)


@pytest.mark.parametrize(
    ("form", "delay"), [("uniform", 0.53), ("gamma", 0.56), ("fixed", 0.56), ("fixed", 0.0)]
)
def test_delays_have_their_distribution(form, delay):
    n = 100_000
    came = waits(delay, form, n)
    assert (came >= 0).all()  # nothing is lost
    p = lateness(form, delay, 60)
    count = np.bincount(came, minlength=60)[:60]
    usual = p * n > 5
    assert (
        stats.chisquare(
            [*count[usual], n - count[usual].sum() + 1e-9],
            [*p[usual] * n, n - (p[usual] * n).sum() + 1e-9],
        ).pvalue
        > 1e-3
    )
    mean = (p * np.arange(60)).sum()
    spread = (p * np.arange(60) ** 2).sum() - mean**2
    assert abs(came.mean() - mean) <= 3 * np.sqrt(spread / n) + 1e-3


def test_a_critic_speaks_late_of_the_step_that_it_judged():
    actions = np.full((60, 2000), NEUTRAL)
    actions[10] = 0
    human = critic(2000, form="task", delay=0.56, delay_form="gamma")
    heard = listen(human, actions)
    assert (heard.mask.sum(axis=0) == 1).mean() > 0.99  # the rest is later than 5 s
    assert (heard.about[heard.mask] == 10).all()
    lag = heard.mask.argmax(axis=0)[heard.mask.any(axis=0)] - 10
    p = lateness("gamma", 0.56, 60)
    mean = (p * np.arange(60)).sum()
    spread = (p * np.arange(60) ** 2).sum() - mean**2
    assert abs(lag.mean() - mean) <= 3 * np.sqrt(spread / 2000)


def test_the_judgement_is_of_what_was_proposed_then():
    actions = np.random.default_rng(0).integers(0, 4, (80, 5))
    heard = listen(critic(5, form="action", delay=0.3), actions)
    right = np.where(actions < 2, 1, -1)
    assert not heard.mask[:3].any()
    assert heard.mask[3:].all()
    assert (heard.value[3:] == right[:-3]).all()
    assert (heard.about[3:] == np.arange(77)[:, None]).all()


def test_an_unaware_critic_believes_that_it_judges_the_present():
    actions = np.random.default_rng(0).integers(0, 4, (80, 5))
    aware = listen(critic(5, delay=0.3), actions)
    unaware = listen(critic(5, delay=0.3, aware_of_delay=False), actions)
    assert (aware.value == unaware.value).all()
    assert (unaware.about[unaware.mask] == np.nonzero(unaware.mask)[0]).all()


def test_of_two_judgements_due_at_once_the_later_is_said():
    worlds, steps, delay = 500, 250, 0.56
    human = critic(worlds, form="action", delay=delay, delay_form="gamma")
    heard = listen(human, np.zeros((steps, worlds), int))
    settled = slice(60, None)
    when = np.broadcast_to(np.arange(steps)[:, None], heard.mask.shape)
    lag = (when - heard.about)[settled][heard.mask[settled]]
    trials = (steps - 60) * worlds
    p = lateness("gamma", delay, 60)
    # Said at lag k: that judgement takes k steps, and none of the k later ones is due as well.
    expected = p * np.cumprod([1, *(1 - p)])[:-1]
    for k in range(20):
        share = (lag == k).sum() / trials
        assert abs(share - expected[k]) <= 3 * np.sqrt(expected[k] * (1 - expected[k]) / trials), k


def test_what_is_on_its_way_dies_with_its_episode():
    heard = listen(critic(3, delay=0.3), np.zeros((20, 3), int), starts=(0, 10))
    spoken = heard.mask[:, 0].nonzero()[0].tolist()
    assert spoken == [*range(3, 10), *range(13, 20)]


def test_an_episode_that_ends_takes_nothing_from_the_other_worlds():
    pending = Pending(Reaction(0.2, "fixed"), 2)
    one, uniform = np.ones(2, bool), np.zeros((2, 2))
    pending.step(one, np.array([1.0, 2.0]), np.zeros(2, int), uniform, DT)
    pending.reset(np.array([True, False]))
    assert not pending.step(~one, np.zeros(2), np.zeros(2, int), uniform, DT)[0].any()
    due, value, _ = pending.step(~one, np.zeros(2), np.zeros(2, int), uniform, DT)
    assert due.tolist() == [False, True]
    assert value[1] == 2.0


def test_shorter_steps_lose_nothing_that_is_on_its_way():
    pending = Pending(Reaction(0.4, "fixed"), 1)
    yes, uniform = np.ones(1, bool), np.zeros((1, 2))
    said = []
    for t in range(12):
        dt = 0.2 if t < 3 else 0.1
        due, _, about = pending.step(yes, np.ones(1), np.array([t]), uniform, dt)
        said += [(t, int(about[0]))] if due[0] else []
    # Two steps of wait at first, four from step 3 on.
    assert said == [(2, 0), (3, 1), (4, 2), (7, 3), (8, 4), (9, 5), (10, 6), (11, 7)]
