import batched_worlds
import gymnasium as gym
import numpy as np
import pytest
from frames import require_frames
from gymnasium.utils.env_checker import check_env

import envs  # noqa: F401  # registers coachable/Maze-v0
from envs.maze.batch import (
    HAZARD_RAYS,
    IN_HAZARD,
    POSITION,
    SIGHT,
    VELOCITY,
    WALL_RAYS,
    dense_reward,
)
from envs.maze.model import (
    DAMPING,
    FORCE,
    GOAL_RADIUS,
    HALF_WALL,
    HAZARD_RADIUS,
    MASS,
    RADIUS,
    TIMESTEP,
)
from envs.maze.task import MazeConfig, make, make_vec
from envs.physics.render import ALERT, SIZE
from teaching import UserError

CONFIG = MazeConfig()
EMPTY = MazeConfig(cells=6, openness=1.0, hazards=0)
SHORT = MazeConfig(horizon=9)


def random_actions(steps, worlds):
    return np.random.default_rng(0).uniform(-1, 1, (steps, worlds, 2))


def put(env, position, velocity=(0.0, 0.0), hazard=(50.0, 50.0)):
    """Put the mass and the hazards of the one world somewhere, and its goal far away."""
    env.reset(seed=0)
    batch = env.unwrapped.batch
    batch.worlds.qpos[0], batch.worlds.qvel[0] = position, velocity
    batch.hazards[0], batch.goal[0] = hazard, 100.0
    batch.begun(np.ones(1, bool))
    return batch.observe()[0]


def test_it_speeds_up_to_force_over_damping():
    env = make(EMPTY, "train")
    put(env, (-2.5, 0.0))
    # v' = (v + h F / m) / (1 + h d / m), damping taken implicitly; so v -> F / d, and
    # after k timesteps v = F / d (1 - r^k) with r = 1 / (1 + h d / m).
    r = 1 / (1 + TIMESTEP * DAMPING / MASS)
    x = -2.5
    for control_step in range(1, 31):
        env.step(np.array([1.0, 0.0]))
        for k in range(5 * control_step - 4, 5 * control_step + 1):
            x += TIMESTEP * FORCE / DAMPING * (1 - r**k)
        assert env.batch.worlds.qvel[0] == pytest.approx(
            [FORCE / DAMPING * (1 - r ** (5 * control_step)), 0.0], abs=1e-12
        )
        assert env.batch.worlds.qpos[0, 0] == pytest.approx(x, abs=1e-12)
    assert env.batch.worlds.qvel[0, 0] == pytest.approx(1.0, abs=1e-4)  # 4 N over 4 N s/m


def test_it_coasts_by_speed_times_mass_over_damping():
    env = make(EMPTY, "train")
    put(env, (0.0, 0.0), (0.6, -0.8))
    for _ in range(60):
        env.step(np.zeros(2))
    # sum over k of h v r^k = h v r / (1 - r) = v m / d, whatever the timestep is.
    assert env.batch.worlds.qpos[0] == pytest.approx([0.6 / 4, -0.8 / 4], abs=1e-8)


def test_a_wall_stops_it_and_does_not_brake_it_along_the_wall():
    env = make(EMPTY, "train")
    put(env, (2.5, -2.0))
    for _ in range(25):
        env.step(np.array([1.0, 1.0]))
    x, y = env.batch.worlds.qpos[0]
    # Its edge is at the face of the border, give or take the softness of the contact.
    assert x + RADIUS == pytest.approx(3 - HALF_WALL, abs=0.01)
    assert env.batch.worlds.qvel[0, 0] == pytest.approx(0.0, abs=1e-3)
    # Along the wall as in the open: the sum of the speeds in the first test.
    r = 1 / (1 + TIMESTEP * DAMPING / MASS)
    free = sum(TIMESTEP * (1 - r**k) for k in range(1, 126))
    assert y == pytest.approx(-2.0 + free, abs=1e-9)


def test_walls_keep_it_out_wherever_it_is_pushed():
    env = make_vec(MazeConfig(openness=0.0), "train", 30)
    env.reset(seed=0)
    pushes = np.sign(random_actions(60, 30))
    deepest = np.inf
    for row in np.repeat(pushes, 4, axis=0):
        env.step(row)
        x, y, along_y = np.moveaxis(env.batch.walls, -1, 0)
        half = np.where(along_y[..., None] == 1, [HALF_WALL, 0.5], [0.5, HALF_WALL])
        offset = np.abs(env.batch.worlds.qpos[:, None] - np.stack([x, y], axis=-1))
        gap = np.linalg.norm(np.maximum(offset - half, 0), axis=-1) - RADIUS
        deepest = min(deepest, gap.min())
        assert np.abs(env.batch.worlds.qpos).max() < 2 - HALF_WALL - RADIUS + 0.02
    assert -0.02 < deepest < 0.0  # walls were touched


