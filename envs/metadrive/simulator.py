"""The one MetaDrive engine that a process may hold, shared by every environment in it.

MetaDrive's engine is a singleton, yet a training environment must stay open while a held-out
split is evaluated beside it. So environments are thin: the simulator belongs to the one that used
it last, and one that comes back in the middle of an episode gets its world back by replaying the
episode's actions. MetaDrive repeats a scenario bit for bit as long as no object is recycled between
episodes (``force_destroy``), so the replayed world is the world that was left.
"""

from __future__ import annotations

import contextlib
import logging
from typing import Any

from envs.metadrive.assets import prepare_assets


class Simulator:
    """The engine of this process: who uses it now, and who has it open."""

    def __init__(self) -> None:
        self.world: Any = None
        self.user: object | None = None
        self._settings: dict[str, Any] | None = None
        self._open: set[int] = set()

    def claim(self, user: object, settings: dict[str, Any]) -> Any:
        """Hand the simulator to `user`, under `settings`, starting the engine if need be.

        Args:
            user: the environment that is about to reset or step.
            settings: the config of ``SafeMetaDriveEnv``.

        Returns:
            The running ``SafeMetaDriveEnv``. Where another environment used it in between, the
            caller must rebuild its own episode.

        """
        if self.world is not None and self._settings != settings:
            self._stop()
        if self.world is None:
            self.world = _start(settings)
            self._settings = settings
        self._open.add(id(user))
        self.user = user
        return self.world

    def release(self, user: object) -> None:
        """Stop the engine once the last environment is closed."""
        self._open.discard(id(user))
        if self.user is user:
            self.user = None
        if not self._open:
            self._stop()

    def _stop(self) -> None:
        if self.world is not None:
            self.world.close()
        self.world = self.user = self._settings = None


def _start(settings: dict[str, Any]) -> Any:
    prepare_assets()
    from metadrive.engine.engine_utils import close_engine
    from metadrive.envs.safe_metadrive_env import SafeMetaDriveEnv

    close_engine()
    _silence()
    return SafeMetaDriveEnv(dict(settings))


def _silence() -> None:
    from metadrive.engine.logger import get_logger

    get_logger().setLevel(logging.ERROR)
    with contextlib.suppress(ImportError):
        from panda3d.core import loadPrcFileData

        loadPrcFileData("", "notify-level error")


SIMULATOR = Simulator()
