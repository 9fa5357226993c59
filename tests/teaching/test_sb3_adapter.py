import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv
from tiny import Line, Rescuer, Scripted, Slide, SlideBatch, same_step

from teaching import HumanInTheLoop, UserError, VectorHumanInTheLoop, info
from teaching.sb3 import SingleAdapter, VectorAdapter, as_vec_env, episode_seed, unstack


def step(env, action):
    env.step_async(np.asarray(action))
    return env.step_wait()


def test_as_vec_env_picks_the_adapter_and_leaves_a_vec_env_alone():
    assert isinstance(as_vec_env(Slide(), 0), SingleAdapter)
    assert isinstance(as_vec_env(SlideBatch(2), 0), VectorAdapter)
    ready = DummyVecEnv([Slide])
    assert as_vec_env(ready, 0) is ready


def test_a_vector_environment_that_resets_on_the_next_step_is_refused():
    with pytest.raises(UserError, match="SAME_STEP"):
        as_vec_env(gym.vector.SyncVectorEnv([Slide], autoreset_mode=AutoresetMode.NEXT_STEP), 0)


ENDS = {
    # name: (first position, action, limit) → (fell, ran out of time, steps)
    "terminated": ((1.5, 1.0, 9), (True, False, 2)),  # 1.5, 1.8, 2.1
    "truncated": ((0.0, 1.0, 3), (False, True, 3)),  # 0.3, 0.6, 0.9
    "both at once": ((1.5, 1.0, 2), (True, True, 2)),
}


@pytest.mark.parametrize("form", ["single", "vector"])
@pytest.mark.parametrize("name", ENDS)
def test_an_episodes_end_reports_its_last_observation_its_sum_and_why_it_ended(name, form):
    (start, action, limit), (fell, late, length) = ENDS[name]

    def make():
        return Slide(limit=limit, starts=[start, -0.5])

    env = as_vec_env(make() if form == "single" else same_step(make, 1), 0)
    env.reset()
    total = 0.0
    for t in range(1, length + 1):
        obs, rewards, dones, infos = step(env, np.array([[action]], np.float32))
        total += rewards[0]
        assert dones.tolist() == [t == length]
        assert ("terminal_observation" in infos[0]) == (t == length)
    position = start + 0.3 * action * length
    last = infos[0]["terminal_observation"]
    np.testing.assert_allclose(last, [position, length / limit], rtol=1e-6)
    np.testing.assert_allclose(obs, [[-0.5, 0.0]])
    # SB3 bootstraps where the world went on: only a limit without a fall is a truncation.
    assert infos[0]["TimeLimit.truncated"] is (late and not fell)
    assert infos[0]["episode"]["l"] == length
    assert infos[0]["episode"]["r"] == pytest.approx(total, rel=1e-6)
    assert infos[0]["is_success"] is (late and not fell)
    # The sums begin anew.
    obs, rewards, dones, infos = step(env, np.array([[0.0]], np.float32))
    assert "episode" not in infos[0]
    assert env._lengths.tolist() == [1]


class PerEpisodeSeeds(gym.Wrapper):
    """Resets episode k with the lab's seed for it, whatever SB3 passes."""

    def __init__(self, env, seed):
        super().__init__(env)
        self.run_seed, self.episode = seed, 0

    def reset(self, **kwargs):
        self.episode += 1
        return self.env.reset(seed=episode_seed(self.run_seed, self.episode - 1))


@pytest.mark.parametrize(("env_id", "limit"), [("Pendulum-v1", 20), ("CartPole-v1", 25)])
def test_it_agrees_with_sb3s_own_vec_env_step_for_step(env_id, limit):
    def make():
        return gym.make(env_id, max_episode_steps=limit)

    ours = as_vec_env(make(), 11)
    theirs = DummyVecEnv([lambda: Monitor(PerEpisodeSeeds(make(), 11))])
    np.testing.assert_array_equal(ours.reset(), theirs.reset())
    ours.action_space.seed(0)
    ends = {True: 0, False: 0}
    for t in range(120):
        # CartPole: pushes by turns, so that some episodes last to the limit.
        action = np.array([ours.action_space.sample() if t % 60 < 30 else t % 2])
        if env_id == "Pendulum-v1":
            action = np.array([ours.action_space.sample()])
        a, b = step(ours, action), step(theirs, action)
        for mine, other in zip(a[:3], b[:3], strict=True):
            np.testing.assert_array_equal(mine, other)
            assert np.asarray(mine).dtype == np.asarray(other).dtype
        mine, other = a[3][0], b[3][0]
        assert mine.get("TimeLimit.truncated", False) == other.get("TimeLimit.truncated", False)
        assert ("terminal_observation" in mine) == ("terminal_observation" in other)
        if "terminal_observation" in other:
            np.testing.assert_array_equal(
                mine["terminal_observation"], other["terminal_observation"]
            )
            assert mine["episode"]["l"] == other["episode"]["l"]
            assert mine["episode"]["r"] == pytest.approx(other["episode"]["r"], abs=1e-4)
            ends[other["TimeLimit.truncated"]] += 1
    assert ends[True] >= 1
    assert env_id == "Pendulum-v1" or ends[False] >= 1


