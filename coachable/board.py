"""TensorBoard on the runs, for this machine only."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

from teaching import UserError


def show_board(runs: str, port: int) -> NoReturn:
    """Become TensorBoard, on loopback, until it is stopped.

    Raises:
        UserError: TensorBoard is not installed, or there is no such folder.

    """
    if find_spec("tensorboard") is None:
        raise UserError("TensorBoard is not installed; pip install tensorboard")
    if not Path(runs).is_dir():
        raise UserError(f"there is no folder {runs}; train something first, or give --runs")
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", runs]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    # In this process's place, so that whatever stops this command stops TensorBoard.
    os.execv(sys.executable, command)
