import math

import batched_worlds
import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import envs  # noqa: F401  # registers coachable/Arm-v0
from envs.arm import geometry as g
from envs.arm.batch import DT, ArmBatch
from envs.arm.model import BLOCK_REST, TABLE_FRICTION
from envs.arm.observation import OBS_SIZE, read, show
from envs.arm.task import ARM, ArmConfig, make, make_vec
from teaching import UserError

CONFIG = ArmConfig()
SHORT = ArmConfig(horizon=12)
GRAVITY = 9.81
AWAY = g.inverse(np.array([-0.3, 0.05]))  # the finger in a corner, far from any block below
NOTHING = np.zeros((1, 2))


def placed(block, goal, angles=AWAY, yaw=0.0, velocity=(0.0, 0.0), config=CONFIG):
    """One world with things where a test wants them."""
    batch = ArmBatch(config, "train", 1)
    batch.seed(0, 0)
    batch.start(np.ones(1, bool))
    batch.place(0, angles, np.array(block), yaw, np.array(goal))
    batch.worlds.qvel[0, 2:4] = velocity
    return batch


def random_actions(steps, worlds):
    return np.random.default_rng(0).uniform(-1, 1, (steps, worlds, 2))


def test_states_are_read_back_from_observations():
    rng = np.random.default_rng(0)
    batch = ArmBatch(CONFIG, "train", 20)
    for w in range(20):
        batch.seed(w, w)
    batch.start(np.ones(20, bool))
    batch.worlds.qvel[:, [0, 1, 2, 3, 7]] = rng.uniform(-1, 1, (20, 5))
    state, again = batch.state(), read(batch.observe())
    quarter = (state.yaw - again.yaw) / (math.pi / 2)  # whole numbers of quarter turns
    assert np.abs(quarter - quarter.round()).max() < 1e-5
    for name in ("angles", "speeds", "block", "velocity", "spin", "goal"):
        assert np.abs(getattr(state, name) - getattr(again, name)).max() < 1e-5


def test_an_observation_by_hand():
    # Upper arm straight up the table, forearm to the left: the finger is at (-0.4, -0.15 + 0.4).
    batch = placed((0.1, 0.35), (0.0, 0.15), np.array([math.pi / 2, math.pi / 2]), yaw=0.1)
    batch.worlds.qvel[0, [0, 1, 2, 3, 7]] = [0.3, -0.6, 0.05, -0.1, 2.0]
    expected = [
        1.0, 0.0,  # sine and cosine of the shoulder's angle
        0.0,  # the elbow's, less a quarter turn
        0.3 / 0.6, -0.6 / 0.6,  # of the largest speed
        -0.4 / 0.4, (0.25 - 0.3) / 0.4,  # the finger, from the middle of the table at (0, 0.3)
        0.1 / 0.4, (0.35 - 0.3) / 0.4,  # the block
        math.sin(0.4), math.cos(0.4),
        0.05 / 0.25, -0.1 / 0.25, 2.0 / 5.0,
        0.0, (0.15 - 0.3) / 0.4,  # the goal
        0.5 / 0.2, 0.1 / 0.2,  # from the finger to the block
        -0.1 / 0.2, -0.2 / 0.2,  # from the block to the goal
    ]  # fmt: skip
    assert len(expected) == OBS_SIZE
    assert np.abs(batch.observe()[0] - expected).max() < 1e-6


def test_a_block_looks_the_same_after_a_quarter_turn():
    state = placed((0.1, 0.3), (0.0, 0.2), yaw=0.3).state()
    assert np.abs(show(state) - show(state._replace(yaw=state.yaw + math.pi / 2))).max() < 1e-6
    assert np.abs(show(state) - show(state._replace(yaw=state.yaw + 0.2))).max() > 0.1


def test_the_dense_reward_by_hand():
    # The block slides towards the goal at 0.5 m/s, against µg: in 0.1 s by 0.5 t - µg t²/2.
    slide = 0.5 * DT - TABLE_FRICTION * GRAVITY * DT**2 / 2
    finger = np.array([-0.3, 0.05])
    batch = placed((0.0, 0.3), (0.2, 0.3), velocity=(0.5, 0.0))
    reward, terminated, _ = batch.step(NOTHING)
    before, after = math.hypot(0.3, 0.25), math.hypot(0.3 + slide, 0.25)
    assert np.linalg.norm(np.array([0.0, 0.3]) - finger) == pytest.approx(before)
    assert reward[0] == pytest.approx(10 * slide + 2 * (before - after), rel=0.05)
    assert not terminated[0]


