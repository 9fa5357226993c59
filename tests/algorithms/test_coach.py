import itertools

import numpy as np
import pytest
import torch as th
from tiny import Line, Scripted

from algorithms.coach import losses
from algorithms.coach.agent import COACH
from algorithms.coach.config import COACHConfig
from algorithms.coach.policies import MLP, Linear
from envs.finite.grids import COACH_GRID, grid_mdp
from envs.finite.problems import random_mdp
from envs.finite.solve import advantage, expected_return, occupancy, policy_q
from teaching import HumanInTheLoop, UserError


def policies(temperature=0.7):
    return {"linear": Linear(4, 3, temperature), "mlp": MLP(4, 3, temperature, [5, 6])}


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_the_score_is_autograds(name):
    policy, rng = policies()[name], np.random.default_rng(0)
    theta = rng.normal(size=(2, policy.num_parameters))
    obs, action, of = rng.normal(size=(5, 4)), np.array([0, 2, 1, 1, 0]), np.array([0, 1, 1, 0, 1])
    score = policy.score(theta, obs, action, of)
    for k in range(5):
        leaf = th.tensor(theta[of[k]], requires_grad=True)
        log_prob(name, leaf, th.tensor(obs[k]), 0.7)[action[k]].backward()
        np.testing.assert_allclose(score[k], leaf.grad.numpy(), atol=1e-12)


def log_prob(name, theta, obs, temperature):
    """The same policies in torch, written down from their formulae."""
    if name == "linear":
        return th.log_softmax(theta.reshape(3, 4) @ obs / temperature, 0)
    sizes, value = [4, 5, 6, 3], obs
    for i, (below, above) in enumerate(itertools.pairwise(sizes)):
        weights, theta = (
            theta[: (below + 1) * above].reshape(below + 1, above),
            theta[(below + 1) * above :],
        )
        value = value @ weights[:-1] + weights[-1]
        value = value if i == 2 else th.tanh(value)
    return th.log_softmax(value / temperature, 0)


@pytest.mark.parametrize("name", ["linear", "mlp"])
def test_a_policy_starts_uniform(name):
    policy = policies()[name]
    theta = policy.start(2, np.random.default_rng(1))
    probs = policy.probabilities(theta, np.random.default_rng(2).normal(size=(2, 4)), np.arange(2))
    np.testing.assert_allclose(probs, 1 / 3)


def test_f_times_the_score_with_f_the_advantage_is_the_policy_gradient():
    """Enumerated over states and actions, against differences of the exact return."""
    mdp = grid_mdp(COACH_GRID, 0.9, 0.1)
    policy = Linear(mdp.num_states, mdp.num_actions, 0.5)
    theta = np.random.default_rng(3).normal(scale=0.3, size=(1, policy.num_parameters))
    states, zeros = np.arange(mdp.num_states), np.zeros(mdp.num_states, int)

    def probs(theta):
        return policy.probabilities(theta, np.eye(mdp.num_states), zeros)

    f = advantage(policy_q(mdp, probs(theta)), probs(theta))
    visits = occupancy(mdp, probs(theta))
    expected = np.zeros(policy.num_parameters)
    for a in range(mdp.num_actions):
        score = policy.score(theta, np.eye(mdp.num_states), np.full(mdp.num_states, a), zeros)
        expected += (visits[:, a] * f[:, a])[states] @ score
    h = 1e-4
    for i in np.random.default_rng(4).choice(policy.num_parameters, 12, replace=False):
        up, down = theta.copy(), theta.copy()
        up[0, i] += h
        down[0, i] -= h
        slope = (expected_return(mdp, probs(up)) - expected_return(mdp, probs(down))) / (2 * h)
        assert expected[i] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("feedback", ["reward", "advantage"])
