from itertools import combinations

import batched_worlds
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import envs  # noqa: F401  # registers coachable/Collection-v0
from envs.collection.assignment import ASSIGNMENTS, COLOUR_OF, SHAPE_OF, weights
from envs.collection.env import CollectionEnv, CollectionVectorEnv
from envs.collection.features import (
    COLOURS,
    CORNERS,
    FEATURES,
    MEMBERS,
    NUM_ACTIONS,
    SHAPES,
    decode,
    encode,
    features,
    seen,
    show,
)
from envs.collection.levels import draw_levels
from envs.collection.task import COLLECTION, CollectionConfig, make, make_vec
from envs.seeds import EpisodeSeeds
from teaching import UserError

CONFIG = CollectionConfig()
PINK, BLUE, YELLOW = range(3)
CIRCLE, SQUARE, TRIANGLE = range(3)


def random_actions(steps: int, worlds: int) -> np.ndarray:
    return np.random.default_rng(0).integers(NUM_ACTIONS, size=(steps, worlds))


def one_level(objects: list[tuple[int, int]]) -> np.ndarray:
    """[1, 160]: the given (colour, shape) in the top right corner, pink circles elsewhere."""
    colour, shape = np.zeros((1, 4, 5), int), np.zeros((1, 4, 5), int)
    colour[0, 1], shape[0, 1] = zip(*objects, strict=True)
    return show(np.zeros((1, 4, 5, 2)), colour, shape)


def test_an_action_is_a_corner_and_a_subset_and_each_has_one_number():
    subset = np.array([[True, False, False, True, False]])  # objects 0 and 3: 2^0 + 2^3 = 9
    assert encode(np.array([2]), subset)[0] == 2 * 32 + 9
    cluster, collected = decode(np.arange(NUM_ACTIONS))
    assert (encode(cluster, collected) == np.arange(NUM_ACTIONS)).all()
    assert len({(c, *row) for c, row in zip(cluster, collected.tolist(), strict=True)}) == 4 * 2**5


def test_features_count_what_is_collected():
    obs = one_level(
        [(PINK, CIRCLE), (BLUE, CIRCLE), (BLUE, CIRCLE), (YELLOW, TRIANGLE), (PINK, SQUARE)]
    )
    collected = np.array([[False, True, True, True, False]])
    counts = dict(zip(FEATURES, features(obs, encode(np.array([1]), collected))[0], strict=True))
    expected = {"blue": 2, "yellow": 1, "circle": 2, "triangle": 1}
    expected |= {"blue circle": 2, "yellow triangle": 1}
    assert counts == {name: expected.get(name, 0) for name in FEATURES}
    assert len(FEATURES) == 15
    assert not features(obs, np.array([32])).any()  # the empty subset


@pytest.mark.parametrize("assignment", range(ASSIGNMENTS))
def test_colour_says_the_sign_and_shape_the_magnitude(assignment):
    levels = draw_levels(3, 20, assignment)
    _, colour, shape = seen(levels.obs)
    sign_of = {int(c): s for s, c in enumerate(COLOUR_OF[assignment], start=-1)}
    size_of = {int(s): k for k, s in enumerate(SHAPE_OF[assignment])}
    ranges = [(1, 3), (4, 7), (8, 10)]
    for value, c, s in zip(levels.value.flat, colour.flat, shape.flat, strict=True):
        assert np.sign(value) == sign_of[int(c)]
        low, high = ranges[size_of[int(s)]]
        assert value == 0 or low <= abs(value) <= high


def test_every_assignment_is_another_one():
    assert len({(*c, *s) for c, s in zip(COLOUR_OF, SHAPE_OF, strict=True)}) == 6 * 6 == ASSIGNMENTS


def test_the_chances_of_signs_and_magnitudes_are_the_published_ones():
    value = draw_levels(0, 2000, 0).value.ravel()
    n = len(value)
    for chance, share in ((0.5, value > 0), (0.35, value < 0), (0.05, value == 7)):
        assert abs(share.mean() - chance) < 3 * np.sqrt(chance * (1 - chance) / n)


def test_the_observation_shows_places_colours_and_shapes_and_nothing_else():
    obs = make(CONFIG, "train").reset(seed=0)[0]
    position, colour, shape = seen(obs)
    assert (show(position, colour, shape) == obs).all()
    # Two levels that look alike are worth different things, so the values cannot be read off.
    levels = draw_levels(0, 50, 0)
    _, colour, shape = seen(levels.obs)
    alike = (colour == COLOUR_OF[0][2]) & (shape == SHAPE_OF[0][1])
    assert set(levels.value[alike]) == {4, 5, 6, 7}


