import itertools

import numpy as np
import pytest
from scipy import stats
from stable_baselines3.common.logger import Logger
from tiny import Line, Scripted, Slide

from algorithms.coach.deep.agent import DeepCOACH
from algorithms.coach.deep.config import DeepCOACHConfig
from algorithms.core import delay_evidence as evidence
from algorithms.core import delay_posterior as subject
from algorithms.core.credit import DELAY_FORMS, credits
from algorithms.core.delay import DelayEstimator
from algorithms.core.delay_evidence import Candidate, Heard
from algorithms.core.step import Step
from algorithms.tamer.agent import TAMER
from algorithms.tamer.config import TAMERConfig
from simulated_humans.control import Reaction
from simulated_humans.pending import Pending
from teaching import HumanInTheLoop

DT = 0.5
STATES, ACTIONS = 16, 4


def walk(delay, form, worlds, seed, steps, rate=1.0, faults_only=False):
    """[steps] of what `take_in` takes: random walkers judged ±1 by random tables of their own."""
    rng = np.random.default_rng(seed)
    table = np.where(rng.random((worlds, STATES, ACTIONS)) < 0.5, -1.0, 1.0)
    pending, done = Pending(Reaction(delay * DT, form), worlds), np.ones(worlds, bool)
    for _ in range(steps):
        pending.reset(done)
        state = rng.integers(STATES, size=worlds)
        action = rng.integers(ACTIONS, size=worlds)
        verdict = table[np.arange(worlds), state, action]
        speaks = (rng.random(worlds) < rate) & ((verdict < 0) | (not faults_only))
        nobody, uniform = np.zeros(worlds, int), rng.random((worlds, 2))
        due, value, _ = pending.step(speaks, verdict, nobody, uniform, DT)
        done = rng.random(worlds) < 0.04
        yield np.eye(STATES)[state], action, np.where(due, value, np.nan), done


def estimated(worlds, steps):
    estimator = DelayEstimator(np.arange(worlds), STATES, DT)
    for step in steps:
        estimator.take_in(*step)
    return estimator


@pytest.mark.parametrize("form", ["gamma", "uniform"])
def test_wide_delays_are_found_and_credit_is_close_to_that_of_the_true_density(form):
    """Six learners with 64 cells to learn from 300 words, which are two steps late on average.

    By the regression alone gamma estimates are .5 steps off on average, and credit is .18 off in
    total variation (`test_the_regression_alone_is_not_enough`).
    """
    estimator = estimated(6, walk(2, form, 6, 1, 460))
    assert np.abs(estimator.mean - 2).mean() < 0.3
    assert (estimator.form == list(DELAY_FORMS).index(form)).mean() >= 0.8
    assert distance(estimator, form) < 0.1


def test_the_regression_alone_is_not_enough(monkeypatch):
    def by_regression(heard, among, rate, before, start, rng):
        score = evidence.compare(heard, among, rate) + before
        return np.exp(score - score.max()) / np.exp(score - score.max()).sum()

    monkeypatch.setattr("algorithms.core.delay.posterior", by_regression)
    estimator = estimated(6, walk(2, "gamma", 6, 1, 460))
    assert distance(estimator, "gamma") > 0.13


def distance(estimator, form):
    """Total variation between credit and that of a mean of two steps; credit sums to 1."""
    durations = np.full((6, estimator.window), DT)
    true = credits(durations[0], DELAY_FORMS[form](2 * DT))
    found = estimator.credits(durations)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-6)
    return 0.5 * np.abs(found - true).sum(axis=1).mean()


def test_who_speaks_of_faults_alone_is_understood():
    """Silence then depends on what was done, which the timing does not know of."""
    estimator = estimated(3, walk(3, "fixed", 3, 3, 300, faults_only=True))
    assert estimator.mean.tolist() == [3.0] * 3


def test_timing_by_hand(monkeypatch):
    """ρ = ½ and p = (0, 1): quiet with 1 in step 0, ½ later; odd ones are a tenth."""
    monkeypatch.setattr(subject, "SPOKEN", np.array([0.5]))
    monkeypatch.setattr(subject, "ODD", 0.1)
    # .1 + .8 · 1 = .9 and .1 + .8 · ½ = .5: quiet at first, said once and not said once later.
    found = subject.log_timing(np.array([0.0, 1.0]), np.array([0, 1]), np.array([1, 1]))
    assert found == pytest.approx(np.log(0.9 * 0.5 * 0.5))


def test_timing_averages_over_how_much_is_judged(monkeypatch):
    monkeypatch.setattr(subject, "SPOKEN", np.array([0.2, 0.6]))
    monkeypatch.setattr(subject, "ODD", 0.0)
    found = subject.log_timing(np.ones(1), np.array([3]), np.array([1]))
    assert found == pytest.approx(np.log((0.2**3 * 0.8 + 0.6**3 * 0.4) / 2))


