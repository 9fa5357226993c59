from typing import get_args

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from stable_baselines3.common.env_checker import check_env as sb3_check_env

from envs.minigrid.task import MINIGRID, MiniGridConfig
from envs.minigrid.view import PLANES, planes, scaled
from envs.seeds import SEEDS, split_seed
from envs.task import Split
from teaching import UserError

IDS = (
    "MiniGrid-Empty-6x6-v0",
    "MiniGrid-MultiRoom-N2-S4-v0",
    "MiniGrid-MultiRoom-N4-S5-v0",
    "MiniGrid-FourRooms-v0",
)


@pytest.mark.parametrize("env_id", IDS)
def test_both_checkers_pass(env_id):
    env = MINIGRID.make(MiniGridConfig(id=env_id), "train", None)
    check_env(env, skip_render_check=True)
    sb3_check_env(env)


def test_the_environment_can_be_made_again_from_its_spec():
    env = MINIGRID.make(MiniGridConfig(dt=0.25), "test", None)
    again = gym.make(env.spec)
    assert again.unwrapped.dt == 0.25
    first, _ = env.reset(seed=5)
    second, _ = again.reset(seed=5)
    assert np.array_equal(first, second)


def test_the_published_task_has_six_rooms():
    env = MINIGRID.make(MiniGridConfig(id="MiniGrid-MultiRoom-N4-S5-v0"), "train", None)
    env.reset(seed=0)
    assert len(env.unwrapped.rooms) == 6


def test_the_same_seed_gives_the_same_episode_and_another_seed_another():
    env = MINIGRID.make(MiniGridConfig(), "train", None)

    def layouts(seed):
        env.reset(seed=seed)
        yield env.unwrapped.hash()
        for _ in range(5):
            env.reset()
            yield env.unwrapped.hash()

    first = list(layouts(3))
    assert first == list(layouts(3))
    assert len(set(first)) == 6
    assert first != list(layouts(4))


def test_the_splits_share_no_seed():
    asked = (*range(1000), SEEDS - 1, SEEDS, 2**63)
    seeds = [{split_seed(seed, split) for seed in asked} for split in get_args(Split)]
    assert len(set().union(*seeds)) == sum(map(len, seeds)) == 3 * 1001
    assert max(set().union(*seeds)) < 2**31


def test_training_and_test_layouts_differ_also_where_no_seed_is_given():
    config = MiniGridConfig(id="MiniGrid-FourRooms-v0")
    layouts = {}
    for split in get_args(Split):
        env = MINIGRID.make(config, split, None)
        env.reset(seed=0)
        layouts[split] = set()
        for _ in range(50):
            env.reset()
            layouts[split].add(env.unwrapped.hash())
    assert len(set().union(*layouts.values())) == sum(map(len, layouts.values()))


def test_planes_show_what_minigrid_says_a_cell_holds():
    from minigrid.core.constants import OBJECT_TO_IDX

    shown = {
        ("unseen", 0): "unseen",
        ("wall", 0): "wall",
        ("door", 0): "open door",
        ("door", 1): "door",
        ("door", 2): "door",
        ("goal", 0): "goal",
        ("lava", 0): "lava",
        ("key", 0): "object",
        ("ball", 0): "object",
        ("box", 0): "object",
        ("empty", 0): None,
        ("floor", 0): None,
    }
    for (kind, state), plane in shown.items():
        image = np.full((7, 7, 3), [OBJECT_TO_IDX["empty"], 0, 0], dtype=np.uint8)
        image[2, 5] = OBJECT_TO_IDX[kind], 4, state
        expected = np.zeros((len(PLANES), 7, 7), dtype=np.float32)
        if plane:
            expected[PLANES.index(plane), 2, 5] = 1
        assert np.array_equal(planes(image), expected), kind


def test_scaled_frames_lie_in_the_unit_interval_and_keep_every_number():
    image = np.zeros((7, 7, 3), dtype=np.uint8)
    image[1, 2] = 10, 5, 2  # the largest object, colour and state
    image[3, 4] = 5, 1, 1
    frame = scaled(image)
    assert frame.max() == 1 and frame.min() == 0
    assert frame[:, 1, 2].tolist() == [1, 1, 1]
    assert frame[:, 3, 4] == pytest.approx([0.5, 0.2, 0.5])


def test_the_stack_holds_the_last_views_oldest_first():
    env = MINIGRID.make(MiniGridConfig(frame_stack=3), "train", None)
    frames = []

    def view():
        return planes(env.unwrapped.gen_obs()["image"])

    obs, _ = env.reset(seed=1)
    frames += [view()] * 3
    assert np.array_equal(obs, np.stack(frames).ravel())
    for action in (0, 2, 1, 1):
        obs, *_ = env.step(action)
        frames.append(view())
        assert np.array_equal(obs, np.stack(frames[-3:]).ravel())


@pytest.mark.parametrize(("encoding", "channels"), [("planes", len(PLANES)), ("scaled", 3)])
def test_the_vector_is_the_image_flattened(encoding, channels):
    flat, image = (
        MINIGRID.make(MiniGridConfig(encoding=encoding, flat=flat), "train", None)
        for flat in (True, False)
    )
    assert image.observation_space.shape == (4 * channels, 7, 7)
    assert np.array_equal(flat.reset(seed=0)[0], image.reset(seed=0)[0].ravel())
    obs = image.step(0)[0]
    assert image.observation_space.contains(obs)
    assert np.array_equal(flat.step(0)[0], obs.ravel())
    check_env(image, skip_render_check=True)


def test_an_observation_is_not_changed_by_later_steps():
    env = MINIGRID.make(MiniGridConfig(), "train", None)
    obs, _ = env.reset(seed=1)
    kept = obs.copy()
    env.step(0)
    assert np.array_equal(obs, kept)


def test_success_is_the_goal_and_a_timeout_is_none():
    env = MINIGRID.make(MiniGridConfig(id="MiniGrid-Empty-6x6-v0"), "train", None)
    env.reset(seed=0)
    # From (1, 1) facing east to the goal at (4, 4): three east, turn south, three south.
    for action in (2, 2, 2, 1, 2, 2):
        *_, info = env.step(action)
        assert "is_success" not in info
    _, reward, terminated, _, info = env.step(2)
    assert terminated and reward > 0 and info["is_success"] is True

    env.reset(seed=0)
    truncated = False
    while not truncated:
        _, _, terminated, truncated, info = env.step(0)
        assert not terminated
    assert info["is_success"] is False


def test_a_frame_can_be_rendered():
    env = MINIGRID.make(MiniGridConfig(), "train", "rgb_array")
    env.reset(seed=0)
    assert env.render().dtype == np.uint8


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"id": "MiniGrid-FourRoom-v0"}, "MiniGrid-FourRooms-v0"),
        ({"id": "CartPole-v1"}, "not a MiniGrid task"),
        ({"encoding": "colours"}, "planes or scaled"),
        ({"frame_stack": 0}, "at least 1"),
        ({"dt": 0}, "more than 0 s"),
    ],
)
def test_a_bad_setting_is_one_line(settings, message):
    with pytest.raises(UserError, match=message) as caught:
        MINIGRID.make(MiniGridConfig(**settings), "train", None)
    assert "\n" not in str(caught.value)
