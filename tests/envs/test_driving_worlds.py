import time

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv

import envs  # noqa: F401  # registers coachable/Driving-v0
from envs.driving.constants import DT, OBS_SIZE, SPEED
from envs.driving.roads import TEST_SEEDS, TRAIN_SEEDS, VALIDATION_SEEDS, make_road
from envs.driving.task import DRIVING, DrivingConfig, make, make_vec
from teaching import UserError

CONFIG = DrivingConfig()


def wild_actions(steps: int, worlds: int, seed: int = 0) -> np.ndarray:
    """Slow swerving at some throttle: episodes end off the road, in cars, and at the horizon."""
    rng = np.random.default_rng(seed)
    steering = np.clip(np.cumsum(rng.normal(0, 0.1, (steps, worlds)), axis=0), -0.6, 0.6)
    return np.stack([steering, np.full((steps, worlds), 0.4)], axis=-1).astype(np.float32)


def test_gymnasium_and_sb3_accept_it(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")  # the checker opens a window
    env = gym.make("coachable/Driving-v0")
    assert env.unwrapped.dt == DT
    check_env(env.unwrapped)
    from stable_baselines3.common.env_checker import check_env as sb3_check_env

    sb3_check_env(env.unwrapped)


def test_the_splits_share_no_seed_and_no_road():
    seeds = {"train": TRAIN_SEEDS, "validation": VALIDATION_SEEDS, "test": TEST_SEEDS}
    assert len(set().union(*seeds.values())) == sum(map(len, seeds.values()))
    config = DrivingConfig(train_roads=60, test_roads=40)
    roads = {split: make(config, split).batch.roads for split in seeds}
    for split, count in {"train": 60, "validation": 40, "test": 40}.items():
        assert len(roads[split].seed) == count
        assert set(roads[split].seed) <= set(seeds[split])
    made = {
        points[:150, 2].tobytes() + boxes.tobytes()
        for r in roads.values()
        for points, boxes in zip(r.points, r.boxes, strict=True)
    }
    assert len(made) == 60 + 40 + 40


def test_more_training_roads_than_seeds_is_refused():
    with pytest.raises(UserError, match="train_roads"):
        make(DrivingConfig(train_roads=len(TRAIN_SEEDS) + 1), "train")


def test_a_seed_gives_the_same_road_twice():
    first, second = make_road(7, 1.5), make_road(7, 1.5)
    assert (first.points == second.points).all()
    assert (first.boxes == second.boxes).all()


def test_roads_hold_every_block():
    roads = make(CONFIG, "train").batch.roads
    assert (roads.crossing[:, 3] > 0).any()
    assert (roads.ring[:, 3] == 1).any()
    assert (roads.box_count > 0).mean() > 0.7
    route = roads.goal - 30.0
    assert route.min() > 110
    assert route.max() < 270


def test_the_same_seed_and_actions_give_the_same_episode():
    env, actions = make(CONFIG, "train"), wild_actions(150, 1)[:, 0]

    def episode():
        rows = [env.reset(seed=11)[0]]
        for action in actions:
            obs, reward, terminated, truncated, info = env.step(action)
            rows.append(np.append(obs, [reward, info["route_completion"]]))
            if terminated or truncated:
                break
        return np.concatenate(rows)

    assert (episode() == episode()).all()
    env.reset(seed=12)
    assert (episode() == episode()).all()


def test_a_world_does_not_depend_on_how_many_others_there_are_nor_on_its_place():
    steps = 400
    wild = wild_actions(steps, 1)[:, 0]

    def follow(worlds: int, place: int) -> tuple[np.ndarray, int]:
        env = make_vec(CONFIG, "train", worlds)
        seeds = [100 + i for i in range(worlds)]
        seeds[place] = 5
        obs, _ = env.reset(seed=seeds)
        seen, ends = [obs[place]], 0
        others = wild_actions(steps, worlds, seed=9)
        for k in range(steps):
            others[k, place] = wild[k]
            obs, reward, terminated, truncated, _ = env.step(others[k])
            seen.append(np.append(obs[place], reward[place]))
            ends += int(terminated[place] or truncated[place])
        return np.concatenate(seen), ends

    alone, ends = follow(1, 0)
    assert ends >= 2  # so that the automatic resets are covered too
    for worlds, place in ((4, 0), (4, 3), (9, 5)):
        assert (follow(worlds, place)[0] == alone).all()


def test_the_single_environment_is_the_batch_of_one():
    env, vector = make(CONFIG, "train"), make_vec(CONFIG, "train", 1)
    obs, _ = env.reset(seed=4)
    many, _ = vector.reset(seed=4)
    assert (obs == many[0]).all()
    for action in wild_actions(80, 1)[:, 0]:
        obs, reward, terminated, _, _ = env.step(action)
        many, rewards, terminations, _, infos = vector.step(action[None])
        assert reward == rewards[0]
        assert terminated == terminations[0]
        if terminated:
            assert (infos["final_obs"][0] == obs).all()
            return
        assert (obs == many[0]).all()
    pytest.fail("the episode should have ended")


def same(ours, theirs):
    assert type(ours) is type(theirs)
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key in theirs:
            same(ours[key], theirs[key])
    elif theirs.dtype == object:
        assert ours.dtype == object
        for a, b in zip(ours, theirs, strict=True):
            assert (a is None) == (b is None)
            assert a is None or (a == b).all()
    else:
        assert ours.dtype == theirs.dtype
        assert (ours == theirs).all()


def test_info_is_laid_out_as_gymnasium_does_for_same_step_resets():
    config, worlds = DrivingConfig(horizon=25), 5
    ours = make_vec(config, "train", worlds)
    theirs = SyncVectorEnv(
        [lambda: make(config, "train")] * worlds, autoreset_mode=AutoresetMode.SAME_STEP
    )
    assert ours.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    a, b = ours.reset(seed=3), theirs.reset(seed=3)
    same(a[0], b[0])
    same(a[1], b[1])
    kinds = set()
    for action in wild_actions(150, worlds):
        a, b = ours.step(action), theirs.step(action)
        for x, y in zip(a, b, strict=True):
            same(x, y)
        if "final_info" in a[4]:
            kinds |= {k for k in ("crash", "off_road") if a[4]["final_info"][k].any()}
            kinds |= {"truncated"} if a[3].any() else set()
    assert {"off_road", "truncated"} <= kinds


def test_at_the_horizon_an_episode_is_truncated_and_not_terminated():
    env = make(DrivingConfig(horizon=5), "train")
    env.reset(seed=0)
    for k in range(5):
        _, _, terminated, truncated, info = env.step(np.array([0.0, -1.0], np.float32))
        assert not terminated
        assert truncated == (k == 4)
    assert not info["is_success"]
    assert info["cost"] == 0.0


def test_a_car_that_stands_is_cut_off_and_one_that_goes_on_is_not():
    env = make(DrivingConfig(stall_limit=8, traffic_density=0.0), "train")
    env.reset(seed=0)
    brake, go = np.array([0.0, -1.0], np.float32), np.array([0.0, 1.0], np.float32)

    def stand(steps):
        for _ in range(steps):
            _, _, terminated, truncated, info = env.step(brake)
            yield terminated, truncated, info["stalled"]

    while env.batch.worlds.ego[0, SPEED] > 0:  # the step that stops it is the first at a standstill
        env.step(brake)
    assert list(stand(6)) == [(False, False, False)] * 6
    env.step(go)  # 0.3 m/s: the count begins again
    assert list(stand(8)) == [(False, False, False)] * 7 + [(False, True, True)]


@pytest.mark.parametrize("worlds", [1, 6])
def test_a_saved_state_goes_on_bit_for_bit_through_resets(worlds):
    actions = wild_actions(300, worlds)
    env = make_vec(CONFIG, "train", worlds)
    env.reset(seed=1)
    for action in actions[:40]:
        env.step(action)
    state = env.state_dict()
    ends = 0
    expected = []
    for action in actions[40:]:
        obs, reward, terminated, truncated, _ = env.step(action)
        expected.append((obs, reward))
        ends += int((terminated | truncated).sum())
    assert ends > 0
    other = make_vec(CONFIG, "train", worlds)
    other.load_state_dict(state)
    for action, (obs, reward) in zip(actions[40:], expected, strict=True):
        got = other.step(action)
        assert (got[0] == obs).all()
        assert (got[1] == reward).all()


def test_a_single_environment_restored_without_a_reset_goes_on_to_the_same_next_episode():
    env = make(CONFIG, "train")
    env.reset(seed=1)
    env.step(np.zeros(2, np.float32))
    state = env.state_dict()
    expected = env.reset()
    other = make(CONFIG, "train")
    other.load_state_dict(state)
    obs, info = other.reset()
    assert (obs == expected[0]).all()
    assert info == expected[1]


def test_a_state_of_another_number_of_worlds_is_refused():
    with pytest.raises(UserError, match="rng"):
        make_vec(CONFIG, "train", 3).load_state_dict(make_vec(CONFIG, "train", 2).state_dict())


def test_a_road_can_be_chosen():
    env, vector = make(CONFIG, "test"), make_vec(CONFIG, "test", 3)
    assert env.reset(seed=0, options={"road": 7})[1]["road"] == TEST_SEEDS.start + 7
    _, info = vector.reset(seed=0, options={"road": np.array([1, 2, 3])})
    assert (info["road"] == TEST_SEEDS.start + np.array([1, 2, 3])).all()
    with pytest.raises(UserError, match="from 0 to 49, got 50"):
        env.reset(options={"road": 50})


def test_only_the_masked_worlds_are_reset():
    env = make_vec(CONFIG, "train", 3)
    env.reset(seed=0)
    before, *_ = env.step(np.tile(np.array([0.0, 0.5], np.float32), (3, 1)))
    mask = np.array([False, True, False])
    after, _ = env.reset(seed=50, options={"reset_mask": mask})
    assert ((before == after).all(axis=1) == ~mask).all()


@pytest.mark.parametrize("action", [[np.nan, 0.0], [0.0, np.inf]])
def test_an_action_that_is_no_number_is_refused(action):
    env = make(CONFIG, "train")
    env.reset(seed=0)
    with pytest.raises(UserError, match="finite"):
        env.step(np.array(action))


def test_an_action_of_the_wrong_shape_is_refused():
    env = make(CONFIG, "train")
    env.reset(seed=0)
    with pytest.raises(UserError, match=r"\(1, 2\), got \(1, 3\)"):
        env.step(np.zeros(3))


def test_of_many_actions_the_one_that_is_no_number_is_named():
    env = make_vec(CONFIG, "train", 200)
    env.reset(seed=0)
    actions = np.zeros((200, 2))
    actions[150] = [0.5, np.nan]
    with pytest.raises(UserError, match=r"got \[0.5, nan\]$"):
        env.step(actions)


@pytest.mark.parametrize(
    ("config", "split", "word"),
    [
        (DrivingConfig(), "holdout", "split"),
        (DrivingConfig(stall_limit=0), "train", "stall_limit"),
        (DrivingConfig(test_roads=0), "test", "test_roads"),
        (DrivingConfig(traffic_density=-1.0), "train", "traffic_density"),
        (DrivingConfig(obstacle_density=float("nan")), "train", "obstacle_density"),
        (DrivingConfig(horizon=0), "train", "horizon"),
    ],
)
def test_a_setting_out_of_range_is_one_line(config, split, word):
    with pytest.raises(UserError, match=word) as error:
        make(config, split)
    assert "\n" not in str(error.value)


def test_observations_stay_in_their_box():
    env = make_vec(CONFIG, "train", 8)
    obs, _ = env.reset(seed=0)
    assert obs.shape == (8, OBS_SIZE)
    for action in wild_actions(200, 8):
        obs, *_ = env.step(action)
        assert env.observation_space.contains(obs)


def test_a_batch_of_64_worlds_is_far_faster_a_world_than_one():
    def seconds_a_world_step(env, worlds, steps):
        actions = np.tile(np.float32([0.0, -1.0]), (steps, worlds, 1))  # braking: no episode ends
        env.reset(seed=0)
        best = np.inf
        for _ in range(3):
            start = time.process_time()
            for action in actions:
                env.step(action if worlds > 1 else action[0])
            best = min(best, time.process_time() - start)
        return best / steps / worlds

    one = seconds_a_world_step(make(DrivingConfig(horizon=10**6), "train"), 1, 100)
    many = seconds_a_world_step(DRIVING.make_vec(CONFIG, "train", 64), 64, 100)
    assert one / many > 2.5
