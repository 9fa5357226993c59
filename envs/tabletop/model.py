"""The table, the person, the obstacles and the arm, a gantry, as a MuJoCo model."""

from __future__ import annotations

import numpy as np

from envs.physics.worlds import Worlds
from envs.tabletop.motion import LAG, SUBSTEP
from envs.tabletop.scene import (
    GOAL,
    OBJECTS,
    OBSTACLE_COUNT,
    OBSTACLE_RADIUS,
    OBSTACLES,
    PERSON,
    PERSON_RADIUS,
    kind_of,
)

# kg that each slide moves, and kg m² about the tilting axis: each part and all that hangs on it.
_BRIDGE, _TROLLEY, _MAST, _HAND, _TURN = 4.0, 2.0, 1.5, 1.0, 0.01
_MASSES = {
    "x": _BRIDGE + _TROLLEY + _MAST + _HAND,
    "y": _TROLLEY + _MAST + _HAND,
    "z": _MAST + _HAND,
    "tilt": _TURN,
}
_TALL = 0.4  # m, of an obstacle with what is sunk in the table
_AWAY = -5.0  # m, the height at which what is not there is kept

_LOOKS = {
    "eggs": """
      <geom type="box" size=".06 .045 .022" rgba=".62 .58 .5 1" pos="0 0 -.022"/>
      <geom type="ellipsoid" size=".018 .018 .026" rgba=".97 .93 .86 1" pos="-.035 -.02 .008"/>
      <geom type="ellipsoid" size=".018 .018 .026" rgba=".93 .84 .72 1" pos="0 -.02 .008"/>
      <geom type="ellipsoid" size=".018 .018 .026" rgba=".97 .93 .86 1" pos=".035 -.02 .008"/>
      <geom type="ellipsoid" size=".018 .018 .026" rgba=".93 .84 .72 1" pos="-.035 .02 .008"/>
      <geom type="ellipsoid" size=".018 .018 .026" rgba=".97 .93 .86 1" pos="0 .02 .008"/>
      <geom type="ellipsoid" size=".018 .018 .026" rgba=".93 .84 .72 1" pos=".035 .02 .008"/>""",
    "knife": """
      <geom type="box" size=".011 .014 .04" rgba=".2 .16 .14 1" pos="0 0 -.02"/>
      <geom type="box" size=".004 .019 .075" rgba=".86 .89 .92 1" pos="0 0 .09"/>""",
    "tea": """
      <geom type="cylinder" size=".04 .042" rgba=".95 .95 .97 1"/>
      <geom type="cylinder" size=".034 .002" rgba=".62 .36 .12 1" pos="0 0 .042"/>""",
    "soup": """
      <geom type="cylinder" size=".065 .045" rgba=".45 .48 .53 1"/>
      <geom type="cylinder" size=".058 .002" rgba=".86 .5 .16 1" pos="0 0 .045"/>
      <geom type="box" size=".085 .012 .006" rgba=".2 .2 .22 1" pos="0 0 .03"/>""",
    "vase": """
      <geom type="ellipsoid" size=".045 .045 .055" rgba=".25 .45 .78 1" pos="0 0 -.01"/>
      <geom type="cylinder" size=".022 .03" rgba=".25 .45 .78 1" pos="0 0 .05"/>
      <geom type="cylinder" size=".032 .004" rgba=".9 .92 .96 1" pos="0 0 .08"/>""",
    "broken glass": """
      <geom type="cylinder" size=".033 .03" rgba=".65 .85 .9 .75" pos="0 0 -.02"/>
      <geom type="box" size=".003 .016 .035" rgba=".7 .88 .93 .85" pos="-.026 0 .03"/>
      <geom type="box" size=".014 .003 .05" rgba=".7 .88 .93 .85" pos=".008 .026 .04"/>
      <geom type="box" size=".012 .003 .022" rgba=".7 .88 .93 .85" pos="0 -.026 .02"/>""",
}

_AXES = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}


def _joint(name: str) -> str:
    if name == "tilt":
        # About -x, so that the upper end leans towards +y where the angle is positive.
        return '<joint name="tilt" type="hinge" axis="-1 0 0"/>'
    axis = " ".join(map(str, _AXES[name]))
    return f'<joint name="{name}" type="slide" axis="{axis}"/>'


def _inertia(mass: float) -> str:
    return f'<inertial pos="0 0 0" mass="{mass}" diaginertia="{_TURN} {_TURN} {_TURN}"/>'


_OBSTACLES = "".join(
    f"""
    <body name="obstacle{k}" mocap="true" pos="0 0 {_AWAY}">
      <geom type="cylinder" size="{OBSTACLE_RADIUS} {_TALL / 2}" rgba=".36 .58 .5 1"/>
    </body>"""
    for k in range(OBSTACLE_COUNT)
)

_CARRIED = "".join(
    f'\n    <body name="{name}" mocap="true" pos="0 0 {_AWAY}">{look}\n    </body>'
    for name, look in _LOOKS.items()
)

_SERVOS = "".join(
    f'\n    <velocity name="{name}" joint="{name}" kv="{mass / LAG!r}"/>'
    for name, mass in _MASSES.items()
)

