import numpy as np
import pytest
from scipy import integrate, stats
from tiny import Line, Scripted

from algorithms.core import credit
from algorithms.tamer import losses
from algorithms.tamer.agent import TAMER
from algorithms.tamer.config import TAMERConfig
from simulated_humans.control import Reaction
from teaching import HumanInTheLoop, UserError

DENSITIES = {
    "uniform": lambda mean: stats.uniform(0.4 * mean, 1.2 * mean).pdf,
    "gamma": lambda mean: stats.gamma(2, scale=mean / 2).pdf,
}


@pytest.mark.parametrize("form", DENSITIES)
def test_credit_is_the_mass_of_the_density_over_the_time_on_show(form):
    """Steps of different lengths: against a numerical integral over each."""
    durations, mean = np.array([0.3, 0.1, 0.5, 0.2, 0.4]), 0.5
    got = credit.credits(durations, credit.DELAY_FORMS[form](mean))
    now = durations[0] / 2  # the middle of the present step, as seconds from its start
    ends = now - np.concatenate([[durations[0]], [0.0], -durations[1:-1].cumsum()])
    for share, end, length in zip(got, ends, durations, strict=True):
        low, high = max(end, 0.0), max(end + length, 0.0)
        mass, _ = integrate.quad(DENSITIES[form](mean), low, high, points=None, limit=200)
        assert share == pytest.approx(mass, abs=1e-6)


@pytest.mark.parametrize("form", credit.DELAY_FORMS)
@pytest.mark.parametrize("mean", [0.0, 0.1, 0.5, 1.3])
def test_credit_sums_to_one_over_a_window_that_covers_the_delays(form, mean):
    dt = 0.1
    steps = credit.window(form, mean, dt)
    shares = credit.credits(np.full(steps, dt), credit.DELAY_FORMS[form](mean))
    assert (shares >= 0).all()
    assert shares.sum() == pytest.approx(1.0, abs=1e-5)


def test_a_fixed_delay_between_two_steps_belongs_to_the_earlier():
    """.05 s are half a step of .1 s, which rounds up; .15 - .1 is not .05 to the last bit."""
    assert credit.credits(np.full(2, 0.1), credit.fixed(0.05)).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("form", credit.DELAY_FORMS)
def test_credit_is_how_often_a_human_who_reacts_so_means_each_step(form):
    dt, mean, n = 0.2, 0.56, 40_000
    uniform = np.random.default_rng(0).random((n, 2))
    meant = Reaction(mean, form).steps(uniform, dt)
    shares = credit.credits(
        np.full(credit.window(form, mean, dt), dt), credit.DELAY_FORMS[form](mean)
    )
    for k, share in enumerate(shares):
        se = np.sqrt(share * (1 - share) / n)
        assert abs((meant == k).mean() - share) <= 4 * se + 1e-9


def test_what_was_not_there_has_no_credit():
    shares = credit.credits(np.array([0.5, 0.5, 0.0, 0.0]), credit.gamma(0.56))
    assert shares[2:].tolist() == [0.0, 0.0]
    assert (shares[:2] > 0).all()


def test_one_step_of_the_regression_by_hand():
    """w = (1, 0), x̄ = .25 (1, 0) + .75 (0, 2) = (.25, 1.5), h = 1: error 1 - .25 = .75."""
    features = np.array([[[1.0, 0.0], [0.0, 2.0]]])
    credited = losses.credited_features(features, np.array([[0.25, 0.75]]))
    assert credited.tolist() == [[0.25, 1.5]]
    step = losses.descent(np.array([[1.0, 0.0]]), credited, np.array([1.0]))
    assert step.tolist() == [[0.75 * 0.25, 0.75 * 1.5]]
    assert not losses.descent(np.array([[1.0, 0.0]]), credited, np.array([np.nan])).any()


def test_in_a_table_the_model_is_the_mean_of_what_was_said_with_a_falling_rate_for_one():
    """With α = .5 and one cell: 0 -> .5 h, each word halving the distance to it."""
    human = Scripted(values=lambda view: np.ones(1))
    learner = TAMER(HumanInTheLoop(Line(limit=50), human), TAMERConfig(learning_rate=0.5))
    counts = np.zeros((3, 6))
    take_in = learner.take_in

    def counted(step):
        counts[step.action[0], step.obs[0].argmax()] += 1
        take_in(step)

    learner.take_in = counted
    learner.learn(20)
    np.testing.assert_allclose(learner.weights[0], 1 - 0.5**counts)


def test_without_a_temperature_it_does_what_it_likes_best_and_shares_ties():
    learner = TAMER(Line())
    learner.weights[0, :, 2] = [0.3, 0.3, -1.0]
    probs = learner.probabilities(np.eye(6)[[2, 0]], np.zeros(2, int))
    np.testing.assert_allclose(probs, [[0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]])


def test_a_delay_that_is_known_is_credited_to_the_right_step():
    """Praise two steps late: the model learns of the step it is about, and of no other."""
    for config, about in ((TAMERConfig(delay=1.0), 3), (TAMERConfig(), 5)):
        human = Scripted(values=lambda view: np.array([1.0 if view.step[0] == 5 else np.nan]))
        learner = TAMER(HumanInTheLoop(Line(limit=50), human), config)
        steps, take_in = [], learner.take_in
        learner.take_in = lambda step, take_in=take_in, steps=steps: (
            steps.append(step),
            take_in(step),
        )
        learner.learn(7)
        assert not any(step.done[0] for step in steps)
        meant = steps[about]
        expected = np.zeros((3, 6))
        expected[meant.action[0], meant.obs[0].argmax()] = config.learning_rate
        np.testing.assert_allclose(learner.weights[0], expected)


def test_a_word_that_comes_before_the_delay_has_passed_teaches_nothing():
    human = Scripted(values=lambda view: np.array([1.0 if view.step[0] == 1 else np.nan]))
    learner = TAMER(HumanInTheLoop(Line(limit=50), human), TAMERConfig(delay=1.5)).learn(6)
    assert not learner.weights.any()


def test_settings_that_make_no_learner_are_refused():
    with pytest.raises(UserError, match=r"algorithm\.delay_form must be one of fixed, uniform"):
        TAMERConfig(delay_form="beta")
    with pytest.raises(UserError, match=r"algorithm\.temperature must be > 0, or null"):
        TAMERConfig(temperature=0.0)
