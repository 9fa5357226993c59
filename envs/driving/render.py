"""Pictures of a world, for people: heading up, the car low in the frame, the road ahead of it."""

from __future__ import annotations

import math
import os
import sys
from typing import Any

import numpy as np

from envs.driving.constants import (
    ALONG,
    BOX_HALF_LENGTH,
    BOX_HALF_WIDTH,
    BOX_HEADING,
    BOX_X,
    BOX_Y,
    CAR_HEADING,
    CAR_KIND,
    CAR_X,
    CAR_Y,
    CROSS_REACH,
    DT,
    HALF_LENGTH,
    HALF_ROAD,
    HALF_WIDTH,
    HEADING,
    LANE_WIDTH,
    PHEADING,
    PX,
    PY,
    SPEED,
    TO_CENTRE,
    S,
    X,
    Y,
)
from envs.driving.roads import Roads
from envs.driving.worlds import Worlds
from teaching import UserError

SIZE = 600
_FINE = 2  # drawn twice as large and scaled down, which smooths the edges
_PIXELS = 10.0 * _FINE  # a metre
_EGO_AT = (0.5, 0.74)
_BEHIND, _AHEAD = 40, 100
_SIGHT = 60.0  # metres; what is farther away is off the picture

GRASS, ASPHALT, PAINT, ROUTE = (96, 128, 84), (74, 77, 84), (232, 232, 226), (86, 118, 156)
EGO, CAR, CROSSER, PARKED, CONE = (
    (38, 166, 91), (214, 162, 52), (196, 110, 60), (120, 126, 140), (240, 104, 40),
)  # fmt: skip
GLASS, HUD, ALERT = (40, 48, 60), (24, 26, 30), (226, 52, 60)


