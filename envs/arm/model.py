"""The arm, the table and the block in MJCF.

The links pass above the block and touch nothing; only the finger that hangs from them meets it. The
block lies on the table by its own weight, so it slides, turns and falls off as a real one does.
"""

from __future__ import annotations

from envs.arm import geometry as g

TABLE_FRICTION = 0.4
"""Coulomb's µ between the block and the table."""

FINGER_FRICTION = 0.6
"""Between the block and the finger."""

BLOCK_MASS, BLOCK_HEIGHT = 0.2, 0.05
"""kg, m."""

MAX_SPEED = 0.6
"""rad/s of either joint."""

BLOCK_REST = 0.0249
"""Height of the centre of a block that lies still, m: a little less than half its height, because
MuJoCo's contacts give way under its weight."""

TIMESTEP = 0.005
CAMERA = "above"

_HEIGHT = 0.09  # of the links above the table
_GAP = 0.013  # between the finger and the table


def mjcf(goal_radius: float) -> str:
    """Return the model, with a green disc of `goal_radius` m as the goal."""
    (left, near), (right, far) = g.TABLE
    return f"""
<mujoco model="arm">
  <option timestep="{TIMESTEP}" integrator="implicitfast" cone="elliptic" impratio="20"/>
  <compiler angle="radian"/>
  <visual>
    <headlight ambient=".5 .5 .5" diffuse=".2 .2 .2" specular="0 0 0"/>
    <quality shadowsize="4096"/>
  </visual>
  <default>
    <geom contype="0" conaffinity="0"/>
    <default class="link"><geom type="capsule" size=".022" rgba=".33 .41 .52 .5"/></default>
    <default class="joint"><geom type="cylinder" mass="0" rgba=".20 .24 .31 .5"/></default>
  </default>
  <worldbody>
    <light pos="-.5 .8 2" dir=".25 -.3 -1" directional="true" diffuse=".4 .4 .4" specular="0 0 0"/>
    <camera name="{CAMERA}" pos="0 .157 4" fovy="14"/>
    <geom type="plane" pos="0 0 -.15" size="4 4 .1" rgba=".90 .91 .92 1"/>
    <geom name="table" type="box" rgba=".82 .73 .60 1" contype="1" conaffinity="1"
      pos="{(left + right) / 2} {(near + far) / 2} -.02"
      size="{(right - left) / 2} {(far - near) / 2} .02" friction="{TABLE_FRICTION} .005 .0001"/>
    <geom type="cylinder" pos="{g.SHOULDER[0]} {g.SHOULDER[1]} -.04" size=".06 .11"
      rgba=".20 .24 .31 1"/>
    <body name="goal" mocap="true">
      <geom type="cylinder" size="{goal_radius} .0006" rgba=".18 .63 .36 1"/>
    </body>
    <body name="upper_arm" pos="{g.SHOULDER[0]} {g.SHOULDER[1]} {_HEIGHT}">
      <joint name="shoulder" axis="0 0 1"/>
      <geom class="joint" size=".045 .03"/>
      <geom class="link" fromto="0 0 0 {g.UPPER_ARM} 0 0" mass=".6"/>
      <body name="forearm" pos="{g.UPPER_ARM} 0 0">
        <joint name="elbow" axis="0 0 1" limited="true"
          range="{g.ELBOW_RANGE[0]} {g.ELBOW_RANGE[1]}"/>
        <geom class="joint" size=".03 .026"/>
        <geom class="link" size=".017" fromto="0 0 0 {g.FOREARM} 0 0" mass=".4"/>
        <geom name="finger" type="capsule" size="{g.FINGER_RADIUS}" mass=".05" rgba=".93 .45 .13 1"
          fromto="{g.FOREARM} 0 0 {g.FOREARM} 0 {_GAP + g.FINGER_RADIUS - _HEIGHT}"
          contype="2" conaffinity="2" friction="{FINGER_FRICTION} .005 .0001"/>
        <geom type="cylinder" size="{g.FINGER_RADIUS} .026" pos="{g.FOREARM} 0 0" mass="0"
          rgba=".93 .45 .13 1"/>
        <site name="finger" pos="{g.FOREARM} 0 {_GAP - _HEIGHT}" size=".004"/>
      </body>
    </body>
    <body name="block" pos="0 .3 {BLOCK_REST}">
      <freejoint name="block"/>
      <geom name="block" type="box" rgba=".20 .42 .76 1" contype="3" conaffinity="3"
        size="{g.BLOCK_HALF} {g.BLOCK_HALF} {BLOCK_HEIGHT / 2}" mass="{BLOCK_MASS}"
        friction="{TABLE_FRICTION} .005 .0001"/>
    </body>
  </worldbody>
  <actuator>
    <velocity joint="shoulder" kv="6" forcerange="-12 12"/>
    <velocity joint="elbow" kv="3" forcerange="-8 8"/>
  </actuator>
</mujoco>"""
