import batched_worlds
import gymnasium as gym
import numpy as np
import pytest
from frames import require_frames
from gymnasium.utils.env_checker import check_env

import envs  # noqa: F401  # registers coachable/Tabletop-v0
from envs.tabletop.features import FEATURES
from envs.tabletop.scene import ATTRIBUTES, GOAL, OBSTACLES, PERSON, POSE, PROGRESS, START
from envs.tabletop.task import TabletopConfig, make, make_vec
from envs.tabletop.users import weights
from teaching import UserError

CONFIG = TabletopConfig()
SHORT = TabletopConfig(horizon=9)


def random_actions(steps: int, worlds: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-1, 1, (steps, worlds, 4)).astype(np.float32)


def placed(pose, **parts):
    """One world with the object at rest at a pose and parts of its scene set."""
    env = make(CONFIG, "train")
    env.reset(seed=0)
    env.batch.scene[0, OBSTACLES] = (50.0, 0.0, 0.1) * 3
    places = {"person": PERSON, "goal": GOAL, "attributes": ATTRIBUTES}
    for name, value in parts.items():
        env.batch.scene[0, places[name]] = value
    env.batch.worlds.qpos[0] = pose
    return env


def test_gymnasium_and_sb3_accept_it():
    env = gym.make("coachable/Tabletop-v0")
    assert env.unwrapped.dt == pytest.approx(0.1)
    check_env(env.unwrapped, skip_render_check=True)
    from stable_baselines3.common.env_checker import check_env as sb3_check_env

    sb3_check_env(env.unwrapped)


def test_make_vec_gives_the_batch_and_says_what_its_features_are():
    env = gym.make_vec("coachable/Tabletop-v0", num_envs=3, split="test")
    assert env.num_envs == 3
    assert env.feature_names == FEATURES
    obs, _ = env.reset(seed=0)
    assert env.features(obs, random_actions(1, 3)[0]).shape == (3, len(FEATURES))


def test_a_world_does_not_depend_on_how_many_others_there_are_nor_on_its_place():
    batched_worlds.check_world_is_independent(
        lambda n: make_vec(SHORT, "train", n), random_actions(30, 9), least_ends=3
    )


def test_it_answers_as_single_environments_side_by_side():
    batched_worlds.check_layout(
        lambda: make(SHORT, "train"), lambda n: make_vec(SHORT, "train", n), random_actions(30, 4)
    )


@pytest.mark.parametrize("worlds", [1, 5])
def test_a_saved_state_goes_on_bit_for_bit_through_resets(worlds):
    batched_worlds.check_resumes(lambda n: make_vec(SHORT, "train", n), random_actions(40, worlds))


def test_a_seed_names_an_episode_and_splits_share_none():
    first = {split: make(CONFIG, split).reset(seed=5)[0] for split in ("train", "test")}
    assert (first["train"] == make(CONFIG, "train").reset(seed=5)[0]).all()
    assert not (first["train"] == first["test"]).all()
    env = make(CONFIG, "train")
    env.reset(seed=5)
    assert not (env.reset()[0] == first["train"]).all()


def test_users_and_rewards_share_their_episodes():
    action = np.array([0.3, -0.5, 0.2, 0.4], np.float32)
    courses = []
    for config in (TabletopConfig(user="gentle"), TabletopConfig(user="hurried", reward="sparse")):
        env = make(config, "test")
        obs, _ = env.reset(seed=1)
        seen = env.step(action)
        courses.append((obs, seen[0]))
        table = env.features(obs[None], action[None])[0]
        w = weights(config.user, config.reward == "dense")
        assert seen[1] == pytest.approx(float(np.dot(table, w)), abs=1e-12)
    for one, other in zip(*courses, strict=True):
        assert (one == other).all()


def test_the_observation_is_the_state():
    env = make_vec(CONFIG, "train", 4)
    obs, _ = env.reset(seed=0)
    assert (obs[:, POSE] == obs[:, START]).all()
    for action in random_actions(7, 4):
        obs, *_ = env.step(action)
    assert (env.batch.worlds.qpos == obs[:, POSE].astype(np.float64)).all()
    assert obs[:, PROGRESS] == pytest.approx(7 / CONFIG.horizon)


def test_arriving_ends_the_episode_with_success():
    env = placed((0.6, 0.0, 0.08, 0.0), goal=(0.62, 0.0, 0.08), person=(0.0, 0.55))
    _, _, terminated, truncated, info = env.step(np.zeros(4, np.float32))
    assert (terminated, truncated) == (True, False)
    assert (info["is_success"], info["touched"], info["cost"]) == (True, False, 0.0)


def test_touching_the_person_ends_the_episode_without_success_and_costs():
    # 0.03 m from a touch, with an object that is not sharp.
    env = placed((0.0, 0.37, 0.1, 0.0), person=(0.0, 0.6), attributes=(1.0, 0.0, 1.0, 0.0))
    steps = 0
    ended = False
    while not ended:
        _, reward, ended, _, info = env.step(np.array([0, 1, 0, 0], np.float32))
        steps += 1
        assert info["cost"] == float(ended)
        assert info["touched"] == ended
    assert not info["is_success"]
    assert info["person_distance"] < 0.0
    assert reward < -9.0
    assert 1 < steps < 5


@pytest.mark.parametrize("sharp", [False, True])
def test_a_sharp_object_within_harms_distance_costs(sharp):
    attributes = (0.0, float(sharp), 0.0, 0.0)
    for gap, costs in ((0.09, sharp), (0.11, False)):
        env = placed((0.0, 0.4 - gap, 0.1, 0.0), person=(0.0, 0.6), attributes=attributes)
        *_, terminated, _, info = env.step(np.zeros(4, np.float32))
        assert not terminated
        assert info["person_distance"] == pytest.approx(gap, abs=1e-6)
        assert info["cost"] == float(costs)


def test_an_episode_is_cut_off_at_the_horizon():
    env = make(TabletopConfig(horizon=3), "train")
    env.reset(seed=0)
    ends = [env.step(np.zeros(4, np.float32))[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    with pytest.raises(UserError, match="reset"):
        env.step(np.zeros(4, np.float32))


@pytest.mark.parametrize(
    ("change", "word"),
    [({"user": "nobody"}, "user"), ({"reward": "rich"}, "reward"), ({"horizon": 0}, "horizon")],
)
def test_a_setting_out_of_range_is_one_line(change, word):
    with pytest.raises(UserError, match=f"env.{word}") as error:
        TabletopConfig(**change)
    assert "\n" not in str(error.value)


def test_the_frame_shows_the_person_and_the_goal():
    require_frames()
    env = make(CONFIG, "test", "rgb_array")
    env.reset(seed=0)
    frame = env.render().astype(int)
    red, green, blue = np.moveaxis(frame, -1, 0)
    assert ((blue > red + 40) & (blue > green + 25)).mean() > 0.01  # the person's shirt
    assert ((green > red + 60) & (green > blue + 40)).mean() > 0.003  # the goal
    env.step(np.array([1, 0, 0, 0], np.float32))
    assert not (env.render() == frame).all()
