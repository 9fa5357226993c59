"""Train one run: from its config to a run folder that holds everything about it."""

from __future__ import annotations

import os
from typing import Any

from coachable.config import RunConfig
from coachable.humans import types
from coachable.progress import Progress, Silent, show
from coachable.run_folder import RunFolder
from coachable.stopping import StopRequest
from teaching import UserError


def one_thread() -> None:
    """One torch thread a process: two processes with two threads each stand still."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    torch.set_num_threads(1)


def train(config: RunConfig, progress: Progress | None = None) -> dict[str, Any]:
    """Carry out a run, or what is left of it.

    Args:
        config: of the run; its `runs` and `name` say where.
        progress: where to report; None shows it as `config.progress` asks.

    Returns:
        What is in ``result.json``.

    Raises:
        UserError: the folder is taken or cannot be written, or the task, the human or the expert
            is not usable; a run that was there before stays as it was.
        Interrupted: by Ctrl-C or SIGTERM, after saving.

    """
    one_thread()
    from coachable.training import Training

    if config.resume and (result := finished_result(config)) is not None:
        return result
    quiet = config.human is not None and types(config.human.name)
    shown = progress or (show() if config.progress and not quiet else Silent())
    with StopRequest() as stop, Training(config, shown, stop) as training:
        return training.carry_out()


def finished_result(config: RunConfig) -> dict[str, Any] | None:
    """The result of a run that is finished, if it had the very same config.

    Raises:
        UserError: it had another config.

    """
    if not (config.path / "manifest.json").is_file():
        return None
    folder = RunFolder.open(config.path)
    if folder.status != "finished":
        return None
    result = folder.result()
    if result.get("config_digest") != config.digest():
        raise UserError(f"{config.path} is finished, with another config; choose another name=…")
    return result
