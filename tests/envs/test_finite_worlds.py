from dataclasses import replace

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.vector import VectorEnv as GymVectorEnv

import envs  # noqa: F401  # registers coachable/Finite-v0
from envs.finite.catalogue import CATALOGUE, split_grids
from envs.finite.counterexamples import baird
from envs.finite.grids import COACH_GRID
from envs.finite.picture import AGENT, ALERT, CELL, COSTLY, FREE, GOAL
from envs.finite.streams import draw, seeded
from envs.finite.task import FiniteConfig, make, make_vec
from envs.finite.vector import FiniteVectorEnv
from envs.registry import TASKS
from teaching import UserError

RIGHT, UP, LEFT, DOWN = range(4)
COACH = FiniteConfig()
GRIDS = FiniteConfig(id="grid", maps=4, observation="features", slip=0.2, horizon=30)
SHORT = FiniteConfig(id="random", horizon=7)
SPLITS = ("train", "validation", "test")


def wild_actions(config, steps, worlds, seed=0):
    actions = make(config, "train").action_space.n
    return np.random.default_rng(seed).integers(actions, size=(steps, worlds))


@pytest.mark.parametrize("config", [*(FiniteConfig(id=name) for name in CATALOGUE), GRIDS])
def test_gymnasium_and_sb3_accept_every_entry(config):
    from stable_baselines3.common.env_checker import check_env as sb3_check_env

    env = make(config, "train", "rgb_array")
    check_env(env)
    sb3_check_env(env)


def test_the_ids_are_registered():
    env = gym.make("coachable/Finite-v0", config=FiniteConfig(id="chain"), split="test")
    assert env.reset(seed=0)[0].shape == (6,)
    vector = gym.make_vec("coachable/Finite-v0", num_envs=3)
    assert isinstance(vector, FiniteVectorEnv) and vector.num_envs == 3


def test_a_known_route_has_its_return_and_ends_in_success():
    env = make(COACH, "train")
    obs, info = env.reset(seed=0)
    assert obs.dtype == np.float32 and np.flatnonzero(obs).tolist() == [info["state"]] == [0]
    route = [UP, *[RIGHT] * 7, DOWN]
    rewards = []
    for k, action in enumerate(route):
        obs, reward, terminated, truncated, info = env.step(action)
        rewards.append(reward)
        assert (terminated, truncated) == (k == len(route) - 1, False)
        assert info["is_success"] is terminated and info["cost"] == 0.0
    assert rewards == [0] * 8 + [5]
    assert np.flatnonzero(obs).tolist() == [7]


def test_the_direct_route_costs_six():
    env = make(COACH, "train")
    env.reset(seed=0)
    steps = [env.step(RIGHT) for _ in range(7)]
    assert [step[1] for step in steps] == [-1] * 6 + [5]
    assert [step[4]["cost"] for step in steps] == [1] * 6 + [0]


def test_at_the_horizon_an_episode_is_truncated_and_no_success():
    env = make(replace(COACH, horizon=3), "train")
    env.reset(seed=0)
    ends = [env.step(LEFT)[2:] for _ in range(3)]
    assert [(end[0], end[1]) for end in ends] == [(False, False), (False, False), (False, True)]
    assert ends[-1][2]["is_success"] is False


def test_an_end_on_the_last_step_is_an_end_and_no_cut():
    env = make(replace(COACH, horizon=7), "train")
    env.reset(seed=0)
    for _ in range(7):
        _, _, terminated, truncated, _ = env.step(RIGHT)
    assert terminated and not truncated


def test_prediction_says_nothing_of_success():
    env = make(FiniteConfig(id="baird", horizon=1), "train")
    env.reset(seed=0)
    _, _, terminated, truncated, info = env.step(1)
    assert truncated and not terminated
    assert info.keys() == {"state"}


@pytest.mark.parametrize("config", [SHORT, FiniteConfig(id="river_swim"), GRIDS])
def test_next_states_come_as_often_as_the_arrays_say(config):
    """Every (state, action) of 4,000 worlds at once; a frequency is within 4 standard errors."""
    count = 4000
    env = make_vec(config, "train", count)
    mdp = env.batch.problems[0].mdp
    if mdp.num_states > 6:  # of the larger ones, some
        states = np.flatnonzero(~mdp.terminal)[::8]
    else:
        states = np.arange(mdp.num_states)
    env.reset(seed=0)
    for state in states:
        for action in range(mdp.num_actions):
            env.reset(options={"state": int(state), "map": 0})
            _, reward, terminated, _, _ = env.step(np.full(count, action))
            moved = env.batch.worlds.state[~terminated]
            share = np.bincount(moved, minlength=mdp.num_states) / count
            expected = np.where(mdp.terminal, 0.0, mdp.transition[state, action])
            error = np.sqrt(expected * (1 - expected) / count)
            assert (np.abs(share - expected) <= 4 * error + 1e-12).all()
            assert abs(reward.mean() - mdp.reward[state, action]) <= 4 * reward.std() / 63 + 1e-12


