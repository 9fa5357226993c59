import math

import gymnasium as gym
import numpy as np
import pytest

from teaching import Oracle, UserError


def test_action_distance_is_the_largest_in_half_ranges(make, view):
    space = gym.spaces.Box(np.array([-2.0, 0.0]), np.array([2.0, 20.0]), dtype=np.float64)
    oracle = Oracle(action=lambda obs: np.tile([0.0, 10.0], (len(obs), 1)))
    human = make(4, space=space, oracle=oracle, threshold=0.5)
    proposed = np.array([[1.0, 5.0], [1.1, 10.0], [0.0, 4.9], [-0.9, 14.9]])
    # Distances: max(1/2, 5/10) is at the threshold; 1.1/2 and 5.1/10 are over it.
    assert human.intervene(view(proposed)).mask.tolist() == [False, True, True, False]


def test_weights_say_how_much_each_dimension_counts(make, view):
    space = gym.spaces.Box(-1.0, 1.0, (2,), np.float64)
    oracle = Oracle(action=lambda obs: np.zeros((len(obs), 2)))
    human = make(3, space=space, oracle=oracle, threshold=0.4, weights=[1.0, 0.4])
    # Steering off by .5 is over .4; the pedal off by .9 counts .36, and by 1.0 counts .4: at it.
    proposed = np.array([[0.5, 0.0], [0.0, 0.9], [0.0, 1.0]])
    assert human.intervene(view(proposed)).mask.tolist() == [True, False, False]


@pytest.mark.parametrize("weights", [[1.0], [1.0, 1.0, 1.0], [1.0, -0.1], [1.0, math.nan]])
def test_weights_must_fit_the_action(make, weights):
    with pytest.raises(UserError, match=r"human\.weights must"):
        make(1, space=gym.spaces.Box(-1.0, 1.0, (2,), np.float64), weights=weights)


def test_discrete_actions_differ_or_agree_whatever_the_threshold(make, view):
    oracle = Oracle(action=lambda obs: np.array([0, 1, 2]))
    human = make(3, space=gym.spaces.Discrete(3), oracle=oracle, threshold=7.0)
    assert human.intervene(view(np.array([0, 2, 0]))).mask.tolist() == [False, True, True]


def test_likelihood_of_a_discrete_action_is_its_probability(make, view):
    probs = np.array([0.90, 0.06, 0.04])
    oracle = Oracle(
        action=lambda obs: np.zeros(len(obs), np.int64),
        log_prob=lambda obs, action: np.log(probs[action]),
    )
    human = make(3, space=gym.spaces.Discrete(3), oracle=oracle, gate="likelihood", threshold=0.05)
    assert human.intervene(view(np.array([0, 1, 2]))).mask.tolist() == [False, False, True]


def test_an_impossible_action_is_unlikely_enough(make, view):
    oracle = Oracle(
        action=lambda obs: np.zeros(len(obs), np.int64),
        log_prob=lambda obs, action: np.where(action == 0, 0.0, -np.inf),
    )
    human = make(2, space=gym.spaces.Discrete(2), oracle=oracle, gate="likelihood", threshold=0.05)
    assert human.intervene(view(np.array([0, 1]))).mask.tolist() == [False, True]


def test_likelihood_of_a_continuous_action_is_relative_to_the_experts(make, view):
    sigma = 0.007  # a density far above 1: only its ratio to the mode's means anything

    def log_prob(obs, action):
        return -0.5 * (action[:, 0] / sigma) ** 2 - math.log(sigma * math.sqrt(2 * math.pi))

    oracle = Oracle(action=lambda obs: np.zeros((len(obs), 1)), log_prob=log_prob)
    human = make(2, oracle=oracle, gate="likelihood", threshold=0.05)
    # exp(−x²/2σ²) = 0.05 at x = σ·sqrt(2·ln 20).
    edge = sigma * math.sqrt(2 * math.log(20))
    assert human.intervene(view(np.array([[0.99], [1.01]]) * edge)).mask.tolist() == [False, True]


def test_risk_gate_asks_with_its_horizon_and_takes_over_above_its_threshold(make, view):
    asked = []

    def risk(obs, action, horizon):
        asked.append(horizon)
        return np.abs(action[:, 0])

    oracle = Oracle(action=lambda obs: np.zeros((len(obs), 1)), risk=risk)
    human = make(3, oracle=oracle, gate="risk", threshold=0.5, horizon=2.5)
    mask = human.intervene(view(np.array([[0.4], [0.5], [-0.6]]))).mask
    assert mask.tolist() == [False, False, True]
    assert asked == [2.5]


def test_risk_is_judged_every_so_often_and_at_once_in_a_new_episode(make, view):
    steps_asked = []
    now = 0

    def risk(obs, action, horizon):
        steps_asked.append(now)
        return np.abs(action[:, 0])

    oracle = Oracle(action=lambda obs: np.zeros((len(obs), 1)), risk=risk)
    human = make(2, oracle=oracle, gate="risk", check_every=1.0)
    masks = []
    for now in range(30):
        # World 1 starts a new episode on step 15. Risky on step 10, and from 17 on.
        start = [now == 0, now in (0, 15)]
        proposed = np.full((2, 1), 1.0 if now == 10 or now >= 17 else 0.0)
        masks.append(human.intervene(view(proposed, now, start)).mask)
    assert steps_asked == [0, 10, 15, 20, 25]
    first, second = np.array(masks).T
    assert np.flatnonzero(first).tolist() == list(range(10, 30))
    assert np.flatnonzero(second).tolist() == [*range(10, 15), *range(25, 30)]


def test_always_is_in_control_from_the_first_step(make, play, needs):
    human = make(2, gate="always")
    assert play(human, needs(np.zeros((5, 2)))).mask.all()


def test_the_expert_is_asked_once_a_step_and_only_where_there_is_a_use(make, play, needs):
    calls = 0

    def action(obs):
        nonlocal calls
        calls += 1
        return np.zeros((len(obs), 1))

    need = np.array([0, 0, 1, 1, 0])
    play(make(oracle=Oracle(action=action)), needs(need))
    assert calls == 5
    calls = 0
    oracle = Oracle(action=action, risk=lambda obs, a, horizon: np.abs(a[:, 0]))
    play(make(oracle=oracle, gate="risk"), needs(need))
    assert calls == 2


@pytest.mark.parametrize(("gate", "lacks"), [("likelihood", "log_prob"), ("risk", "risk")])
def test_a_gate_refuses_an_expert_that_cannot_serve_it(make, gate, lacks):
    with pytest.raises(UserError, match=f"human.gate={gate} needs an expert with {lacks}"):
        make(gate=gate, threshold=0.05)