def test_a_step_in_a_hazard_costs_one_and_the_penalty():
    env = make(MazeConfig(hazards=1), "train")
    for distance, cost in ((0.0, 1.0), (HAZARD_RADIUS - 0.01, 1.0), (HAZARD_RADIUS + 0.01, 0.0)):
        obs = put(env, (0.4, 0.5), hazard=(0.4, 0.5 + distance))
        assert obs[IN_HAZARD] == cost
        for step in range(1, 4):
            _, reward, _, _, info = env.step(np.zeros(2))
            assert (info["cost"], info["episode_cost"]) == (cost, step * cost)
            # The goal is out of reach of the numbers, which stop at a whole diagonal.
            assert reward == -1.0 - cost


def test_the_dense_reward_is_that_of_where_the_step_was_taken():
    env = make_vec(CONFIG, "train", 20)
    obs, _ = env.reset(seed=0)
    penalised = 0
    for row in np.repeat(random_actions(10, 20), 8, axis=0):
        position, goal = env.batch.worlds.qpos.copy(), env.batch.goal.copy()
        inside = env.batch.within_hazard(position)
        expected = -np.linalg.norm(goal - position, axis=1) / (4 * np.sqrt(2)) - inside  # 4 cells
        seen = obs
        obs, reward, *_ = env.step(row)
        assert reward == pytest.approx(expected, abs=1e-6)
        assert (reward == dense_reward(seen, CONFIG)).all()
        penalised += int(inside.sum())
    assert penalised > 0


def test_the_sparse_reward_is_one_at_the_goal():
    env = make(MazeConfig(reward="sparse"), "train")
    env.reset(seed=0)
    goal = env.batch.goal[0].copy()
    env.batch.worlds.qpos[0] = goal + np.array([GOAL_RADIUS + 0.05, 0.0])
    _, reward, terminated, truncated, info = env.step(np.zeros(2))
    assert (reward, terminated, truncated, info["is_success"]) == (0.0, False, False, False)
    env.batch.worlds.qpos[0] = goal + np.array([GOAL_RADIUS - 0.01, 0.0])
    _, reward, terminated, truncated, info = env.step(np.zeros(2))
    assert (reward, terminated, truncated, info["is_success"]) == (1.0, True, False, True)


def test_time_is_up_at_the_horizon():
    env = make(SHORT, "train")
    put(env, (0.0, 0.0))
    ends = [env.step(np.zeros(2))[2:] for _ in range(9)]
    assert [end[:2] for end in ends] == [(False, False)] * 8 + [(False, True)]
    assert ends[-1][2]["is_success"] is False


def test_the_rays_measure_walls_and_hazards_apart():
    env = make(MazeConfig(cells=3, openness=1.0, hazards=1), "train")
    obs = put(env, (-0.3, 0.1), (0.5, -0.25), hazard=(0.7, 0.1))
    assert obs[POSITION] == pytest.approx([-0.2, 0.1 / 1.5])
    assert obs[VELOCITY] == pytest.approx([0.5, -0.25])
    walls, hazards = obs[WALL_RAYS] * SIGHT, obs[HAZARD_RAYS] * SIGHT
    face = 1.5 - HALF_WALL  # of the border
    assert walls[[0, 4, 8, 12]] == pytest.approx([face + 0.3, face - 0.1, face - 0.3, face + 0.1])
    assert walls[[2, 6, 14]] == pytest.approx(
        np.minimum([(face - 0.1) * np.sqrt(2), (face - 0.3) * np.sqrt(2), 2.0], 2.0), rel=1e-5
    )
    # The hazard's middle is 1 m ahead. A ray 22.5 degrees off passes it at sin 22.5° = 0.38 m.
    assert hazards[0] == pytest.approx(1.0 - HAZARD_RADIUS)
    assert (hazards[1:] == SIGHT).all()
    assert (put(env, (-0.3, 0.1), hazard=(-0.3, 0.15))[HAZARD_RAYS] == 0.0).all()


def test_actions_beyond_the_stops_are_at_the_stops():
    courses = []
    for push in (1.0, 50.0):
        env = make(EMPTY, "train")
        put(env, (0.0, 0.0))
        courses.append([env.step(np.array([push, -push]))[0].tolist() for _ in range(3)])
    assert courses[0] == courses[1]


def test_the_splits_share_no_maze_and_a_seed_names_one():
    seen = {}
    for split in ("train", "validation", "test"):
        env = make(CONFIG, split)
        seen[split] = set()
        for seed in range(30):
            env.reset(seed=seed)
            seen[split].add(env.batch.hazards.tobytes() + env.batch.walls.tobytes())
        assert len(seen[split]) == 30
        assert (env.reset(seed=3)[0] == env.reset(seed=3)[0]).all()
        assert not (env.reset(seed=3)[0] == env.reset()[0]).all()
    assert len(set.union(*seen.values())) == 90