def test_streams_are_uniform_and_know_nothing_of_each_other():
    streams = np.array([seeded(k) for k in range(1000)])
    everywhere = np.ones(1000, bool)
    u = np.stack([draw(streams, everywhere) for _ in range(200)])
    assert u.min() >= 0 and u.max() < 1
    assert abs(u.mean() - 0.5) < 3 * np.sqrt(1 / 12 / u.size)
    assert abs((u**2).mean() - 1 / 3) < 3 * np.sqrt((1 / 5 - 1 / 9) / u.size)
    centred = u - 0.5
    for other in (np.roll(centred, 1, axis=0), np.roll(centred, 1, axis=1)):  # in time, in seed
        products = centred * other
        assert abs(products.mean()) < 3 * products.std() / np.sqrt(u.size)


def test_a_stream_that_is_not_drawn_from_stands_still():
    streams = np.array([seeded(0), seeded(1)])
    second = draw(streams.copy(), np.array([True, True]))[1]
    draw(streams, np.array([True, False]))
    assert draw(streams, np.array([False, True])) == [second]


def test_splitmix_gives_its_published_numbers():
    """Seed 1234567: the first output of the reference implementation is 6457827717110365317."""
    streams = np.array([1234567], np.uint64)
    assert draw(streams, np.array([True]))[0] == (6457827717110365317 >> 11) / 2**53


def test_the_same_seed_and_actions_give_the_same_episode():
    env, actions = make(SHORT, "train"), wild_actions(SHORT, 30, 1)[:, 0]

    def episode(seed):
        rows = [env.reset(seed=seed)[1]["state"]]
        for action in actions:
            _, _, _, truncated, info = env.step(action)
            rows.append(info["state"])
            if truncated:
                rows.append(env.reset()[1]["state"])
        return rows

    first = episode(11)
    assert episode(12) != first
    assert episode(11) == first


@pytest.mark.parametrize("config", [SHORT, GRIDS], ids=["random", "grids"])
def test_a_world_does_not_depend_on_how_many_others_there_are_nor_on_its_place(config):
    steps = 200
    own = wild_actions(config, steps, 1)[:, 0]

    def follow(worlds, place):
        env = make_vec(config, "train", worlds)
        seeds = [100 + i for i in range(worlds)]
        seeds[place] = 5
        obs, _ = env.reset(seed=seeds)
        seen, ends = [obs[place]], 0
        others = wild_actions(config, steps, worlds, seed=worlds)
        for k in range(steps):
            others[k, place] = own[k]
            obs, reward, terminated, truncated, _ = env.step(others[k])
            seen.append(np.append(obs[place], reward[place]))
            ends += int(terminated[place] or truncated[place])
        return np.concatenate(seen), ends

    alone, ends = follow(1, 0)
    assert ends >= 2
    for worlds, place in ((4, 0), (4, 3), (9, 5)):
        assert (follow(worlds, place)[0] == alone).all()


def same(ours, theirs):
    assert type(ours) is type(theirs)
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key in theirs:
            same(ours[key], theirs[key])
    elif theirs.dtype == object:
        for a, b in zip(ours, theirs, strict=True):
            assert (a is None) == (b is None)
            assert a is None or (a == b).all()
    else:
        assert ours.dtype == theirs.dtype
        assert (ours == theirs).all()


@pytest.mark.parametrize("config", [SHORT, GRIDS, replace(COACH, horizon=9)])
def test_the_batch_is_many_single_environments_with_gymnasiums_layout(config):
    worlds = 5
    ours = make_vec(config, "train", worlds)
    single = [lambda: make(config, "train")] * worlds
    theirs = SyncVectorEnv(single, autoreset_mode=AutoresetMode.SAME_STEP)
    assert ours.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    for x, y in zip(ours.reset(seed=3), theirs.reset(seed=3), strict=True):
        same(x, y)
    ended = 0
    for action in wild_actions(config, 60, worlds):
        a, b = ours.step(action), theirs.step(action)
        for x, y in zip(a, b, strict=True):
            same(x, y)
        ended += "final_info" in a[4]
    assert ended > 3
    assert isinstance(ours, GymVectorEnv)


