import importlib
import os
import subprocess
import sys

import batched_worlds
import numpy as np
import pytest
from frames import require_frames
from gymnasium import spaces

from envs.batched import BatchEnv, BatchVectorEnv
from envs.physics import library, opengl
from envs.physics.batch import PhysicsBatch
from envs.physics.render import ALERT, SIZE, Picture
from envs.physics.worlds import Worlds
from teaching import UserError

MASS, DAMPING, FORCE, H = 2.0, 0.5, 3.0, 0.01
XML = f"""
<mujoco>
  <option timestep="{H}"/>
  <worldbody>
    <light pos="0 0 4"/>
    <camera name="above" pos="0 0 6"/>
    <geom name="floor" type="plane" size="3 3 .1" rgba=".9 .9 .9 1"/>
    <body name="cart" pos="0 2 1">
      <joint name="rail" type="slide" axis="1 0 0" damping="{DAMPING}"/>
      <geom type="box" size=".1 .1 .1" mass="{MASS}" group="1" rgba="0 0 1 1"/>
    </body>
    <body name="ball" pos="0 0 .3">
      <freejoint/>
      <geom type="sphere" size=".2" mass="1" rgba="0 .6 0 1"/>
      <site name="skin" type="sphere" size=".21"/>
    </body>
    <body name="post" mocap="true" pos="2 0 1"><geom type="box" size=".1 .1 1"/></body>
  </worldbody>
  <actuator><motor joint="rail" gear="{FORCE}"/></actuator>
  <sensor><touch site="skin"/></sensor>
</mujoco>
"""
REST = np.ones(1, bool)


class Drop(PhysicsBatch):
    """A cart on a rail and a ball that falls; over when the cart is 0.2 m to the right."""

    name = "drop"
    observation_space = spaces.Box(-np.inf, np.inf, (6,), np.float32)
    action_space = spaces.Box(-1.0, 1.0, (1,), np.float32)

    def __init__(self, split="train", count=1, horizon=12, dt=0.05):
        super().__init__(Worlds(XML, count, dt, ("xpos", "sensordata")), split, horizon)

    def begin(self, w, rng):
        self.worlds.qpos[w, 1:4] = *rng.uniform(-1, 1, 2), rng.uniform(0.2, 0.5)

    def control(self, actions):
        return actions

    def judge(self):
        position = self.worlds.qpos[:, 0].copy()
        return position, position > 0.2

    def observe(self):
        cart, touch = self.worlds.qpos[:, :1], self.worlds.derived["sensordata"]
        columns = [cart, self.worlds.qvel[:, :1], self.worlds.derived["xpos"][:, 2], touch]
        return np.concatenate(columns, axis=1).astype(np.float32)

    def outcome(self):
        return {"is_success": self.worlds.qpos[:, 0] > 0.2}


def random_actions(steps, worlds):
    return np.random.default_rng(0).uniform(-1, 1, (steps, worlds, 1))


def make_vec(worlds):
    return BatchVectorEnv(Drop(count=worlds))


def test_a_control_step_is_that_many_timesteps_under_one_force():
    env = BatchEnv(Drop())
    env.reset(seed=0)
    x = v = 0.0
    for action in (1.0, -0.5, 3.0):  # the last is clipped to 1
        for _ in range(5):  # 0.05 s of 0.01 s each; damping implicit in the velocity
            v = (v + H * FORCE * min(action, 1.0) / MASS) / (1 + H * DAMPING / MASS)
            x += H * v
        obs, reward, *_ = env.step(np.array([action]))
        assert obs[:2] == pytest.approx([x, v], rel=1e-6)
        assert reward == pytest.approx(x, rel=1e-9)


def test_the_time_limit_cuts_off_and_the_end_of_the_task_terminates():
    env = BatchEnv(Drop(horizon=4))
    env.reset(seed=0)
    ends = [env.step(np.zeros(1))[2:4] for _ in range(4)]
    assert ends == [(False, False)] * 3 + [(False, True)]
    with pytest.raises(UserError, match="reset"):
        env.step(np.zeros(1))
    env.reset()
    env.batch.worlds.qpos[0, 0] = 0.3
    assert env.step(np.zeros(1))[2:4] == (True, False)


