"""MetaDrive's live objects, read into the arrays that the rollouts work on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from envs.jit import kernel
from envs.metadrive.lanes import LENGTH, LaneTable, lane_table, to_lane
from envs.metadrive.rollout import BRAKE_GAIN

_REACH = 80.0
"""Metres within which other objects count."""
_SIGHT = 45.0
"""Metres within which solid lines count."""
_ACROSS = 1.2
"""Metres from the middle of a lane within which a piece of solid line crosses the lane."""
_BLOCKED = 8
"""Crossing pieces that bar a road. In about one scenario in seven MetaDrive lays the edge of an
exit right across the route, and no one can pass; a driver who does not see the line ends the
episode there, one who sees it would wait in front of it until the time limit."""
_ROADS_BEHIND, _ROADS_AHEAD = 1, 5


class Scene(NamedTuple):
    """What surrounds the car at one moment.

    Attributes:
        lanes: [L, 10] lane table, `envs.metadrive.lanes`.
        window: [4] int64, the rows of the route that are near (first, last exclusive), the row
            before which lanes belong to the first road and that from which they belong to the last.
        lines: [K, 7] solid lines, which end the episode when touched, in the columns of `objects`.
        objects: [M, 7], `envs.metadrive.rollout`.
        car: [7].
        road: [2] int64, the rows of the present road (first, last exclusive).

    """

    lanes: np.ndarray
    window: np.ndarray
    lines: np.ndarray
    objects: np.ndarray
    car: np.ndarray
    road: np.ndarray


class Scenes:
    """Reads the scene of a MetaDrive world; the lanes only once a map."""

    def __init__(self) -> None:
        self._route: tuple[int, list[str]] | None = None
        self._table: LaneTable | None = None
        self._lines = np.empty((0, 7))

    def read(self, world: Any) -> Scene:
        """Return the scene around the agent of a ``SafeMetaDriveEnv``."""
        agent = world.agent
        navigation = agent.navigation
        route = (world.current_seed, list(navigation.checkpoints))
        if self._table is None or self._route != route:
            self._table, self._route = lane_table(navigation), route
            self._lines = _solid_lines(world, self._table)
        table = self._table
        starts = table.road_start
        here = navigation._target_checkpoints_index[0]
        first = starts[max(here - _ROADS_BEHIND, 0)]
        last = starts[min(here + 1 + _ROADS_AHEAD, len(starts) - 1)]
        return Scene(
            lanes=table.rows,
            window=np.array([first, last, starts[1], starts[-2]], np.int64),
            lines=self._lines[np.abs(self._lines[:, :2] - agent.position).max(axis=1) < _SIGHT],
            objects=_objects(world, agent, table),
            car=_car(agent),
            road=np.array([starts[here], starts[here + 1]], np.int64),
        )


def _car(agent: Any) -> np.ndarray:
    before, now = agent.last_heading_dir, agent.heading
    turned = np.arctan2(before[0] * now[1] - before[1] * now[0], np.dot(before, now))
    engine = 4.0 * agent.config["max_engine_force"] / agent.MASS
    brake = BRAKE_GAIN * agent.config["max_brake_force"]
    x, y = agent.position
    return np.array([x, y, agent.heading_theta, agent.speed, turned / 0.1, engine, brake], float)


def _objects(world: Any, agent: Any, table: LaneTable) -> np.ndarray:
    x, y = agent.position
    rows = []
    for other in world.engine.get_objects().values():
        if other is agent or not hasattr(other, "LENGTH"):
            continue
        ox, oy = other.position
        if abs(ox - x) > _REACH or abs(oy - y) > _REACH:
            continue
        lane = getattr(other, "lane", None)
        row = table.row_of.get(lane.index, -1) if lane is not None else -1
        rows.append(
            (ox, oy, other.heading_theta, other.speed, other.LENGTH / 2, other.WIDTH / 2, row)
        )
    return np.array(rows, float).reshape(len(rows), 7)


def _solid_lines(world: Any, table: LaneTable) -> np.ndarray:
    """[K, 7] the solid lines, as MetaDrive tests them for contact; none if they bar the road."""
    route = table.rows[: table.road_start[-1]]
    rows, crossing = [], 0
    for node in world.engine.physics_world.static_world.getGhosts():
        if "LINE_SOLID" not in node.getName():
            continue
        place = node.getTransform()
        x, y, heading = place.getPos()[0], place.getPos()[1], np.radians(place.getHpr()[0])
        size = node.getShape(0).getHalfExtentsWithMargin()
        crossing += _lies_across(route, x, y)
        rows.append((x, y, heading, 0.0, size[0], size[1], -1))
    return np.array(rows if crossing < _BLOCKED else [], float).reshape(-1, 7)


@kernel
def _lies_across(route: np.ndarray, x: float, y: float) -> bool:
    for row in range(len(route)):
        along, right = to_lane(route[row], x, y)
        if abs(right) < _ACROSS and 0.5 < along < route[row, LENGTH] - 0.5:
            return True
    return False
