import copy
import math
from collections import deque

import gymnasium as gym
import numpy as np
import pytest

from envs.minigrid.expert import DONE, TEMPERATURE, TOGGLE, Planner
from envs.minigrid.task import MINIGRID, MiniGridConfig
from teaching import UserError

IDS = (
    "MiniGrid-Empty-6x6-v0",
    "MiniGrid-MultiRoom-N2-S4-v0",
    "MiniGrid-MultiRoom-N4-S5-v0",
    "MiniGrid-FourRooms-v0",
)
ONE = np.zeros((1, 1), dtype=np.float32)  # the expert reads no observation


def doors(env):
    return [thing for thing in env.grid.grid if thing is not None and thing.type == "door"]


def snapshot(env):
    return tuple(map(int, env.agent_pos)), int(env.agent_dir), tuple(d.is_open for d in doors(env))


def restore(env, state):
    env.agent_pos, env.agent_dir = state[0], state[1]
    for door, is_open in zip(doors(env), state[2], strict=True):
        door.is_open = is_open
    env.step_count = 0


def steps_by_enumeration(env):
    """The shortest way, by stepping a copy of the simulator itself through every state."""
    env = copy.deepcopy(env)
    env.gen_obs = lambda: None  # a search needs no pictures
    start = snapshot(env)
    seen, queue = {start}, deque([(start, 0)])
    while queue:
        state, steps = queue.popleft()
        for action in range(7):
            restore(env, state)
            _, reward, terminated, _, _ = env.step(action)
            if terminated and reward > 0:
                return steps + 1
            after = snapshot(env)
            if not terminated and after not in seen:
                seen.add(after)
                queue.append((after, steps + 1))
    return None


def make(env_id, **kwargs):
    config = MiniGridConfig(id=env_id, **kwargs)
    env = MINIGRID.make(config, "train", None)
    return env, MINIGRID.oracle(env, config)


@pytest.mark.parametrize(("env_id", "layouts"), list(zip(IDS, (1, 8, 1, 1), strict=True)))
def test_the_experts_path_is_as_short_as_the_shortest_by_enumeration(env_id, layouts):
    env, oracle = make(env_id)
    for seed in range(layouts):
        env.reset(seed=seed)
        shortest = steps_by_enumeration(env.unwrapped)
        terminated = steps = 0
        while not terminated:
            _, _, terminated, truncated, info = env.step(oracle.action(ONE)[0])
            steps += 1
            assert terminated or not truncated
        assert info["is_success"]
        assert steps == shortest


def test_wasted_steps_agree_with_enumeration_after_every_action():
    env, _ = make("MiniGrid-MultiRoom-N2-S4-v0")
    rng = np.random.default_rng(0)
    for seed in range(4):
        env.reset(seed=seed)
        world = env.unwrapped
        for _ in range(rng.integers(12)):
            env.step(rng.integers(6))
        if world.grid.get(*map(int, world.agent_pos)) is not None:
            continue
        state, here = snapshot(world), steps_by_enumeration(world)
        wasted = Planner(world).wasted()
        for action in range(7):
            restore(world, state)
            _, _, terminated, _, _ = world.step(action)
            there = 0 if terminated else steps_by_enumeration(world)
            assert wasted[action] == there + 1 - here
        restore(world, state)


@pytest.mark.parametrize("env_id", IDS)
def test_the_goal_is_reached_from_wherever_a_novice_has_wandered(env_id):
    env, oracle = make(env_id)
    rng = np.random.default_rng(1)
    for seed in range(50):
        env.reset(seed=seed)
        world = env.unwrapped
        world.max_steps = 10_000  # time to wander and to come back
        for _ in range(rng.integers(40)):
            *_, terminated, _, _ = env.step(rng.integers(7))
            if terminated:
                env.reset()
        for _ in range(200):
            was_open = [door.is_open for door in doors(world)]
            _, _, terminated, _, info = env.step(oracle.action(ONE)[0])
            assert all(
                door.is_open for door, opened in zip(doors(world), was_open, strict=True) if opened
            ), "the expert closed a door"
            if terminated:
                break
        assert info["is_success"]


def place(env, cell, direction):
    env.agent_pos, env.agent_dir = cell, direction