def test_gymnasium_and_sb3_accept_it():
    env = gym.make("coachable/Maze-v0")
    assert env.unwrapped.dt == 0.1
    check_env(env.unwrapped, skip_render_check=True)
    from stable_baselines3.common.env_checker import check_env as sb3_check_env

    sb3_check_env(env.unwrapped, skip_render_check=True)
    assert gym.make_vec("coachable/Maze-v0", num_envs=3, split="test").num_envs == 3


def test_a_world_does_not_depend_on_how_many_others_there_are_nor_on_its_place():
    batched_worlds.check_world_is_independent(
        lambda n: make_vec(SHORT, "train", n), random_actions(35, 9), least_ends=3
    )


def test_it_answers_as_single_environments_side_by_side():
    batched_worlds.check_layout(
        lambda: make(SHORT, "train"), lambda n: make_vec(SHORT, "train", n), random_actions(30, 4)
    )


@pytest.mark.parametrize("worlds", [1, 6])
def test_a_saved_state_goes_on_bit_for_bit_through_resets(worlds):
    batched_worlds.check_resumes(lambda n: make_vec(SHORT, "train", n), random_actions(40, worlds))


def test_a_restored_maze_is_seen_as_the_saved_one():
    env, other = make(CONFIG, "train"), make(CONFIG, "train")
    env.reset(seed=0)
    for row in random_actions(15, 1):
        env.step(row[0])
    other.load_state_dict(env.state_dict())
    assert (other.batch.observe() == env.batch.observe()).all()
    assert (other.batch.worlds.mocap_quat == env.batch.worlds.mocap_quat).all()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"cells": 2}, "cells"),
        ({"openness": 1.5}, "openness"),
        ({"hazards": 15}, "hazards"),  # of 16 cells, two are start and goal
        ({"reward": "geodesic"}, "reward"),
        ({"hazard_penalty": -1.0}, "hazard_penalty"),
        ({"horizon": 0}, "horizon"),
        ({"mazes": 0}, "mazes"),
        ({"maze_seed": -1}, "maze_seed"),
        ({"dt": 0.0}, "dt"),
    ],
)
def test_a_setting_out_of_range_is_one_line(change, word):
    with pytest.raises(UserError, match=f"env.{word}") as error:
        MazeConfig(**change)
    assert "\n" not in str(error.value)


def test_what_cannot_be_made_is_one_line():
    with pytest.raises(UserError, match="holdout"):
        make(CONFIG, "holdout")
    with pytest.raises(UserError, match="at least 1"):
        make_vec(CONFIG, "train", 0)
    with pytest.raises(UserError, match="human"):
        make(CONFIG, "train", "human")
    with pytest.raises(UserError, match="multiple"):
        make(MazeConfig(dt=0.05), "train")


def test_the_frame_shows_the_mass_and_who_steers():
    require_frames()
    env = make(CONFIG, "test", "rgb_array")
    env.reset(seed=0)
    frame = env.render()
    assert frame.shape == (SIZE, SIZE, 3)
    blue = (frame[..., 2] > 130) & (frame[..., 0] < 80) & (frame[..., 1] < 140)
    row, column = np.argwhere(blue).mean(axis=0)
    # The maze is 4.2 m wide with its border, a pixel about a hundredth of that.
    x, y = env.batch.worlds.qpos[0]
    scale = SIZE / (2 * (2 + 0.35))
    assert column == pytest.approx(SIZE / 2 + scale * x, abs=20)
    assert row == pytest.approx(SIZE / 2 - scale * (y + 0.12), abs=20)
    assert (frame == env.render()).all()
    env.show_takeover = True
    assert (env.render()[:5] == ALERT).all()
    assert not (frame[:5] == ALERT).all(axis=-1).any()


def test_mazes_that_are_counted_come_again_with_other_starts_in_every_split():
    config = MazeConfig(mazes=3, maze_seed=7)
    seen, starts = {}, set()
    for split in ("train", "validation", "test"):
        env = make(config, split)
        seen[split] = set()
        for seed in range(40):
            env.reset(seed=seed)
            batch = env.unwrapped.batch
            parts = (batch.walls, batch.hazards, batch.goal)
            seen[split].add(b"".join(part.tobytes() for part in parts))
            starts.add(batch.worlds.qpos.tobytes())
            assert not batch.in_hazard[0]
    assert seen["train"] == seen["validation"] == seen["test"]
    assert len(seen["train"]) == 3
    assert len(starts) == 120
    other = make(MazeConfig(mazes=3, maze_seed=8), "train")
    other.reset(seed=0)
    assert other.unwrapped.batch.walls.tobytes() + other.unwrapped.batch.hazards.tobytes() not in {
        maze[: -other.unwrapped.batch.goal.nbytes] for maze in seen["train"]
    }


def test_counted_mazes_resume_bit_for_bit():
    config = MazeConfig(mazes=2, horizon=9)
    batched_worlds.check_resumes(lambda n: make_vec(config, "train", n), random_actions(40, 3))