def test_the_sampler_agrees_with_enumeration(monkeypatch):
    """All lags of five signals, f integrated out, the noise on a grid: sums of normal densities."""
    monkeypatch.setattr(subject, "TURNS", 12_000)
    monkeypatch.setattr(subject, "WARM_UP", 200)
    rng = np.random.default_rng(4)
    shares = {
        Candidate("fixed", 1): np.array([0.0, 1.0]),
        Candidate("uniform", 1): np.array([0.3, 0.7]),
        Candidate("gamma", 1): np.array([0.6, 0.4]),
    }
    monkeypatch.setattr(subject, "lags", lambda candidate: shares[candidate])
    monkeypatch.setattr(subject, "spoken_lags", lambda lag, rate: lag)
    at, age = np.arange(5), np.array([0, 1, 2, 3, 4])
    heard = Heard(
        obs=rng.normal(size=(5, 2)),
        action=rng.integers(2, size=5),
        at=at,
        age=age,
        value=np.array([1.0, -1.0, 1.0, 1.0, -1.0]),
        said=np.ones(5),
        silent=np.zeros(5),
    )
    alike = evidence.alikeness(heard)
    alike /= alike.diagonal().mean()
    noises = subject.LEAST_NOISE + np.linspace(0, 15, 400)
    prior = stats.invgamma(1, scale=0.5).pdf(noises)
    total = []
    for share in shares.values():
        chance = 0.0
        for lag in itertools.product([0, 1], repeat=5):
            if any(lag > age):
                continue
            # A signal in the first step can only be about it, or where no lag is 0 about none.
            odds = np.prod([share[k] for k, a in zip(lag[1:], age[1:], strict=True)])
            matched = slice(0, 5) if share[0] else slice(1, 5)
            rows = (at - np.array(lag))[matched]
            cov = alike[np.ix_(rows, rows)]
            density = np.array(
                [
                    stats.multivariate_normal(np.zeros(len(rows)), cov + s * np.eye(len(rows))).pdf(
                        heard.value[matched]
                    )
                    for s in noises
                ]
            )
            alone = 1.0 if share[0] else stats.norm.pdf(heard.value[0])
            chance += odds * alone * np.trapezoid(density * prior, noises)
        total.append(chance)
    before = np.log([0.2, 0.3, 0.5])
    expected = np.array(total) * np.exp(before)
    found = subject.posterior(heard, list(shares), 1.0, before, 0, np.random.default_rng(5))
    np.testing.assert_allclose(found, expected / expected.sum(), atol=0.03)


def test_one_candidate_is_certain():
    assert subject.posterior(None, [Candidate("fixed", 1)], 1.0, np.zeros(1), 0, None).tolist() == [
        1.0
    ]


def steps_of(late, judge, count, seed, discrete=True):
    """Random steps of one world, judged `late` steps later within episodes of twelve."""
    rng, memory = np.random.default_rng(seed), []
    for t in range(count):
        obs = np.eye(6)[rng.integers(6, size=1)] if discrete else rng.uniform(-1, 1, (1, 1))
        action = rng.integers(3, size=1) if discrete else rng.uniform(-1, 1, (1, 1))
        memory.append(judge(obs, action))
        yield Step(
            obs=obs,
            action=action,
            takeover=np.array([t % 7 == 0]),
            feedback=np.array([memory[-1 - late] if len(memory) > late else np.nan]),
            reward=np.zeros(1),
            next_obs=obs,
            terminated=np.zeros(1, bool),
            done=np.array([t % 12 == 11]),
            log_prob=np.zeros(1),
        )
        if t % 12 == 11:
            memory.clear()


def silent(view):
    return np.full(len(view.obs), np.nan)


@pytest.mark.parametrize("late", [0, 2])
def test_what_was_said_before_the_delay_was_known_is_learned_from_as_if_it_had_been(late):
    env = HumanInTheLoop(Line(), Scripted(values=silent))
    untold = TAMER(env, TAMERConfig(delay=None), 0)
    told = TAMER(env, TAMERConfig(delay=late * untold.dt), 0)
    for step in steps_of(late, lambda obs, action: 1.0 if action[0] == 2 else -1.0, 120, 6):
        told.take_in(step)
        untold.take_in(step)
        if untold.estimator.ready[0]:
            np.testing.assert_allclose(untold.weights, told.weights, atol=1e-6)
    assert untold.estimator.mean.tolist() == [late]
    assert untold.weights.any()


@pytest.mark.parametrize("late", [0, 2])
@pytest.mark.parametrize("discrete", [True, False])
def test_windows_are_kept_as_if_the_delay_had_been_known(late, discrete):
    env = HumanInTheLoop(Line() if discrete else Slide(), Scripted(values=silent))
    small = {"net_arch": [4], "window": 4}
    untold = DeepCOACH(env, DeepCOACHConfig(delay=None, **small), 0)
    told = DeepCOACH(env, DeepCOACHConfig(delay=late * untold.dt, **small), 0)

    def judge(obs, action):
        right = action[0] == 2 if discrete else obs[0, 0] * action[0, 0] > 0
        return 1.0 if right else -1.0

    for step in steps_of(late, judge, 150, 7, discrete):
        told.take_in(step)
        untold.take_in(step)
    assert untold.estimator.ready[0]
    assert untold.estimator.mean.tolist() == [late]
    assert len(untold.windows) == len(told.windows)
    for name in ("obs", "action", "own", "feedback"):
        where = np.s_[: len(told.windows)]
        known, found = (learner.windows.arrays[name][where] for learner in (told, untold))
        if name in ("obs", "action"):  # what lies before the episode is nothing to either
            own = told.windows.arrays["own"][where] > 0
            known, found = known[own], found[own]
        np.testing.assert_allclose(found, known, atol=1e-6)


def test_nobody_recalls_twice():
    estimator = DelayEstimator(np.zeros(1, int), 6, DT)
    recalls = 0
    for step in steps_of(1, lambda obs, action: float(action[0] == 1) or -1.0, 200, 8):
        estimator.heed(step, Logger(None, []))
        recalls += any(True for _ in estimator.recall(3))
    assert (estimator.ready[0], recalls) == (True, 1)