XML = f"""
<mujoco model="tabletop">
  <compiler angle="radian" inertiafromgeom="false"/>
  <option timestep="{SUBSTEP}" integrator="implicitfast"/>
  <default>
    <geom contype="0" conaffinity="0"/>
  </default>
  <visual>
    <headlight ambient=".38 .38 .38" diffuse=".4 .4 .4" specular=".1 .1 .1"/>
    <quality shadowsize="2048"/>
    <map znear=".05"/>
  </visual>
  <asset>
    <texture name="sky" type="skybox" builtin="gradient" rgb1=".93 .95 .97" rgb2=".78 .82 .87"
      width="64" height="64"/>
    <texture name="wood" type="2d" builtin="checker" rgb1=".80 .68 .52" rgb2=".77 .65 .49"
      width="64" height="64"/>
    <material name="wood" texture="wood" texrepeat="9 5" specular=".1"/>
    <material name="steel" rgba=".55 .58 .63 1" specular=".4"/>
    <material name="dark" rgba=".25 .27 .31 1"/>
  </asset>
  <worldbody>
    <light pos="-.6 -1.2 2.4" dir=".25 .45 -1" diffuse=".55 .55 .55"/>
    <camera name="front" pos="0 -1.75 1.5" xyaxes="1 0 0 0 .62 .78" fovy="47"/>
    <geom name="floor" type="plane" size="4 4 .1" pos="0 0 -.75" rgba=".87 .87 .85 1"/>
    <geom name="table" type="box" size=".9 .5 .2" pos="0 0 -.2" material="wood"/>
    <geom type="box" size=".82 .42 .175" pos="0 0 -.575" rgba=".55 .45 .35 1"/>
    <geom type="capsule" fromto="-1 .8 -.01 1 .8 -.01" size=".03" material="steel"/>
    <body name="bridge" gravcomp="1">
      {_joint("x")}{_inertia(_BRIDGE)}
      <geom type="capsule" fromto="0 -.5 .9 0 .8 .9" size=".02" material="dark"/>
      <geom type="capsule" fromto="0 .8 0 0 .8 .9" size=".022" material="dark"/>
      <body name="trolley" gravcomp="1">
        {_joint("y")}{_inertia(_TROLLEY)}
        <geom type="box" size=".05 .05 .03" pos="0 0 .9" material="steel"/>
        <body name="mast" gravcomp="1">
          {_joint("z")}{_inertia(_MAST)}
          <geom type="capsule" fromto="0 0 .19 0 0 .95" size=".014" material="steel"/>
          <geom type="box" size=".075 .014 .01" pos="0 0 .19" material="dark"/>
          <geom type="box" size=".008 .014 .09" pos="-.082 0 .11" material="dark"/>
          <geom type="box" size=".008 .014 .09" pos=".082 0 .11" material="dark"/>
          <body name="hand" gravcomp="1">
            {_joint("tilt")}{_inertia(_HAND)}
            <geom type="cylinder" fromto="-.09 0 0 -.05 0 0" size=".014" material="dark"/>
            <geom type="cylinder" fromto=".05 0 0 .09 0 0" size=".014" material="dark"/>
          </body>
        </body>
      </body>
    </body>
    <body name="person" mocap="true" pos="0 0 {_AWAY}">
      <geom type="cylinder" size="{PERSON_RADIUS} .52" pos="0 0 -.23" rgba=".28 .42 .66 1"/>
      <geom type="ellipsoid" size="{PERSON_RADIUS} {PERSON_RADIUS} .07" pos="0 0 .29"
        rgba=".28 .42 .66 1"/>
      <geom type="cylinder" size=".04 .05" pos="0 0 .38" rgba=".87 .68 .55 1"/>
      <geom type="ellipsoid" size=".085 .09 .11" pos="0 0 .5" rgba=".87 .68 .55 1"/>
      <geom type="ellipsoid" size=".088 .093 .09" pos="0 .015 .545" rgba=".25 .17 .12 1"/>
    </body>
    <body name="goal" mocap="true" pos="0 0 {_AWAY}">
      <geom type="cylinder" size=".09 .003" rgba=".15 .65 .36 1"/>
    </body>{_OBSTACLES}{_CARRIED}
  </worldbody>
  <actuator>{_SERVOS}
  </actuator>
</mujoco>
"""


def place_scene(worlds: Worlds, w: int, obs: np.ndarray) -> None:
    """Put the person, the goal and the obstacles of an observation [31] into world w."""
    places = np.array([
        [*obs[PERSON], 0.0],
        [*obs[GOAL.start : GOAL.start + 2], 0.003],
        *([x, y, height - _TALL / 2] for x, y, height in obs[OBSTACLES].reshape(-1, 3)),
    ])  # fmt: skip
    worlds.mocap_pos[w, : len(places)] = places
    worlds.mocap_quat[w] = [1.0, 0.0, 0.0, 0.0]


def show_object(worlds: Worlds, scene: np.ndarray) -> None:
    """Put into each hand what it carries, by the observation [N, 31]; for pictures only."""
    first, row = 2 + OBSTACLE_COUNT, np.arange(len(scene))
    body = first + kind_of(scene)
    worlds.mocap_pos[:, first : first + len(OBJECTS)] = [0.0, 0.0, _AWAY]
    worlds.mocap_pos[row, body] = worlds.qpos[:, :3]
    half = worlds.qpos[:, 3] / 2.0
    still = np.zeros(len(scene))
    worlds.mocap_quat[row, body] = np.stack([np.cos(half), -np.sin(half), still, still], axis=1)