class Picture:
    """Draws one world with pygame; without a display unless the mode is "human".

    Raises:
        UserError: an unknown mode, no pygame, or, when drawing, no display to show a window on.

    """

    def __init__(self, mode: str) -> None:
        if mode not in ("rgb_array", "human"):
            raise UserError(f"render_mode must be rgb_array or human, got {mode!r}")
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        try:
            import pygame
        except ImportError:
            raise UserError("pictures need pygame: pip install pygame") from None
        self._pygame: Any = pygame
        self._human = mode == "human"
        self._window: Any = None  # opened with the first picture
        pygame.font.init()
        self._font = pygame.font.Font(None, 24)
        self._large = pygame.font.Font(None, 34)
        self._canvas = pygame.Surface((SIZE * _FINE, SIZE * _FINE))

    def _open(self) -> Any:
        displays = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
        headless = sys.platform == "linux" and not any(os.environ.get(d) for d in displays)
        try:
            if headless:
                raise self._pygame.error("neither DISPLAY nor WAYLAND_DISPLAY is set")
            self._pygame.display.init()
            window = self._pygame.display.set_mode((SIZE, SIZE))
        except self._pygame.error as error:
            raise UserError(
                f"render_mode=human needs a display ({error}); use render_mode=rgb_array"
            ) from None
        self._pygame.display.set_caption("coachable: driving")
        return window

    def draw(self, roads: Roads, worlds: Worlds, w: int, takeover: bool) -> np.ndarray | None:
        """Return the frame [SIZE, SIZE, 3] uint8, or show it in the window and return None."""
        self._aim(worlds.ego[w])
        self._canvas.fill(GRASS)
        self._road(roads, int(worlds.road[w]), float(worlds.ego[w, S]))
        self._things(roads, worlds, w)
        frame = self._pygame.transform.smoothscale(self._canvas, (SIZE, SIZE))
        self._instruments(frame, roads, worlds, w)
        if takeover:
            self._banner(frame)
        if not self._human:
            return np.ascontiguousarray(self._pygame.surfarray.array3d(frame).swapaxes(0, 1))
        if self._window is None:
            self._window = self._open()
        self._pygame.event.pump()
        self._window.blit(frame, (0, 0))
        self._pygame.display.flip()
        return None

    def close(self) -> None:
        """Close the window, if there is one."""
        if self._window is not None:
            self._pygame.display.quit()
            self._window = None

    def _aim(self, ego: np.ndarray) -> None:
        """Set the camera: the car at a fixed place, its heading up."""
        self._origin = ego[[X, Y]].copy()
        c, s = math.cos(ego[HEADING]), math.sin(ego[HEADING])
        # Forward (c, s) is up (-y on a screen); left (-s, c) is left.
        self._turn = np.array([[s, -c], [-c, -s]]) * _PIXELS
        self._shift = np.array(_EGO_AT) * SIZE * _FINE

    def _is_far(self, thing: np.ndarray) -> bool:
        return bool(np.abs(thing[:2] - self._origin).max() > _SIGHT)  # x and y come first

    def _to_screen(self, points: np.ndarray) -> np.ndarray:
        """Metres [n, 2] to pixels of the canvas [n, 2]."""
        return (np.asarray(points) - self._origin) @ self._turn.T + self._shift

    def _polygon(self, colour: tuple[int, int, int], points: np.ndarray) -> None:
        self._pygame.draw.polygon(self._canvas, colour, self._to_screen(points).tolist())

    def _line(self, colour: tuple[int, int, int], points: np.ndarray, width: float) -> None:
        pixels = max(1, round(width * _PIXELS))
        self._pygame.draw.lines(
            self._canvas, colour, False, self._to_screen(points).tolist(), pixels
        )

    def _road(self, roads: Roads, road: int, s: float) -> None:
        first = max(0, int(s) - _BEHIND)
        last = min(int(roads.length[road]), int(s) + _AHEAD)
        points = roads.points[road, first : last + 1]
        self._side_roads(roads, road)
        left, right = _beside(points, HALF_ROAD), _beside(points, -HALF_ROAD)
        self._polygon(ASPHALT, np.concatenate([left, right[::-1]]))
        to_goal = points[: max(2, int(roads.goal[road]) - first + 1)]
        self._line(ROUTE, to_goal[:, [PX, PY]], 1.1)
        opening = _opening(int(roads.crossing[road, 3]) - first, len(points))
        for part in opening:
            for d in (-LANE_WIDTH, LANE_WIDTH):
                self._line(PAINT, _beside(points[part], d), 0.15)
        for k in range(-first % 6, len(points) - 3, 6):
            self._line(PAINT, points[k : k + 4, [PX, PY]], 0.15)
        self._goal(roads.points[road, int(roads.goal[road])])

    def _side_roads(self, roads: Roads, road: int) -> None:
        x, y, heading, s = roads.crossing[road]
        if s > 0:
            reach = np.array([-CROSS_REACH, CROSS_REACH])
            line = np.stack([x + reach * np.cos(heading), y + reach * np.sin(heading)], axis=1)
            aside = HALF_ROAD * np.array([-np.sin(heading), np.cos(heading)])
            self._polygon(ASPHALT, np.concatenate([line + aside, (line - aside)[::-1]]))
            self._line(PAINT, line, 0.12)
        x, y, radius, present = roads.ring[road]
        if present:
            centre = self._to_screen(np.array([[x, y]]))[0]
            outer, inner = (radius + HALF_ROAD) * _PIXELS, (radius - HALF_ROAD) * _PIXELS
            self._pygame.draw.circle(self._canvas, ASPHALT, centre, outer)
            self._pygame.draw.circle(self._canvas, GRASS, centre, inner)

    def _goal(self, point: np.ndarray) -> None:
        """A chequered line across the road where the route ends."""
        if self._is_far(point):
            return
        side = 2 * LANE_WIDTH / 10
        for row in range(2):
            for k in range(10):
                along = point[[PX, PY]] + (row - 1) * side * _direction(point[PHEADING])
                across = _direction(point[PHEADING] + np.pi / 2)
                corner = along + (k * side - LANE_WIDTH) * across
                ahead = side * _direction(point[PHEADING])
                square = [corner, corner + ahead, corner + ahead + side * across]
                colour = PAINT if (row + k) % 2 else HUD
                self._polygon(colour, np.array([*square, corner + side * across]))

    def _things(self, roads: Roads, worlds: Worlds, w: int) -> None:
        road = worlds.road[w]
        for box in roads.boxes[road, : roads.box_count[road]]:
            if self._is_far(box):
                continue
            if box[BOX_HALF_LENGTH] < 1.0:
                self._box(box[[BOX_X, BOX_Y]], 0.0, 0.3, 0.3, CONE)
                self._box(box[[BOX_X, BOX_Y]], 0.0, 0.12, 0.12, PAINT)
            else:
                half = box[BOX_HALF_LENGTH], box[BOX_HALF_WIDTH]
                self._car(box[[BOX_X, BOX_Y]], box[BOX_HEADING], PARKED, half)
        for car in worlds.cars[w]:
            if car[CAR_KIND] and not self._is_far(car):
                colour = CAR if car[CAR_KIND] == ALONG else CROSSER
                self._car(car[[CAR_X, CAR_Y]], car[CAR_HEADING], colour)
        ego = worlds.ego[w]
        self._car(ego[[X, Y]] + TO_CENTRE * _direction(ego[HEADING]), ego[HEADING], EGO)

    def _car(
        self,
        centre: np.ndarray,
        heading: float,
        colour: tuple[int, int, int],
        half: tuple[float, float] = (HALF_LENGTH, HALF_WIDTH),
    ) -> None:
        length, width = half
        ahead = _direction(heading)
        dark = (colour[0] // 2, colour[1] // 2, colour[2] // 2)
        self._box(centre, heading, length, width, dark)
        self._box(centre, heading, length - 0.12, width - 0.12, colour)
        self._box(centre + 0.55 * ahead, heading, 0.35, width - 0.28, GLASS)
        self._box(centre - 1.35 * ahead, heading, 0.25, width - 0.32, GLASS)

    def _box(
        self,
        centre: np.ndarray,
        heading: float,
        half_length: float,
        half_width: float,
        colour: tuple[int, int, int],
    ) -> None:
        ahead = half_length * _direction(heading)
        aside = half_width * _direction(heading + math.pi / 2)
        corners = [ahead + aside, ahead - aside, -ahead - aside, aside - ahead]
        self._polygon(colour, centre + np.array(corners))

    def _instruments(self, frame: Any, roads: Roads, worlds: Worlds, w: int) -> None:
        draw = self._pygame.draw
        ego, (steering, throttle) = worlds.ego[w], worlds.action[w]
        draw.rect(frame, HUD, (0, SIZE - 44, SIZE, 44))
        left = max(0.0, float(roads.goal[worlds.road[w]] - ego[S]))
        speed, seconds = ego[SPEED] * 3.6, worlds.steps[w] * DT
        text = f"{speed:3.0f} km/h    {seconds:4.1f} s    {left:3.0f} m to go"
        frame.blit(self._font.render(text, True, PAINT), (14, SIZE - 31))
        self._bar(frame, 285, "steer", -float(steering), ROUTE)
        self._bar(frame, 435, "pedals", float(throttle), EGO if throttle >= 0 else ALERT)

    def _bar(self, frame: Any, x: int, name: str, value: float, colour: tuple[int, ...]) -> None:
        """A bar that grows to either side of its middle; value in [-1, 1]."""
        label = self._font.render(name, True, PAINT)
        frame.blit(label, (x, SIZE - 31))
        middle, half, y = x + label.get_width() + 46, 38, SIZE - 28
        self._pygame.draw.rect(frame, (64, 68, 76), (middle - half, y, 2 * half, 12))
        width = max(1, round(abs(value) * half))
        start = middle if value >= 0 else middle - width
        self._pygame.draw.rect(frame, colour, (start, y, width, 12))
        self._pygame.draw.rect(frame, PAINT, (middle - 1, y - 2, 2, 16))

    def _banner(self, frame: Any) -> None:
        """Say as loudly as a picture can that a person is steering."""
        self._pygame.draw.rect(frame, ALERT, (0, 0, SIZE, SIZE), 8)
        label = self._large.render("HUMAN IN CONTROL", True, (255, 255, 255))
        box = label.get_rect(center=(SIZE // 2, 30)).inflate(36, 16)
        self._pygame.draw.rect(frame, ALERT, box, border_radius=10)
        frame.blit(label, label.get_rect(center=box.center))


def _opening(middle: int, count: int) -> list[slice]:
    """The stretches of edge line before and after a junction at point `middle`, if it is near."""
    reach = math.ceil(HALF_ROAD)
    parts = [slice(0, count)]
    if -reach < middle < count + reach:
        parts = [slice(0, max(middle - reach, 0)), slice(middle + reach, count)]
    return [part for part in parts if part.stop - part.start > 1]


def _direction(heading: float) -> np.ndarray:
    return np.array([math.cos(heading), math.sin(heading)])


def _beside(points: np.ndarray, d: float) -> np.ndarray:
    """The line `d` metres to the left of the centre line, [n, 2]."""
    heading = points[:, PHEADING]
    return points[:, [PX, PY]] + d * np.stack([-np.sin(heading), np.cos(heading)], axis=1)