def test_derived_fields_are_those_of_the_state_now():
    batch = Drop(count=2)
    for w in (0, 1):
        batch.seed(w, w)
    batch.start(np.ones(2, bool))
    for _ in range(3):
        batch.step(np.ones((2, 1)))
        assert (batch.worlds.derived["xpos"][:, 1, 0] == batch.worlds.qpos[:, 0]).all()
    batch.worlds.qpos[:, 0] = 1.25
    batch.worlds.refresh(np.array([False, True]))
    assert batch.worlds.derived["xpos"][1, 1, 0] == 1.25
    assert batch.worlds.derived["xpos"][0, 1, 0] != 1.25


def test_a_ball_at_rest_presses_with_its_weight():
    batch = Drop(horizon=1000)
    batch.seed(0, 0)
    batch.start(REST)
    for _ in range(60):
        batch.step(np.zeros((1, 1)))
    assert batch.worlds.derived["sensordata"][0, 0] == pytest.approx(9.81, rel=1e-3)  # 1 kg
    batch.worlds.qpos[0, 3] = 1.0  # into the air; nothing is left of what pressed before
    batch.worlds.refresh()
    assert batch.worlds.derived["sensordata"][0, 0] == 0.0


def test_a_world_does_not_depend_on_how_many_others_there_are_nor_on_its_place():
    batched_worlds.check_world_is_independent(make_vec, random_actions(40, 9), least_ends=3)


def test_it_answers_as_single_environments_side_by_side():
    batched_worlds.check_layout(lambda: BatchEnv(Drop()), make_vec, random_actions(40, 4))


@pytest.mark.parametrize("worlds", [1, 5])
def test_a_saved_state_goes_on_bit_for_bit_through_contacts_and_resets(worlds):
    batched_worlds.check_resumes(make_vec, random_actions(40, worlds))


def test_a_restored_world_is_the_saved_one_forces_and_warm_starts_included():
    batch, other = Drop(count=3), Drop(count=3)
    for w in range(3):
        batch.seed(w, w)
    batch.start(np.ones(3, bool))
    for _ in range(10):
        batch.step(np.ones((3, 1)))
    assert (batch.worlds.derived["sensordata"] > 0).any()
    assert batch.worlds.bind("qacc_warmstart").any()
    other.load_state_dict(batch.state_dict())
    for name, value in batch.worlds.arrays().items():
        assert (other.worlds.arrays()[name] == value).all()
    assert (other.observe() == batch.observe()).all()


def test_the_splits_share_no_episode_and_a_seed_names_one():
    starts = {}
    for split in ("train", "validation", "test"):
        env = BatchEnv(Drop(split))
        starts[split] = {env.reset(seed=seed)[0].tobytes() for seed in range(20)}
        assert len(starts[split]) == 20
        assert env.reset(seed=3)[0].tobytes() == env.reset(seed=3)[0].tobytes()
    assert not starts["train"] & starts["validation"]
    assert not (starts["train"] | starts["validation"]) & starts["test"]


def test_rays_stop_at_the_groups_that_they_are_cast_at():
    worlds = Drop(count=2).worlds
    worlds.reset(np.ones(2, bool))
    worlds.mocap_pos[1, 0, 0] = 1.0
    worlds.qpos[:, 1] = 5.0  # the ball, out of the way
    distance, geom = worlds.rays(np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0]))
    # The post's near side is 0.1 m before its middle, at 2 m and at 1 m.
    assert distance[:, 0] == pytest.approx([1.9, 0.9])
    assert (geom[:, 0] == worlds.model.body("post").geomadr[0]).all()
    distance, geom = worlds.rays(np.array([-1.0, 2.0, 1.0]), np.array([1.0, 0.0, 0.0]), groups=(0,))
    assert (distance == -1).all()  # the cart is in group 1
    assert (geom == -1).all()


def test_what_cannot_be_done_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MuJoCo logs instabilities where it runs
    for dt in (0.0, 0.004, 0.025):
        with pytest.raises(UserError, match="multiple"):
            Drop(dt=dt)
    with pytest.raises(UserError, match="at least 1"):
        Drop(count=0)
    with pytest.raises(UserError, match="holdout"):
        Drop("holdout")
    env = make_vec(2)
    env.reset(seed=0)
    for wrong in (np.zeros(2), np.zeros((2, 2)), np.full((2, 1), "x")):
        with pytest.raises(UserError, match=r"shape \(2, 1\)"):
            env.step(wrong)
    with pytest.raises(UserError, match="finite"):
        env.step(np.array([[0.0], [np.nan]]))
    with pytest.raises(UserError, match="drop state"):
        make_vec(3).load_state_dict(env.state_dict())
    env.batch.worlds.qvel[1] = np.nan
    with pytest.raises(UserError, match="world 1 became unstable"):
        env.step(np.zeros((2, 1)))


