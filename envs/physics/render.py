"""Pictures of the first world, without a display."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from envs.physics.batch import PhysicsBatch
from envs.physics.opengl import make_context
from envs.physics.worlds import mujoco
from teaching import UserError

SIZE = 480
_BAR = 32
PAPER, HUD, ALERT = (255, 255, 255), (40, 44, 52), (226, 52, 60)


class Picture:
    """Draws the first world of a batch as a camera of the model sees it.

    Args:
        mode: "rgb_array".
        batch: the task.
        camera: its name in the model.
        caption: what is written below the picture, asked for at each frame; None for no line.

    Raises:
        UserError: an unknown mode, no OpenGL context, or no pygame.

    """

    def __init__(
        self, mode: str, batch: PhysicsBatch, camera: str, caption: Callable[[], str] | None = None
    ) -> None:
        if mode != "rgb_array":
            raise UserError(f"render_mode must be rgb_array, got {mode!r} ({batch.name})")
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        try:
            import pygame
        except ImportError:
            raise UserError("pictures need pygame: pip install pygame") from None
        self._context: Any = None  # so that `close` finds them if what follows fails
        self._painter: Any = None
        self._pygame: Any = pygame
        self._worlds, self._caption = batch.worlds, caption
        model = batch.worlds.model
        model.vis.global_.offwidth = model.vis.global_.offheight = SIZE
        self._camera = mujoco.MjvCamera()
        self._camera.type = mujoco.mjtCamera.mjCAMERA_FIXED
        self._camera.fixedcamid = batch.worlds.id("camera", camera)
        self._scene = mujoco.MjvScene(model, maxgeom=model.ngeom + model.nsite + 100)
        self._option = mujoco.MjvOption()
        self._data = mujoco.MjData(model)
        self._rect = mujoco.MjrRect(0, 0, SIZE, SIZE)
        self._context = make_context(SIZE, SIZE)
        with self._context.as_current():
            self._painter = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
            mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, self._painter)
        pygame.font.init()
        self._small, self._large = pygame.font.Font(None, 24), pygame.font.Font(None, 30)

    def draw(self, takeover: bool) -> np.ndarray:
        """The frame [SIZE, SIZE, 3] uint8; a red border and a banner while a human steers."""
        data = self._worlds.data(0, self._data)
        mujoco.mjv_updateScene(
            self._worlds.model, data, self._option, None, self._camera,
            mujoco.mjtCatBit.mjCAT_ALL, self._scene,
        )  # fmt: skip
        pixels = np.empty((SIZE, SIZE, 3), np.uint8)
        with self._context.as_current():
            mujoco.mjr_render(self._rect, self._scene, self._painter)
            mujoco.mjr_readPixels(pixels, None, self._rect, self._painter)
        frame = self._pygame.image.frombuffer(pixels[::-1].tobytes(), (SIZE, SIZE), "RGB")
        if self._caption is not None:
            self._pygame.draw.rect(frame, HUD, (0, SIZE - _BAR, SIZE, _BAR))
            text = self._small.render(self._caption(), True, PAPER)
            frame.blit(text, text.get_rect(midleft=(14, SIZE - _BAR // 2)))
        if takeover:
            self._pygame.draw.rect(frame, ALERT, (0, 0, SIZE, SIZE), 7)
            label = self._large.render("HUMAN IN CONTROL", True, PAPER)
            box = label.get_rect(center=(SIZE // 2, 27)).inflate(30, 14)
            self._pygame.draw.rect(frame, ALERT, box, border_radius=9)
            frame.blit(label, label.get_rect(center=box.center))
        return np.ascontiguousarray(self._pygame.surfarray.array3d(frame).swapaxes(0, 1))

    def close(self) -> None:
        """Give the context back."""
        if self._context is not None:
            with self._context.as_current():
                if self._painter is not None:
                    self._painter.free()
            self._context.free()
        self._context = self._painter = None

    def __del__(self) -> None:
        if hasattr(self, "_context"):
            self.close()
