import numpy as np
import pytest
from tiny import Line, Scripted

from algorithms.q_learning import losses
from algorithms.q_learning.agent import QLearning
from algorithms.q_learning.config import QLearningConfig
from teaching import HumanInTheLoop, UserError


def test_the_error_by_hand():
    """2 + .5 · max(1, 3) - 1 = 2.5; at an end 2 - 1 = 1."""
    args = np.array([1.0, 1.0]), np.array([2.0, 2.0]), np.array([[1.0, 3.0], [1.0, 3.0]])
    assert losses.error(*args, np.array([True, False]), 0.5).tolist() == [2.5, 1.0]


def test_praise_for_the_right_way_makes_the_values_of_a_game_of_praise():
    """+1 for each step to the right, -1 for any other, and the last cell ends it.

    With praise for reward, Q*(goal - 1, right) = 1, and V*(k) for k steps from the goal follows
    from V(k) = max(1 + γ V(k - 1), -1 + γ V(k)), solved here by iteration.
    """
    gamma = 0.5
    v = np.zeros(6)
    for _ in range(200):
        right = 1 + gamma * np.append(v[1:5], 0.0)
        stay, left = -1 + gamma * v[:5], -1 + gamma * v[[0, 0, 1, 2, 3]]
        q = np.stack([left, stay, right])
        v[:5] = q.max(axis=0)
    human = Scripted(values=lambda view: np.where(view.proposed_action == 2, 1.0, -1.0))
    learner = QLearning(
        HumanInTheLoop(Line(limit=40), human),
        QLearningConfig(discount=gamma, temperature=5.0, learning_rate=1.0),
    )
    learner.learn(6000)
    np.testing.assert_allclose(learner.weights[0][:, :5], q, atol=1e-6)


def test_silence_is_a_reward_of_nothing():
    human = Scripted(values=lambda view: np.full(1, np.nan))
    learner = QLearning(HumanInTheLoop(Line(), human)).learn(40)
    assert not learner.weights.any()
    assert learner.num_timesteps == 40


def test_settings_that_make_no_learner_are_refused():
    with pytest.raises(UserError, match=r"algorithm\.discount must be in"):
        QLearningConfig(discount=1.5)
