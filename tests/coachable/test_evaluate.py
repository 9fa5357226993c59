import gymnasium as gym
import numpy as np
import pytest

from coachable.evaluate import Evaluation, evaluate, generators_kept, worlds_for


class Walk(gym.Env):
    """Episode with seed s lasts s + 1 steps, succeeds if s is even, costs 1 a step."""

    observation_space = gym.spaces.Box(0, 100, (1,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        # Episodes that were not asked for are endless, so that counting one shows.
        self.seed = seed if seed is not None else 10_000
        self.road = (options or {}).get("road", -1)
        self.left = self.seed + 1
        return np.array([self.road], np.float32), {}

    def step(self, action):
        self.left -= 1
        done = self.left == 0
        info = {"cost": 1.0}
        if done:
            info["is_success"] = self.seed % 2 == 0
        return np.array([self.road], np.float32), float(action), done, False, info


def batch(count):
    return gym.vector.SyncVectorEnv(
        [Walk] * count, autoreset_mode=gym.vector.AutoresetMode.SAME_STEP
    )


def ones(obs):
    return np.ones(len(obs), np.int64)


def check_six(evaluation):
    # Seeds 0 to 5: lengths 1 to 6, of which three are even.
    np.testing.assert_array_equal(evaluation.length, [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(evaluation.returns, evaluation.length)
    np.testing.assert_array_equal(evaluation.cost, evaluation.length)
    np.testing.assert_array_equal(evaluation.success, [1, 0, 1, 0, 1, 0])


def test_one_environment_runs_each_episode_once():
    check_six(evaluate(ones, Walk(), 6, seed=0))


@pytest.mark.parametrize("worlds", [6, 4, 1, 9])
def test_worlds_side_by_side_give_the_same_episodes_as_one_environment(worlds):
    check_six(evaluate(ones, batch(worlds), 6, seed=0))


def test_each_road_is_driven_once_for_as_many_episodes_as_roads():
    seen = []

    def remember(obs):
        seen.append(int(obs[0, 0]))
        return ones(obs)

    evaluate(remember, Walk(), 5, seed=0, roads=3)
    assert sorted(set(seen)) == [0, 1, 2]
    # Episode k has k + 1 steps on road k mod 3.
    assert seen == [k % 3 for k in range(5) for _ in range(k + 1)]


def test_figures_are_means_and_standard_errors():
    evaluation = Evaluation(
        np.array([1.0, 0.0, 1.0, 1.0]),
        np.array([1.0, 2.0, 3.0, 4.0]),
        np.zeros(4),
        np.array([2, 2, 2, 6]),
    )
    figures = evaluation.figures()
    assert figures["success"] == 0.75
    # Sample variance of (1, 0, 1, 1) is (3 * 1/16 + 9/16) / 3 = 1/4; over four: se = 1/4.
    assert figures["success_se"] == pytest.approx(0.25)
    # Sample variance of (1, 2, 3, 4) is (9 + 1 + 1 + 9) / 4 / 3 = 5/3.
    assert figures["return_se"] == pytest.approx((5 / 3 / 4) ** 0.5)
    assert figures["episode_length"] == 3


def test_success_is_none_where_the_task_does_not_say():
    evaluation = Evaluation(np.full(2, np.nan), np.zeros(2), np.zeros(2), np.ones(2, np.int64))
    assert evaluation.figures()["success"] is None


def test_worlds_are_shared_out_equally():
    assert worlds_for(50) == 50
    assert worlds_for(64) == 64
    assert worlds_for(100) == 50
    assert worlds_for(1) == 1


def test_generators_are_left_as_they_were():
    import random

    import torch

    torch.manual_seed(3), np.random.seed(3), random.seed(3)  # noqa: NPY002
    expected = (torch.rand(1), np.random.rand(), random.random())  # noqa: NPY002
    torch.manual_seed(3), np.random.seed(3), random.seed(3)  # noqa: NPY002
    with generators_kept():
        torch.rand(5), np.random.rand(5), random.random()  # noqa: NPY002
    assert (torch.rand(1), np.random.rand(), random.random()) == expected  # noqa: NPY002