def frame_of(seed, takeover=False, steps=3):
    batch = Drop()
    env = BatchEnv(batch, Picture("rgb_array", batch, "above", lambda: "a line").draw)
    env.reset(seed=seed)
    for _ in range(steps):
        env.step(np.ones(1))
    env.show_takeover = takeover
    return env.render()


def test_frames_are_the_same_every_time_and_show_the_first_world():
    require_frames()
    frame = frame_of(0)
    assert frame.shape == (SIZE, SIZE, 3)
    assert frame.dtype == np.uint8
    assert (frame == frame_of(0)).all()
    assert (frame != frame_of(1)).any()
    # The camera looks down from 6 m with 45 degrees: the cart at (x, 2, 1) is above the middle.
    blue = (frame[..., 2] > 150) & (frame[..., :2] < 100).all(axis=-1)
    assert blue.any()
    assert np.flatnonzero(blue.any(axis=1)).max() < SIZE / 2


def test_a_picture_does_not_change_the_world():
    require_frames()
    batch = Drop()
    picture = Picture("rgb_array", batch, "above")
    batch.seed(0, 0)
    batch.start(REST)
    for _ in range(8):
        batch.step(np.ones((1, 1)))
    before = batch.state_dict()
    picture.draw(False)
    assert all((before[name] == value).all() for name, value in batch.state_dict().items())


def test_a_takeover_is_shown():
    require_frames()
    corner = (slice(0, 5), slice(0, 5))
    assert (frame_of(0, takeover=True)[corner] == ALERT).all()
    assert not (frame_of(0)[corner] == ALERT).all(axis=-1).any()


def test_a_render_mode_that_does_not_exist_is_one_line():
    with pytest.raises(UserError, match="rgb_array, got 'human'"):
        Picture("human", Drop(), "above")


def test_physics_runs_and_pictures_are_refused_where_the_chosen_opengl_is_missing():
    program = (
        "import numpy; from test_physics import Drop, Picture; from teaching import UserError\n"
        "batch = Drop(); batch.seed(0, 0); batch.start(numpy.ones(1, bool))\n"
        "batch.step(numpy.ones((1, 1))); assert batch.worlds.qpos[0, 0] > 0\n"
        "try: Picture('rgb_array', batch, 'above')\n"
        "except UserError as error: print(error)\n"
    )
    paths = os.pathsep.join([os.getcwd(), "tests", "tests/envs"])
    environment = os.environ | {"MUJOCO_GL": "nonsense", "PYTHONPATH": paths}
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.count("\n") == 1
    assert "`make libraries`" in run.stdout
    assert "unset MUJOCO_GL" in run.stdout


def test_whatever_the_library_raises_when_its_opengl_is_missing_does_not_reach_a_user(monkeypatch):
    real, tries = importlib.import_module, []

    def missing(name):
        tries.append(os.environ.get("MUJOCO_GL"))
        if tries[-1] != "disable":
            raise AttributeError("'NoneType' object has no attribute 'glGetError'")
        return real(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    monkeypatch.setenv("MUJOCO_GL", "osmesa")
    assert library.load().__name__ == "mujoco"
    assert tries == ["osmesa", "disable"]
    assert os.environ["MUJOCO_GL"] == "osmesa"


@pytest.mark.parametrize(
    ("chosen", "working", "expected"),
    [
        ("", {"egl", "osmesa"}, "egl"),
        ("", {"osmesa"}, "osmesa"),
        ("osmesa", {"egl"}, "osmesa"),
        ("", set(), "make libraries"),
        ("off", {"egl"}, "make libraries"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system has one way")
def test_without_a_choice_it_is_what_works(monkeypatch, chosen, working, expected):
    monkeypatch.setenv("MUJOCO_GL", chosen)
    monkeypatch.setattr(opengl, "_works", working.__contains__)
    find = opengl.backend.__wrapped__
    if expected in ("egl", "osmesa"):
        assert find() == expected
    else:
        with pytest.raises(UserError, match=expected):
            find()