def test_the_optimal_actions_are_all_of_them_and_share_the_probability():
    env, oracle = make("MiniGrid-Empty-6x6-v0")  # walls around cells 1 to 4, the goal at (4, 4)
    env.reset(seed=0)
    planner = Planner(env.unwrapped)
    # At (4, 1) facing north: the goal is straight behind, so either turn is right.
    place(env.unwrapped, (4, 1), 3)
    assert np.flatnonzero(planner.wasted() == 0).tolist() == [0, 1]
    left, right = (np.exp(oracle.log_prob(ONE, np.array([action]))) for action in (0, 1))
    assert left == pytest.approx(right)
    assert left > 0.4  # two share what the five others, at e^-4 or less each, leave
    # At (1, 1) facing east: three steps, a turn, three steps make 7; going south first needs a
    # second turn; turning away must be undone as well; the rest stands still.
    place(env.unwrapped, (1, 1), 0)
    assert planner.wasted().tolist() == [2, 1, 0, 1, 1, 1, 1]
    assert oracle.action(ONE).tolist() == [2]


def test_log_prob_is_a_softmax_of_the_wasted_steps():
    env, oracle = make("MiniGrid-Empty-6x6-v0")
    env.reset(seed=0)
    # At (4, 3) facing south, the goal in front: one step. A turn and the way back waste two
    # steps, and whatever does nothing wastes one.
    place(env.unwrapped, (4, 3), 1)
    wasted = [2, 2, 0, 1, 1, 1, 1]
    assert Planner(env.unwrapped).wasted().tolist() == wasted
    total = sum(math.exp(-steps / TEMPERATURE) for steps in wasted)
    for action, steps in enumerate(wasted):
        expected = -steps / TEMPERATURE - math.log(total)
        assert oracle.log_prob(ONE, np.array([action])) == pytest.approx([expected])
        assert oracle.risk(ONE, np.array([action]), 1.0).tolist() == [float(steps > 0)]


def test_a_closed_door_is_opened_and_an_open_one_walked_through():
    env, oracle = make("MiniGrid-MultiRoom-N2-S4-v0")
    env.reset(seed=0)
    world = env.unwrapped
    while oracle.action(ONE)[0] != TOGGLE:
        env.step(oracle.action(ONE)[0])
    before = steps_by_enumeration(world)
    env.step(TOGGLE)
    assert doors(world)[0].is_open
    assert steps_by_enumeration(world) == before - 1
    assert Planner(world).wasted()[TOGGLE] == 2  # closing it and opening it again
    assert oracle.action(ONE)[0] == 2


def test_lava_is_walked_around():
    env, oracle = make("MiniGrid-LavaGapS5-v0")
    for seed in range(10):
        env.reset(seed=seed)
        terminated = False
        while not terminated:
            _, _, terminated, _, info = env.step(oracle.action(ONE)[0])
        assert info["is_success"]


def test_at_the_goal_there_is_nothing_left_to_do():
    env, oracle = make("MiniGrid-Empty-6x6-v0")
    env.reset(seed=0)
    place(env.unwrapped, (4, 4), 0)
    assert oracle.action(ONE).tolist() == [DONE]
    assert oracle.log_prob(ONE, np.array([DONE])) == pytest.approx([0.0])


def test_what_the_expert_has_no_plan_for_is_one_line():
    env, oracle = make("MiniGrid-DoorKey-5x5-v0")
    env.reset(seed=0)
    with pytest.raises(UserError, match=r"no plan for the (key|door).*human\.expert"):
        oracle.action(ONE)


def test_a_walled_in_agent_is_one_line():
    env, oracle = make("MiniGrid-Empty-6x6-v0")
    env.reset(seed=0)
    world = env.unwrapped
    for cell in ((1, 2), (2, 1), (2, 2)):
        world.grid.set(*cell, world.grid.get(0, 0))
    with pytest.raises(UserError, match="finds no way"):
        oracle.action(ONE)


def test_the_worlds_of_a_vector_environment_have_an_expert_each():
    config = MiniGridConfig()
    vector = gym.vector.SyncVectorEnv([lambda: MINIGRID.make(config, "train", None)] * 3)
    oracle = MINIGRID.oracle(vector, config)
    obs, _ = vector.reset(seed=7)
    singles = []
    for world in range(3):
        env, single = make(config.id)
        env.reset(seed=7 + world)
        singles.append(single.action(ONE)[0])
    assert oracle.action(obs).tolist() == singles
    assert oracle.log_prob(obs, np.array(singles)).shape == (3,)
