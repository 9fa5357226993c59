"""The window that a person at this machine looks at: the task, and who is in control of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from teaching import UserError

_INK, _PAPER, _DIM = (244, 244, 244), (24, 26, 32), (160, 166, 178)
_PERSON, _AGENT, _PAUSED = (255, 176, 32), (90, 170, 255), (200, 120, 255)
_LINE, _MARGIN, _BORDER = 22, 12, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the window says beside the picture.

    Attributes:
        in_control: whether the person steers.
        paused: whether the task stands still.
        step: environment steps so far.
        minutes: of the person's time so far.
        hands: what the hands do now, in words.
        legend: lines on what the keys do.

    """

    in_control: bool
    paused: bool
    step: int
    minutes: float
    hands: str
    legend: Sequence[str]


def start_pygame(seat: str) -> Any:
    """pygame with a display.

    Args:
        seat: the word after ``human=``, for errors.

    Raises:
        UserError: pygame or a display is missing.

    """
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame
    except ImportError:
        raise UserError(f"human={seat} needs pygame: pip install 'coachable[gamepad]'") from None
    asked = os.environ.get("SDL_VIDEODRIVER")
    try:
        pygame.display.init()
    except pygame.error as error:
        raise _no_display(seat, str(error)) from None
    # Without a display SDL draws into memory, where nobody sees it.
    if not asked and pygame.display.get_driver() in ("offscreen", "dummy"):
        pygame.display.quit()
        raise _no_display(seat, "SDL found none")
    pygame.font.init()
    return pygame


def _no_display(seat: str, reason: str) -> UserError:
    return UserError(
        f"human={seat} needs a display ({reason}): run it on a desktop, or over ssh -X"
    )


class Window:
    """A window, drawn anew at each step."""

    def __init__(self, pygame: Any, title: str, width: int):
        """`width` of the picture in pixels; its height follows from the frame."""
        self._pygame = pygame
        self._width = width
        self._font = pygame.font.Font(None, _LINE)
        self._big = pygame.font.Font(None, 2 * _LINE)
        self._surface: Any = None
        pygame.display.set_caption(title)

    def draw(self, frame: np.ndarray, shown: Shown) -> None:
        """Show a frame [height, width, 3] uint8, a border in the colour of who is in control, and
        the rest in words.
        """
        pygame = self._pygame
        height = round(self._width * frame.shape[0] / frame.shape[1])
        words = _LINE * (len(shown.legend) + 3) + 2 * _MARGIN
        size = (self._width + 2 * _BORDER, height + 2 * _BORDER + words)
        if self._surface is None or self._surface.get_size() != size:
            self._surface = pygame.display.set_mode(size)
        who, colour = _who(shown)
        self._surface.fill(_PAPER)
        self._surface.fill(colour, (0, 0, size[0], height + 2 * _BORDER))
        picture = pygame.surfarray.make_surface(np.ascontiguousarray(frame.swapaxes(0, 1)))
        picture = pygame.transform.smoothscale(picture, (self._width, height))
        self._surface.blit(picture, (_BORDER, _BORDER))
        top = height + 2 * _BORDER + _MARGIN
        self._surface.blit(self._big.render(who, True, colour), (_MARGIN, top))
        top += 2 * _LINE
        facts = f"step {shown.step:,}    {shown.minutes:.1f} min of your time    {shown.hands}"
        for line, ink in [(facts, _INK), *((text, _DIM) for text in shown.legend)]:
            self._surface.blit(self._font.render(line, True, ink), (_MARGIN, top))
            top += _LINE
        pygame.display.flip()

    def picture(self) -> np.ndarray:
        """[height, width, 3] uint8, what is on the screen."""
        return self._pygame.surfarray.array3d(self._surface).swapaxes(0, 1)

    def close(self) -> None:
        """Close it."""
        self._pygame.display.quit()


def _who(shown: Shown) -> tuple[str, tuple[int, int, int]]:
    if shown.paused:
        return "PAUSED", _PAUSED
    if shown.in_control:
        return "YOU ARE IN CONTROL", _PERSON
    return "the agent is in control", _AGENT