def test_the_expected_climb_of_ecoach_is_the_gradient_of_the_discounted_return(feedback):
    """Over every course of three steps through a random MDP, with the agent's own update rule."""
    mdp, horizon, gamma = random_mdp(0, 3, 2, 0.8), 3, 0.8
    policy = Linear(3, 2, 1.0)
    theta = np.random.default_rng(5).normal(size=(1, 6))

    def probs(theta):
        return policy.probabilities(theta, np.eye(3), np.zeros(3, int))

    def value(theta):
        """V [H + 1, S] and Q [H, S, A] of an episode of three steps."""
        v, q, pi = np.zeros((horizon + 1, 3)), np.zeros((horizon, 3, 2)), probs(theta)
        for t in reversed(range(horizon)):
            q[t] = mdp.reward + gamma * mdp.transition @ v[t + 1]
            v[t] = (pi * q[t]).sum(axis=1)
        return v, q

    pi, (v, q) = probs(theta), value(theta)
    expected = np.zeros(6)
    for course in itertools.product(range(3), range(2), repeat=horizon):
        states, actions = course[::2], course[1::2]
        chance, trace, climb = mdp.initial[states[0]], np.zeros((1, 1, 6)), np.zeros(6)
        for t, (s, a) in enumerate(zip(states, actions, strict=True)):
            if t:
                chance *= mdp.transition[states[t - 1], actions[t - 1], s]
            chance *= pi[s, a]
            score = policy.score(theta, np.eye(3)[[s]], np.array([a]), np.zeros(1, int))
            trace = losses.decayed(trace, np.array([1.0]), score)
            said = mdp.reward[s, a] if feedback == "reward" else q[t, s, a] - v[t, s]
            climb += losses.ascent(np.array([said]), np.array([gamma**t]), trace[0])[0]
        expected += chance * climb
    for i in range(6):
        bump = np.eye(6)[[i]] * 1e-5
        up, down = mdp.initial @ value(theta + bump)[0][0], mdp.initial @ value(theta - bump)[0][0]
        assert expected[i] == pytest.approx((up - down) / 2e-5, abs=1e-8)


def scripted_coach(config, values):
    """COACH on a line that it walks down and up, judged by a script of step -> value."""
    human = Scripted(values=lambda view: np.array([values.get(int(view.step[0]), np.nan)]))
    return COACH(HumanInTheLoop(Line(limit=50), human), config, seed=0)


def test_praise_after_a_delay_goes_to_the_step_it_is_about():
    """dt is 0.5 s, so praise in step 5 under a delay of 1 s is about step 3 and nothing else."""
    config = COACHConfig(learning_rate=1.0, temperature=1.0, delay=1.0)
    learner = scripted_coach(config, {5: 2.0})
    steps, take_in = [], learner.take_in
    learner.take_in = lambda step: (steps.append(step), take_in(step))
    learner.learn(8)
    assert not any(step.done[0] for step in steps)
    then = steps[3]
    expected = np.zeros((3, 6))
    expected[:, then.obs[0].argmax()] = -1 / 3
    expected[then.action[0], then.obs[0].argmax()] += 1.0
    np.testing.assert_allclose(learner.theta.reshape(3, 6), 2.0 * expected, atol=1e-12)


def test_praise_that_comes_before_the_delay_has_passed_is_about_nothing():
    learner = scripted_coach(COACHConfig(delay=1.0), {1: 1.0})
    learner.learn(4)
    assert not learner.theta.any()


def test_a_trace_remembers_with_its_decay_and_strong_feedback_has_a_longer_one():
    """θ is 0 until the first word, so each score is (1[a] - 1/3) · s; praise +1 takes λ = .5."""
    config = COACHConfig(
        learning_rate=1.0, temperature=1.0, lambdas=[0.5, 1.0], strengths=[0.0, 4.0]
    )
    for value, decay in ((1.0, 0.5), (-3.9, 0.5), (4.0, 1.0), (-4.0, 1.0)):
        learner = scripted_coach(config, {3: value})
        steps, take_in = [], learner.take_in
        learner.take_in = lambda step, take_in=take_in, steps=steps: (
            steps.append(step),
            take_in(step),
        )
        learner.learn(4)
        assert not any(step.done[0] for step in steps)
        expected = np.zeros((3, 6))
        for k, step in enumerate(steps):
            expected += decay ** (3 - k) * np.outer(np.eye(3)[step.action[0]] - 1 / 3, step.obs[0])
        np.testing.assert_allclose(learner.theta.reshape(3, 6), value * expected, atol=1e-12)


def test_feedback_in_ecoach_weighs_less_the_later_it_comes():
    for step in (0, 3):
        config = COACHConfig(learning_rate=1.0, lambdas=[1.0], discount=0.9)
        plain = COACHConfig(learning_rate=1.0, lambdas=[1.0])
        late = scripted_coach(config, {step: 1.0}).learn(5).theta
        whole = scripted_coach(plain, {step: 1.0}).learn(5).theta
        np.testing.assert_allclose(late, 0.9**step * whole)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lambdas": []}, "algorithm.lambdas must be numbers in"),
        ({"lambdas": [1.5]}, "algorithm.lambdas must be numbers in"),
        ({"lambdas": [0.9, 0.99]}, "as many entries as algorithm.lambdas, 2"),
        ({"strengths": [1.0]}, "algorithm.strengths must be ascending from 0 on"),
        ({"policy": "cnn"}, "algorithm.policy must be linear or mlp"),
        ({"discount": 0.0}, "algorithm.discount must be in"),
        ({"delay": -1.0}, "algorithm.delay must be ≥ 0 s"),
    ],
)
def test_settings_that_make_no_learner_are_refused(settings, message):
    with pytest.raises(UserError, match=message):
        COACHConfig(**settings)
