import numpy as np
import pytest

from envs.maze.batch import GOAL, HAZARD_RAYS, POSITION, SIGHT, VELOCITY, WALL_RAYS
from envs.maze.env import MazeVectorEnv
from envs.maze.manner import LEAD, MANNER, adjust, holds, lateness, lead, measure
from envs.maze.task import MAZE
from simulated_humans import comparing_manners

WORLDS = 16


def seen(count=1):
    """In the open, at rest."""
    obs = np.zeros((count, 39))
    obs[:, WALL_RAYS] = obs[:, HAZARD_RAYS] = 1.0
    obs[:, GOAL] = 0.8
    return obs


def test_what_is_measured_is_speed_the_nearest_thing_close_by_and_calm():
    obs = seen(3)
    obs[1, VELOCITY] = 0.3, 0.4
    obs[2, HAZARD_RAYS.start + 4] = 0.1  # on the ray along y
    amounts = measure(obs, np.array([[0.0, 0.0], [0.5, -0.2], [0.5, 0.1]]))
    assert amounts[:, 0] == pytest.approx([0.0, 0.5, 0.0])
    assert np.isnan(amounts[:2, 1]).all() and amounts[2, 1] == pytest.approx(0.1 * SIGHT)
    assert amounts[:, 2] == pytest.approx([0.0, -0.5, -0.3])


def test_contexts_hold_close_by_a_hazard_and_near_the_goal():
    obs = seen(3)
    obs[1, HAZARD_RAYS.start] = 0.2
    obs[2, GOAL] = 0.1, -0.1
    assert holds(obs).tolist() == [[False, False], [True, False], [False, True]]


def test_actions_are_adjusted_along_the_way_and_away_from_what_is_close():
    obs = seen(2)
    obs[0, VELOCITY] = 0.0, 0.5
    obs[1, HAZARD_RAYS.start] = 0.1  # on the ray along x
    faster = adjust(obs, np.zeros((2, 2)), np.zeros((2, 2)), np.array([[1.0, 0, 0]] * 2))
    assert faster[0] == pytest.approx([0.0, 0.4]) and not faster[1].any()
    wider = adjust(obs, np.zeros((2, 2)), np.zeros((2, 2)), np.array([[0, 1.0, 0]] * 2))
    assert not wider[0].any() and wider[1] == pytest.approx([-0.5, 0.0])
    calm = adjust(obs, np.ones((2, 2)), np.zeros((2, 2)), np.array([[0, 0, 1.0]] * 2))
    assert calm == pytest.approx(0.5)


def rolled(amounts):
    """The pilot on some mazes, so much otherwise, and by itself."""
    env = MazeVectorEnv(num_worlds=WORLDS)
    obs, _ = env.reset(seed=5)
    oracle = MAZE.oracle(env, env.config)
    right = [oracle.episode(w) for w in range(WORLDS)]
    rows, done, before = [[] for _ in range(WORLDS)], np.zeros(WORLDS, bool), np.zeros((WORLDS, 2))
    while not done.all():
        action = adjust(obs, oracle.action(obs), before, np.tile(amounts, (WORLDS, 1)))
        for w in np.flatnonzero(~done):
            rows[w].append((obs[w], action[w]))
        obs, _, terminated, truncated, _ = env.step(action)
        done |= terminated | truncated
        before = action
    mine = [tuple(np.stack(part) for part in zip(*r, strict=True)) for r in rows]
    pairs = zip(mine, right, strict=True)
    found = np.nanmean([comparing_manners.deviations(MANNER, m, r)[0] for m, r in pairs], axis=0)
    return found, mine, right


@pytest.mark.parametrize("quality", [0, 1])
def test_more_of_a_quality_is_more_of_it_as_the_corrector_sees_it(quality):
    amounts = np.zeros(3)
    amounts[quality] = 1.5
    more, _, right = rolled(amounts)
    less, _, _ = rolled(-amounts)
    assert more[quality] > 0.5 and less[quality] < -0.5
    same = rolled(np.zeros(3))[0]
    assert same == pytest.approx(np.zeros(3), abs=0.05)
    assert lateness(right[0], right[0]) == pytest.approx(0.0, abs=1e-3)


def test_a_turn_that_is_taken_later_is_found_and_led():
    def way(turn):
        """1 m along x, a quarter turn after so many more metres, and on along y."""
        x = np.arange(0.0, 3.0, 0.08)
        heading = np.pi / 2 / (1 + np.exp(-(x - 1.2 - turn) / 0.1))
        obs = seen(len(x))
        obs[:, VELOCITY] = 0.8 * np.stack([np.cos(heading), np.sin(heading)], axis=1)
        obs[:, POSITION] = 0.0
        return obs, np.zeros((len(x), 2))

    assert lateness(way(0.25), way(0.0)) == pytest.approx(0.25, abs=0.02)
    assert MANNER.marks[0].beside(way(0.25), way(0.0)) == pytest.approx(-0.25, abs=0.02)
    led = lead(seen(), np.array([[0.5, 0.2]]), np.array([[0.4, 0.2]]), np.array([[1.0]]))
    assert led == pytest.approx(np.array([[0.5 + LEAD / 0.1 * 0.1, 0.2]]))
