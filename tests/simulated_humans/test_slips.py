import math

import gymnasium as gym
import numpy as np
import pytest

from simulated_humans.slips import ContinuousSlips, DiscreteSlips, make_slips
from teaching import Oracle, UserError

WIDE = gym.spaces.Box(np.array([-2.0, 0.0]), np.array([2.0, 20.0]), dtype=np.float64)


def test_action_noise_has_its_standard_deviation_in_half_ranges():
    n, noise = 20_000, 0.05
    rng = np.random.default_rng(0)
    slips = ContinuousSlips(WIDE, noise, 0.0, n)
    expert = np.tile([0.0, 10.0], (n, 1))
    error = slips.apply(expert, np.zeros((n, 4)), rng.standard_normal((n, 4))) - expert
    # The bounds are 20 standard deviations away. The standard error of s is s / sqrt(2n).
    wanted = noise * np.array([2.0, 10.0])
    assert (np.abs(error.std(axis=0) - wanted) < 5 * wanted / math.sqrt(2 * n)).all()
    assert (np.abs(error.mean(axis=0)) < 5 * wanted / math.sqrt(n)).all()


def test_noisy_actions_stay_in_the_space(make, play, needs):
    action = play(make(50, action_noise=3.0), needs(np.ones((40, 50)))).action
    assert action.dtype == np.float32
    assert action.min() == -1.0
    assert action.max() == 1.0


def test_an_unbounded_dimension_counts_in_its_own_unit():
    space = gym.spaces.Box(-np.inf, np.inf, (1,), np.float64)
    slips = ContinuousSlips(space, 0.5, 0.0, 1)
    moved = slips.apply(np.array([[7.0]]), np.zeros((1, 4)), np.array([[2.0, 0.0]]))
    assert moved[0, 0] == 7.0 + 0.5 * 2.0


def test_each_takeover_has_an_offset_of_its_own(make, play, needs):
    need = np.tile([[0], [1], [1], [1]], (2000, 1))
    played = play(make(1, seed=1, inconsistency=0.1), needs(need))
    offset = played.action[:, 0, 0].reshape(2000, 4)[:, 1:]
    assert played.mask[:, 0].reshape(2000, 4)[:, 1:].all()
    assert (offset == offset[:, :1]).all()
    assert len(np.unique(offset[:, 0])) == 2000
    assert abs(offset[:, 0].std() - 0.1) < 5 * 0.1 / math.sqrt(2 * 2000)


def test_the_gates_limit_varies_lognormally_from_takeover_to_takeover(make, play):
    n, spread, gap = 4000, 0.3, 0.6
    proposals = np.full((1, n, 1), gap, np.float32)
    mask = play(make(n, threshold=0.5, inconsistency=spread), proposals).mask[0]
    # In control where 0.5·exp(0.3 z) < 0.6, that is z < ln(1.2) / 0.3.
    p = 0.5 * (1 + math.erf(math.log(gap / 0.5) / spread / math.sqrt(2)))
    assert abs(mask.sum() - n * p) < 5 * math.sqrt(n * p * (1 - p))


def test_a_wrong_key_is_any_other_key_with_its_probability():
    n, p = 30_000, 0.2
    space = gym.spaces.Discrete(4, start=1)
    slips = DiscreteSlips(space, p, 0.0, n)
    uniform = np.random.default_rng(0).random((n, 4))
    done = slips.apply(np.full(n, 4), uniform, np.zeros((n, 0)))
    for key in (1, 2, 3):
        q = p / 3
        assert abs((done == key).sum() - n * q) < 5 * math.sqrt(n * q * (1 - q))
    assert (done == 4).sum() == n - np.isin(done, (1, 2, 3)).sum()


def test_a_detour_opens_a_takeover_and_the_expert_goes_on(make, play):
    n, p = 3000, 0.3
    oracle = Oracle(action=lambda obs: np.full(len(obs), 2))
    proposals = np.ones((5, n), np.int64)
    human = make(n, space=gym.spaces.Discrete(3), oracle=oracle, inconsistency=p)
    played = play(human, proposals)
    assert played.mask.all()
    assert (played.action[1:] == 2).all()
    detours = (played.action[0] != 2).sum()
    assert abs(detours - n * p) < 5 * math.sqrt(n * p * (1 - p))


def test_hands_without_slips_do_what_the_expert_means():
    keys = make_slips(gym.spaces.Discrete(1), 1.0, 1.0, 2)
    assert (keys.apply(np.zeros(2, np.int64), np.zeros((2, 4)), np.zeros((2, 0))) == 0).all()
    stick = make_slips(WIDE, 0.0, 0.0, 1)
    assert (
        stick.apply(np.array([[1.5, 3.0]]), np.zeros((1, 4)), np.zeros((1, 4))) == [1.5, 3.0]
    ).all()


@pytest.mark.parametrize(
    ("space", "noise", "message"),
    [
        (gym.spaces.MultiBinary(3), 0.0, "Box and Discrete"),
        (gym.spaces.Discrete(3), 1.2, "must be ≤ 1, got 1.2"),
    ],
)
def test_hands_refuse_what_they_cannot_do(space, noise, message):
    with pytest.raises(UserError, match=message):
        make_slips(space, noise, 0.0, 1)


def test_every_episode_begins_with_a_limit_of_its_own(make, play):
    n, spread, gap = 4000, 0.3, 0.6
    proposals = np.full((2, n, 1), gap, np.float32)
    human = make(n, threshold=0.5, inconsistency=spread)
    first, second = play(human, proposals, starts=(0, 1)).mask
    p = 0.5 * (1 + math.erf(math.log(gap / 0.5) / spread / math.sqrt(2)))
    q = p * p  # independent: under the same limit it would be p
    assert abs((first & second).sum() - n * q) < 5 * math.sqrt(n * q * (1 - q))
