from collections import deque

import numpy as np
import pytest

from envs.maze.batch import GOAL, HAZARD_RAYS
from envs.maze.layout import borders, centre, draw_layout, number_of_walls
from envs.maze.model import HAZARD_RADIUS
from envs.maze.planner import SPEED, STEP, Planner
from envs.maze.task import MAZE, MazeConfig, make, make_vec

CONFIG = MazeConfig()


def steps_from(cell, walls, cells):
    """[cells²]: how many cells away each is, going round walls; by breadth first search."""
    stand = {tuple(wall) for wall in walls.tolist()}
    edges = borders(cells)
    beside = {k: [] for k in range(cells**2)}
    for (a, b), wall in zip(edges.cells.tolist(), edges.walls.tolist(), strict=True):
        if tuple(wall) not in stand:
            beside[a].append(b)
            beside[b].append(a)
    away, queue = {cell: 0}, deque([cell])
    while queue:
        here = queue.popleft()
        for there in beside[here]:
            if there not in away:
                away[there] = away[here] + 1
                queue.append(there)
    return away


def cell_of(position, cells):
    column, row = np.floor(np.asarray(position) + cells / 2).astype(int)
    return int(row * cells + column)


def test_borders_lie_between_the_cells_that_they_part():
    edges = borders(4)
    assert len(edges.cells) == 2 * 4 * 3
    middle = centre(edges.cells, 4).mean(axis=1)
    assert (edges.walls[:, :2] == middle).all()
    across = np.abs(np.diff(centre(edges.cells, 4), axis=1)[:, 0])
    assert (across == np.where(edges.walls[:, 2:] == 1, [1.0, 0.0], [0.0, 1.0])).all()


@pytest.mark.parametrize(("cells", "openness"), [(4, 0.4), (4, 0.0), (6, 0.2), (3, 1.0)])
def test_every_maze_can_be_walked_and_makes_one_walk(cells, openness):
    walls = number_of_walls(cells, openness)
    # A tree of c² cells leaves 2 c (c - 1) - (c² - 1) = (c - 1)² walls that may stand.
    assert walls == round((1 - openness) * (cells - 1) ** 2)
    hazards = cells**2 - 2
    for seed in range(40):
        layout = draw_layout(np.random.default_rng(seed), cells, walls, hazards)
        assert layout.walls.shape == (walls, 3)
        start, goal = cell_of(layout.start, cells), cell_of(layout.goal, cells)
        away = steps_from(start, layout.walls, cells)
        assert len(away) == cells**2
        assert away[goal] >= cells
        straight = np.abs(centre(np.array(start), cells) - centre(np.array(goal), cells)).sum()
        if openness < 0.5:
            assert away[goal] > straight
        homes = {cell_of(hazard, cells) for hazard in layout.hazards}
        assert homes == set(range(cells**2)) - {start, goal}  # one in each other cell


def test_half_of_the_hazards_lie_on_a_shortest_way():
    for seed in range(20):
        layout = draw_layout(np.random.default_rng(seed), 5, number_of_walls(5, 0.2), 4)
        start, goal = cell_of(layout.start, 5), cell_of(layout.goal, 5)
        out, back = (steps_from(end, layout.walls, 5) for end in (start, goal))
        homes = [cell_of(hazard, 5) for hazard in layout.hazards]
        assert sum(out[home] + back[home] == out[goal] for home in homes) >= 2