def test_the_vector_adapter_equals_single_adapters():
    starts = ([0.0, 1.0, -1.0], [1.5, 0.2, 0.0])
    makes = [lambda s=s: Slide(limit=6, starts=s) for s in starts]

    def human():
        return Scripted(lambda view: (np.abs(view.obs[:, 0]) > 1.2, -view.obs[:, :1]))

    vector = gym.vector.SyncVectorEnv(makes, autoreset_mode=AutoresetMode.SAME_STEP)
    many = as_vec_env(VectorHumanInTheLoop(vector, human()), 0)
    ones = [as_vec_env(HumanInTheLoop(make(), human()), 0) for make in makes]
    np.testing.assert_array_equal(many.reset(), np.concatenate([one.reset() for one in ones]))
    rng, ends, held_at_the_end = np.random.default_rng(0), 0, 0
    for _ in range(60):
        actions = rng.uniform(-2, 2, (2, 1)).astype(np.float32)
        obs, rewards, dones, infos = step(many, actions)
        for world, one in enumerate(ones):
            one_obs, one_rewards, one_dones, one_infos = step(one, actions[world : world + 1])
            np.testing.assert_array_equal(obs[world], one_obs[0])
            assert rewards[world] == one_rewards[0]
            assert dones[world] == one_dones[0]
            mine, other = infos[world], one_infos[0]
            assert set(mine) == set(other)
            for key, value in other.items():
                assert type(mine[key]) is type(value), key
                np.testing.assert_equal(mine[key], value, key)
            ends += one_dones[0]
            held_at_the_end += one_dones[0] and other[info.TAKEOVER]
    assert ends >= 10
    assert held_at_the_end >= 2


def test_episodes_have_seeds_of_their_own_that_follow_from_the_runs():
    seeds = [episode_seed(run, episode) for run in range(20) for episode in range(200)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert episode_seed(3, 7) == episode_seed(3, 7)

    def starts(run):
        env = as_vec_env(Slide(limit=2), run)
        found = [env.reset()[0, 0]]
        for _ in range(12):
            obs, _, dones, _ = step(env, np.zeros((1, 1), np.float32))
            if dones[0]:
                found.append(obs[0, 0])
        return found

    first = starts(0)
    assert len(set(first)) == len(first) == 7
    assert starts(0) == first
    assert not set(starts(1)) & set(first)


def test_a_single_environment_resumes_between_episodes_with_its_human():
    def make():
        return as_vec_env(HumanInTheLoop(Slide(limit=4), Rescuer(seed=2)), 5)

    def play(env, steps):
        return [step(env, np.full((1, 1), 0.1, np.float32)) for _ in range(steps)]

    env = make()
    env.reset()
    assert env.resumable
    play(env, 3)
    assert not env.resumable
    play(env, 1)
    assert env.resumable
    saved = env.state_dict()
    again = make()
    again.load_state_dict(saved)
    for a, b in zip(play(env, 9), play(again, 9), strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])
        np.testing.assert_equal(a[3], b[3])


def test_a_batch_of_worlds_resumes_in_the_middle_of_episodes_with_its_human():
    def make():
        return as_vec_env(VectorHumanInTheLoop(SlideBatch(3), Rescuer(seed=2)), 5)

    def play(env, steps):
        return [step(env, np.full((3, 1), 0.6, np.float32)) for _ in range(steps)]

    env = make()
    env.reset()
    play(env, 8)
    assert env.resumable
    saved = env.state_dict()
    again = make()
    again.load_state_dict(saved)
    for a, b in zip(play(env, 20), play(again, 20), strict=True):
        np.testing.assert_array_equal(a[0], b[0])
        np.testing.assert_array_equal(a[1], b[1])
        np.testing.assert_equal(a[3], b[3])


def test_worlds_that_cannot_be_saved_are_not_resumable():
    assert not as_vec_env(same_step(Slide, 2), 0).resumable


def test_unstack_gives_each_world_what_is_its_own():
    columns = {
        "speed": np.array([1.5, 2.5, 3.5]),
        "hit": np.array([True, False, False]),
        "_hit": np.array([True, False, True]),
        "action": np.arange(6.0).reshape(3, 2),
        "word": np.array(["a", "b", "c"], object),
        "nested": {"depth": np.array([7, 8, 9]), "_depth": np.array([False, True, True])},
        "_nested": np.array([True, True, False]),
        "final_obs": np.array([None] * 3),
        "final_info": {"hit": np.array([True] * 3)},
    }
    rows = unstack(columns, 3)
    assert [row["speed"] for row in rows] == [1.5, 2.5, 3.5]
    assert [row.get("hit") for row in rows] == [True, None, False]
    assert type(rows[0]["speed"]) is float
    assert type(rows[0]["hit"]) is bool
    np.testing.assert_array_equal(rows[1]["action"], [2.0, 3.0])
    assert [row["word"] for row in rows] == ["a", "b", "c"]
    assert [row.get("nested") for row in rows] == [{}, {"depth": 8}, None]
    assert all(not {"final_obs", "final_info", "_hit"} & set(row) for row in rows)
    assert unstack({}, 2) == [{}, {}]


def test_a_discrete_task_passes_whole_numbers():
    env = as_vec_env(Line(), 0)
    obs = env.reset()
    after, *_ = step(env, np.array([2]))
    assert after.argmax() == obs.argmax() + 1


def test_attributes_reach_the_environment():
    env = as_vec_env(Slide(render_mode="rgb_array"), 0)
    env.reset()
    env.set_attr("limit", 3)
    assert env.get_attr("limit") == [3]
    assert env.env_method("render")[0].shape == (2, 2, 3)
    assert env.get_images()[0].shape == (2, 2, 3)
