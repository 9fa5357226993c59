"""What the expert achieves on test episodes, what others do, and what is seen of it."""

import math

import numpy as np
import pytest
from frames import require_frames

from envs.arm import geometry as g
from envs.arm.observation import read
from envs.arm.pusher import finger_velocity, joints
from envs.arm.task import ARM, ArmConfig, make, make_vec

CONFIG = ArmConfig()


def play(policy, episodes, config=CONFIG):
    """One test episode in each of N worlds -> is_success, block_lost and the return, [N] each."""
    env = make_vec(config, "test", episodes)
    obs, _ = env.reset(seed=0)
    open_, total = np.ones(episodes, bool), np.zeros(episodes)
    success, lost = np.zeros(episodes, bool), np.zeros(episodes, bool)
    while open_.any():
        obs, reward, terminated, truncated, info = env.step(policy(obs))
        total += reward * open_
        ended = (terminated | truncated) & open_
        if ended.any():
            success[ended] = info["final_info"]["is_success"][ended]
            lost[ended] = info["final_info"]["block_lost"][ended]
            open_ &= ~ended
    return success, lost, total


def towards(state, place, speed=0.2):
    way = place - g.forward(state.angles)
    length = np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-6)
    return joints(state.angles, speed * way / length)


def straight_through(obs):
    """Straight to the block, and on, whatever the goal is."""
    state = read(obs)
    return towards(state, state.block)


def straight_to_the_goal(obs):
    """Straight to the block, and from there straight to the goal."""
    state = read(obs)
    near = np.linalg.norm(state.block - g.forward(state.angles), axis=1) < 0.06
    return towards(state, np.where(near[:, None], state.goal, state.block))


def test_the_expert_succeeds():
    success, lost, total = play(ARM.oracle(make(CONFIG, "test"), CONFIG).action, 200)
    assert success.mean() >= 0.95
    assert lost.mean() <= 0.01
    # At least 12 cm of way, less the 4 cm that need not be, at 10 a metre, and 5.
    assert total[success].min() > 10 * 0.08 + 5 - 2 * 0.1


@pytest.mark.parametrize("policy", [straight_through, straight_to_the_goal])
def test_to_reach_straight_for_it_fails(policy):
    assert play(policy, 60)[0].mean() <= 0.1


def test_random_actions_fail():
    rng = np.random.default_rng(0)
    success, _, total = play(
        lambda obs: rng.uniform(-1, 1, (len(obs), 2)), 60, ArmConfig(reward="sparse")
    )
    assert success.mean() <= 0.05
    assert (total == success).all()


def seen(finger, block=(0.0, 0.3), goal=(0.1, 0.3)):
    env = make(CONFIG, "train")
    env.reset(seed=0)
    angles = g.inverse(np.array(finger))
    env.batch.place(0, angles, np.array(block), 0.0, np.array(goal))
    return read(env.batch.observe())


def test_behind_the_block_the_expert_pushes_and_brakes_near_the_goal():
    # Goal to the right; straight behind is to the left.
    assert finger_velocity(seen((-0.06, 0.3)))[0] == pytest.approx([0.2, 0.0], abs=1e-5)
    near = finger_velocity(seen((-0.06, 0.3), goal=(0.04, 0.3)))[0]
    assert near == pytest.approx([6 * (0.04 - 0.02), 0.0], abs=1e-5)
    arrived = finger_velocity(seen((-0.06, 0.3), goal=(0.01, 0.3)))[0]
    assert arrived == pytest.approx([0.0, 0.0], abs=1e-5)
    # 5 mm to the left of the line it moves back to the right at 5 · 5 mm/s; 10 mm are the most.
    assert finger_velocity(seen((-0.06, 0.305)))[0] == pytest.approx([0.2, -0.025], abs=1e-5)


@pytest.mark.parametrize("side", [-1, 1])
def test_before_the_block_the_expert_goes_round_it_on_its_own_side(side):
    velocity = finger_velocity(seen((0.09, 0.3 + side * 0.02)))[0]
    assert np.sign(velocity[1]) == side
    # And never meets it on the way.
    env = make(CONFIG, "train")
    obs, _ = env.reset(seed=0)
    start, block = np.array([0.12, 0.3 + side * 0.02]), np.array([0.0, 0.3])
    env.batch.place(0, g.inverse(start), block, 0.3, np.array([0.2, 0.3]))
    expert, obs = ARM.oracle(env, CONFIG).action, env.batch.observe()
    for _ in range(100):
        obs = env.step(expert(obs)[0])[0][None]
        state = read(obs)
        if finger_velocity(state)[0, 0] > 0.15 and g.forward(state.angles)[0, 0] < -0.06:
            break
        assert np.abs(state.block[0] - block).max() < 1e-3
    else:
        pytest.fail("it never came to push")