def follow(make_policy, episodes=200, config=CONFIG):
    """Success and cost of `episodes` test episodes, [episodes] each."""
    env = make_vec(config, "test", 50)
    obs, _ = env.reset(seed=0)
    policy, left = make_policy(env), np.full(50, episodes // 50)
    success, cost = [], []
    while left.any():
        obs, _, terminated, truncated, info = env.step(policy(obs))
        for w in np.flatnonzero((terminated | truncated) & (left > 0)):
            left[w] -= 1
            success.append(info["final_info"]["is_success"][w])
            cost.append(info["final_info"]["episode_cost"][w])
    return np.array(success), np.array(cost)


def test_the_pilot_arrives_and_keeps_out_of_hazards():
    success, cost = follow(lambda env: MAZE.oracle(env, CONFIG).action)
    assert len(success) == 200
    assert success.mean() >= 0.98
    assert cost.mean() <= 0.05


def test_who_walks_straight_to_the_goal_does_not_arrive():
    def straight(obs):
        return obs[:, GOAL] / np.linalg.norm(obs[:, GOAL], axis=1, keepdims=True)

    success, _ = follow(lambda env: straight, 100)
    assert success.mean() <= 0.1


def test_who_moves_at_random_does_not_arrive():
    rng = np.random.default_rng(0)
    success, cost = follow(lambda env: lambda obs: rng.uniform(-1, 1, (len(obs), 2)), 100)
    assert success.mean() <= 0.1
    assert cost.mean() > 1.0


def test_who_takes_the_shortest_way_walks_into_hazards():
    def blind(env):
        planner, worlds = Planner(env.batch, see_hazards=False), env.batch.worlds
        return lambda obs: planner.action(worlds.qpos, worlds.qvel)

    success, cost = follow(blind, 100)
    assert success.mean() >= 0.98
    assert (cost > 0).mean() > 0.2


def open_field(hazards=0):
    env = make(MazeConfig(cells=6, openness=1.0, hazards=hazards), "train")
    env.reset(seed=0)
    return env, env.batch


def place(batch, position, velocity=(0.0, 0.0)):
    batch.worlds.qpos[0], batch.worlds.qvel[0] = position, velocity
    batch.begun(np.ones(1, bool))


def test_in_the_open_the_way_is_as_long_as_on_an_empty_grid():
    _, batch = open_field()
    planner = Planner(batch)
    planner.action(batch.worlds.qpos, batch.worlds.qvel)
    goal = planner._nodes[np.argmin(((planner._nodes - batch.goal[0]) ** 2).sum(axis=1))]
    inner = np.abs(planner._nodes).max(axis=1) < 2.7  # further out, walls make a way dearer
    columns, rows = (np.abs(planner._nodes - goal) / STEP).round().T
    octile = STEP * (np.maximum(columns, rows) + (np.sqrt(2) - 1) * np.minimum(columns, rows))
    assert planner._to_go[0, inner] == pytest.approx(octile[inner])


def test_the_pilot_keeps_its_speed():
    env, batch = open_field()
    batch.goal[0] = (2.5, 0.0)
    batch.layout[0] = 1  # another maze
    place(batch, (-2.5, 0.0))
    oracle = MAZE.oracle(env, env.config)
    for _ in range(20):
        env.step(oracle.action(batch.observe())[0])
    assert batch.worlds.qvel[0] == pytest.approx([SPEED, 0.0], abs=0.02)


def test_the_pilot_finds_its_way_out_of_a_hazard():
    env, batch = open_field(hazards=1)
    batch.hazards[0, 0], batch.goal[0] = (0.0, 0.0), (2.5, 0.5)
    batch.layout[0] = 1
    place(batch, (-0.05, -0.05))
    oracle = MAZE.oracle(env, env.config)
    costs = []
    for _ in range(60):
        _, _, terminated, _, info = env.step(oracle.action(batch.observe())[0])
        costs.append(info["cost"])
        if terminated:
            break
    assert info["is_success"]
    assert 0 < sum(costs) <= 6  # 0.28 m at most to its edge on the far side, at 0.8 m/s
    assert costs == sorted(costs, reverse=True)  # never in again


def test_the_risk_is_whether_the_pilot_comes_too_late():
    env, batch = open_field(hazards=1)
    batch.goal[0], batch.layout[0] = (2.5, 0.0), 1
    oracle = MAZE.oracle(env, env.config)
    push, back = np.array([[1.0, 0.0]]), np.array([[-1.0, 0.0]])

    def risk(edge, action, horizon=3.0, velocity=0.0):
        batch.hazards[0, 0] = (edge + HAZARD_RADIUS, 0.0)
        batch.layout[0] += 1
        place(batch, (0.0, 0.0), (velocity, 0.0))
        before = batch.state_dict()
        answer = oracle.risk(batch.observe(), action, horizon)
        assert all((before[name] == value).all() for name, value in batch.state_dict().items())
        return answer.tolist()

    # From rest, half a second of full force goes t - τ (1 - exp(-t / τ)) = 0.28 m, τ = 0.25 s.
    assert risk(0.2, push) == [1.0]
    assert risk(0.2, back) == [0.0]
    assert risk(1.0, push) == [0.0]
    assert risk(0.2, push, horizon=0.1) == [0.0]  # 0.02 m
    # At 1 m/s it goes 0.5 m in half a second.
    assert risk(0.45, push, velocity=1.0) == [1.0]
    assert risk(0.45, push) == [0.0]
    assert risk(-0.1, back) == [1.0]  # it is in it


def test_the_pilot_of_a_restored_world_acts_as_that_of_the_saved_one():
    env, other = make_vec(CONFIG, "train", 3), make_vec(CONFIG, "train", 3)
    obs, _ = env.reset(seed=1)
    other.reset(seed=9)
    ours, theirs = MAZE.oracle(env, CONFIG), MAZE.oracle(other, CONFIG)
    theirs.action(obs)
    for _ in range(30):
        obs, *_ = env.step(ours.action(obs))
    other.load_state_dict(env.state_dict())
    for _ in range(60):
        action = ours.action(obs)
        assert (theirs.action(obs) == action).all()
        obs, *_ = env.step(action)
        other.step(action)
    assert obs[:, HAZARD_RAYS].min() >= 0


def test_only_a_dense_reward_can_be_told_from_what_is_seen():
    env = make(CONFIG, "train")
    obs, _ = env.reset(seed=0)
    reward = MAZE.oracle(env, CONFIG).reward(obs[None], np.zeros((1, 2)))
    assert reward[0] == env.step(np.zeros(2))[1]
    sparse = MazeConfig(reward="sparse")
    assert MAZE.oracle(make(sparse, "train"), sparse).reward is None


def test_progress_is_the_way_that_a_step_gains_and_changes_nothing():
    """In the open, right and left of a goal far to the right, at rest and on the move.

    From speed v a step of force 4 u N goes Σ_k .02 (u (1 - r^k) + v r^k) m, r = 1 / 1.08, k to 5.
    """
    open_ = MazeConfig(cells=6, openness=1.0, hazards=0)
    env = make(open_, "train")
    env.reset(seed=0)
    batch, oracle = env.unwrapped.batch, MAZE.oracle(env, open_)
    batch.goal[0] = (2.5, 0.0)
    r = np.array([1 / 1.08]) ** np.arange(1, 6)
    for speed, push in ((0.0, 1.0), (0.0, -1.0), (0.8, 0.5), (0.8, -1.0), (0.8, 0.8)):
        batch.worlds.qpos[0], batch.worlds.qvel[0] = (0.0, 0.0), (speed, 0.0)
        before = batch.state_dict()
        gained = oracle.progress(batch.observe(), np.array([[push, 0.0]]))
        assert all((before[name] == value).all() for name, value in batch.state_dict().items())
        expected = 0.02 * (push * (1 - r) + speed * r).sum() / (SPEED * 0.1)
        assert gained == pytest.approx([expected], abs=0.02)
    assert expected == pytest.approx(1.0)  # at its pace the pilot gains a step's worth


def test_progress_adds_up_to_the_way_gained():
    env = make_vec(CONFIG, "train", 5)
    obs, _ = env.reset(seed=4)
    batch, oracle = env.unwrapped.batch, MAZE.oracle(env, CONFIG)
    planner, total = Planner(batch), np.zeros(5)
    first = planner.to_go(batch.worlds.qpos)
    for row in np.repeat(np.random.default_rng(1).uniform(-1, 1, (8, 5, 2)), 5, axis=0):
        total += oracle.progress(obs, row)
        obs, *_ = env.step(row)
    gained = first - planner.to_go(batch.worlds.qpos)
    assert total * SPEED * 0.1 == pytest.approx(gained, abs=1e-9)
    assert np.isfinite(gained).all()
