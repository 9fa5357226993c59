"""Pictures of a world for its teacher: the level, what objects are worth, what was done last."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from envs.collection.batch import NOTHING, CollectionBatch
from envs.collection.features import CORNERS, decode, seen
from teaching import UserError

SIZE = 600
_FINE = 2  # drawn twice as large and scaled down, which smooths the edges
_LEVEL = (0.5, 0.5, 0.48)  # centre x, centre y and half a side, as shares of the picture
_LAST = (0.5, 0.5, 0.19)
_RADIUS = 0.07  # of an object, where half a side of the level is 1

PAPER, CORNER, INK = (246, 246, 243), (232, 233, 230), (40, 44, 52)
PINK, BLUE, YELLOW = (236, 106, 168), (64, 124, 214), (240, 196, 52)
RING, ALERT = (24, 150, 84), (226, 52, 60)
_PAINT = (PINK, BLUE, YELLOW)  # in the order of COLOURS


class Picture:
    """Draws the one world of a batch with pygame, without a display.

    Raises:
        UserError: an unknown mode, or no pygame.

    """

    def __init__(self, mode: str, batch: CollectionBatch) -> None:
        if mode != "rgb_array":
            raise UserError(f"render_mode must be rgb_array, got {mode!r} (collection)")
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        try:
            import pygame
        except ImportError:
            raise UserError("pictures need pygame: pip install pygame") from None
        self._pygame: Any = pygame
        self._batch = batch
        pygame.font.init()
        self._small = pygame.font.Font(None, 22 * _FINE)
        self._large = pygame.font.Font(None, 28 * _FINE)
        self._canvas = pygame.Surface((SIZE * _FINE, SIZE * _FINE))

    def draw(self, takeover: bool) -> np.ndarray:
        """The frame [SIZE, SIZE, 3] uint8; a red border while a human chooses."""
        batch, level = self._batch, int(self._batch.level[0])
        self._canvas.fill(PAPER)
        levels = batch.config.levels
        self._corners(_LEVEL)
        if level < levels:
            self._objects(batch.obs[0, level], batch.value[0, level], _LEVEL)
        self._write(f"level {min(level + 1, levels)} of {levels}", 0.5, 0.05, self._large)
        score = f"{batch.score[0]} of {batch.max_score[0]} points"
        self._write(score, 0.5, 0.95, self._large)
        if batch.last_action[0] != NOTHING:
            self._last(level - 1)
        if takeover:
            side = SIZE * _FINE
            self._pygame.draw.rect(self._canvas, ALERT, (0, 0, side, side), 8 * _FINE)
        frame = self._pygame.transform.smoothscale(self._canvas, (SIZE, SIZE))
        return np.ascontiguousarray(self._pygame.surfarray.array3d(frame).swapaxes(0, 1))

    def _last(self, level: int) -> None:
        """The level before, small and in the middle, with rings about what was collected."""
        batch = self._batch
        x, y, half = _LAST
        cluster, collected = decode(batch.last_action)
        value = batch.value[0, level]
        points = int(value[cluster[0]][collected[0]].sum())
        best = int(np.maximum(value, 0).sum(axis=1).max())
        self._pygame.draw.rect(self._canvas, INK, self._box(_LAST), 2 * _FINE)
        self._corners(_LAST)
        self._objects(batch.obs[0, level], None, _LAST)
        position = seen(batch.obs[0, level])[0][cluster[0]]
        for at in position[collected[0]]:
            centre, radius = self._place(at, _LAST)
            self._pygame.draw.circle(self._canvas, RING, centre, 1.6 * radius, 3 * _FINE)
        text = f"last: {points:+d} ({CORNERS[cluster[0]]}; best {best:+d})"
        self._write(text, x, y + half + 0.025, self._small)

    def _corners(self, frame: tuple[float, float, float]) -> None:
        for x, y in ((-1, 1), (1, 1), (1, -1), (-1, -1)):
            centre, radius = self._place(np.array([0.7 * x, 0.7 * y]), frame)
            half = radius / _RADIUS * 0.29
            square = (centre[0] - half, centre[1] - half, 2 * half, 2 * half)
            self._pygame.draw.rect(self._canvas, CORNER, square, border_radius=round(half / 6))

    def _objects(
        self, obs: np.ndarray, value: np.ndarray | None, frame: tuple[float, float, float]
    ) -> None:
        position, colour, shape = seen(obs)
        for place in np.ndindex(colour.shape):
            centre, radius = self._place(position[place], frame)
            self._object(_PAINT[colour[place]], int(shape[place]), centre, radius)
            if value is not None:
                text = self._small.render(f"{value[place]:d}", True, INK)
                self._canvas.blit(text, text.get_rect(center=centre))

    def _object(
        self, colour: tuple[int, int, int], shape: int, centre: tuple[float, float], radius: float
    ) -> None:
        """A circle, a square or a triangle, all of about the same size to the eye."""
        x, y = centre
        if shape == 0:
            self._pygame.draw.circle(self._canvas, colour, centre, radius)
            return
        corners, first, reach = ((4, 45.0, 1.25), (3, 90.0, 1.35))[shape - 1]
        angles = [math.radians(first + 360.0 * k / corners) for k in range(corners)]
        drop = 0.2 * radius if corners == 3 else 0.0  # a triangle's middle is above its centre
        points = [
            (x + reach * radius * math.cos(a), y + drop - reach * radius * math.sin(a))
            for a in angles
        ]
        self._pygame.draw.polygon(self._canvas, colour, points)

    def _place(
        self, at: np.ndarray, frame: tuple[float, float, float]
    ) -> tuple[tuple[float, float], float]:
        """Pixels of a position in [-1, 1]², and of an object's radius."""
        x, y, half = (part * SIZE * _FINE for part in frame)
        return (x + half * float(at[0]), y - half * float(at[1])), half * _RADIUS

    def _box(self, frame: tuple[float, float, float]) -> tuple[float, float, float, float]:
        x, y, half = (part * SIZE * _FINE for part in frame)
        return x - half, y - half, 2 * half, 2 * half

    def _write(self, text: str, x: float, y: float, font: Any) -> None:
        image = font.render(text, True, INK)
        centre = (x * SIZE * _FINE, y * SIZE * _FINE)
        self._canvas.blit(image, image.get_rect(center=centre))
