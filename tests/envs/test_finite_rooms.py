import numpy as np
import pytest

from envs.finite import solve
from envs.finite.env import FiniteEnv
from envs.finite.rooms import cells, four_rooms, four_rooms_off_policy, room_features
from envs.finite.task import FiniteConfig


def test_there_are_the_published_104_cells_and_four_doors():
    free = {tuple(cell) for cell in cells().tolist()}
    assert len(free) == 104
    # A door is a free cell between two walls, with free cells on its other two sides.
    across = [
        (x, y)
        for x, y in free
        if {(x - 1, y), (x + 1, y)} <= free and not {(x, y - 1), (x, y + 1)} & free
    ]
    upright = [
        (x, y)
        for x, y in free
        if {(x, y - 1), (x, y + 1)} <= free and not {(x - 1, y), (x + 1, y)} & free
    ]
    assert sorted(across) == [(6, 2), (6, 9)] and sorted(upright) == [(2, 6), (9, 5)]


def test_the_way_from_the_corner_to_the_eastern_door_has_fourteen_steps():
    mdp = four_rooms(0.9)
    (goal,) = np.flatnonzero(mdp.terminal)
    start = int(mdp.initial.argmax())
    assert cells()[start].tolist() == [1, 11] and cells()[goal].tolist() == [9, 5]
    # Through the northern door at height 9: 8 cells to the east and 6 down; the reward comes last.
    assert solve.optimal_q(mdp)[start].max() == pytest.approx(0.9 ** (8 + 6 - 1))


def test_a_slip_goes_off_at_a_right_angle():
    mdp = four_rooms(slip=0.2)
    place = {tuple(cell): s for s, cell in enumerate(cells().tolist())}
    here = place[(3, 3)]
    right = mdp.transition[here, 0]
    assert right[place[(4, 3)]] == pytest.approx(0.8)
    assert right[place[(3, 4)]] == right[place[(3, 2)]] == pytest.approx(0.1)


def test_the_features_are_a_plane_in_each_room():
    features, mdp = room_features(), four_rooms()
    assert features.shape == (104, 12) and np.linalg.matrix_rank(features) == 12
    rooms = (features.reshape(104, 4, 3)[:, :, 0] == 1).sum(axis=1)
    assert (rooms == ~mdp.terminal).all()
    x, y = cells().T
    first = features[:, 0] == 1
    assert features[first, 1] * 3 == pytest.approx(x[first] - x[first].min() - 2)
    assert not features[mdp.terminal].any()
    assert np.ptp(y[first]) == 5  # five rows and the door above them


def test_the_target_policy_takes_the_shortest_way():
    problem = four_rooms_off_policy(0.9)
    v = solve.policy_v(problem.mdp, problem.target)
    assert v == pytest.approx(solve.optimal_v(problem.mdp))
    assert (problem.behaviour == 0.25).all()


def test_the_picture_has_walls_where_no_state_is():
    env = FiniteEnv(FiniteConfig(id="four_rooms"), render_mode="rgb_array")
    env.reset(seed=0)
    frame = env.render()
    assert frame.shape == (13 * 48, 13 * 48, 3)
    wall = frame[24, 24]
    place = {tuple(cell) for cell in cells().tolist()}
    for x in range(13):
        for y in range(13):
            middle = frame[(12 - y) * 48 + 40, x * 48 + 40]
            assert (middle == wall).all() == ((x, y) not in place), (x, y)
