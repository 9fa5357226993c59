"""The arm and the block against mechanics by hand."""

import math

import numpy as np
import pytest

from envs.arm import geometry as g
from envs.arm.batch import ArmBatch
from envs.arm.model import MAX_SPEED, TABLE_FRICTION, TIMESTEP, mjcf
from envs.arm.pusher import joints
from envs.arm.task import ArmConfig
from envs.physics.worlds import Worlds

GRAVITY = 9.81


def one(block, finger, yaw=0.0):
    """A world with the block and the finger at given places, and its goal out of the way."""
    batch = ArmBatch(ArmConfig(), "train", 1)
    batch.start(np.ones(1, bool))
    batch.place(0, g.inverse(np.array(finger)), np.array(block), yaw, np.array([-0.4, 0.6]))
    return batch


def test_forward_kinematics_is_trigonometry_and_the_site_of_the_model():
    poses = np.array([[0.4, 0.9], [1.2, 2.0], [2.5, 0.5], [-0.5, 2.6]])
    worlds = Worlds(mjcf(0.04), len(poses), 0.1, ("site_xpos",))
    worlds.qpos[:, :2] = poses
    worlds.refresh()
    for pose, tip, site in zip(poses, g.forward(poses), worlds.derived["site_xpos"], strict=True):
        shoulder, elbow = pose
        # Two links of 0.4 m from a shoulder at (0, -0.15); the elbow's angle is from the upper arm.
        x = 0.4 * math.cos(shoulder) + 0.4 * math.cos(shoulder + elbow)
        y = -0.15 + 0.4 * math.sin(shoulder) + 0.4 * math.sin(shoulder + elbow)
        assert tip == pytest.approx([x, y], abs=1e-12)
        assert site.reshape(-1)[:2] == pytest.approx([x, y], abs=1e-9)


def test_inverse_kinematics_undoes_forward():
    rng = np.random.default_rng(0)
    places = rng.uniform([-0.3, 0.05], [0.3, 0.5], (200, 2))  # the furthest is 0.72 m off
    angles = g.inverse(places)
    assert np.abs(g.forward(angles) - places).max() < 1e-12
    assert (angles[:, 1] > g.ELBOW_RANGE[0]).all()
    assert (angles[:, 1] < g.ELBOW_RANGE[1]).all()
    # Out of reach straight ahead: stretched, pointing at it.
    assert g.inverse(np.array([0.0, 5.0])) == pytest.approx([math.pi / 2, 0.0])


def test_the_jacobian_is_the_derivative_of_the_kinematics():
    angles, tiny = np.array([0.7, 1.4]), 1e-6
    for joint in range(2):
        step = tiny * np.eye(2)[joint]
        slope = (g.forward(angles + step) - g.forward(angles - step)) / (2 * tiny)
        assert g.jacobian(angles)[:, joint] == pytest.approx(slope, abs=1e-9)


def test_joints_reach_the_speed_that_an_action_asks_for():
    batch = one((0.3, 0.5), (-0.2, 0.3))
    for _ in range(3):
        batch.step(np.array([[-0.5, 0.5]]))
    # Half of 0.6 rad/s, after three steps of 0.1 s.
    assert batch.state().speeds[0] == pytest.approx([-0.3, 0.3], rel=0.03)


@pytest.mark.parametrize("direction", [0.0, 0.6, math.pi / 2])
@pytest.mark.parametrize("speed", [0.3, 0.5, 1.0])
def test_a_sliding_block_stops_where_friction_says(speed, direction):
    heading = np.array([math.cos(direction), math.sin(direction)])
    batch = one((0.0, 0.3), (-0.3, 0.05))
    batch.worlds.qvel[0, 2:4] = speed * heading
    batch.worlds.advance(200)
    way = batch.state().block[0] - [0.0, 0.3]
    # v²/(2µg); the simulator brakes first and moves then, which takes off half a timestep's way.
    expected = speed**2 / (2 * TABLE_FRICTION * GRAVITY) - speed * TIMESTEP / 2
    assert way @ heading == pytest.approx(expected, rel=0.03)
    assert abs(way @ [-heading[1], heading[0]]) < 0.02 * expected
    assert np.linalg.norm(batch.state().velocity) < 1e-3


def pushed(offset):
    """Push away from the arm (+y) at 0.15 m/s, `offset` m to the right of the block's middle."""
    batch = one((0.0, 0.25), (offset, 0.19))
    for _ in range(70):  # 0.7 s; for longer, a push with one finger does not stay straight
        angles = batch.state().angles
        sideways = 20.0 * (offset - g.forward(angles)[0, 0])  # back to the line, with its load
        batch.worlds.ctrl[0] = MAX_SPEED * joints(angles, np.array([[sideways, 0.15]]))[0]
        batch.worlds.advance(2)
    return batch.state()


def test_a_block_pushed_through_its_middle_goes_ahead_of_the_finger():
    state = pushed(0.0)
    finger, block = g.forward(state.angles)[0], state.block[0]
    assert block[1] > 0.29
    # A face half the block's side ahead of its middle, and the finger's radius between.
    assert block[1] - finger[1] == pytest.approx(0.035 + 0.012, abs=1e-3)
    assert abs(block[0]) < 0.05 * (block[1] - 0.25)  # straight ahead, to 3 degrees
    assert abs(state.yaw[0]) < 0.05


def test_a_block_goes_as_far_as_the_finger_goes_on_after_touching_it():
    state = pushed(0.0)
    way = g.forward(state.angles)[0, 1] - 0.19
    gap = (0.25 - 0.035) - (0.19 + 0.012)
    assert state.block[0, 1] - 0.25 == pytest.approx(way - gap, abs=1e-3)


@pytest.mark.parametrize("offset", [-0.015, 0.015])
def test_a_push_off_the_middle_turns_the_block_and_sends_it_to_the_other_side(offset):
    # The torque of a force (0, F) at (d, .) is d·F: counter-clockwise, positive, to the right.
    state = pushed(offset)
    assert np.sign(state.yaw[0]) == np.sign(offset)
    assert abs(state.yaw[0]) > 0.1
    assert np.sign(state.block[0, 0]) == -np.sign(offset)


def test_links_pass_over_the_block():
    start = g.inverse(np.array([0.2, 0.45]))
    # Where the middle of the forearm will be after the shoulder has turned by 0.4 rad.
    turned = start + np.array([0.4, 0.0])
    elbow = g.SHOULDER + 0.4 * np.array([math.cos(turned[0]), math.sin(turned[0])])
    block = (elbow + g.forward(turned)) / 2
    batch = one(block, (0.2, 0.45))
    for _ in range(20):
        batch.step(np.array([[0.8, 0.0]]))  # 0.8 · 0.6 rad/s · 2 s = 0.96 rad
    assert batch.state().angles[0, 0] > turned[0] + 0.4
    assert np.abs(batch.state().block[0] - block).max() < 1e-4