def test_objects_stand_in_their_corner_and_apart():
    position, _, _ = seen(draw_levels(1, 50, 0).obs)
    signs = {"top left": (-1, 1), "top right": (1, 1)}
    signs |= {"bottom right": (1, -1), "bottom left": (-1, -1)}
    for cluster, corner in enumerate(CORNERS):
        assert (np.sign(position[:, cluster]) == signs[corner]).all()
        for i, j in combinations(range(5), 2):
            apart = np.linalg.norm(position[:, cluster, i] - position[:, cluster, j], axis=-1)
            assert apart.min() > 0.14  # the width of an object in the picture


def test_points_add_up_by_hand():
    env = make(CONFIG, "train")
    env.reset(seed=0)
    value = env.batch.value[0]
    value[0] = [[1, 2, 0, -4, -5], [10, 0, 0, -1, 3], [-1, -1, -1, -1, -1], [9, -9, 0, 0, 0]]
    value[1] = [[1, 1, 1, 1, 1], [-8, 0, 0, 0, 0], [0, 0, 0, 0, 0], [2, 2, 2, -1, 0]]
    first = encode(np.array([1]), np.array([[True, False, False, True, False]]))[0]  # 10 - 1
    _, reward, terminated, truncated, info = env.step(first)
    assert (reward, terminated, truncated) == (9.0, False, False)
    assert (info["score"], info["max_score"], info["level_max"]) == (9, 13, 13)
    second = encode(np.array([3]), np.array([[True, True, False, True, False]]))[0]  # 2 + 2 - 1
    _, reward, *_, info = env.step(second)
    assert reward == 3.0
    assert (info["score"], info["max_score"], info["level_max"]) == (12, 13 + 6, 6)


def test_an_episode_is_ten_levels_and_success_is_nine_tenths_of_the_maximum():
    def play(points_on_last):
        env = make(CONFIG, "train")
        env.reset(seed=0)
        env.batch.value[:] = 0
        env.batch.value[0, :9, 0, 0] = 10
        env.batch.value[0, 9, 0, :4] = [1, 2, 3, 4]
        for level in range(10):
            collect = 1 if level < 9 else points_on_last
            if level == 8:  # skips one level's ten points: what is left decides about 90 of 100
                collect = 0
            _, _, terminated, truncated, info = env.step(collect)
            assert terminated == (level == 9)
            assert not truncated
            assert terminated or not info["is_success"]
        with pytest.raises(UserError, match="reset"):
            env.step(0)
        return info["score"], info["max_score"], info["is_success"]

    assert play(0b1111) == (90, 100, True)
    assert play(0b1110) == (89, 100, False)