@pytest.mark.parametrize("worlds", [1, 6])
def test_a_saved_state_goes_on_bit_for_bit_through_resets(worlds):
    actions = wild_actions(GRIDS, 120, worlds)
    env = make_vec(GRIDS, "train", worlds)
    env.reset(seed=1)
    for action in actions[:10]:
        env.step(action)
    state = env.state_dict()
    expected = [env.step(action)[:4] for action in actions[10:]]
    assert sum((terminated | cut).sum() for _, _, terminated, cut in expected) > 0
    other = make_vec(GRIDS, "train", worlds)
    other.load_state_dict(state)
    for action, wanted in zip(actions[10:], expected, strict=True):
        for x, y in zip(other.step(action)[:4], wanted, strict=True):
            assert (x == y).all()
    with pytest.raises(UserError, match="rng"):
        make_vec(GRIDS, "train", worlds + 1).load_state_dict(state)


def test_a_single_environment_restored_without_a_reset_goes_on_to_the_same_next_episode():
    env = make(SHORT, "train")
    env.reset(seed=1)
    env.step(0)
    state, expected = env.state_dict(), env.reset()[1]
    other = make(SHORT, "train")
    other.load_state_dict(state)
    assert other.reset()[1] == expected


def test_the_splits_have_the_same_grid_and_share_no_episode():
    assert all(make(COACH, split).batch.problems[0].grid == COACH_GRID for split in SPLITS)
    seeds = 200
    streams = []
    for split in SPLITS:
        env = make_vec(SHORT, split, seeds)
        env.reset(seed=0)
        streams += env.batch.worlds.rng.tolist()
        p = [make(SHORT, other).batch.problems[0].mdp.transition for other in SPLITS]
        assert (p[0] == p[1]).all() and (p[0] == p[2]).all()
    assert len(set(streams)) == 3 * seeds


def test_generated_grids_differ_between_the_splits():
    config = replace(GRIDS, maps=40, width=4, height=3, costly=2)
    grids = {split: split_grids(config, split) for split in SPLITS}
    assert all(len(set(found)) == 40 for found in grids.values())
    assert len({grid for found in grids.values() for grid in found}) == 120
    assert split_grids(config, "train") == grids["train"]
    assert split_grids(replace(config, mdp_seed=1), "train") != grids["train"]
    one = FiniteConfig(id="grid", mdp_seed=3)
    assert split_grids(one, "train") == split_grids(one, "test")
    with pytest.raises(UserError, match="not as many different 2 × 1 grids"):
        make(replace(GRIDS, width=2, height=1, costly=0), "train")


def test_every_map_of_the_split_is_met_and_is_in_view():
    env = make_vec(GRIDS, "train", 200)
    obs, info = env.reset(seed=0)
    assert set(info["map"]) == {0, 1, 2, 3}
    for seen, k in zip(obs, info["map"], strict=True):
        grid = env.batch.problems[k].grid
        agent, goal, costly = seen.reshape(3, -1)
        assert np.flatnonzero(agent).tolist() == [grid.state(grid.start)]
        assert np.flatnonzero(goal).tolist() == [grid.state(grid.goal)]
        assert (costly == grid.costly_states()).all()
    assert (env.reset(options={"map": 2})[1]["map"] == 2).all()


def test_the_features_of_the_star_are_seen():
    env = make(FiniteConfig(id="baird", observation="features"), "train")
    for s in range(7):
        obs, _ = env.reset(options={"state": s})
        assert (obs == baird().features[s]).all()


def test_a_start_can_be_chosen_and_the_episodes_after_it_are_the_same():
    env = make_vec(SHORT, "test", 3)
    assert env.reset(seed=0, options={"state": [1, 2, 3]})[1]["state"].tolist() == [1, 2, 3]
    later = env.reset()[1]["state"]
    env.reset(seed=0)
    assert (env.reset()[1]["state"] == later).all()
    with pytest.raises(UserError, match=r'options\["state"\] must be from 0 to 5, got 6'):
        env.reset(options={"state": 6})


def test_only_the_masked_worlds_are_reset():
    env = make_vec(COACH, "train", 3)
    env.reset(seed=0)
    env.step(np.full(3, UP))
    mask = np.array([False, True, False])
    obs, info = env.reset(seed=50, options={"reset_mask": mask})
    assert obs.argmax(axis=1).tolist() == [8, 0, 8]
    assert (info["_state"] == mask).all()
    with pytest.raises(UserError, match="3 entries"):
        env.reset(options={"reset_mask": mask[:2]})


@pytest.mark.parametrize("actions", [[4, 0], [-1, 0], [0.5, 0], [np.nan, 0]])
def test_an_action_that_does_not_exist_is_refused(actions):
    env = make_vec(COACH, "train", 2)
    env.reset(seed=0)
    with pytest.raises(UserError, match="actions must be from 0 to 3"):
        env.step(np.array(actions))