def test_an_action_moves_the_finger_as_it_is_told():
    angles = np.array([[0.7, 1.4]])
    action = joints(angles, np.array([[0.1, -0.05]]))
    assert g.jacobian(angles)[0] @ (0.6 * action[0]) == pytest.approx([0.1, -0.05], rel=1e-2)
    # Faster than the joints can: the same way, with one joint at its limit.
    fast = joints(angles, np.array([[10.0, -5.0]]))
    assert np.abs(fast).max() == pytest.approx(1.0)
    assert fast[0] / np.abs(fast).max() == pytest.approx(action[0] / np.abs(action).max(), rel=1e-4)


@pytest.mark.parametrize("reward", ["dense", "sparse"])
def test_the_true_reward_is_told_of_any_moment_of_the_past(reward):
    config = ArmConfig(reward=reward)
    env = make_vec(config, "train", 30)
    oracle = ARM.oracle(env, config)
    obs, _ = env.reset(seed=0)
    rng = np.random.default_rng(0)
    moments = []
    for _ in range(45):
        action = oracle.action(obs)
        action += rng.normal(0, 0.1, action.shape).astype(np.float32)
        after, earned, *_ = env.step(action)
        moments.append((obs, action, earned))
        obs = after
    # More rows than worlds of the copy, and from the end backwards: nothing depends on the order.
    obs, action, earned = (np.concatenate(part)[::-1] for part in zip(*moments, strict=True))
    told = oracle.reward(obs, action)
    assert told.shape == (30 * 45,)
    assert (earned > 0.9).sum() > 10  # successes are among them
    # How a block that is being pushed leans is not seen: parts of a millimetre a step, and whether
    # it rests where that is a near thing.
    wrong = np.abs(told - earned)
    near_thing = wrong > 0.02
    assert near_thing.mean() < 0.01
    assert wrong[~near_thing].mean() < 1e-3
    assert np.abs(earned).mean() > 0.01


def at(frame, place, height):
    """The pixel of a place [2] m at a height above the table, by the pinhole camera's equation.

    The camera is 4 m above (0, 0.157) and sees 14 degrees.
    """
    per_metre = len(frame) / 2 / ((4 - height) * math.tan(math.radians(7)))
    column = len(frame) / 2 + per_metre * place[0]
    row = len(frame) / 2 - per_metre * (place[1] - 0.157)
    return frame[round(row), round(column)].astype(int)


def test_the_frame_shows_the_finger_the_block_and_the_goal_where_they_are():
    require_frames()
    env = make(CONFIG, "test", "rgb_array")
    for seed in range(3):
        env.reset(seed=seed)
        state = env.batch.state()
        frame = env.render()
        finger, block, goal = g.forward(state.angles)[0], state.block[0], state.goal[0]
        red, green, blue = at(frame, finger, 0.114)  # on top of the forearm
        assert red > green > blue
        red, green, blue = at(frame, block, 0.05)
        assert blue > green > red
        red, green, blue = at(frame, goal, 0.0)
        assert green > max(red, blue)
        # The table, in a corner that the arm is not over.
        red, green, blue = at(frame, np.array([-0.38, 0.58]), 0.0)
        assert red > green > blue > 100


def test_the_caption_says_how_it_stands():
    from envs.arm.env import caption

    env = make(CONFIG, "test")
    env.reset(seed=0)
    batch = env.batch
    batch.place(0, g.inverse(np.array([-0.3, 0.05])), np.array([0.1, 0.3]), 0.0, [0.2, 0.3])
    assert caption(batch) == "0.0 s   10 cm to the goal"
    batch.worlds.qpos[0, 2:4] = [0.19, 0.3]
    assert "rests at the goal" in caption(batch)
    batch.worlds.qpos[0, 2] = 0.41
    assert "off the table" in caption(batch)
