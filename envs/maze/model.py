"""The maze in MJCF: a point mass, walls and hazards that each episode puts in place, a goal."""

from __future__ import annotations

TIMESTEP = 0.02
MASS = 1.0
"""kg."""
FORCE = 4.0
"""N along each axis, at an action of 1."""
DAMPING = 4.0
"""N s/m: 1 m/s at most along each axis, and MASS / DAMPING = 0.25 s to get there or to stop."""
TOP_SPEED = FORCE / DAMPING
RADIUS = 0.1
"""m, of the point mass."""
HALF_WALL = 0.05
"""m, half the thickness of a wall."""
HAZARD_RADIUS = 0.2
GOAL_RADIUS = 0.25

WALLS, MARKS = 0, 1
"""Groups of geoms: what stops the mass and the rays, and what does not."""

_WALL = (
    '<body name="wall{0}" mocap="true" pos="0 0 -5">'
    f'<geom class="wall" size="{0.5 + HALF_WALL} {HALF_WALL} .15"/></body>'
)
_HAZARD = (
    '<body name="hazard{0}" mocap="true" pos="0 0 -5">'
    f'<geom class="mark" size="{HAZARD_RADIUS} .005" rgba=".92 .33 .2 1"/></body>'
)


def mjcf(cells: int, walls: int, hazards: int) -> str:
    """Return the model of a maze of so many cells a side, with its inner walls out of the way."""
    half = cells / 2
    view = half + 0.35  # m from the middle of the picture to its edge; the caption takes the rest
    sides = "".join(
        f'<geom class="wall" pos="{x * half} {y * half} .15" '
        f'size="{HALF_WALL + half * abs(y)} {HALF_WALL + half * abs(x)} .15"/>'
        for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1))
    )
    moved = "".join(_WALL.format(k) for k in range(walls))
    moved += "".join(_HAZARD.format(k) for k in range(hazards))
    return f"""
<mujoco model="maze">
  <option timestep="{TIMESTEP}"><flag gravity="disable"/></option>
  <visual>
    <headlight ambient=".4 .4 .4" diffuse=".25 .25 .25" specular="0 0 0"/>
    <quality shadowsize="1024" offsamples="0"/>
    <map znear=".01" zfar="50"/>
  </visual>
  <asset>
    <texture name="tiles" type="2d" builtin="checker" rgb1=".95 .95 .93" rgb2=".88 .88 .86"
      width="256" height="256"/>
    <texture name="sky" type="skybox" builtin="flat" rgb1=".78 .8 .83" rgb2=".78 .8 .83"
      width="32" height="192"/>
    <material name="tiles" texture="tiles" texrepeat="{cells / 2} {cells / 2}"/>
  </asset>
  <default>
    <default class="wall">
      <geom type="box" group="{WALLS}" contype="0" conaffinity="1" condim="1" solref=".04 1"
        rgba=".3 .34 .42 1"/>
    </default>
    <default class="mark">
      <geom type="cylinder" group="{MARKS}" contype="0" conaffinity="0"/>
    </default>
  </default>
  <worldbody>
    <light pos="{-half} {half} {4 * half}" dir=".25 -.25 -1" directional="true"
      diffuse=".35 .35 .35" specular="0 0 0"/>
    <camera name="above" mode="fixed" pos="0 -.12 {5.4 * view}" fovy="21"/>
    <geom type="box" group="{MARKS}" contype="0" conaffinity="0" pos="0 0 -.05"
      size="{half} {half} .05" material="tiles"/>
    {sides}
    <body name="mass" pos="0 0 {RADIUS}">
      <joint name="x" type="slide" axis="1 0 0" damping="{DAMPING}"/>
      <joint name="y" type="slide" axis="0 1 0" damping="{DAMPING}"/>
      <geom type="sphere" group="{MARKS}" size="{RADIUS}" mass="{MASS}" contype="1" conaffinity="0"
        condim="1" rgba=".16 .42 .86 1"/>
    </body>
    {moved}
    <body name="goal" mocap="true" pos="0 0 -5">
      <geom class="mark" size="{GOAL_RADIUS} .004" rgba=".2 .68 .36 1"/>
    </body>
  </worldbody>
  <actuator>
    <motor joint="x" gear="{FORCE}" ctrlrange="-1 1"/>
    <motor joint="y" gear="{FORCE}" ctrlrange="-1 1"/>
  </actuator>
</mujoco>
"""