def test_actions_for_another_number_of_worlds_are_refused():
    env = make_vec(COACH, "train", 2)
    env.reset(seed=0)
    with pytest.raises(UserError, match=r"\(2,\), got \(3,\)"):
        env.step(np.zeros(3, int))


def test_the_picture_shows_what_a_person_needs_to_judge():
    env = make(COACH, "train", "rgb_array")
    env.reset(seed=0)
    env.step(UP)

    def colour(cell, frame):
        x, y = cell
        return tuple(frame[(4 - y) * CELL + CELL // 2, x * CELL + CELL // 2].tolist())

    frame = env.render()
    assert frame.shape == (5 * CELL, 8 * CELL, 3) and frame.dtype == np.uint8
    assert colour((0, 1), frame) == AGENT
    assert colour((0, 0), frame) not in (FREE, AGENT)  # where it came from
    assert colour((3, 3), frame) == FREE
    assert colour((3, 0), frame) == COSTLY
    assert colour((7, 0), frame) == GOAL
    env.show_takeover = True
    assert tuple(env.render()[0, 0].tolist()) == ALERT
    assert env.metadata["render_fps"] == 2


def test_more_than_twenty_states_take_two_rows():
    env = make(FiniteConfig(id="chain", states=25), "train", "rgb_array")
    env.reset(seed=0)
    assert env.render().shape == (2 * CELL, 20 * CELL, 3)
    assert make(COACH, "train").render() is None


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"id": "maze"}, "env.id must be one of coach_grid, grid, river_swim"),
        ({"states": 9}, "env.states=9 has no effect on env.id=coach_grid"),
        ({"id": "chain", "maps": 2}, "env.maps=2 has no effect"),
        ({"id": "chain", "observation": "features"}, "has no features"),
        ({"id": "grid", "maps": 2}, "one_hot does not show the map"),
        ({"observation": "pixels"}, "one_hot or features"),
        ({"id": "grid", "width": 100, "height": 100}, "env.width"),
        ({"id": "grid", "slip": -0.1}, "env.slip must be from 0 to 1"),
        ({"horizon": 0}, "env.horizon must be at least 1 step"),
        ({"discount": 2.0}, "env.discount must be from 0 to 1"),
        ({"dt": 0.0}, "env.dt must be more than 0 s"),
        ({"id": "grid", "mdp_seed": -1}, "env.mdp_seed"),
    ],
)
def test_a_bad_setting_is_one_line(settings, word):
    with pytest.raises(UserError, match=word) as error:
        FiniteConfig(**settings)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: make(COACH, "holdout"), "split must be one of"),
        (lambda: make(COACH, "train", "human"), "render_mode must be rgb_array"),
        (lambda: make_vec(COACH, "train", 0), "at least 1, got 0"),
        (lambda: make(FiniteConfig(id="chain", states=1), "train"), "states must be at least 2"),
        (lambda: make(FiniteConfig(id="grid", costly=20), "train"), "costly must be from 0 to 13"),
    ],
)
def test_what_cannot_be_made_is_one_line(call, word):
    with pytest.raises(UserError, match=word) as error:
        call()
    assert "\n" not in str(error.value)


def test_the_family_is_in_the_registry():
    assert TASKS["finite"].make is make and TASKS["finite"].make_vec is make_vec


def test_without_a_goal_success_is_half_of_what_skill_can_add():
    # Success begins at the mean of the uniform policy's and the best policy's expected returns,
    # found here by walking every course of four steps.
    config = FiniteConfig(id="river_swim", states=3, horizon=4)
    env = make(config, "train")
    mdp = env.batch.problems[0].mdp

    def returns(policy):
        def ahead(state, steps):
            if steps == 0:
                return 0.0
            each = [
                mdp.reward[state, a]
                + sum(p * ahead(t, steps - 1) for t, p in enumerate(mdp.transition[state, a]) if p)
                for a in range(mdp.num_actions)
            ]
            return policy(each)

        return sum(p * ahead(s, 4) for s, p in enumerate(mdp.initial))

    enough = (returns(max) + returns(lambda each: sum(each) / len(each))) / 2
    seen = set()
    for seed in range(40):
        env.reset(seed=seed)
        env.action_space.seed(seed)
        total, ended = 0.0, False
        while not ended:
            action = env.action_space.sample() if seed % 2 else np.int64(mdp.num_actions - 1)
            _, reward, _, ended, info = env.step(action)
            total += reward
        assert info["is_success"] == (total >= enough)
        seen.add(info["is_success"])
    assert seen == {True, False}
