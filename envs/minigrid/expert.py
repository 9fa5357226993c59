"""The shortest-path expert: it knows the whole grid and the number of steps that each action costs.

A state is (x, y, direction) plus which doors are open. The cost-to-go is found backwards from the
goals by Dijkstra's algorithm, with turning and walking at one step each and a closed door at two
(toggle, then walk). Doors passed on the way are never closed again on a shortest path, so one table
for each set of open doors is exact.
"""

from __future__ import annotations

import math
from heapq import heappop, heappush
from typing import Any

import numpy as np

from teaching import Oracle, UserError

LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE, DONE = range(7)
NUM_ACTIONS = 7
HEADING = ((1, 0), (0, 1), (-1, 0), (0, -1))  # east, south, west, north, as MiniGrid numbers them

TEMPERATURE = 0.25
"""Of the expert's action distribution, in steps: one wasted step is e^-4 as likely as none."""

PREFERENCE = (FORWARD, TOGGLE, LEFT, RIGHT)
"""Which optimal action the expert takes where several are: it walks on rather than turns."""

State = tuple[int, int, int]


class Layout:
    """The grid of one episode and its tables of distances.

    Args:
        grid: MiniGrid's grid; kept, because its doors change under the expert's eyes.

    Raises:
        UserError: the grid holds what the expert has no plan for (keys, balls, boxes, locks).

    """

    def __init__(self, grid: Any):
        self.grid = grid
        self.free: set[tuple[int, int]] = set()
        self.lava: set[tuple[int, int]] = set()
        self.goals: list[tuple[int, int]] = []
        self.doors: dict[tuple[int, int], Any] = {}
        self._tables: dict[tuple[bool, ...], dict[State, int]] = {}
        for index, thing in enumerate(grid.grid):
            self._place((index % grid.width, index // grid.width), thing)

    def _place(self, cell: tuple[int, int], thing: Any) -> None:
        kind = "empty" if thing is None else thing.type
        if kind in ("empty", "floor", "goal", "door"):
            self.free.add(cell)
        if kind == "goal":
            self.goals.append(cell)
        elif kind == "lava":
            self.lava.add(cell)
        elif kind == "door" and not thing.is_locked:
            self.doors[cell] = thing
        elif kind not in ("empty", "floor", "wall"):
            raise UserError(
                f"the shortest-path expert has no plan for the {kind} at {cell}: it knows walls, "
                "unlocked doors, lava and goals; choose another env.id or set human.expert"
            )

    def open_doors(self) -> tuple[bool, ...]:
        """Which doors are open now."""
        return tuple([door.is_open for door in self.doors.values()])

    def distances(self, is_open: tuple[bool, ...]) -> dict[State, int]:
        """Steps to the nearest goal from every state that has a way, for this set of open doors."""
        table = self._tables.get(is_open)
        if table is None:
            table = self._tables[is_open] = self._search(is_open)
        return table

    def _search(self, is_open: tuple[bool, ...]) -> dict[State, int]:
        closed = {door for door, opened in zip(self.doors, is_open, strict=True) if not opened}
        distance: dict[State, int] = {}
        queue: list[tuple[int, State]] = [(0, (*cell, d)) for cell in self.goals for d in range(4)]
        while queue:
            steps, state = heappop(queue)
            if state in distance:
                continue
            distance[state] = steps
            x, y, d = state
            dx, dy = HEADING[d]
            for before, cost in (
                ((x, y, (d + 1) % 4), 1),
                ((x, y, (d - 1) % 4), 1),
                ((x - dx, y - dy, d), 2 if (x, y) in closed else 1),
            ):
                if before not in distance and before[:2] in self.free:
                    heappush(queue, (steps + cost, before))
        return distance


class Planner:
    """Costs of the actions in one MiniGrid environment as it stands now."""

    def __init__(self, env: Any):
        self.env = env
        self._layout: Layout | None = None

    def wasted(self) -> np.ndarray:
        """[7] float64: steps that each action adds to the shortest way; 0 where it is optimal.

        Infinite for a step into lava; 0 for ``done`` and infinite for the others at the goal.

        Raises:
            UserError: no goal can be reached.

        """
        env = self.env
        if self._layout is None or self._layout.grid is not env.grid:
            self._layout = Layout(env.grid)
        layout = self._layout
        is_open = layout.open_doors()
        now = layout.distances(is_open)
        x, y, d = int(env.agent_pos[0]), int(env.agent_pos[1]), int(env.agent_dir)
        here = now.get((x, y, d))
        if here is None:
            raise UserError(
                f"the shortest-path expert finds no way from ({x}, {y}) to a goal; set human.expert"
            )
        after = np.full(NUM_ACTIONS, float(here))
        if here == 0:
            after[:] = math.inf
            after[DONE] = -1.0
        else:
            after[LEFT] = now[x, y, (d - 1) % 4]
            after[RIGHT] = now[x, y, (d + 1) % 4]
            self._front(layout, now, is_open, (x, y, d), after)
        return after + 1 - here

    @staticmethod
    def _front(
        layout: Layout,
        now: dict[State, int],
        is_open: tuple[bool, ...],
        state: State,
        after: np.ndarray,
    ) -> None:
        """Costs-to-go after walking into, or toggling, what is in front."""
        x, y, d = state
        front = (x + HEADING[d][0], y + HEADING[d][1])
        if front in layout.lava:
            after[FORWARD] = math.inf
        door = layout.doors.get(front)
        if front in layout.free and (door is None or door.is_open):
            after[FORWARD] = now[(*front, d)]
        if door is not None:
            index = list(layout.doors).index(front)
            toggled = (*is_open[:index], not is_open[index], *is_open[index + 1 :])
            after[TOGGLE] = layout.distances(toggled)[state]


class ShortestPath:
    """The expert of N worlds.

    Args:
        envs: N MiniGrid environments, unwrapped.

    """

    def __init__(self, envs: list[Any]):
        self._planners = [Planner(env) for env in envs]

    def oracle(self) -> Oracle:
        """The expert in the form that simulated humans take."""
        return Oracle(action=self.action, log_prob=self.log_prob, risk=self.risk)

    def action(self, obs: np.ndarray) -> np.ndarray:
        """[N, O...] -> [N] int64, an optimal action; the observations are not read."""
        return np.array([_choose(planner.wasted()) for planner in self._planners], dtype=np.int64)

    def log_prob(self, obs: np.ndarray, action: np.ndarray) -> np.ndarray:
        """[N, O...], [N] -> [N] float64, log of exp(-wasted / TEMPERATURE), normalised.

        A Boltzmann-rational expert (Ziebart et al. 2008) over the steps that each action wastes:
        optimal actions share the most mass equally.
        """
        rows = []
        for planner, chosen in zip(self._planners, action, strict=True):
            logits = -planner.wasted() / TEMPERATURE
            rows.append(logits[int(chosen)] - math.log(np.exp(logits).sum()))
        return np.array(rows)

    def risk(self, obs: np.ndarray, action: np.ndarray, horizon: float) -> np.ndarray:
        """[N, O...], [N], seconds -> [N] float64: 1 where the action wastes a step, otherwise 0.

        A grid world has no other failure than not getting there, whatever the horizon.
        """
        return np.array(
            [
                float(planner.wasted()[int(chosen)] > 0)
                for planner, chosen in zip(self._planners, action, strict=True)
            ]
        )


def _choose(wasted: np.ndarray) -> int:
    for action in PREFERENCE:
        if wasted[action] == 0:
            return action
    return DONE
