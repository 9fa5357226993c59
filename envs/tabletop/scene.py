"""What is seen of the table-top, and scenes from a seed.

x runs along the table, y towards the side where the person stands, z up from the table-top, all in
metres. An observation [31] holds all that there is of a world: nothing that decides its future is
left out, and numbers are kept in the precision in which they are seen.
"""

from __future__ import annotations

import numpy as np

POSE = slice(0, 4)
"""x, y, z of the object's middle (m), and its tilt (rad): the angle by which its upper end leans
towards the person's side of the table."""

VELOCITY = slice(4, 8)
"""Of the pose: m/s and rad/s."""

GOAL = slice(8, 11)
PERSON = slice(11, 13)
OBSTACLES = slice(13, 22)
"""Three upright cylinders on the table: x, y and height of each."""

ATTRIBUTES = slice(22, 26)
START = slice(26, 30)
"""The pose in which the object was picked up."""

PROGRESS = 30
"""The share of the episode's steps that has been used up."""

OBS_SIZE = 31
ATTRIBUTE_NAMES = ("fragile", "sharp", "liquid", "heavy")

OBJECTS = {
    "eggs": (1, 0, 0, 0),
    "knife": (0, 1, 0, 0),
    "tea": (0, 0, 1, 0),
    "soup": (0, 0, 1, 1),
    "vase": (1, 0, 0, 1),
    "broken glass": (1, 1, 0, 0),
}
"""What is carried, with its attributes; each is as likely as the others."""

LOW = np.array([-0.8, -0.45, 0.05, -1.2])
HIGH = np.array([0.8, 0.45, 0.55, 1.2])
"""Bounds of the pose, which the arm's servo keeps."""

OBSTACLE_COUNT = 3
OBJECT_RADIUS = 0.05
OBSTACLE_RADIUS = 0.06
PERSON_RADIUS = 0.15
"""Of a ball about the object, of an obstacle, and of the person, an upright cylinder; metres."""

_APART = 0.22
"""Least distance between the middles of obstacles, and of these from start and goal; metres."""


def draw_scene(rng: np.random.Generator) -> np.ndarray:
    """[31] float32, the first observation of an episode."""
    obs = np.zeros(OBS_SIZE)
    start = np.array([rng.uniform(-0.73, -0.57), rng.uniform(-0.3, 0.3), 0.08, 0.0])
    start[3] = rng.uniform(-0.5, 0.5)
    goal = np.array([rng.uniform(0.57, 0.73), rng.uniform(-0.3, 0.3), 0.08])
    obs[POSE] = obs[START] = start
    obs[GOAL] = goal
    obs[PERSON] = rng.uniform(-0.35, 0.35), rng.uniform(0.5, 0.6)
    places = [start[:2], goal[:2]]
    while len(places) < 2 + OBSTACLE_COUNT:
        place = rng.uniform([-0.45, -0.35], [0.45, 0.25])
        if min(np.hypot(*(place - other)) for other in places) >= _APART:
            places.append(place)
    heights = rng.uniform(0.1, 0.3, OBSTACLE_COUNT)
    obs[OBSTACLES] = np.column_stack([np.array(places[2:]), heights]).ravel()
    obs[ATTRIBUTES] = list(OBJECTS.values())[int(rng.integers(len(OBJECTS)))]
    return obs.astype(np.float32)


def name_of(obs: np.ndarray) -> str:
    """[31] -> what the object is called."""
    return list(OBJECTS)[int(kind_of(obs))]


def kind_of(obs: np.ndarray) -> np.ndarray:
    """[..., 31] -> [...] int, the number of the object in `OBJECTS`."""
    wrong = np.abs(obs[..., None, ATTRIBUTES] - np.array(list(OBJECTS.values()))).sum(axis=-1)
    return wrong.argmin(axis=-1)


def to_person(obs: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Distance between object and person, in metres; below 0 they touch.

    Args:
        obs: [..., 31], for where the person stands.
        position: [..., 3] or more, of the object.

    """
    x = position[..., 0] - obs[..., PERSON.start]
    y = position[..., 1] - obs[..., PERSON.start + 1]
    return np.sqrt(x * x + y * y) - (PERSON_RADIUS + OBJECT_RADIUS)


def beside_obstacles(obs: np.ndarray, position: np.ndarray) -> np.ndarray:
    """[3, ...], how far the object's middle is from being right above each obstacle, in metres."""
    beside = []
    for k in range(OBSTACLES.start, OBSTACLES.stop, 3):
        x, y = position[..., 0] - obs[..., k], position[..., 1] - obs[..., k + 1]
        beside.append(np.maximum(np.sqrt(x * x + y * y) - OBSTACLE_RADIUS, 0.0))
    return np.stack(beside)


def above_obstacles(obs: np.ndarray, position: np.ndarray) -> np.ndarray:
    """[3, ...], how much higher the object's middle is than each obstacle, in metres."""
    tops = range(OBSTACLES.start + 2, OBSTACLES.stop, 3)
    return np.stack([position[..., 2] - obs[..., k] for k in tops])


def to_obstacles(beside: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Distances between object and obstacles, in metres, from the two functions above."""
    up = np.maximum(above, 0.0)
    return np.sqrt(beside * beside + up * up) - OBJECT_RADIUS
