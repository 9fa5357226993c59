"""The true reward is for the scoreboard: a reward-free learner is the same without it."""

import pytest
from tiny_learners import REWARDED, STEPS, TAUGHT, build, digest


@pytest.mark.parametrize("name", TAUGHT)
def test_noise_for_a_reward_leaves_a_taught_learner_bit_identical(name):
    assert digest(build(name, noise=5).learn(STEPS)) == digest(build(name).learn(STEPS))


@pytest.mark.parametrize("name", REWARDED)
def test_noise_for_a_reward_changes_a_learner_from_reward(name):
    """Which shows that the noise gets as far as the learner."""
    assert digest(build(name, noise=5).learn(STEPS)) != digest(build(name).learn(STEPS))


@pytest.mark.parametrize("name", TAUGHT)
def test_a_taught_learner_has_learned_something(name):
    """Or the first test would hold of a learner that does nothing."""
    assert digest(build(name).learn(STEPS)) != digest(build(name))