@pytest.mark.parametrize(("reward", "end"), [("dense", 5.0), ("sparse", 1.0)])
def test_success_is_a_block_that_rests_at_the_goal(reward, end):
    config = ArmConfig(reward=reward)
    batch = placed((0.1, 0.3), (0.13, 0.3), config=config)  # 3 cm from it; 4 cm will do
    earned, terminated, truncated = batch.step(NOTHING)
    outcome = batch.outcome()
    assert earned[0] == pytest.approx(end, abs=0.01)
    assert (terminated[0], truncated[0]) == (True, False)
    assert (outcome["is_success"][0], outcome["cost"][0]) == (True, 0.0)
    assert outcome["distance"][0] == pytest.approx(0.03, abs=1e-4)
    # 5 cm from it.
    batch = placed((0.1, 0.3), (0.15, 0.3), config=config)
    assert not batch.step(NOTHING)[1][0]


def test_a_block_that_passes_through_the_goal_does_not_rest_there():
    batch = placed((0.1, 0.3), (0.12, 0.3), velocity=(0.5, 0.0))
    for step in range(1, 20):
        _, terminated, _ = batch.step(NOTHING)
        speed = 0.5 - TABLE_FRICTION * GRAVITY * DT * step  # 0.11, then it stands
        assert terminated[0] == (speed < 0.02)
        if terminated[0]:
            break
    # 3.2 cm on from 2 cm before the goal.
    assert batch.outcome()["is_success"][0]


@pytest.mark.parametrize(("reward", "end"), [("dense", -5.0), ("sparse", 0.0)])
def test_a_block_that_is_pushed_off_the_table_costs_and_ends_the_episode(reward, end):
    batch = placed((0.39, 0.3), (0.0, 0.3), velocity=(0.5, 0.0), config=ArmConfig(reward=reward))
    earned, terminated, _ = batch.step(NOTHING)
    outcome = batch.outcome()
    assert terminated[0]
    assert (outcome["cost"][0], outcome["is_success"][0], outcome["block_lost"][0]) == (1, 0, 1)
    # Beyond the edge at 0.4 by v t - µg t²/2 = 3 cm, or a little more where it tips.
    if reward == "dense":
        (way,) = batch.state().block - [0.39, 0.3]
        assert 0.025 < way[0] < 0.045
        assert (
            -12 * way[0] < earned[0] - end < -10 * way[0]
        )  # 10 of the goal, 2 or less of the finger
    else:
        assert earned[0] == end
    with pytest.raises(UserError, match="over"):
        batch.step(NOTHING)


def test_a_block_whose_middle_is_off_the_table_falls():
    batch = placed((0.41, 0.3), (0.0, 0.3))
    batch.worlds.advance(40)  # 0.2 s; it tips over the edge first
    assert batch.worlds.qpos[0, 4] < BLOCK_REST - 0.02
    batch = placed((0.39, 0.3), (0.0, 0.3))
    batch.worlds.advance(40)
    assert batch.worlds.qpos[0, 4] == pytest.approx(BLOCK_REST, abs=1e-3)


def test_the_time_limit_cuts_off():
    env = make(SHORT, "train")
    env.reset(seed=0)
    ends = [env.step(np.zeros(2))[2:4] for _ in range(12)]
    assert ends == [(False, False)] * 11 + [(False, True)]


def test_episodes_start_by_the_rules():
    batch = ArmBatch(CONFIG, "train", 300)
    for w in range(300):
        batch.seed(w, w)
    batch.start(np.ones(300, bool))
    state, now = batch.state(), batch.judgement()
    finger = g.forward(state.angles)
    for place in (state.block, state.goal):
        assert (place >= [-0.2, 0.15]).all()
        assert (place <= [0.2, 0.4]).all()
    assert (finger >= [-0.25, 0.1]).all()
    assert (finger <= [0.25, 0.5]).all()
    assert now.to_goal.min() >= 0.12
    assert now.to_block.min() >= 0.1
    assert not (now.resting | now.lost).any()
    # Uniform places: of four boxes of one size the block is in each about as often.
    quarter = (state.block[:, 0] > 0) * 2 + (state.block[:, 1] > 0.275)
    assert (np.bincount(quarter, minlength=4) > 75 - 4 * math.sqrt(300 * 0.25 * 0.75)).all()
    # A block lies still until it is touched.
    for _ in range(10):
        batch.step(np.zeros((300, 2)))
    moved = batch.state()
    assert np.abs(moved.block - state.block).max() < 1e-4
    assert np.abs(moved.angles - state.angles).max() < 1e-4