def test_the_oracle_is_the_best_by_enumeration():
    env = make_vec(CONFIG, "test", 40)
    obs, _ = env.reset(seed=0)
    oracle = COLLECTION.oracle(env, CONFIG)
    for _ in range(10):
        action, q_values = oracle.action(obs), oracle.q_values(obs)
        assert q_values.shape == (40, NUM_ACTIONS)
        for w in range(40):
            value = env.batch.value[w, env.batch.level[w]].tolist()
            for number, points in enumerate(q_values[w]):
                bits = [number % 32 >> k & 1 for k in range(5)]
                assert points == sum(
                    v for v, taken in zip(value[number // 32], bits, strict=True) if taken
                )
            assert q_values[w, action[w]] == max(q_values[w])
        obs, reward, _, _, info = env.step(action)
        assert (reward == q_values.max(axis=1)).all()
    assert info["final_info"]["is_success"].all()
    assert (info["final_info"]["score"] == info["final_info"]["max_score"]).all()


def test_reward_is_what_colours_and_shapes_are_worth_on_average():
    config = CollectionConfig(assignment=7)
    colour, shape = COLOUR_OF[7], SHAPE_OF[7]
    obs = one_level(
        [(colour[2], shape[0]), (colour[0], shape[1]), (colour[1], shape[2]),
         (colour[2], shape[2]), (colour[0], shape[0])]
    )  # fmt: skip
    oracle = COLLECTION.oracle(make(config, "train"), config)
    # Means of 1-3, 4-7 and 8-10; the third object is worth nothing.
    for subset, expected in ((0b00001, 2.0), (0b00010, -5.5), (0b01100, 9.0), (0b10011, -5.5)):
        assert oracle.reward(obs, np.array([32 + subset]))[0] == pytest.approx(expected)
    env = make_vec(config, "train", 500)
    obs, _ = env.reset(seed=0)
    actions = random_actions(10, 500)
    error = []
    for action in actions:
        promised = oracle.reward(obs, action)
        obs, reward, *_ = env.step(action)
        error.append(reward - promised)
    error = np.concatenate(error)
    assert abs(error.mean()) < 3 * error.std() / np.sqrt(len(error))
    assert np.abs(error).max() <= 5 * 1.5  # an object is at most 1.5 points off its mean


def test_the_weights_are_on_the_conjunctions():
    w = dict(zip(FEATURES, weights(0), strict=True))
    best, none, worst = (COLOURS[c] for c in COLOUR_OF[0][[2, 1, 0]])
    large = SHAPES[SHAPE_OF[0][2]]
    assert (w[f"{best} {large}"], w[f"{none} {large}"], w[f"{worst} {large}"]) == (9.0, 0.0, -9.0)
    assert not any(w[name] for name in (*COLOURS, *SHAPES))


def test_where_each_episode_has_its_own_assignment_no_reward_is_claimed():
    config = CollectionConfig(assignment=None)
    env = make_vec(config, "train", 200)
    env.reset(seed=0)
    assert len(set(env.batch.assignment.tolist())) > 25  # 36 (1 - (35/36)^200) = 35.9 on average
    oracle = COLLECTION.oracle(env, config)
    assert oracle.reward is None
    assert (oracle.q_values(env.batch.observe()).max(axis=1) > 0).all()


def best_of_four_on_average() -> float:
    """E[max over 4 clusters of the sum of what is worth more than nothing], by convolution."""
    one = np.full(11, 0.05)
    one[0] = 0.5
    cluster = np.ones(1)
    for _ in range(5):
        cluster = np.convolve(cluster, one)
    below = np.concatenate([[0.0], np.cumsum(cluster) ** 4])
    return float(np.arange(51) @ np.diff(below))


def test_random_choice_scores_what_it_should():
    # An object is collected with chance 1/2 and is worth (.5 - .35)·5.5 on average.
    points, best = 5 / 2 * (0.5 - 0.35) * 5.5, best_of_four_on_average()
    env = make_vec(CONFIG, "train", 1000)
    env.reset(seed=0)
    rewards, maxima = [], []
    for action in random_actions(10, 1000):
        _, reward, _, _, info = env.step(action)
        rewards.append(reward)
        maxima.append(info.get("level_max", info.get("final_info", {}).get("level_max")))
    for measured, expected in ((np.ravel(rewards), points), (np.ravel(maxima), best)):
        assert abs(measured.mean() - expected) < 3 * measured.std() / np.sqrt(len(measured))
    # The paper reports 9.6 % of the maximum; without the empty subset there are 31 and not 32.
    assert points / best < 0.096 < points / best * 32 / 31


def test_the_splits_share_no_level():
    seeds = {split: EpisodeSeeds(split, 1) for split in ("train", "validation", "test")}
    for series in seeds.values():
        series.seed(0, 5)
    drawn = {split: {s.next(0) for _ in range(500)} for split, s in seeds.items()}
    assert all(seed % 2 == 0 for seed in drawn["train"])
    assert all(seed % 2 == 1 and seed < 2**30 for seed in drawn["validation"])
    assert all(seed % 2 == 1 and seed > 2**30 for seed in drawn["test"])
    obs = {split: make(CONFIG, split).reset(seed=5)[0] for split in drawn}
    assert not (obs["train"] == obs["test"]).all()
    assert not (obs["validation"] == obs["test"]).all()


def test_a_seed_names_an_episode_and_the_series_goes_on_from_it():
    env, other = make(CONFIG, "train"), make(CONFIG, "train")
    first, again = env.reset(seed=3)[0], env.reset(seed=3)[0]
    second = env.reset()[0]
    assert (first == again).all()
    assert not (first == second).all()
    other.reset(seed=3)
    assert (other.reset()[0] == second).all()


def test_gymnasium_and_sb3_accept_it():
    env = gym.make("coachable/Collection-v0", render_mode="rgb_array")
    assert env.unwrapped.dt == 8.0
    check_env(env.unwrapped)
    from stable_baselines3.common.env_checker import check_env as sb3_check_env

    sb3_check_env(env.unwrapped)


def test_make_vec_gives_the_batch():
    env = gym.make_vec("coachable/Collection-v0", num_envs=3, split="test")
    assert env.num_envs == 3
    assert env.feature_names == FEATURES
    obs, _ = env.reset(seed=0)
    assert env.features(obs, np.array([31, 0, 1])).shape == (3, 15)


def test_a_world_does_not_depend_on_how_many_others_there_are_nor_on_its_place():
    batched_worlds.check_world_is_independent(
        lambda n: make_vec(CONFIG, "train", n), random_actions(35, 9), least_ends=3
    )


def test_it_answers_as_single_environments_side_by_side():
    batched_worlds.check_layout(
        lambda: make(CONFIG, "train"),
        lambda n: make_vec(CONFIG, "train", n),
        random_actions(35, 4),
    )


@pytest.mark.parametrize("worlds", [1, 6])
def test_a_saved_state_goes_on_bit_for_bit_through_resets(worlds):
    batched_worlds.check_resumes(lambda n: make_vec(CONFIG, "train", n), random_actions(40, worlds))


def test_a_state_of_another_number_of_worlds_is_refused():
    with pytest.raises(UserError, match="collection"):
        make_vec(CONFIG, "train", 3).load_state_dict(make_vec(CONFIG, "train", 2).state_dict())


@pytest.mark.parametrize(
    ("change", "word"),
    [({"assignment": 36}, "assignment"), ({"levels": 0}, "levels"), ({"dt": 0.0}, "dt")],
)
def test_a_setting_out_of_range_is_one_line(change, word):
    with pytest.raises(UserError, match=f"env.{word}") as error:
        CollectionConfig(**change)
    assert "\n" not in str(error.value)


def test_what_cannot_be_made_or_done_is_one_line():
    with pytest.raises(UserError, match="holdout"):
        make(CONFIG, "holdout")
    with pytest.raises(UserError, match="at least 1"):
        make_vec(CONFIG, "train", 0)
    with pytest.raises(UserError, match="human"):
        make(CONFIG, "train", "human")
    env = make_vec(CONFIG, "train", 2)
    env.reset(seed=0)
    with pytest.raises(UserError, match="got 128"):
        env.step(np.array([3, 128]))
    with pytest.raises(UserError, match="whole numbers"):
        env.step(np.array([0.5, 1.0]))


def share_of(frame: np.ndarray, colour: tuple[int, int, int]) -> float:
    return float((np.abs(frame.astype(int) - colour).max(axis=-1) < 12).mean())


def test_a_teacher_can_judge_by_the_frame(monkeypatch):
    from envs.collection.render import _PAINT, ALERT, RING, SIZE

    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    env = make(CONFIG, "test", "rgb_array")
    obs, _ = env.reset(seed=0)
    frame = env.render()
    assert frame.shape == (SIZE, SIZE, 3)
    assert frame.dtype == np.uint8
    position, colour, _ = seen(obs)
    for at, paint in zip(position.reshape(-1, 2), colour.ravel(), strict=True):
        # Beside the number, inside the object: a little below the centre and to the left of it.
        x = round(SIZE * (0.5 + 0.48 * (at[0] - 0.02)))
        y = round(SIZE * (0.5 - 0.48 * (at[1] - 0.04)))
        assert np.abs(frame[y, x].astype(int) - _PAINT[paint]).max() < 40
    assert share_of(frame, RING) == 0.0
    env.step(0b00111)
    assert share_of(env.render(), RING) > 0.001
    calm = env.render()
    env.show_takeover = True
    assert share_of(calm[:8], ALERT) == 0.0
    assert share_of(env.render()[:7], ALERT) == 1.0
    for _ in range(9):
        env.step(5)
    assert env.render().shape == (SIZE, SIZE, 3)  # the episode is over and can still be drawn


def test_what_words_speak_of_is_counted_as_the_features_are():
    env = CollectionVectorEnv(num_worlds=6)
    obs, _ = env.reset(seed=2)
    words = env.words
    options = words.options(obs)
    for action in (0, 5, 31, 32, 77, 127):
        assert np.array_equal(options[:, action], features(obs, np.full(6, action)))
    everything = encode(np.arange(4), np.ones((4, 5), bool))
    for place in range(4):
        there = words.count_at(obs, np.full(6, place))
        assert np.array_equal(there, features(obs, np.full(6, everything[place])))
        assert (words.place_of(obs, np.full(6, everything[place])) == place).all()
    assert words.names == env.feature_names
    assert [words.names[k] for k in words.finest] == list(env.feature_names[6:])


def test_the_oracle_knows_what_the_features_are_worth():
    config = CollectionConfig(assignment=None)
    env = CollectionVectorEnv(config, num_worlds=5)
    env.reset(seed=0)
    worth = COLLECTION.oracle(env, config).worth()
    expected = [weights(int(a)) for a in env.batch.assignment]
    assert np.array_equal(worth, expected)


def test_a_level_can_be_told_in_words():
    env = CollectionEnv()
    obs, _ = env.reset(seed=4)
    lines = env.tell(obs, encode(np.array([2]), MEMBERS[[3]])[0]).splitlines()
    assert lines[0] == "level 1 of 10, 0 points so far"
    assert [line.split(":")[0] for line in lines[1:5]] == list(CORNERS)
    first, second = lines[3].split(": ")[1].split(", ")[:2]
    assert lines[5] == f"the agent takes, bottom right: {first}, {second}"
    assert f"({env.batch.value[0, 0, 2, 0]:+d})" in first