def test_the_splits_share_no_episode():
    starts = {}
    for split in ("train", "validation", "test"):
        env = make_vec(CONFIG, split, 200)
        starts[split] = {row.tobytes() for row in env.reset(seed=0)[0]}
        assert len(starts[split]) == 200
    assert not starts["train"] & starts["validation"]
    assert not (starts["train"] | starts["validation"]) & starts["test"]


def test_a_seed_names_an_episode_and_the_series_goes_on_from_it():
    env, other = make(CONFIG, "train"), make(CONFIG, "train")
    first, again = env.reset(seed=3)[0], env.reset(seed=3)[0]
    second = env.reset()[0]
    assert (first == again).all()
    assert not (first == second).all()
    other.reset(seed=3)
    assert (other.reset()[0] == second).all()
    for action in random_actions(20, 1)[:, 0]:
        assert (env.step(action)[0] == other.step(action)[0]).all()


def test_gymnasium_and_sb3_accept_it():
    env = gym.make("coachable/Arm-v0")
    assert env.unwrapped.dt == 0.1
    check_env(env.unwrapped, skip_render_check=True)
    from stable_baselines3.common.env_checker import check_env as sb3_check_env

    sb3_check_env(env.unwrapped, skip_render_check=True)
    assert gym.make_vec("coachable/Arm-v0", num_envs=3, split="test").num_envs == 3


def chasing(steps, worlds):
    """Actions under which arms meet blocks: constant turns, other ones in each world."""
    return np.broadcast_to(random_actions(1, worlds), (steps, worlds, 2))


def test_a_world_does_not_depend_on_how_many_others_there_are_nor_on_its_place():
    batched_worlds.check_world_is_independent(
        lambda n: make_vec(SHORT, "train", n), chasing(40, 9), least_ends=3
    )


def test_it_answers_as_single_environments_side_by_side():
    batched_worlds.check_layout(
        lambda: make(SHORT, "train"), lambda n: make_vec(SHORT, "train", n), chasing(40, 4)
    )


@pytest.mark.parametrize("worlds", [1, 6])
def test_a_saved_state_goes_on_bit_for_bit_through_resets(worlds):
    batched_worlds.check_resumes(lambda n: make_vec(SHORT, "train", n), random_actions(60, worlds))


def test_a_state_saved_in_the_middle_of_a_push_goes_on_bit_for_bit():
    env, other = make(CONFIG, "train"), make(CONFIG, "train")
    expert = ARM.oracle(env, CONFIG).action
    obs, still = env.reset(seed=1)[0], env.batch.state().block
    while np.linalg.norm(env.batch.state().block - still) < 0.03:
        obs = env.step(expert(obs[None])[0])[0]
    other.load_state_dict(env.state_dict())
    for _ in range(10):
        ours = env.step(expert(obs[None])[0])
        theirs = other.step(expert(obs[None])[0])
        assert (ours[0] == theirs[0]).all()
        assert ours[1:] == theirs[1:]
        obs = ours[0]


@pytest.mark.parametrize(
    ("change", "word"),
    [({"reward": "shaped"}, "reward"), ({"goal_radius": 0.0}, "goal_radius"),
     ({"goal_radius": math.nan}, "goal_radius"), ({"horizon": 0}, "horizon")],
)  # fmt: skip
def test_a_setting_out_of_range_is_one_line(change, word):
    with pytest.raises(UserError, match=f"env.{word} must") as error:
        ArmConfig(**change)
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
    with pytest.raises(UserError, match="finite"):
        env.step(np.array([[0.0, np.nan], [0.0, 0.0]]))
    with pytest.raises(UserError, match=r"shape \(2, 2\)"):
        env.step(np.zeros((2, 3)))
